//! Bodies put together again from their chunks. Takes no more memory than the other side may have under way, and who keeps a body
//! keeps little more. Driven by whoever reads the connection of bodies, which reads straight into a body's memory.

use std::collections::{BTreeMap, VecDeque};

use bytes::{Bytes, BytesMut};

/// The bodies that have begun.
#[derive(Debug)]
pub(crate) struct Assembly {
    bodies: BTreeMap<u64, Partial>,
    /// The sum of what they count for.
    bytes: usize,
    /// The longest body that is taken.
    longest: usize,
    /// The most that may have begun.
    bound: usize,
    /// The memory of the last bodies, used again when nobody holds them any more: memory that is new to the process costs
    /// as much as to fill it.
    spare: VecDeque<Partial>,
}

/// How many bodies' memory is kept.
const SPARE: usize = 2;

/// What a body counts for at least, in bytes: it has a place beside them, and no honest one is as small.
const LEAST: usize = 4 << 10;

/// A body that has begun, or the memory of one that is complete.
#[derive(Debug)]
struct Partial {
    length: usize,
    bytes: BytesMut,
    /// What its memory has room for, if nobody else holds any of it.
    room: usize,
}

impl Partial {
    fn new(length: usize) -> Self {
        let bytes = BytesMut::with_capacity(length);
        Partial { length, room: bytes.capacity(), bytes }
    }

    /// Whether its memory is there for a body of so many bytes. It is whole, and little larger, since who keeps the body keeps
    /// all of it.
    fn serves(&mut self, length: usize) -> bool {
        (self.room / 2..=self.room).contains(&length) && self.bytes.try_reclaim(self.room)
    }
}

/// Why a chunk is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ChunkError {
    #[error("a chunk of a body of {length} bytes, and this node takes {longest}; set `max_frame` alike on both")]
    TooLong { length: usize, longest: usize },
    #[error("a chunk that goes beyond its body, or says another length than the one before it")]
    Beyond,
    #[error("bodies of more than {bound} bytes were begun at once")]
    TooMuch { bound: usize },
}

impl Assembly {
    /// For bodies of up to so many bytes, from a sender that has at most so many under way.
    pub(crate) fn new(longest: usize, bound: usize) -> Self {
        let (bodies, spare) = (BTreeMap::new(), VecDeque::new());
        Assembly { bodies, bytes: 0, longest, bound: bound.saturating_add(longest), spare }
    }

    /// The memory in which a chunk of so many bytes is to be put, behind what there is of its body.
    pub(crate) fn chunk(&mut self, body: u64, length: usize, chunk: usize) -> Result<&mut BytesMut, ChunkError> {
        if !self.bodies.contains_key(&body) {
            self.begin(body, length)?;
        }
        let partial = self.bodies.get_mut(&body).ok_or(ChunkError::Beyond)?;
        if partial.length != length || partial.bytes.len().saturating_add(chunk) > length || chunk == 0 {
            return Err(ChunkError::Beyond);
        }
        Ok(&mut partial.bytes)
    }

    fn begin(&mut self, body: u64, length: usize) -> Result<(), ChunkError> {
        if length > self.longest {
            return Err(ChunkError::TooLong { length, longest: self.longest });
        }
        self.bytes += length.max(LEAST);
        if self.bytes > self.bound {
            return Err(ChunkError::TooMuch { bound: self.bound });
        }
        let again = self.spare.iter_mut().position(|spare| spare.serves(length));
        // The sum of what is announced is bounded, and what is not written to takes no memory of the machine: to grow with what
        // comes would be to copy it.
        let spare = again.and_then(|again| self.spare.remove(again));
        let begun = spare.map_or_else(|| Partial::new(length), |spare| Partial { length, ..spare });
        self.bodies.insert(body, begun);
        Ok(())
    }

    /// Keeps no memory for bodies to come.
    pub(crate) fn release(&mut self) {
        self.spare.clear();
    }

    /// The body, if that was its last chunk.
    pub(crate) fn complete(&mut self, body: u64) -> Option<Bytes> {
        let whole = self.bodies.get(&body).is_some_and(|partial| partial.bytes.len() == partial.length);
        let mut partial = whole.then(|| self.bodies.remove(&body)).flatten()?;
        self.bytes -= partial.length.max(LEAST);
        let bytes = partial.bytes.split().freeze();
        if self.spare.len() == SPARE {
            self.spare.pop_front();
        }
        self.spare.push_back(partial);
        Some(bytes)
    }

    /// Whether no body is under way.
    pub(crate) fn is_empty(&self) -> bool {
        self.bodies.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(assembly: &mut Assembly, body: u64, length: usize, bytes: &[u8]) -> Result<Option<Bytes>, ChunkError> {
        assembly.chunk(body, length, bytes.len())?.extend_from_slice(bytes);
        Ok(assembly.complete(body))
    }

    #[test]
    fn bodies_come_together_in_whatever_turns() {
        let mut assembly = Assembly::new(100, 1 << 20);
        assert_eq!(put(&mut assembly, 7, 4, b"ab"), Ok(None));
        assert_eq!(put(&mut assembly, 3, 2, b"x"), Ok(None));
        assert_eq!(put(&mut assembly, 7, 4, b"cd"), Ok(Some(Bytes::from_static(b"abcd"))));
        assert_eq!(put(&mut assembly, 3, 2, b"y"), Ok(Some(Bytes::from_static(b"xy"))));
        assert!(assembly.is_empty());
    }

    /// The memory of a body that nobody holds any more is the next one's; that of one which is held is not.
    #[test]
    fn memory_is_used_again() {
        let mut assembly = Assembly::new(1 << 20, 4 << 20);
        let whole = vec![1; 1 << 20];
        let first = put(&mut assembly, 0, whole.len(), &whole).unwrap().unwrap();
        let place = first.as_ptr();
        let second = put(&mut assembly, 1, whole.len(), &whole).unwrap().unwrap();
        assert_ne!(second.as_ptr(), place);
        drop(first);
        let third = put(&mut assembly, 2, whole.len(), &whole).unwrap().unwrap();
        assert_eq!(third.as_ptr(), place);
        assert!(second == whole && third == whole);
    }

    /// Who keeps a body keeps no more than twice as much.
    #[test]
    fn a_small_body_does_not_hold_the_memory_of_a_large_one() {
        let mut assembly = Assembly::new(1 << 20, 4 << 20);
        let whole = vec![1; 1 << 20];
        let place = put(&mut assembly, 0, whole.len(), &whole).unwrap().unwrap().as_ptr();
        let small = put(&mut assembly, 1, 64 << 10, &whole[..64 << 10]).unwrap().unwrap();
        assert_ne!(small.as_ptr(), place);
        let half = put(&mut assembly, 2, 1 << 19, &whole[..1 << 19]).unwrap().unwrap();
        assert_eq!(half.as_ptr(), place);
        let other = put(&mut assembly, 3, 1 << 19, &whole[..1 << 19]).unwrap().unwrap();
        assert!(other.as_ptr() != place.wrapping_add(1 << 19), "the other half is of the same memory");
    }

    /// F5: what is no chunk of its body is an error, and nothing is taken for it.
    #[test]
    fn a_chunk_beyond_its_body_is_refused() {
        let mut assembly = Assembly::new(100, 1 << 20);
        assert_eq!(put(&mut assembly, 0, 101, b"a"), Err(ChunkError::TooLong { length: 101, longest: 100 }));
        assert_eq!(put(&mut assembly, 0, 2, b"abc"), Err(ChunkError::Beyond));
        assert_eq!(put(&mut assembly, 1, 2, b"a"), Ok(None));
        assert_eq!(put(&mut assembly, 1, 3, b"b"), Err(ChunkError::Beyond));
        assert_eq!(put(&mut assembly, 1, 2, b""), Err(ChunkError::Beyond));
    }

    /// F5, H5: who begins bodies and ends none is refused at the bound.
    #[test]
    fn beginnings_are_bounded() {
        let mut assembly = Assembly::new(1 << 20, 4 << 20);
        for body in 0..5 {
            assert_eq!(put(&mut assembly, body, 1 << 20, b"a"), Ok(None));
        }
        assert_eq!(put(&mut assembly, 5, 1 << 20, b"a"), Err(ChunkError::TooMuch { bound: 5 << 20 }));
    }

    /// F5, H5: nor are there more of them the smaller they are.
    #[test]
    fn small_beginnings_are_bounded_too() {
        let mut assembly = Assembly::new(1 << 20, 4 << 20);
        let begun = (0..).take_while(|body| put(&mut assembly, *body, 2, b"a").is_ok()).count();
        assert_eq!(begun, (5 << 20) / LEAST);
        let mut assembly = Assembly::new(1 << 20, 4 << 20);
        assert!((0..10_000).all(|body| put(&mut assembly, body, 2, b"ab").is_ok()), "those that end are no more");
    }
}
