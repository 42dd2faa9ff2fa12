//! Large bodies on their way out: a chunk of each in turn, so that none waits for more than a chunk of every other. Copies
//! nothing. Driven by the outlet.

use std::collections::VecDeque;

use bytes::Bytes;

use super::CHUNK;

/// The bodies that are not sent yet.
#[derive(Debug)]
pub(crate) struct Bodies {
    /// The bytes of a chunk.
    chunk: usize,
    queue: VecDeque<Body>,
    /// How many bodies there were, ever.
    count: u64,
    /// Of whole bodies, until the last chunk is taken: the other side may have to hold as much.
    bytes: usize,
}

#[derive(Debug)]
struct Body {
    number: u64,
    length: usize,
    left: VecDeque<Bytes>,
}

/// A piece of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Chunk {
    /// Which body it is of: its token's place among all tokens, from 0.
    pub(crate) body: u64,
    /// How long the whole body is.
    pub(crate) length: usize,
    /// The bytes, in pieces.
    pub(crate) parts: Vec<Bytes>,
}

impl Default for Bodies {
    fn default() -> Self {
        Bodies::in_chunks_of(CHUNK)
    }
}

impl Bodies {
    /// For chunks of so many bytes.
    pub(crate) fn in_chunks_of(chunk: usize) -> Self {
        Bodies { chunk, queue: VecDeque::new(), count: 0, bytes: 0 }
    }

    /// A body whose token has just gone into the lane.
    pub(crate) fn add(&mut self, parts: Vec<Bytes>) {
        let length = parts.iter().map(Bytes::len).sum();
        self.queue.push_back(Body { number: self.count, length, left: parts.into() });
        self.count += 1;
        self.bytes += length;
    }

    /// The next chunk to send of the bodies before this one.
    pub(crate) fn next_chunk(&mut self, before: u64) -> Option<Chunk> {
        let turn = self.queue.iter().position(|body| body.number < before)?;
        self.queue.rotate_left(turn);
        let mut body = self.queue.pop_front()?;
        let chunk = Chunk { body: body.number, length: body.length, parts: body.take(self.chunk) };
        match body.left.is_empty() {
            true => self.bytes -= body.length,
            false => self.queue.push_back(body),
        }
        Some(chunk)
    }

    /// How many bytes wait or are under way.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many bodies there were, ever.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Whether there is nothing to send.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}

impl Body {
    fn take(&mut self, mut bytes: usize) -> Vec<Bytes> {
        let mut parts = Vec::new();
        while let Some(part) = self.left.front_mut().filter(|_| bytes > 0) {
            let taken = part.split_to(part.len().min(bytes));
            bytes -= taken.len();
            if part.is_empty() {
                self.left.pop_front();
            }
            if !taken.is_empty() {
                parts.push(taken);
            }
        }
        // What is left may be nothing but empty pieces, after which nothing would follow.
        while self.left.front().is_some_and(Bytes::is_empty) {
            self.left.pop_front();
        }
        parts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(length: usize, byte: u8) -> Vec<Bytes> {
        vec![Bytes::new(), Bytes::from(vec![byte; length]), Bytes::new()]
    }

    fn order(bodies: &mut Bodies) -> Vec<(u64, usize)> {
        std::iter::from_fn(|| bodies.next_chunk(u64::MAX))
            .map(|chunk| (chunk.body, chunk.parts.iter().map(Bytes::len).sum()))
            .collect()
    }

    /// F3: a body waits for one chunk of each other and not for their ends.
    #[test]
    fn bodies_take_turns() {
        let mut bodies = Bodies::default();
        bodies.add(body(3 * CHUNK, 1));
        bodies.add(body(CHUNK / 2, 2));
        bodies.add(body(CHUNK + 1, 3));
        let expected = [(0, CHUNK), (1, CHUNK / 2), (2, CHUNK), (0, CHUNK), (2, 1), (0, CHUNK)];
        assert_eq!(order(&mut bodies), expected);
        assert!(bodies.is_empty() && bodies.bytes() == 0);
    }

    /// F1: a body counts whole until its last chunk is taken.
    #[test]
    fn a_body_counts_until_its_end() {
        let mut bodies = Bodies::default();
        bodies.add(body(2 * CHUNK, 1));
        assert_eq!(bodies.bytes(), 2 * CHUNK);
        bodies.next_chunk(u64::MAX);
        assert_eq!(bodies.bytes(), 2 * CHUNK);
        bodies.next_chunk(u64::MAX);
        assert_eq!(bodies.bytes(), 0);
        assert_eq!(bodies.next_chunk(u64::MAX), None);
    }

    /// A connection that closes is used for what it has begun, and no more.
    #[test]
    fn later_bodies_wait() {
        let mut bodies = Bodies::default();
        bodies.add(body(CHUNK, 1));
        bodies.add(body(CHUNK, 2));
        bodies.next_chunk(u64::MAX);
        assert_eq!(bodies.next_chunk(1), None);
        assert_eq!(bodies.next_chunk(2).unwrap().body, 1);
    }

    /// The pieces in which a body is given make no difference.
    #[test]
    fn pieces_are_joined() {
        let mut bodies = Bodies::default();
        bodies.add((0..100_u8).map(|byte| Bytes::from(vec![byte; CHUNK / 50])).collect());
        let chunk = bodies.next_chunk(u64::MAX).unwrap();
        assert_eq!(chunk.length, CHUNK / 50 * 100);
        assert_eq!(chunk.parts.iter().map(Bytes::len).sum::<usize>(), CHUNK);
        let rest: usize = order(&mut bodies).iter().map(|(_, length)| length).sum();
        assert_eq!(rest, chunk.length - CHUNK);
    }
}
