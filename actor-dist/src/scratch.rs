//! Memory in which a thread writes one frame after the other, so that a small message costs no allocation. What is written is
//! copied or taken by the lane; nothing waits here.

use std::{
    cell::Cell,
    ops::{Deref, DerefMut},
};

/// More memory than this is not kept for the next frame.
const KEEP: usize = 16 << 10;

thread_local! {
    static SCRATCH: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// An empty buffer, for one frame. Whoever needs another meanwhile gets one of their own.
pub(crate) struct Scratch(Vec<u8>);

impl Scratch {
    pub(crate) fn take() -> Self {
        Scratch(SCRATCH.try_with(Cell::take).unwrap_or_default())
    }
}

impl Deref for Scratch {
    type Target = Vec<u8>;

    fn deref(&self) -> &Vec<u8> {
        &self.0
    }
}

impl DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut Vec<u8> {
        &mut self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let mut bytes = std::mem::take(&mut self.0);
        if bytes.capacity() <= KEEP {
            bytes.clear();
            let _gone_with_its_thread = SCRATCH.try_with(|scratch| scratch.set(bytes));
        }
    }
}
