//! `Option`, `Result`, `Vec` and arrays.

use crate::wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Wire, lock::release::least};

impl<T: Wire> Wire for Option<T> {
    const EDGE: Edge = Edge::of("option", &[T::EDGE]);
    const LOCKED: u16 = T::LOCKED;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "option", &[T::type_name]);
    }

    #[inline]
    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.is_some().encode(e)?;
        self.as_ref().map_or(Ok(()), |value| value.encode(e))
    }

    #[inline]
    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        match bool::decode(d)? {
            true => T::decode(d).map(Some),
            false => Ok(None),
        }
    }
}

impl<T: Wire, E: Wire> Wire for Result<T, E> {
    const EDGE: Edge = Edge::of("result", &[T::EDGE, E::EDGE]);
    const LOCKED: u16 = least(&[T::LOCKED, E::LOCKED]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "result", &[T::type_name, E::type_name]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.is_ok().encode(e)?;
        match self {
            Ok(value) => value.encode(e),
            Err(error) => error.encode(e),
        }
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        match bool::decode(d)? {
            true => T::decode(d).map(Ok),
            false => E::decode(d).map(Err),
        }
    }
}

impl<T: Wire> Wire for Vec<T> {
    const EDGE: Edge = Edge::of("vec", &[T::EDGE]);
    const LOCKED: u16 = T::LOCKED;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "vec", &[T::type_name]);
    }

    #[inline]
    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        e.length(self.len())?;
        T::encode_all(self, e)
    }

    #[inline]
    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let count = d.length(size_of::<T>())?;
        T::decode_all(count, d)
    }
}

impl<T: Wire, const N: usize> Wire for [T; N] {
    const EDGE: Edge = Edge::of("array", &[T::EDGE, Edge::from_bits(N as u64)]);
    const LOCKED: u16 = T::LOCKED;

    fn type_name(out: &mut String) {
        out.push_str("array<");
        T::type_name(out);
        out.push_str(&format!("; {N}>"));
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        T::encode_all(self, e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let aside = N.saturating_mul(size_of::<T>().max(1));
        d.charge(aside)?;
        let values = T::decode_all(N, d)?;
        d.refund(aside);
        values.try_into().map_err(|_| DecodeError::UnexpectedEnd)
    }
}
