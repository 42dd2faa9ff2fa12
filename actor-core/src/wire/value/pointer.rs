//! Pointers are what they point to.

use std::{borrow::Cow, sync::Arc};

use crate::wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Wire};

macro_rules! as_inner {
    ($($pointer:ident),*) => {$(
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
                d.charge(size_of::<T>())?;
                T::decode(d).map($pointer::new)
            }
        }
    )*};
}

as_inner!(Box, Arc);

macro_rules! as_text {
    ($($pointer:ty),*) => {$(
        impl Wire for $pointer {
            const EDGE: Edge = String::EDGE;

            fn type_name(out: &mut String) {
                String::type_name(out);
            }

            fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
                e.text(self)
            }

            fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
                String::decode(d).map(Into::into)
            }
        }
    )*};
}

as_text!(Box<str>, Arc<str>, Cow<'static, str>);
