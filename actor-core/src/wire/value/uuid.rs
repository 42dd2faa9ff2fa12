//! `uuid::Uuid`: its 16 bytes, in the order in which it is read.

use uuid::Uuid;

use crate::wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Wire};

impl Wire for Uuid {
    const EDGE: Edge = Edge::of("uuid", &[]);
    const IS_OF_FEATURE: bool = true;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "uuid", &[]);
    }

    #[inline]
    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.as_bytes().encode(e)
    }

    #[inline]
    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let bytes = d.raw(16)?.try_into().map_err(|_| DecodeError::UnexpectedEnd)?;
        Ok(Uuid::from_bytes(bytes))
    }
}
