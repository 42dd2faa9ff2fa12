//! How actors hear of each other's end: monitors, links, and what they are told. `ties` is one actor's part of it, as a pure
//! table. Knows no network: a watcher or a link on another node is one like any other.

mod ties;

use std::fmt;

use crate::{
    endpoint::Place,
    exit::ExitReason,
    identity::{ActorAddress, ActorId, NodeId},
    protocol::Message,
    runtime::Current,
    subject::Subject,
    system::System,
    wire::{DecodeError, Decoder, EncodeError, Encoder, Wire},
};

pub use ties::EXIT_BOUND;
pub(crate) use ties::{Arrival, LinkKey, LinkTo, Monitored, Ties, Told};

/// One monitor: given by `Context::monitor`, found again in its [`Down`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MonitorRef(pub u64);

impl fmt::Debug for MonitorRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MonitorRef({})", self.0)
    }
}

/// A monitored actor has ended, or nothing is known of it any more. A local message: list `Down` in
/// `#[actor(handles(..))]` to monitor others.
///
/// # Delivery
/// Exactly one for each monitor, after every earlier message of the actor that ended, and after its names are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Down {
    /// The monitor that this answers.
    pub reference: MonitorRef,
    /// Why.
    pub reason: ExitReason,
}

impl Down {
    /// The message that answers a monitor.
    pub fn new(reference: MonitorRef, reason: ExitReason) -> Self {
        Down { reference, reason }
    }
}

/// A linked actor has ended, or somebody asked this one to. A local message: list `Exit` in `#[actor(handles(..))]` to get
/// exits as messages with `Context::trap_exits`, instead of ending by them.
///
/// # Delivery
/// One for each link that ended, after every earlier message of the actor that ended, and after its names are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exit {
    /// Whose exit it is: the linked actor, or the one that asked with `ActorRef::exit`; `None` if nobody's handler asked.
    pub from: Option<Peer>,
    /// Why.
    pub reason: ExitReason,
}

impl Exit {
    pub(crate) fn new(from: Option<Peer>, reason: ExitReason) -> Self {
        Exit { from, reason }
    }

    /// Whether it is the exit of this actor.
    pub fn is_from<P: Message>(&self, subject: &Subject<P>) -> bool {
        let of = match subject.place() {
            Place::Local(cell) => Peer::local(&cell.core().system, cell.core().id),
            Place::Remote(_, address) | Place::Gone(address) => Peer::remote(address),
        };
        self.from.as_ref() == Some(&of)
    }
}

/// Who somebody was, for people and for comparing: it does not keep the actor alive and cannot be sent to.
#[derive(Clone)]
pub struct Peer {
    actor: ActorId,
    node: Option<NodeId>,
    /// The number of its system, if that is in this process; else 0.
    system: u64,
}

impl Peer {
    pub(crate) fn local(system: &System, actor: ActorId) -> Self {
        let node = system.remote().map(|remote| remote.node().clone());
        Peer { actor, node, system: system.number() }
    }

    /// The actor whose handler runs, for an actor of that system.
    pub(crate) fn current(current: Current, for_one_of: &System) -> Self {
        match current.system == for_one_of.number() {
            true => Peer::local(for_one_of, current.actor),
            false => Peer { actor: current.actor, node: None, system: current.system },
        }
    }

    pub(crate) fn remote(address: &ActorAddress) -> Self {
        Peer { actor: address.actor, node: Some(address.node.clone()), system: 0 }
    }

    /// Its id in its system.
    pub fn actor(&self) -> ActorId {
        self.actor
    }

    /// Its node; `None` for an actor of a system that had no node.
    pub fn node(&self) -> Option<&NodeId> {
        self.node.as_ref()
    }
}

/// Whether both were one actor: of one system of this process, or of one node.
impl PartialEq for Peer {
    fn eq(&self, other: &Peer) -> bool {
        let here = self.system != 0 && self.system == other.system;
        let there = self.node.is_some() && self.node == other.node;
        self.actor == other.actor && (here || there)
    }
}

impl Eq for Peer {}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.node {
            Some(node) => write!(f, "{:?} on {node}", self.actor),
            None => write!(f, "{:?}", self.actor),
        }
    }
}

impl fmt::Debug for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Peer {
    pub(crate) fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.actor.encode(e)?;
        self.node.encode(e)
    }

    pub(crate) fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(Peer { actor: Wire::decode(d)?, node: Wire::decode(d)?, system: 0 })
    }
}

/// Somebody to be told of an actor's end.
pub trait Watcher: Send + Sync {
    /// The actor has ended. Called at most once for a reference, without any lock held; must not wait.
    fn down(&self, down: Down);

    /// The actor's start hook is done. Called at most once for a reference, without any lock held; must not wait.
    fn started(&self) {}

    /// The actor into whose mailbox downs go, if that is where they go: they keep their place among its messages.
    fn actor(&self) -> Option<ActorId> {
        None
    }
}

/// What stands in a mailbox beside messages, and keeps its place among them.
pub(crate) enum Signal {
    /// A down, wanted if its monitor still stands when its turn comes.
    Down(Down),
    /// A trapped exit, wanted if it was not unlinked when its turn comes.
    Exit(u64, Exit),
}
