//! One of the two nodes: its actors with their mailboxes, who watches whom, and the two ends of its session.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use actor_core::ActorId;

use super::{
    inbound::Inbound,
    lane::Lane,
    mail::{Frame, Who},
};
use crate::proto::flow::{Recipient, outlet::planted::Planted};

/// How many actors a node has.
pub(super) const ACTORS: u64 = 4;
pub(super) const NAMES: [&str; 2] = ["n", "m"];

pub(super) struct Node {
    pub(super) actors: BTreeMap<ActorId, Actor>,
    pub(super) names: BTreeMap<&'static str, ActorId>,
    pub(super) group: BTreeSet<ActorId>,
    pub(super) lane: Lane,
    pub(super) inbound: Inbound,
    /// Watches of the other node's actors.
    pub(super) watches: BTreeMap<u64, Who>,
    /// Who waits until there may be room.
    pub(super) waiting: Vec<Waiter>,
    /// Words that are said later.
    pub(super) words: Vec<Frame>,
    /// How many messages could not be decoded of which the other side does not know yet.
    pub(super) notices: u64,
}

pub(super) struct Actor {
    pub(super) mailbox: VecDeque<Letter>,
    /// Who waits for answers of it.
    pub(super) owed: Vec<u64>,
    /// It takes a letter in one of so many chances; in none if there is no number.
    pub(super) pace: Option<usize>,
    /// Who watches it.
    pub(super) watchers: Vec<u64>,
    /// Who is linked with it.
    pub(super) linked: Vec<ActorId>,
}

pub(super) struct Letter {
    pub(super) port: Option<u64>,
    /// Whether it counts as one for the bound.
    pub(super) counts: bool,
}

/// A sender that waits, as `Lane::room` does.
pub(super) struct Waiter {
    pub(super) by: Who,
    pub(super) to: Recipient<'static>,
    pub(super) stop: Option<u64>,
    pub(super) room: bool,
}

impl Waiter {
    pub(super) fn is_ready(&self) -> bool {
        self.stop.is_none() && !self.room
    }
}

impl Node {
    pub(super) fn new(bound: usize, planted: Option<Planted>) -> Self {
        let actor = |_| Actor {
            mailbox: VecDeque::new(),
            owed: Vec::new(),
            pace: Some(1),
            watchers: Vec::new(),
            linked: Vec::new(),
        };
        Node {
            actors: (1..=ACTORS).map(|actor_id| (ActorId(actor_id), actor(actor_id))).collect(),
            names: NAMES.iter().zip(1..).map(|(name, actor)| (*name, ActorId(actor))).collect(),
            group: [ActorId(1), ActorId(2), ActorId(3)].into(),
            lane: Lane::new(planted),
            inbound: Inbound::new(bound),
            watches: BTreeMap::new(),
            waiting: Vec::new(),
            words: Vec::new(),
            notices: 0,
        }
    }

    /// Whom a message is for, if there is anybody.
    pub(super) fn resolve(&self, to: &Recipient<'_>) -> Option<ActorId> {
        match to {
            Recipient::Actor(actor) => self.actors.contains_key(actor).then_some(*actor),
            Recipient::Name(name) => self.names.get(name.as_ref()).copied(),
        }
    }
}

impl Actor {
    /// Whether it has answers to give, and is watched.
    pub(super) fn is_busy(&self) -> bool {
        let calls = !self.owed.is_empty() || self.mailbox.iter().any(|letter| letter.port.is_some());
        calls && !self.watchers.is_empty()
    }

    pub(super) fn has_room(&self, capacity: usize) -> bool {
        self.mailbox.iter().filter(|letter| letter.counts).count() < capacity
    }
}
