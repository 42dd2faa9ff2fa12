//! The bytes of single values: bincode 1.3.3, varint, little-endian, over a slice. The one room that knows bincode; no
//! type of it leaves. Integers are written, and those of one byte read, by the same rules without it, since they are most of
//! what there is. A number that was written longer than it must be is read as what it is. Bounds on memory and depth are the
//! decoder's, which asks before anything is allocated.

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

/// Writes an unsigned number of any size but the largest, whose forms are all one: a byte if it is small, as most are; else a
/// mark and the bytes of the smallest integer that holds it.
#[inline]
pub(super) fn write_unsigned(out: &mut Vec<u8>, number: u64) {
    match number {
        ..=SMALL => out.push(number as u8),
        _ => write_marked(out, number),
    }
}

#[inline(never)]
fn write_marked(out: &mut Vec<u8>, number: u64) {
    match (u16::try_from(number), u32::try_from(number)) {
        (Ok(number), _) => append(out, 251, number.to_le_bytes()),
        (_, Ok(number)) => append(out, 252, number.to_le_bytes()),
        _ => append(out, 253, number.to_le_bytes()),
    }
}

#[inline]
fn append<const BYTES: usize>(out: &mut Vec<u8>, mark: u8, bytes: [u8; BYTES]) {
    out.reserve(1 + BYTES);
    out.push(mark);
    out.extend_from_slice(&bytes);
}

/// Writes a signed number of any size but the largest: near to zero is small.
#[inline]
pub(super) fn write_signed(out: &mut Vec<u8>, number: i64) {
    write_unsigned(out, ((number << 1) ^ (number >> 63)) as u64);
}

/// The largest number that is a byte of its own; above are the marks of larger ones.
const SMALL: u64 = 250;

/// Reads an unsigned number of any size but the largest.
#[inline]
pub(super) fn read_unsigned<'de, T: From<u8> + Deserialize<'de>>(input: &mut Input<'de>) -> Result<T, DecodeError> {
    match input.small() {
        Some(small) => Ok(T::from(small)),
        None => read_marked(input),
    }
}

/// What is no byte of its own, by the codec itself.
#[inline(never)]
fn read_marked<'de, T: Deserialize<'de>>(input: &mut Input<'de>) -> Result<T, DecodeError> {
    read(input)
}

/// Reads a signed number of any size but the largest.
#[inline]
pub(super) fn read_signed<'de, T: From<i8> + Deserialize<'de>>(input: &mut Input<'de>) -> Result<T, DecodeError> {
    match input.small() {
        Some(small) => Ok(T::from((small >> 1) as i8 ^ -((small & 1) as i8))),
        None => read_marked(input),
    }
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

    /// Takes the next byte, if that is a number of its own.
    #[inline]
    fn small(&mut self) -> Option<u8> {
        match *self.0 {
            [small, ref rest @ ..] if u64::from(small) <= SMALL => {
                self.0 = rest;
                Some(small)
            }
            _ => None,
        }
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
