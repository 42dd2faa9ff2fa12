//! What is said about names: between nodes, to the driver, and to whoever asked for one. Decides nothing; the fields' meaning
//! is in the rules of `names`.

use std::sync::Arc;

use actor_core::{ActorId, NodeId, wire::Edge};

use crate::proto::session_id::SessionId;

/// What is to be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) name: Arc<str>,
    /// The protocol's URI, for messages about it.
    pub(crate) uri: Arc<str>,
    pub(crate) edge: Edge,
    pub(crate) version: u16,
    /// The local actor that the name is to stand for.
    pub(crate) actor: ActorId,
    /// By which way of that protocol; see `Way`.
    pub(crate) via: u64,
}

/// A name that stands, as its owner publishes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: Arc<str>,
    pub(crate) uri: Arc<str>,
    pub(crate) edge: Edge,
    pub(crate) version: u16,
    pub(crate) actor: ActorId,
    pub(crate) via: u64,
    pub(crate) term: u64,
}

impl Entry {
    /// Whether it is what is offered: the same actor, reached alike.
    pub(super) fn is(&self, offer: &Offer) -> bool {
        self.actor == offer.actor && self.edge == offer.edge && self.via == offer.via
    }
}

/// What nodes say to each other about names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message {
    /// To the arbiter: may I have it? `term` is the highest that the claimant has seen.
    Claim { request: u64, name: Arc<str>, term: u64 },
    /// You may; publish it or give it back.
    Granted { request: u64, name: Arc<str>, term: u64 },
    /// It is held, or granted, already.
    Taken { request: u64, name: Arc<str>, owner: NodeId },
    /// A grant comes back unused.
    Release { name: Arc<str>, term: u64 },
    /// This is mine now.
    Publish(Entry),
    /// A look-up here says so.
    Published { name: Arc<str>, term: u64 },
    /// It is mine no more.
    Withdraw { name: Arc<str>, term: u64 },
    /// I know a better entry than the one you published.
    Conflict { name: Arc<str>, term: u64, winner_term: u64, winner: NodeId },
    /// Please withdraw it.
    Unregister { name: Arc<str>, term: u64 },
    /// The end of a snapshot: the sender's highest term.
    Synced { term: u64 },
}

/// What the driver is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    /// On the session's message lane.
    Send { session: SessionId, message: Message },
    /// A look-up says this from now on.
    Set { owner: NodeId, entry: Entry },
    /// A look-up finds nothing from now on.
    Unset { name: Arc<str> },
    /// To whoever asked for the registration: the term, or why not. Exactly once per request.
    Answer { request: u64, result: Result<u64, RegisterFailure> },
    /// A name that this node held, and had answered for, went to a better entry.
    Lost { name: Arc<str>, winner: NodeId },
}

/// Why a name was not registered. Nothing of the attempt stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RegisterFailure {
    /// That node holds it or is about to.
    Taken { owner: NodeId },
    /// Not all nodes confirmed it in time, or it was unregistered meanwhile, or the name is too long.
    Unknown,
    /// The actor ended first.
    OwnerGone,
}

impl Message {
    /// The name that it is about, and the highest term in it.
    pub(super) fn gist(&self) -> (&str, u64) {
        match self {
            Message::Claim { name, term, .. }
            | Message::Granted { name, term, .. }
            | Message::Release { name, term }
            | Message::Publish(Entry { name, term, .. })
            | Message::Published { name, term }
            | Message::Withdraw { name, term }
            | Message::Unregister { name, term } => (name, *term),
            Message::Conflict { name, term, winner_term, .. } => (name, *term.max(winner_term)),
            Message::Taken { name, .. } => (name, 0),
            Message::Synced { term } => ("", *term),
        }
    }
}
