//! Pointers and wrappers are what is in them. What is shared takes two counts beside it.

use std::{borrow::Cow, cmp::Reverse, marker::PhantomData, num::Wrapping, sync::Arc};

use crate::wire::{COUNTS, DecodeError, Decoder, Edge, EncodeError, Encoder, Form, Own, Wire, form::of_own};

macro_rules! as_inner {
    ($($pointer:ident = $allocated:ty),*) => {$(
        impl<T, F: Form<T>> Form<$pointer<T>> for $pointer<F> {
            const EDGE: Edge = F::EDGE;
            const LOCKED: u16 = F::LOCKED;

            fn type_name(out: &mut String) {
                F::type_name(out);
            }

            #[inline]
            fn encode(value: &$pointer<T>, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
                F::encode(value, e)
            }

            #[inline]
            fn decode(d: &mut Decoder<'_>) -> Result<$pointer<T>, DecodeError> {
                d.charge(size_of::<$allocated>())?;
                F::decode(d).map($pointer::new)
            }
        }

        impl<T: Wire> Wire for $pointer<T> {
            of_own!($pointer<Own<T>>);
        }
    )*};
}

as_inner!(Box = T, Arc = (usize, usize, T));

macro_rules! as_content {
    ($($wrapper:ident),*) => {$(
        impl<T, F: Form<T>> Form<$wrapper<T>> for $wrapper<F> {
            const EDGE: Edge = F::EDGE;
            const LOCKED: u16 = F::LOCKED;

            fn type_name(out: &mut String) {
                F::type_name(out);
            }

            fn encode(value: &$wrapper<T>, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
                F::encode(&value.0, e)
            }

            fn decode(d: &mut Decoder<'_>) -> Result<$wrapper<T>, DecodeError> {
                F::decode(d).map($wrapper)
            }
        }

        impl<T: Wire> Wire for $wrapper<T> {
            of_own!($wrapper<Own<T>>);
        }
    )*};
}

as_content!(Wrapping, Reverse);

/// Nothing, whatever it stands for.
impl<T: ?Sized> Wire for PhantomData<T> {
    const EDGE: Edge = <()>::EDGE;

    fn type_name(out: &mut String) {
        <()>::type_name(out);
    }

    fn encode(&self, _: &mut Encoder<'_>) -> Result<(), EncodeError> {
        Ok(())
    }

    fn decode(_: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(PhantomData)
    }
}

macro_rules! as_vec {
    ($($pointer:ty, $form:ty $(where $bound:ident)?, $owned:expr;)*) => {$(
        impl<T $(: $bound + 'static)?, F: Form<T> $(+ $bound)?> Form<$pointer> for $form {
            const EDGE: Edge = <Vec<F> as Form<Vec<T>>>::EDGE;
            const LOCKED: u16 = F::LOCKED;

            fn type_name(out: &mut String) {
                <Vec<F> as Form<Vec<T>>>::type_name(out);
            }

            #[inline]
            fn encode(values: &$pointer, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
                e.length(values.len())?;
                F::encode_all(values, e)
            }

            #[inline]
            fn decode(d: &mut Decoder<'_>) -> Result<$pointer, DecodeError> {
                let values = <Vec<F> as Form<Vec<T>>>::decode(d)?;
                ($owned)(values, d)
            }
        }
    )*};
}

as_vec! {
    Box<[T]>, Box<[F]>, |values: Vec<T>, _: &mut Decoder<'_>| Ok(values.into());
    Arc<[T]>, Arc<[F]>, shared;
    Cow<'static, [T]>, Cow<'static, [F]> where Clone, |values: Vec<T>, _: &mut Decoder<'_>| Ok(Cow::Owned(values));
}

/// The values move, and are there twice meanwhile.
fn shared<T>(values: Vec<T>, d: &mut Decoder<'_>) -> Result<Arc<[T]>, DecodeError> {
    let aside = values.len().saturating_mul(size_of::<T>());
    d.charge(aside.saturating_add(COUNTS))?;
    let values = values.into();
    d.refund(aside);
    Ok(values)
}

impl<T: Wire> Wire for Box<[T]> {
    of_own!(Box<[Own<T>]>);
}

impl<T: Wire> Wire for Arc<[T]> {
    of_own!(Arc<[Own<T>]>);
}

impl<T: Wire + Clone + 'static> Wire for Cow<'static, [T]> {
    of_own!(Cow<'static, [Own<T>]>);
}

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
