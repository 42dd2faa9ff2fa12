//! Numbers, `bool`, `char` and `()`. `usize` and `isize` are left out on purpose: their size is the machine's.

use crate::wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Wire};

macro_rules! numbers {
    ($put:ident, $get:ident: $($type:ty = $name:literal),*) => {$(
        impl Wire for $type {
            const EDGE: Edge = Edge::of($name, &[]);

            fn type_name(out: &mut String) {
                crate::wire::named(out, $name, &[]);
            }

            #[inline]
            fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
                e.$put(self)
            }

            #[inline]
            fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                d.$get()
            }
        }
    )*};
}

numbers!(put_unsigned, get_unsigned: u16 = "u16", u32 = "u32", u64 = "u64");
numbers!(put_signed, get_signed: i16 = "i16", i32 = "i32", i64 = "i64");
numbers!(put, get: u128 = "u128", i8 = "i8", i128 = "i128", f32 = "f32", f64 = "f64", bool = "bool", char = "char");

impl Wire for u8 {
    const EDGE: Edge = Edge::of("u8", &[]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "u8", &[]);
    }

    #[inline]
    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        e.put(self)
    }

    #[inline]
    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        d.get()
    }

    fn encode_all(values: &[Self], e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        e.raw(values);
        Ok(())
    }

    fn decode_all(count: usize, d: &mut Decoder<'_>) -> Result<Vec<Self>, DecodeError> {
        Ok(d.raw(count)?.to_vec())
    }
}

impl Wire for () {
    const EDGE: Edge = Edge::of("unit", &[]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "unit", &[]);
    }

    fn encode(&self, _: &mut Encoder<'_>) -> Result<(), EncodeError> {
        Ok(())
    }

    fn decode(_: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(())
    }
}
