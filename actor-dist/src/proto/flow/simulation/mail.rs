//! What crosses between the two nodes, as far as the flow of it goes: who sent it, for whom, how long it is. The words of it are
//! nothing but a piece of one long pattern, a different one for each number.

use std::sync::OnceLock;

use actor_core::ActorId;
use bytes::Bytes;

use super::fact::Kind;
use crate::proto::{
    flow::{Recipient, gates},
    simulation::chance::Chance,
};

/// Somebody on one of the two nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Who {
    pub(super) side: usize,
    pub(super) number: u64,
}

/// From this number on it is no actor.
pub(super) const OUTSIDE: u64 = 100;

impl Who {
    pub(super) fn actor(self) -> Option<ActorId> {
        (self.number < OUTSIDE).then_some(ActorId(self.number))
    }
}

#[derive(Debug, Clone)]
pub(super) struct Frame {
    /// Its place among all that was sent.
    pub(super) id: u64,
    pub(super) by: Who,
    pub(super) bytes: usize,
    /// Whether this is the token, and the body goes apart.
    pub(super) apart: bool,
    /// Whether it cannot be decoded.
    pub(super) garbled: bool,
    pub(super) what: What,
}

#[derive(Debug, Clone)]
pub(super) enum What {
    Tell {
        to: Recipient<'static>,
        port: Option<u64>,
    },
    Broadcast,
    Answer {
        port: u64,
    },
    NoAnswer {
        port: u64,
    },
    Monitor {
        reference: u64,
        actor: ActorId,
    },
    Down {
        reference: u64,
    },
    Exit {
        to: ActorId,
    },
    Stop(Recipient<'static>),
    Go(Recipient<'static>),
    WantBodies,
    /// So many messages could not be decoded.
    Notice(u64),
}

impl Frame {
    /// How much room it takes in the lane.
    pub(super) fn size(&self) -> usize {
        if self.apart { 64 } else { self.whole() }
    }

    /// The same for what nothing of goes apart.
    pub(super) fn whole(&self) -> usize {
        32 + self.bytes
    }

    pub(super) fn kind(&self) -> Option<Kind> {
        match self.what {
            What::Tell { .. } => Some(Kind::Message),
            What::Broadcast => Some(Kind::Copy),
            What::Answer { .. } => Some(Kind::Answer),
            What::Down { .. } | What::Exit { .. } => Some(Kind::Signal),
            _ => None,
        }
    }

    /// Whose caller waits for an answer to it.
    pub(super) fn port(&self) -> Option<u64> {
        match self.what {
            What::Tell { port, .. } => port,
            _ => None,
        }
    }
}

/// What arrived for somebody.
#[derive(Debug, Clone)]
pub(super) struct Mail {
    pub(super) frame: Frame,
    pub(super) at: Who,
    pub(super) body: Option<Bytes>,
}

impl Mail {
    /// Whether it has its body, and that of no other.
    pub(super) fn is_whole(&self) -> bool {
        match self.frame.apart {
            true => self.body.as_ref() == Some(&body(self.frame.id, self.frame.bytes)),
            false => self.body.is_none(),
        }
    }
}

impl gates::Held for Mail {
    fn size(&self) -> usize {
        if self.frame.apart { 0 } else { self.frame.bytes }
    }

    fn is_signal(&self) -> bool {
        matches!(self.frame.what, What::Down { .. } | What::Exit { .. })
    }

    fn fill(&mut self, body: Bytes) {
        self.body = Some(body);
    }

    fn recipient(&self) -> Option<Recipient<'static>> {
        match &self.frame.what {
            What::Tell { to, .. } => Some(to.clone()),
            _ => None,
        }
    }
}

/// The longest body there is.
pub(super) const LONGEST: usize = 1 << 20;

/// The words of the message with this number.
pub(super) fn body(id: u64, length: usize) -> Bytes {
    static PATTERN: OnceLock<Bytes> = OnceLock::new();
    let pattern = PATTERN.get_or_init(|| {
        let mut chance = Chance::new(1);
        (0..2 * LONGEST).map(|_| chance.below(256) as u8).collect::<Vec<u8>>().into()
    });
    let place = (id as usize * 4099) % LONGEST;
    pattern.slice(place..place + length)
}
