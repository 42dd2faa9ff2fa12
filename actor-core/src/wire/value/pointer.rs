//! Pointers are what they point to. What is shared takes two counts beside it.

use std::{borrow::Cow, sync::Arc};

use crate::wire::{COUNTS, DecodeError, Decoder, Edge, EncodeError, Encoder, Wire};

macro_rules! as_inner {
    ($($pointer:ident = $allocated:ty),*) => {$(
        impl<T: Wire> Wire for $pointer<T> {
            const EDGE: Edge = T::EDGE;
            const LOCKED: u16 = T::LOCKED;

            fn type_name(out: &mut String) {
                T::type_name(out);
            }

            #[inline]
            fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
                (**self).encode(e)
            }

            #[inline]
            fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                d.charge(size_of::<$allocated>())?;
                T::decode(d).map($pointer::new)
            }
        }
    )*};
}

as_inner!(Box = T, Arc = (usize, usize, T));

macro_rules! as_text {
    ($($pointer:ty: $beside:expr, $owned:expr);*) => {$(
        impl Wire for $pointer {
            const EDGE: Edge = String::EDGE;

            fn type_name(out: &mut String) {
                String::type_name(out);
            }

            fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
                e.text(self)
            }

            fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                let text = d.text()?;
                d.charge(text.len() + $beside)?;
                Ok($owned(text))
            }
        }
    )*};
}

as_text!(Box<str>: 0, Box::from; Arc<str>: COUNTS, Arc::from; Cow<'static, str>: 0, |text: &str| Cow::Owned(text.to_owned()));
