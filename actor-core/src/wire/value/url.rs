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
        // Escapes make it longer, three bytes for one at most.
        d.charge(text.len().saturating_mul(3))?;
        Url::parse(text).map_err(|error| DecodeError::invalid("Url", error.to_string()))
    }
}
