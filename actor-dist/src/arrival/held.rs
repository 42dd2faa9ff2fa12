//! What waits at a gate: for its body, or behind something that waits.

use std::sync::{Arc, OnceLock};

use actor_core::{
    ExitReason,
    route::{Beside, Inlet, Shared},
    wire::DecodeError,
};
use bytes::Bytes;

use super::addressee::Addressee;
use crate::proto::{
    flow::{Recipient, gates},
    links,
};

/// A smaller payload than this is copied, so that what is held does not keep all that was read with it.
const COPY: usize = 32 << 10;

/// What a reason counts for: its words are cut (L4).
const REASON: usize = 1 << 10;

/// What is held.
pub(super) enum Held {
    /// A message to one actor.
    Message(Message),
    /// One member's copy of a broadcast.
    Copy(Copy),
    /// The answer to a call.
    Answer { port: u64, payload: Bytes, ports: Vec<u64> },
    /// A watched actor has ended.
    Down { reference: u64, reason: ExitReason },
    /// About a link: that one of its actors has ended.
    Exit(links::Message),
}

/// A message to one actor.
pub(super) struct Message {
    pub(super) to: Addressee,
    pub(super) inlet: Arc<dyn Inlet>,
    pub(super) payload: Bytes,
    pub(super) ports: Vec<u64>,
    pub(super) beside: Box<Beside>,
}

/// One member's copy of a broadcast.
pub(super) struct Copy {
    pub(super) to: Addressee,
    pub(super) member: Arc<dyn Inlet>,
    pub(super) payload: Bytes,
    pub(super) beside: Box<Beside>,
    /// The message, once it was decoded for one of them.
    pub(super) shared: Arc<Once>,
}

/// A broadcast, decoded for whoever comes first.
pub(super) type Once = OnceLock<Result<Box<dyn Shared>, DecodeError>>;

impl Held {
    /// With memory of its own, if it is small.
    pub(super) fn detached(mut self) -> Self {
        if let Some(payload) = self.payload().filter(|payload| payload.len() < COPY) {
            *payload = Bytes::copy_from_slice(payload);
        }
        self
    }

    fn payload(&mut self) -> Option<&mut Bytes> {
        match self {
            Held::Message(Message { payload, .. }) | Held::Answer { payload, .. } => Some(payload),
            Held::Copy(copy) => Some(&mut copy.payload),
            Held::Down { .. } | Held::Exit(_) => None,
        }
    }
}

impl gates::Held for Held {
    fn size(&self) -> usize {
        match self {
            Held::Message(Message { payload, ports, .. }) | Held::Answer { payload, ports, .. } => {
                payload.len() + ports.len() * 8
            }
            Held::Copy(copy) => copy.payload.len(),
            Held::Down { .. } | Held::Exit(_) => REASON,
        }
    }

    fn is_signal(&self) -> bool {
        matches!(self, Held::Down { .. } | Held::Exit(_))
    }

    fn fill(&mut self, body: Bytes) {
        if let Some(payload) = self.payload() {
            *payload = body;
        }
    }

    fn recipient(&self) -> Option<Recipient<'static>> {
        match self {
            Held::Message(message) => message.to.recipient(),
            Held::Copy(_) | Held::Answer { .. } | Held::Down { .. } | Held::Exit(_) => None,
        }
    }
}
