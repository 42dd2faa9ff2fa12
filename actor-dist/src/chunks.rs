//! Bytes on their way from a lane to its writer: what is large as it is, and buffers of the small between. Waits for nobody.

use bytes::Bytes;

use crate::packet::Packet;

/// A frame from this size on goes out as it is, without a copy.
pub(crate) const LARGE: usize = 16 << 10;

/// What the writer is to write: what is large as it is, and buffers of the small between.
#[derive(Default)]
pub(crate) struct Chunks {
    whole: Vec<Bytes>,
    tail: Vec<u8>,
    bytes: usize,
    /// How many there were when it was cleared last.
    taken: usize,
}

impl Chunks {
    /// Takes the bytes of a frame, and leaves the memory of a small one.
    pub(crate) fn append(&mut self, packet: &mut Packet) {
        self.bytes += packet.len();
        let mut written = 0;
        if !packet.shared.is_empty() {
            for (place, shared) in packet.shared.drain(..) {
                self.tail.extend_from_slice(&packet.bytes[written..place]);
                written = place;
                self.push(shared);
            }
        }
        if packet.bytes.len() - written < LARGE {
            self.tail.extend_from_slice(&packet.bytes[written..]);
            return packet.bytes.clear();
        }
        self.push(Bytes::from(std::mem::take(&mut packet.bytes)).slice(written..));
    }

    /// Something large, behind what is there.
    fn push(&mut self, bytes: Bytes) {
        if !self.tail.is_empty() {
            self.whole.push(std::mem::take(&mut self.tail).into());
        }
        self.whole.push(bytes);
    }

    /// How many there are.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many there were when it was cleared last.
    pub(crate) fn taken(&self) -> usize {
        self.taken
    }

    /// In the order in which they are to be written.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.whole.iter().map(|chunk| &chunk[..]).chain([&self.tail[..]]).filter(|chunk| !chunk.is_empty())
    }

    /// Empty, with memory for later if that is not more than so much.
    pub(crate) fn clear(&mut self, keep: usize) {
        self.whole.clear();
        self.tail.clear();
        self.tail.shrink_to(keep);
        self.taken = std::mem::take(&mut self.bytes);
    }
}
