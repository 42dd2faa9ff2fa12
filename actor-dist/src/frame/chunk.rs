//! The frames of the connection of bodies: a header of a fixed size, and the bytes of a body behind it, which are read straight
//! to where they stay.
//!
//! ```text
//! chunk = length u32 LE (of the rest) | kind u8 | body's number u64 LE | body's length u32 LE | bytes
//! ```

use super::{FrameError, Kind};

/// The bytes of a header.
pub(crate) const CHUNK_HEADER: usize = 17;

/// The bytes of a chunk's length, which it does not count.
const LENGTH: usize = 4;

/// The most bytes of a chunk that are taken; other builds may send larger ones than this one.
const MAX_CHUNK: usize = 16 << 20;

/// What follows, and of what it is a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ChunkHeader {
    /// The number of its token.
    pub(crate) body: u64,
    /// Of the whole body.
    pub(crate) length: usize,
    /// Of the chunk.
    pub(crate) chunk: usize,
}

impl ChunkHeader {
    pub(crate) fn encode(self) -> [u8; CHUNK_HEADER] {
        let number = |bytes: usize| u32::try_from(bytes).unwrap_or(u32::MAX).to_le_bytes();
        let mut out = [0; CHUNK_HEADER];
        out[..4].copy_from_slice(&number(CHUNK_HEADER - LENGTH + self.chunk));
        out[4] = Kind::Chunk as u8;
        out[5..13].copy_from_slice(&self.body.to_le_bytes());
        out[13..].copy_from_slice(&number(self.length));
        out
    }

    /// # Errors
    /// [`FrameError`]: it is no chunk, or too large a one.
    pub(crate) fn decode(bytes: [u8; CHUNK_HEADER]) -> Result<Self, FrameError> {
        let [l0, l1, l2, l3, kind, body @ .., t0, t1, t2, t3] = bytes;
        match Kind::from_number(kind)? {
            Kind::Chunk => {}
            other => return Err(FrameError::Misplaced(other)),
        }
        let rest = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        let chunk = rest.checked_sub(CHUNK_HEADER - LENGTH).filter(|chunk| *chunk > 0).ok_or(FrameError::Empty)?;
        if chunk > MAX_CHUNK {
            return Err(FrameError::TooLarge { claimed: chunk, limit: MAX_CHUNK });
        }
        let length = u32::from_le_bytes([t0, t1, t2, t3]) as usize;
        Ok(ChunkHeader { body: u64::from_le_bytes(body), length, chunk })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_what_they_have_always_been() {
        let header = ChunkHeader { body: 0x0102_0304_0506_0708, length: 1 << 20, chunk: 3 };
        assert_eq!(header.encode(), *b"\x10\0\0\0\x30\x08\x07\x06\x05\x04\x03\x02\x01\0\0\x10\0");
        assert_eq!(ChunkHeader::decode(header.encode()), Ok(header));
    }

    /// F5.
    #[test]
    fn what_is_no_chunk_is_refused() {
        let header = ChunkHeader { body: 1, length: 1 << 20, chunk: MAX_CHUNK + 1 };
        let limit = MAX_CHUNK;
        assert_eq!(ChunkHeader::decode(header.encode()), Err(FrameError::TooLarge { claimed: limit + 1, limit }));
        assert_eq!(ChunkHeader::decode(ChunkHeader { chunk: 0, ..header }.encode()), Err(FrameError::Empty));
        let mut other = header.encode();
        other[4] = Kind::Tell as u8;
        assert_eq!(ChunkHeader::decode(other), Err(FrameError::Misplaced(Kind::Tell)));
    }
}
