//! The bytes of single values: bincode 1.3.3, varint, little-endian, over a slice. The one room that knows bincode; no
//! type of it leaves. Bounds on memory and depth are the decoder's, which asks before anything is allocated.

use std::io::{self, Read};

use bincode::{BincodeRead, ErrorKind, Options};
use serde::{Deserialize, Serialize};

use super::{DecodeError, EncodeError};

/// The codec of this build, exchanged when nodes connect: bincode 1.3.3 with variable-length integers.
pub const CODEC_ID: u16 = 1;

#[inline]
fn options() -> impl Options {
    bincode::DefaultOptions::new().allow_trailing_bytes()
}

#[inline]
pub(super) fn write<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) -> Result<(), EncodeError> {
    options().serialize_into(out, value).map_err(|e| EncodeError::Codec(e.to_string()))
}

#[inline]
pub(super) fn read<'de, T: Deserialize<'de>>(input: &mut Input<'de>) -> Result<T, DecodeError> {
    let mut serde = bincode::Deserializer::with_bincode_read(&mut *input, options());
    T::deserialize(&mut serde).map_err(|e| match *e {
        ErrorKind::Io(_) => DecodeError::UnexpectedEnd,
        ErrorKind::InvalidUtf8Encoding(_) => DecodeError::invalid("text", "it is not UTF-8"),
        other => DecodeError::invalid(std::any::type_name::<T>(), other.to_string()),
    })
}

/// What is left of the bytes.
#[derive(Debug)]
pub(super) struct Input<'de>(pub(super) &'de [u8]);

impl<'de> Input<'de> {
    #[inline]
    pub(super) fn advance(&mut self, length: usize) -> Option<&'de [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

fn end() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

impl Read for &mut Input<'_> {
    #[inline]
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(self.0.len());
        self.read_exact(&mut buffer[..length])?;
        Ok(length)
    }

    #[inline]
    fn read_exact(&mut self, buffer: &mut [u8]) -> io::Result<()> {
        buffer.copy_from_slice(self.advance(buffer.len()).ok_or_else(end)?);
        Ok(())
    }
}

impl<'de> BincodeRead<'de> for &mut Input<'de> {
    fn forward_read_str<V: serde::de::Visitor<'de>>(&mut self, length: usize, visitor: V) -> bincode::Result<V::Value> {
        let bytes = self.advance(length).ok_or_else(end)?;
        visitor.visit_borrowed_str(std::str::from_utf8(bytes).map_err(ErrorKind::InvalidUtf8Encoding)?)
    }

    fn get_byte_buffer(&mut self, length: usize) -> bincode::Result<Vec<u8>> {
        Ok(self.advance(length).ok_or_else(end)?.to_vec())
    }

    fn forward_read_bytes<V: serde::de::Visitor<'de>>(
        &mut self,
        length: usize,
        visitor: V,
    ) -> bincode::Result<V::Value> {
        visitor.visit_borrowed_bytes(self.advance(length).ok_or_else(end)?)
    }
}
