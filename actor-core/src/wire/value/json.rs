//! `serde_json::Value`: its text as JSON. What the text becomes is charged before it is parsed: a small text can be a large value.

use serde_json::Value;

use crate::wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Wire};

impl Wire for Value {
    const EDGE: Edge = Edge::of("json", &[]);
    const IS_OF_FEATURE: bool = true;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "json", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        e.text(&self.to_string())
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let text = d.text()?;
        d.charge(memory(text))?;
        serde_json::from_str(text).map_err(|error| DecodeError::invalid("JSON", error.to_string()))
    }
}

/// What the value takes, at most: its texts, the places of its arrays while they grow, and the nodes of its objects. How deep it
/// goes is bounded by the parser, to 128.
fn memory(text: &str) -> usize {
    let (mut places, mut nodes, mut is_text, mut escaped) = (0usize, 0usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = is_text,
            b'"' => is_text = !is_text,
            b'[' if !is_text => places += 4,
            b',' if !is_text => places += 3,
            // A node of its own for each, and one for every five entries: each counts as one.
            b'{' if !is_text => nodes += 5,
            b':' if !is_text => nodes += 1,
            _ => {}
        }
    }
    let places = places.saturating_mul(size_of::<Value>());
    text.len().saturating_add(places).saturating_add((nodes / 5).saturating_mul(NODE))
}

/// A node of an object: eleven entries, as many nodes below it, and counts.
const NODE: usize = 11 * size_of::<(String, Value)>() + 14 * size_of::<usize>();
