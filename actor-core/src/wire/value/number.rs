//! Numbers, `bool`, `char`, `()` and `Ordering`. `usize` and `isize` are left out on purpose: their size is the machine's.

use std::{cmp::Ordering, num::NonZero};

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

    #[inline]
    fn encode_all(values: &[Self], e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        e.raw(values);
        Ok(())
    }

    fn decode_all(count: usize, d: &mut Decoder<'_>) -> Result<Vec<Self>, DecodeError> {
        Ok(d.raw(count)?.to_vec())
    }

    #[inline]
    fn decode_array<const N: usize>(d: &mut Decoder<'_>) -> Result<[Self; N], DecodeError> {
        d.raw(N)?.try_into().map_err(|_| DecodeError::UnexpectedEnd)
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

macro_rules! not_zero {
    ($($type:ident),*) => {$(
        impl Wire for NonZero<$type> {
            const EDGE: Edge = Edge::of("nonzero", &[<$type>::EDGE]);

            fn type_name(out: &mut String) {
                crate::wire::named(out, "nonzero", &[<$type>::type_name]);
            }

            #[inline]
            fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
                self.get().encode(e)
            }

            #[inline]
            fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                NonZero::new(<$type>::decode(d)?).ok_or_else(|| DecodeError::invalid(concat!("NonZero<", stringify!($type), ">"), "it is zero"))
            }
        }
    )*};
}

not_zero!(u8, u16, u32, u64, u128, i8, i16, i32, i64, i128);

impl Wire for Ordering {
    const EDGE: Edge = Edge::of("ordering", &[]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "ordering", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        (*self as i8).encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        match i8::decode(d)? {
            -1 => Ok(Ordering::Less),
            0 => Ok(Ordering::Equal),
            1 => Ok(Ordering::Greater),
            _ => Err(DecodeError::invalid("Ordering", "it is none of -1, 0 and 1")),
        }
    }
}
