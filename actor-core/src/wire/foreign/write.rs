//! Writes a foreign value: serde's data model as the codec writes it, without names. Refuses what could not be read again from
//! such bytes. Driven by the encoder.

use std::fmt;

use serde::ser::{self, Serialize};

use super::excerpt;
use crate::wire::{EncodeError, Encoder, Wire};

impl Encoder<'_> {
    /// Writes a value through serde. The name, such as `geo.Point/1`, is that of its form, for errors.
    ///
    /// # Errors
    /// [`EncodeError::Foreign`]: its code refuses, or it has no form in these bytes.
    pub fn foreign<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), EncodeError> {
        value.serialize(Writer { e: self }).map_err(|Refusal(why)| EncodeError::foreign(name, why))
    }
}

/// Why it was refused.
#[derive(Debug)]
struct Refusal(String);

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}

impl ser::Error for Refusal {
    fn custom<T: fmt::Display>(said: T) -> Self {
        Refusal(excerpt(said))
    }
}

impl From<EncodeError> for Refusal {
    fn from(error: EncodeError) -> Self {
        Refusal(error.to_string())
    }
}

struct Writer<'a, 'b> {
    e: &'a mut Encoder<'b>,
}

impl<'a, 'b> Writer<'a, 'b> {
    /// What follows is so many items; they are counted.
    fn items(self, announced: Option<usize>) -> Result<Items<'a, 'b>, Refusal> {
        let left = announced.ok_or_else(|| {
            Refusal("it does not say how many items follow, as what has `#[serde(flatten)]` does not".to_owned())
        })?;
        self.e.length(left)?;
        Ok(Items { e: self.e, left: Some(left) })
    }

    /// What follows is known to the reader.
    fn fields(self) -> Items<'a, 'b> {
        Items { e: self.e, left: None }
    }

    fn variant(self, tag: u32) -> Result<Self, Refusal> {
        self.e.tag(tag)?;
        Ok(self)
    }
}

macro_rules! as_wire {
    ($($method:ident: $type:ty),*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<(), Refusal> {
            Ok(value.encode(self.e)?)
        }
    )*};
}

impl<'a, 'b> ser::Serializer for Writer<'a, 'b> {
    type Ok = ();
    type Error = Refusal;
    type SerializeSeq = Items<'a, 'b>;
    type SerializeTuple = Items<'a, 'b>;
    type SerializeTupleStruct = Items<'a, 'b>;
    type SerializeTupleVariant = Items<'a, 'b>;
    type SerializeMap = Items<'a, 'b>;
    type SerializeStruct = Items<'a, 'b>;
    type SerializeStructVariant = Items<'a, 'b>;

    as_wire! {
        serialize_bool: bool, serialize_char: char, serialize_f32: f32, serialize_f64: f64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128,
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_str(self, value: &str) -> Result<(), Refusal> {
        Ok(self.e.text(value)?)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Refusal> {
        Ok(self.e.bytes(value)?)
    }

    fn serialize_none(self) -> Result<(), Refusal> {
        Ok(false.encode(self.e)?)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Refusal> {
        true.encode(self.e)?;
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Refusal> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Refusal> {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, tag: u32, _: &'static str) -> Result<(), Refusal> {
        self.variant(tag).map(drop)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Refusal> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        tag: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), Refusal> {
        value.serialize(self.variant(tag)?)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, Refusal> {
        self.items(length)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Refusal> {
        Ok(self.fields())
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Refusal> {
        Ok(self.fields())
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        tag: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Refusal> {
        self.variant(tag).map(Self::fields)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, Refusal> {
        self.items(length)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Refusal> {
        Ok(self.fields())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        tag: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Refusal> {
        self.variant(tag).map(Self::fields)
    }
}

/// The parts of a value, one after the other.
struct Items<'a, 'b> {
    e: &'a mut Encoder<'b>,
    /// How many are still to come, where the reader was told.
    left: Option<usize>,
}

impl Items<'_, '_> {
    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refusal> {
        if let Some(left) = &mut self.left {
            *left = left.checked_sub(1).ok_or_else(uncounted)?;
        }
        self.part(value)
    }

    fn part<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refusal> {
        value.serialize(Writer { e: &mut *self.e })
    }

    fn finish(self) -> Result<(), Refusal> {
        match self.left {
            None | Some(0) => Ok(()),
            Some(_) => Err(uncounted()),
        }
    }
}

fn uncounted() -> Refusal {
    Refusal("it has not as many items as it says".to_owned())
}

fn left_out(field: &str) -> Result<(), Refusal> {
    Err(Refusal(format!(
        "it leaves out its field `{field}`, as `skip_serializing_if` does, and the reader would take the next one for it"
    )))
}

macro_rules! in_order {
    ($($list:ident $method:ident),*) => {$(
        impl ser::$list for Items<'_, '_> {
            type Ok = ();
            type Error = Refusal;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refusal> {
                self.item(value)
            }

            fn end(self) -> Result<(), Refusal> {
                self.finish()
            }
        }
    )*};
}

in_order! {
    SerializeSeq serialize_element, SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field, SerializeTupleVariant serialize_field
}

macro_rules! by_name {
    ($($list:ident),*) => {$(
        impl ser::$list for Items<'_, '_> {
            type Ok = ();
            type Error = Refusal;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, _: &'static str, value: &T) -> Result<(), Refusal> {
                self.item(value)
            }

            fn skip_field(&mut self, name: &'static str) -> Result<(), Refusal> {
                left_out(name)
            }

            fn end(self) -> Result<(), Refusal> {
                self.finish()
            }
        }
    )*};
}

by_name!(SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Items<'_, '_> {
    type Ok = ();
    type Error = Refusal;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Refusal> {
        self.item(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Refusal> {
        self.part(value)
    }

    fn end(self) -> Result<(), Refusal> {
        self.finish()
    }
}
