//! Reads a foreign value. serde asks for one part after the other; each nested value counts as one level of depth, and what a
//! value takes is charged before it is made, as far as serde tells. The first error is final, whatever foreign code makes of it.
//! Driven by the decoder.

use std::{any::type_name, fmt};

use serde::{
    Deserialize,
    de::{self, DeserializeSeed, Deserializer, IntoDeserializer as _, Visitor, value::U32Deserializer},
};

use super::{excerpt, growth::Growth};
use crate::wire::{DecodeError, Decoder};

impl<'de> Decoder<'de> {
    /// Reads a value through serde. The name, such as `geo.Point/1`, is that of its form, for errors.
    ///
    /// Every level of the value counts as one of depth. Memory is charged by the sizes of the values that serde is seen to make,
    /// and for containers by what those of the standard library take while they grow; what a type's own code allocates beyond them is
    /// not seen.
    ///
    /// # Errors
    /// [`DecodeError`]; what the type's code says is `Invalid`.
    pub fn foreign<T: Deserialize<'de>>(&mut self, name: &'static str) -> Result<T, DecodeError> {
        let depth = self.depth();
        let mut reader = Reader::of::<T>(self);
        let value = T::deserialize(&mut reader);
        let failed = reader.failed.take();
        self.rise(depth);
        match (failed, value) {
            (None, Ok(value)) => Ok(value),
            (Some(error), _) | (None, Err(Failure::Ours(error))) => Err(named(error, name)),
            (None, Err(Failure::Said(why))) => Err(DecodeError::invalid(name, why)),
        }
    }
}

fn named(error: DecodeError, name: &'static str) -> DecodeError {
    match error {
        DecodeError::Invalid { what, why } if what.is_empty() => DecodeError::invalid(name, why),
        other => other,
    }
}

#[derive(Debug)]
pub(super) enum Failure {
    Ours(DecodeError),
    /// By the code of the type.
    Said(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Ours(error) => error.fmt(f),
            Failure::Said(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Failure {}

impl de::Error for Failure {
    fn custom<T: fmt::Display>(said: T) -> Self {
        Failure::Said(excerpt(said))
    }
}

pub(super) struct Reader<'a, 'de> {
    d: &'a mut Decoder<'de>,
    /// What was charged for the place that the next value goes to.
    paid: usize,
    /// The type of that place, as far as it is known. A value of another type may be behind a pointer.
    place: &'static str,
    failed: Option<DecodeError>,
}

impl<'a, 'de> Reader<'a, 'de> {
    /// For a value of the type `T`, whose own place was paid for.
    pub(super) fn of<T>(d: &'a mut Decoder<'de>) -> Self {
        Reader { d, paid: size_of::<T>(), place: type_name::<T>(), failed: None }
    }

    /// The next value goes to a place of the type `T`, which was paid for.
    fn place<T>(&mut self) {
        (self.paid, self.place) = (size_of::<T>(), type_name::<T>());
    }

    /// A value of the type `V` is made: in its place, or behind the pointer that is there.
    fn make<V>(&mut self) -> Result<(), Failure> {
        if size_of::<V>() > self.paid || self.place != type_name::<V>() {
            self.step(|d| d.charge(size_of::<V>()))?;
        }
        self.place::<V>();
        Ok(())
    }

    /// Does one step, unless one has failed before.
    fn step<T>(&mut self, step: impl FnOnce(&mut Decoder<'de>) -> Result<T, DecodeError>) -> Result<T, Failure> {
        let done = match &self.failed {
            Some(error) => Err(error.clone()),
            None => step(self.d),
        };
        done.map_err(|error| {
            self.failed = Some(error.clone());
            Failure::Ours(error)
        })
    }

    fn refuse<T>(&mut self, why: &'static str) -> Result<T, Failure> {
        self.step(|_| Err(DecodeError::invalid("", why)))
    }

    /// Makes a value of parts, one level deeper.
    fn nested<V>(&mut self, make: impl FnOnce(&mut Self) -> Result<V, Failure>) -> Result<V, Failure> {
        let depth = self.d.depth();
        self.step(Decoder::descend)?;
        self.make::<V>()?;
        let made = make(self);
        self.d.rise(depth);
        made
    }

    /// Makes a value of so many parts, which stand in it.
    fn parts<V: Visitor<'de>>(&mut self, count: usize, visitor: V) -> Result<V::Value, Failure> {
        let mut left = count;
        self.nested(|reader| visitor.visit_seq(Items { reader, left: &mut left, growth: None }))
    }

    /// Makes a value of parts, as many as the bytes say, which stand elsewhere.
    fn items<V>(&mut self, make: impl FnOnce(Items<'_, '_, 'de>) -> Result<V, Failure>) -> Result<V, Failure> {
        self.nested(|reader| {
            let (mut left, mut growth) = (reader.step(Decoder::claimed)?, Growth::of::<V>());
            let made = make(Items { reader: &mut *reader, left: &mut left, growth: Some(&mut growth) })?;
            match left {
                0 => reader.step(|d| growth.finish(d)).map(|()| made),
                _ => reader.refuse("it does not take all of its items"),
            }
        })
    }

    fn text(&mut self) -> Result<&'de str, Failure> {
        self.step(|d| {
            let text = d.text()?;
            d.charge(text.len()).map(|()| text)
        })
    }

    fn bytes(&mut self) -> Result<&'de [u8], Failure> {
        self.step(|d| {
            let bytes = d.bytes()?;
            d.charge(bytes.len()).map(|()| bytes)
        })
    }
}

macro_rules! as_wire {
    ($($method:ident $visit:ident),*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
            self.make::<V::Value>()?;
            visitor.$visit(self.step(|d| d.get())?)
        }
    )*};
}

impl<'de> Deserializer<'de> for &mut Reader<'_, 'de> {
    type Error = Failure;

    as_wire! {
        deserialize_bool visit_bool, deserialize_char visit_char, deserialize_f32 visit_f32, deserialize_f64 visit_f64,
        deserialize_u8 visit_u8, deserialize_u16 visit_u16, deserialize_u32 visit_u32, deserialize_u64 visit_u64,
        deserialize_u128 visit_u128, deserialize_i8 visit_i8, deserialize_i16 visit_i16, deserialize_i32 visit_i32,
        deserialize_i64 visit_i64, deserialize_i128 visit_i128
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Failure> {
        self.refuse(UNKNOWN)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Failure> {
        self.refuse(UNKNOWN)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Failure> {
        self.refuse(UNKNOWN)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.make::<V::Value>()?;
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.make::<V::Value>()?;
        visitor.visit_string(self.text()?.to_owned())
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.make::<V::Value>()?;
        visitor.visit_borrowed_bytes(self.bytes()?)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.make::<V::Value>()?;
        visitor.visit_byte_buf(self.bytes()?.to_owned())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        match self.step(|d| d.get())? {
            false => visitor.visit_none(),
            true => self.nested(|reader| {
                reader.place = content(reader.place);
                visitor.visit_some(reader)
            }),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Failure> {
        visitor.visit_unit()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Failure> {
        self.nested(|reader| visitor.visit_newtype_struct(reader))
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.items(|items| visitor.visit_seq(items))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, count: usize, visitor: V) -> Result<V::Value, Failure> {
        self.parts(count, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        count: usize,
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.parts(count, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Failure> {
        self.items(|items| visitor.visit_map(items))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.parts(fields.len(), visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Failure> {
        self.nested(|reader| visitor.visit_enum(Variant { reader }))
    }
}

/// The parts of a value, one after the other.
struct Items<'r, 'a, 'de> {
    reader: &'r mut Reader<'a, 'de>,
    /// How many are still to come.
    left: &'r mut usize,
    /// What they stand in, unless that is the value itself, which was paid for.
    growth: Option<&'r mut Growth>,
}

impl<'de> Items<'_, '_, 'de> {
    fn next<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Failure> {
        match self.left.checked_sub(1) {
            None => Ok(None),
            Some(left) => {
                *self.left = left;
                self.part(seed).map(Some)
            }
        }
    }

    fn part<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Failure> {
        if let Some(growth) = &mut self.growth {
            self.reader.step(|d| growth.grow(size_of::<S::Value>(), d))?;
        }
        self.reader.place::<S::Value>();
        seed.deserialize(&mut *self.reader)
    }
}

impl<'de> de::SeqAccess<'de> for Items<'_, '_, 'de> {
    type Error = Failure;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Failure> {
        self.next(seed)
    }

    /// Foreign code would take memory for as many before it says how large they are.
    fn size_hint(&self) -> Option<usize> {
        None
    }
}

impl<'de> de::MapAccess<'de> for Items<'_, '_, 'de> {
    type Error = Failure;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Failure> {
        self.next(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Failure> {
        self.part(seed)
    }

    /// Foreign code would take memory for as many before it says how large they are.
    fn size_hint(&self) -> Option<usize> {
        None
    }
}

/// An enum, whose variant is known by its place.
struct Variant<'r, 'a, 'de> {
    reader: &'r mut Reader<'a, 'de>,
}

impl<'de> de::EnumAccess<'de> for Variant<'_, '_, 'de> {
    type Error = Failure;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Failure> {
        let place: U32Deserializer<Failure> = self.reader.step(Decoder::tag)?.into_deserializer();
        Ok((seed.deserialize(place)?, self))
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'_, '_, 'de> {
    type Error = Failure;

    fn unit_variant(self) -> Result<(), Failure> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Failure> {
        let mut left = 0;
        Items { reader: self.reader, left: &mut left, growth: None }.part(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, count: usize, visitor: V) -> Result<V::Value, Failure> {
        let mut left = count;
        visitor.visit_seq(Items { reader: self.reader, left: &mut left, growth: None })
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Failure> {
        self.tuple_variant(fields.len(), visitor)
    }
}

/// The type in an option, by their names.
fn content(option: &'static str) -> &'static str {
    option.strip_prefix("core::option::Option<").and_then(|content| content.strip_suffix('>')).unwrap_or_default()
}

const UNKNOWN: &str = "it asks what comes next, as `#[serde(untagged)]`, `#[serde(flatten)]`, internally tagged enums and values \
                       of any kind do, and these bytes do not say; give it another form, such as a text or a struct of your own";
