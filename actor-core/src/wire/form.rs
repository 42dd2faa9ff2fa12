//! In which form a value crosses: its own, or one that a field gives to the foreign type inside of it. The containers are
//! written once, for all forms of what they hold. Never looks at a value's bytes itself. Driven by the derives.

use std::marker::PhantomData;

use super::{DecodeError, Decoder, Edge, EncodeError, Encoder, Wire};

/// A form in which values of type `T` cross.
///
/// [`Own`] is that of a type which is [`Wire`], [`Foreign`](super::Foreign) one through serde. A container of forms is a form of
/// a container: `Vec<Option<Own<u8>>>` is one of `Vec<Option<u8>>`. A form is never a value.
#[diagnostic::on_unimplemented(
    message = "`{T}` cannot take this form to cross between nodes",
    label = "`foreign` works only directly in a field or inside standard containers",
    note = "wrap the foreign type in a struct of your own, `#[derive(Wire)] #[wire(uri = \"team.Name\", version = 1)]`, and put that in its place"
)]
pub trait Form<T>: Sized {
    /// What the type is when another contains it: [`Wire::EDGE`].
    const EDGE: Edge;

    /// As far as it is released: [`Wire::LOCKED`].
    const LOCKED: u16;

    /// Writes the type's name as it stands in contracts.
    fn type_name(out: &mut String);

    /// Appends a value.
    ///
    /// # Errors
    /// As [`Wire::encode`].
    fn encode(value: &T, e: &mut Encoder<'_>) -> Result<(), EncodeError>;

    /// Reads a value.
    ///
    /// # Errors
    /// As [`Wire::decode`].
    fn decode(d: &mut Decoder<'_>) -> Result<T, DecodeError>;

    /// Appends many values; byte strings do it in one copy.
    #[doc(hidden)]
    fn encode_all(values: &[T], e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        values.iter().try_for_each(|value| Self::encode(value, e))
    }

    /// Reads `count` values, whose memory was already charged.
    #[doc(hidden)]
    fn decode_all(count: usize, d: &mut Decoder<'_>) -> Result<Vec<T>, DecodeError> {
        many(count, d, Self::decode)
    }

    /// Reads an array; of bytes without memory beside it.
    #[doc(hidden)]
    fn decode_array<const N: usize>(d: &mut Decoder<'_>) -> Result<[T; N], DecodeError> {
        array(d, Self::decode_all)
    }
}

/// Reads an array by way of a vector.
pub(super) fn array<T, const N: usize>(
    d: &mut Decoder<'_>,
    read: impl FnOnce(usize, &mut Decoder<'_>) -> Result<Vec<T>, DecodeError>,
) -> Result<[T; N], DecodeError> {
    let aside = N.saturating_mul(size_of::<T>().max(1));
    d.charge(aside)?;
    let values = read(N, d)?;
    d.refund(aside);
    values.try_into().map_err(|_| DecodeError::UnexpectedEnd)
}

/// Reads `count` values, whose memory was already charged.
#[inline]
pub(super) fn many<T>(
    count: usize,
    d: &mut Decoder<'_>,
    mut read: impl FnMut(&mut Decoder<'_>) -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError> {
    let mut values = Vec::with_capacity(d.believed(count));
    for _ in 0..count {
        let value = read(d)?;
        // Only values that take no bytes come here; they move once, and are there twice meanwhile.
        if values.len() == values.capacity() {
            d.charge(values.len() * size_of::<T>())?;
            values.reserve_exact(count - values.len());
        }
        values.push(value);
    }
    Ok(values)
}

/// The form that a type has by itself.
#[derive(Debug)]
pub struct Own<T>(PhantomData<fn() -> T>);

impl<T> Clone for Own<T> {
    fn clone(&self) -> Self {
        Own(PhantomData)
    }
}

impl<T: Wire> Form<T> for Own<T> {
    const EDGE: Edge = T::EDGE;
    const LOCKED: u16 = T::LOCKED;

    fn type_name(out: &mut String) {
        T::type_name(out);
    }

    #[inline]
    fn encode(value: &T, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        value.encode(e)
    }

    #[inline]
    fn decode(d: &mut Decoder<'_>) -> Result<T, DecodeError> {
        T::decode(d)
    }

    #[inline]
    fn encode_all(values: &[T], e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        T::encode_all(values, e)
    }

    #[inline]
    fn decode_all(count: usize, d: &mut Decoder<'_>) -> Result<Vec<T>, DecodeError> {
        T::decode_all(count, d)
    }

    #[inline]
    fn decode_array<const N: usize>(d: &mut Decoder<'_>) -> Result<[T; N], DecodeError> {
        T::decode_array(d)
    }
}

/// The items of an `impl Wire` for what holds others, all of which are in their own form.
macro_rules! of_own {
    ($form:ty) => {
        const EDGE: $crate::wire::Edge = <$form as $crate::wire::Form<Self>>::EDGE;
        const LOCKED: u16 = <$form as $crate::wire::Form<Self>>::LOCKED;

        fn type_name(out: &mut String) {
            <$form as $crate::wire::Form<Self>>::type_name(out);
        }

        #[inline]
        fn encode(&self, e: &mut $crate::wire::Encoder<'_>) -> Result<(), $crate::wire::EncodeError> {
            <$form as $crate::wire::Form<Self>>::encode(self, e)
        }

        #[inline]
        fn decode(d: &mut $crate::wire::Decoder<'_>) -> Result<Self, $crate::wire::DecodeError> {
            <$form as $crate::wire::Form<Self>>::decode(d)
        }
    };
}

pub(crate) use of_own;
