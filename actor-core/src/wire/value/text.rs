//! Texts and byte strings: one copy out; `Bytes` shares the frame's memory on arrival.

use bytes::Bytes;

use crate::wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Wire};

impl Wire for String {
    const EDGE: Edge = Edge::of("text", &[]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "text", &[]);
    }

    #[inline]
    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        e.text(self)
    }

    #[inline]
    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let text = d.text()?;
        d.charge(text.len())?;
        Ok(text.to_owned())
    }
}

impl Wire for Bytes {
    const EDGE: Edge = Edge::of("bytes", &[]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "bytes", &[]);
    }

    #[inline]
    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        e.shared_bytes(self)
    }

    #[inline]
    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        d.shared_bytes()
    }
}
