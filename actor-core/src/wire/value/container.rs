//! `Option`, `Result`, sequences, arrays and ranges.

use std::{
    collections::{BinaryHeap, LinkedList, VecDeque},
    ops::Range,
};

use crate::wire::{
    DecodeError, Decoder, Edge, EncodeError, Encoder, Form, Own, Wire, form::of_own, lock::release::least,
};

impl<T, F: Form<T>> Form<Option<T>> for Option<F> {
    const EDGE: Edge = Edge::of("option", &[F::EDGE]);
    const LOCKED: u16 = F::LOCKED;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "option", &[F::type_name]);
    }

    #[inline]
    fn encode(value: &Option<T>, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        value.is_some().encode(e)?;
        value.as_ref().map_or(Ok(()), |value| F::encode(value, e))
    }

    #[inline]
    fn decode(d: &mut Decoder<'_>) -> Result<Option<T>, DecodeError> {
        match bool::decode(d)? {
            true => F::decode(d).map(Some),
            false => Ok(None),
        }
    }
}

impl<T: Wire> Wire for Option<T> {
    of_own!(Option<Own<T>>);
}

impl<T, E, F: Form<T>, G: Form<E>> Form<Result<T, E>> for Result<F, G> {
    const EDGE: Edge = Edge::of("result", &[F::EDGE, G::EDGE]);
    const LOCKED: u16 = least(&[F::LOCKED, G::LOCKED]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "result", &[F::type_name, G::type_name]);
    }

    fn encode(value: &Result<T, E>, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        value.is_ok().encode(e)?;
        match value {
            Ok(value) => F::encode(value, e),
            Err(error) => G::encode(error, e),
        }
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Result<T, E>, DecodeError> {
        match bool::decode(d)? {
            true => F::decode(d).map(Ok),
            false => G::decode(d).map(Err),
        }
    }
}

impl<T: Wire, E: Wire> Wire for Result<T, E> {
    of_own!(Result<Own<T>, Own<E>>);
}

impl<T, F: Form<T>> Form<Vec<T>> for Vec<F> {
    const EDGE: Edge = Edge::of("vec", &[F::EDGE]);
    const LOCKED: u16 = F::LOCKED;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "vec", &[F::type_name]);
    }

    #[inline]
    fn encode(values: &Vec<T>, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        e.length(values.len())?;
        F::encode_all(values, e)
    }

    #[inline]
    fn decode(d: &mut Decoder<'_>) -> Result<Vec<T>, DecodeError> {
        let count = d.length(size_of::<T>())?;
        F::decode_all(count, d)
    }
}

impl<T: Wire> Wire for Vec<T> {
    of_own!(Vec<Own<T>>);
}

/// Other sequences, which are bytes as a `Vec` is.
macro_rules! sequences {
    ($($sequence:ident $(where $bound:ident)?, $decode:expr;)*) => {$(
        impl<T $(: $bound)?, F: Form<T>> Form<$sequence<T>> for $sequence<F> {
            const EDGE: Edge = Edge::of("vec", &[F::EDGE]);
            const LOCKED: u16 = F::LOCKED;

            fn type_name(out: &mut String) {
                crate::wire::named(out, "vec", &[F::type_name]);
            }

            fn encode(values: &$sequence<T>, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
                e.length(values.len())?;
                values.iter().try_for_each(|value| F::encode(value, e))
            }

            fn decode(d: &mut Decoder<'_>) -> Result<$sequence<T>, DecodeError> {
                ($decode)(d)
            }
        }

        impl<T: Wire $(+ $bound)?> Wire for $sequence<T> {
            of_own!($sequence<Own<T>>);
        }
    )*};
}

sequences! {
    VecDeque, |d| <Vec<F> as Form<Vec<T>>>::decode(d).map(VecDeque::from);
    BinaryHeap where Ord, |d| <Vec<F> as Form<Vec<T>>>::decode(d).map(BinaryHeap::from);
    LinkedList, linked::<T, F>;
}

/// Every item has a node of its own.
fn linked<T, F: Form<T>>(d: &mut Decoder<'_>) -> Result<LinkedList<T>, DecodeError> {
    let mut list = LinkedList::new();
    for _ in 0..d.length(size_of::<(usize, usize, T)>())? {
        list.push_back(F::decode(d)?);
    }
    Ok(list)
}

impl<T, F: Form<T>, const N: usize> Form<[T; N]> for [F; N] {
    const EDGE: Edge = Edge::of("array", &[F::EDGE, Edge::from_bits(N as u64)]);
    const LOCKED: u16 = F::LOCKED;

    fn type_name(out: &mut String) {
        out.push_str("array<");
        F::type_name(out);
        out.push_str(&format!("; {N}>"));
    }

    #[inline]
    fn encode(values: &[T; N], e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        F::encode_all(values, e)
    }

    #[inline]
    fn decode(d: &mut Decoder<'_>) -> Result<[T; N], DecodeError> {
        F::decode_array(d)
    }
}

impl<T: Wire, const N: usize> Wire for [T; N] {
    of_own!([Own<T>; N]);
}

impl<T, F: Form<T>> Form<Range<T>> for Range<F> {
    const EDGE: Edge = Edge::of("range", &[F::EDGE]);
    const LOCKED: u16 = F::LOCKED;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "range", &[F::type_name]);
    }

    fn encode(range: &Range<T>, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        F::encode(&range.start, e)?;
        F::encode(&range.end, e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Range<T>, DecodeError> {
        Ok(F::decode(d)?..F::decode(d)?)
    }
}

impl<T: Wire> Wire for Range<T> {
    of_own!(Range<Own<T>>);
}
