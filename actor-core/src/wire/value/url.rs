//! `url::Url`: its text, which is parsed again on arrival.

use url::Url;

use crate::wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Wire};

impl Wire for Url {
    const EDGE: Edge = Edge::of("url", &[]);
    const IS_OF_FEATURE: bool = true;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "url", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        e.text(self.as_str())
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let text = d.text()?;
        let (held, aside) = (text.len().saturating_mul(HELD), host(text).saturating_mul(ASIDE));
        d.charge(held.saturating_add(aside))?;
        d.refund(aside);
        Url::parse(text).map_err(|error| DecodeError::invalid("Url", error.to_string()))
    }
}

/// What each byte of a text may become: escapes are three bytes for one, and while it grows it is there twice.
const HELD: usize = 9;
/// What each byte of a host may take while it is looked at: one letter may stand for eighteen, four bytes each, in a list that grows.
const ASIDE: usize = 96;

/// The most bytes that may be a host's whose letters are looked at: up to the path, in the schemes that have such hosts.
fn host(text: &str) -> usize {
    let Some((scheme, rest)) = text.split_once(':') else { return 0 };
    let scheme: String = scheme.chars().filter(char::is_ascii_alphabetic).take(6).collect();
    if !SPECIAL.iter().any(|special| special.eq_ignore_ascii_case(&scheme)) {
        return 0;
    }
    let rest = rest.trim_start_matches(['/', '\\', '\t', '\n', '\r']);
    rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len())
}

const SPECIAL: [&str; 6] = ["http", "https", "ws", "wss", "ftp", "file"];
