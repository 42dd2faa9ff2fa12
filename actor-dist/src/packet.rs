//! A frame on its way into a lane: bytes in memory that its thread uses again for the next, so that a small message costs no
//! allocation, and large byte strings as they are. Nothing waits here.

use std::{
    cell::Cell,
    ops::{Deref, DerefMut},
};

use bytes::Bytes;

/// More memory than this is not kept for the next frame.
const KEEP: usize = 16 << 10;

thread_local! {
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// The bytes of frames, but for byte strings that stand elsewhere.
#[derive(Debug, Clone, Default)]
pub(crate) struct Packet {
    pub(crate) bytes: Vec<u8>,
    /// Each with the place in `bytes` that it comes before, in order.
    pub(crate) shared: Vec<(usize, Bytes)>,
}

impl Packet {
    /// How many bytes it is.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() + shared(&self.shared)
    }
}

/// How many bytes stand elsewhere.
pub(crate) fn shared(shared: &[(usize, Bytes)]) -> usize {
    shared.iter().map(|(_, bytes)| bytes.len()).sum()
}

impl From<Vec<u8>> for Packet {
    fn from(bytes: Vec<u8>) -> Self {
        Packet { bytes, shared: Vec::new() }
    }
}

/// An empty packet, for one frame. Whoever needs another meanwhile gets one of their own.
pub(crate) struct Scratch(Packet);

impl Scratch {
    pub(crate) fn take() -> Self {
        Scratch(SCRATCH.try_with(Cell::take).unwrap_or_default().into())
    }
}

impl Deref for Scratch {
    type Target = Packet;

    fn deref(&self) -> &Packet {
        &self.0
    }
}

impl DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut Packet {
        &mut self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0.bytes);
        if bytes.capacity() <= KEEP {
            bytes.clear();
            let _gone_with_its_thread = SCRATCH.try_with(|scratch| scratch.set(bytes));
        }
    }
}
