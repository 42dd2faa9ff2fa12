//! A frame on its way into a lane: bytes in memory that its thread uses again for the next, so that a small message costs no
//! allocation, and large byte strings as they are. What is large altogether leaves a token in the lane, and its body apart.
//! Nothing waits here.

use std::{
    cell::Cell,
    ops::{Deref, DerefMut},
};

use actor_core::wire::Parts;
use bytes::Bytes;

use crate::{
    frame::{Places, token},
    lane::Ports,
    proto::flow::Recipient,
};

/// More memory than this is not kept for the next frame.
const KEEP: usize = 16 << 10;

thread_local! {
    static SCRATCH: Cell<Option<Box<Packet>>> = const { Cell::new(None) };
}

/// The bytes of frames, but for byte strings that stand elsewhere.
#[derive(Debug, Clone, Default)]
pub(crate) struct Packet {
    pub(crate) bytes: Vec<u8>,
    /// Each with the place in `bytes` that it comes before, in order.
    pub(crate) shared: Vec<(usize, Bytes)>,
    /// Where a user's message is in it, if it is one.
    pub(crate) places: Option<Places>,
    /// The message, if it goes apart and this is its token.
    pub(crate) body: Vec<Bytes>,
    /// Of which protocol it is, if it is a message that somebody sent.
    pub(crate) uri: Option<&'static str>,
    /// For whom, if it waits and is for one: it may have to be told that it never left.
    pub(crate) to: Option<Recipient<'static>>,
}

impl Packet {
    /// Empty, but for the memory of its bytes.
    fn clear(&mut self) {
        self.bytes.clear();
        (self.places, self.uri) = (None, None);
        if !self.shared.is_empty() {
            self.shared = Vec::new();
        }
        if !self.body.is_empty() {
            self.body = Vec::new();
        }
    }

    /// How many bytes it is, without a body that goes apart.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() + shared(&self.shared)
    }

    /// How many bytes it is in all.
    pub(crate) fn total(&self) -> usize {
        self.len() + self.body.iter().map(Bytes::len).sum::<usize>()
    }

    /// What stands in its bytes is a user's message, and this leaves with it; gives its ports.
    pub(crate) fn holds(&mut self, parts: Option<Box<Parts>>, places: Places) -> Ports {
        self.places = Some(places);
        match parts {
            None => Ports::new(),
            Some(parts) => {
                self.shared = parts.shared;
                parts.ports
            }
        }
    }

    /// Takes a user's message out, and leaves its token.
    pub(crate) fn part(&mut self) {
        let Some(places) = self.places.take() else { return };
        let mut stays = Vec::new();
        token(&mut stays, &self.bytes, &places, places.payload.len() + shared(&self.shared));
        let whole = Bytes::from(std::mem::replace(&mut self.bytes, stays));
        let mut at = places.payload.start;
        for (place, shared) in self.shared.drain(..) {
            self.body.extend([whole.slice(at..place), shared]);
            at = place;
        }
        self.body.push(whole.slice(at..places.payload.end));
    }
}

/// How many bytes stand elsewhere.
pub(crate) fn shared(shared: &[(usize, Bytes)]) -> usize {
    shared.iter().map(|(_, bytes)| bytes.len()).sum()
}

impl From<Vec<u8>> for Packet {
    fn from(bytes: Vec<u8>) -> Self {
        Packet { bytes, ..Packet::default() }
    }
}

/// An empty packet, for one frame. Whoever needs another meanwhile gets one of their own.
pub(crate) struct Scratch(Option<Box<Packet>>);

impl Scratch {
    #[inline]
    pub(crate) fn take() -> Self {
        Scratch(Some(SCRATCH.try_with(Cell::take).ok().flatten().unwrap_or_default()))
    }
}

/// Of a scratch.
const HELD: &str = "invariant: a scratch holds its packet until it is dropped";

impl Deref for Scratch {
    type Target = Packet;

    #[inline]
    fn deref(&self) -> &Packet {
        self.0.as_ref().expect(HELD)
    }
}

impl DerefMut for Scratch {
    #[inline]
    fn deref_mut(&mut self) -> &mut Packet {
        self.0.as_mut().expect(HELD)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let Some(mut packet) = self.0.take().filter(|packet| packet.bytes.capacity() <= KEEP) else { return };
        packet.clear();
        let _gone_with_its_thread = SCRATCH.try_with(|scratch| scratch.set(Some(packet)));
    }
}
