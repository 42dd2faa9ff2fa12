//! The seam to other nodes: what a runtime of the network supplies to this crate, and what it gets from it.
//! Opens no socket; a system without a node never comes here. Implemented and driven by `actor-dist`.

use std::{
    fmt,
    future::Future,
    ops::Range,
    pin::Pin,
    sync::{Arc, Weak},
    time::Duration,
};

use bytes::Bytes;

use crate::{
    address::SendFailure,
    call::CallError,
    exit::ExitReason,
    identity::{ActorAddress, ActorId, NodeId, NodeName},
    protocol::Protocol,
    signal::{MonitorRef, Watcher},
    system::System,
    trace::TraceContext,
    wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Limits},
};

pub use crate::{
    address::Target,
    door::Door,
    patience::{Asked, GaveUp, Request},
    wait::Wait,
};

/// Writes one value; called once or not at all.
pub type Encode<'a> = &'a dyn Fn(&mut Encoder<'_>) -> Result<(), EncodeError>;

/// By which protocol an actor is reached: one that it handles, or one that is included in such a one, and then through which. What
/// is sent by two ways of one protocol arrives as two different messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Way {
    protocol: Edge,
    via: u64,
}

impl Way {
    /// By a protocol that the actor handles.
    pub const fn direct(protocol: Edge) -> Way {
        Way { protocol, via: 0 }
    }

    /// By a protocol that the one at the end of this way includes.
    pub const fn through(self, included: Edge) -> Way {
        Way { protocol: included, via: self.number() }
    }

    /// What stands for it in the ways through it; never 0.
    pub(crate) const fn number(self) -> u64 {
        let number = Edge::of("way", &[self.protocol, Edge::from_bits(self.via)]).bits();
        if number == 0 { 1 } else { number }
    }

    /// As it came over the wire.
    pub const fn new(protocol: Edge, via: u64) -> Way {
        Way { protocol, via }
    }

    /// The protocol.
    pub const fn protocol(self) -> Edge {
        self.protocol
    }

    /// The number of the way to the protocol that includes this one; 0 for none. Only the actor's own node knows what it stands for.
    pub const fn via(self) -> u64 {
        self.via
    }
}

/// A message on its way out: what it is, how to write it, and how to keep it until it is known for whom it is written.
pub trait Outgoing: Send {
    /// The protocol, and by which way of the actor it is sent if it is for one.
    fn way(&self) -> Way;

    /// The newest version of the protocol.
    fn version(&self) -> u16;

    /// The protocol's name.
    fn uri(&self) -> &'static str;

    /// Writes the message, each time anew; what was written last counts.
    ///
    /// # Errors
    /// [`EncodeError`]: it cannot cross, or not to this reader.
    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError>;

    /// Takes the message away, to where it waits for a session. What is left holds none, and is not used any more.
    fn park(&mut self) -> Box<dyn Outgoing>;
}

/// A message of `P` on its way out, which comes back unless it was taken away.
pub struct Parcel<P> {
    message: Option<P>,
    via: u64,
}

impl<P: Protocol> Parcel<P> {
    /// Holds the message.
    pub fn new(message: P) -> Self {
        Parcel { message: Some(message), via: 0 }
    }

    /// The message is for an actor that is reached by this way.
    pub(crate) fn by(self, way: Way) -> Self {
        Parcel { via: way.via, ..self }
    }

    /// The message, which surely did not leave.
    ///
    /// # Panics
    /// If it was taken away: then the send has not failed.
    pub fn into_message(self) -> P {
        self.message.expect(HELD)
    }
}

/// Of a parcel.
const HELD: &str = "invariant: a message that was taken away to wait is not asked for again";

impl<P: Protocol> Outgoing for Parcel<P> {
    fn way(&self) -> Way {
        Way::new(P::EDGE, self.via)
    }

    fn version(&self) -> u16 {
        P::VERSION
    }

    fn uri(&self) -> &'static str {
        P::URI
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.message.as_ref().expect(HELD).encode(e)
    }

    fn park(&mut self) -> Box<dyn Outgoing> {
        Box::new(Parcel { message: self.message.take(), via: self.via })
    }
}

impl<P: Protocol> fmt::Debug for Parcel<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Parcel({})", P::URI)
    }
}

/// A system's way to the other nodes.
pub trait Remote: Send + Sync + fmt::Debug {
    /// The node of this system.
    fn node(&self) -> &NodeId;

    /// Puts a message on its way, and opens its ports; connects on demand. Never waits: while no session stands, in which
    /// the versions to write are agreed on, the message itself is taken away to wait.
    ///
    /// # Errors
    /// [`SendFailure`]: it surely did not leave, no port was opened, and the message is where it was.
    fn send(&self, to: &ActorAddress, message: &mut dyn Outgoing) -> Result<(), SendFailure>;

    /// Resolves when there may be room for a message to the actor: on the link to its node, and in its mailbox as far as its
    /// node has told that this is full.
    fn room<'a>(&'a self, to: &'a ActorAddress) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

    /// Watches an actor on another node; the watcher is told exactly once, unless [`unwatch`](Self::unwatch) comes first.
    fn watch(&self, to: &ActorAddress, reference: MonitorRef, watcher: Arc<dyn Watcher>);

    /// Ends a watch.
    fn unwatch(&self, reference: MonitorRef);

    /// An actor here links itself with one on another node. From now on [`Exports::linked_ended`](crate::Exports) is called
    /// once for it when the other one ends, is not there, or its node is lost, unless [`unlink`](Self::unlink) comes first.
    fn link(&self, actor: ActorId, with: &ActorAddress);

    /// Ends a link with an actor on another node: nothing of it arrives any more.
    fn unlink(&self, actor: ActorId, with: &ActorAddress);

    /// An actor here that was linked with one on another node has ended.
    fn exit(&self, actor: ActorId, with: &ActorAddress, reason: &ExitReason);

    /// The system whose way it is.
    fn system(&self) -> &System;

    /// An actor known outside has ended: its names and groups go, before anybody is told of its end.
    fn ended(&self, actor: ActorId);

    /// So many tells of that node reached nobody after all: they waited when their actors ended.
    fn undelivered(&self, from: &NodeName, count: u64);

    /// The links to other nodes in figures, to be published.
    fn link_figures(&self) -> Vec<LinkFigures> {
        Vec::new()
    }
}

/// The link to another node, as it is when somebody looks. Everything is counted from the beginning of this connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkFigures {
    /// The node at the other end.
    pub peer: NodeName,
    /// Another number for each connection.
    pub connection: u64,
    /// How many bytes went there.
    pub sent_bytes: u64,
    /// How many messages did.
    pub sent_messages: u64,
    /// How many bytes came from there.
    pub received_bytes: u64,
    /// How many messages did.
    pub received_messages: u64,
    /// How many bytes wait to be written.
    pub queued_bytes: u64,
    /// How many messages found no room.
    pub refused: u64,
    /// How many times a sender waited for room.
    pub waits: u64,
    /// How long all of them together.
    pub waited: Duration,
    /// How long it takes there and back, and how far it is from that as a rule; none until it was measured.
    pub round_trip: Option<(Duration, Duration)>,
    /// For how long nothing was heard from there.
    pub silence: Duration,
}

/// Where bytes came from, for the handles and replies in them.
#[derive(Debug)]
pub struct Origin {
    /// The system they arrived in.
    pub system: System,
    /// That system's way out.
    pub remote: Arc<dyn Remote>,
    /// The way back over the session they came by.
    pub answers: Arc<dyn Answers>,
    /// The node, by its number in the system.
    pub node: u64,
    /// By which messages of the session go into mailboxes.
    pub door: Door,
}

/// The way back to the callers at the other end of a session.
pub trait Answers: Send + Sync + fmt::Debug {
    /// Sends an answer.
    ///
    /// # Errors
    /// [`EncodeError`]: the answer cannot cross; nothing was sent and the port is still open.
    fn answer(&self, port: PortId, encode: Encode<'_>) -> Result<(), EncodeError>;

    /// Says that there will be no answer.
    fn fail(&self, port: PortId, why: CallError);
}

/// A caller's place in a session's table; meaningful to the two ends of that session only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PortId(pub u64);

/// Gives out the numbers of ports. Implemented by a session.
pub trait Ports {
    /// A number not in use on this session.
    fn reserve(&self) -> PortId;
}

/// A reply that has left, waiting for its answer in a session's table.
///
/// Dropping it unanswered means that the message never left; the reply is then still in the message handed back.
pub trait Port: Send + Sync {
    /// Decodes the answer and gives it to the caller.
    ///
    /// # Errors
    /// [`DecodeError`]; the caller has then been told.
    fn answer(self: Box<Self>, answer: Decoder<'_>) -> Result<(), DecodeError>;

    /// Tells the caller that there will be no answer.
    fn fail(self: Box<Self>, why: CallError);

    /// Whether the caller no longer waits, so that the port can be forgotten.
    fn is_abandoned(&self) -> bool;

    /// How long the caller still waits at most, if it will let the other node know when that changes.
    fn wait(&self) -> Option<Duration>;

    /// The request is about to leave for a node that wants to know of its callers, by this port.
    fn leaves(&self, asked: Weak<dyn Asked>, port: PortId);
}

/// What came beside a message from another node.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// Where in a trace it was sent.
    pub trace: Option<TraceContext>,
    /// What is known of those who wait for its replies, if they let this node know.
    pub request: Option<Arc<Request>>,
}

impl Beside {
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.trace.is_none() && self.request.is_none()
    }
}

/// A message's bytes, in memory that byte strings in it can share.
#[derive(Debug, Clone, Copy)]
pub struct Payload<'a> {
    bytes: &'a [u8],
    memory: &'a Bytes,
}

impl<'a> Payload<'a> {
    /// A part of that memory.
    ///
    /// # Panics
    /// If it is none.
    #[inline]
    pub fn part(memory: &'a Bytes, part: Range<usize>) -> Self {
        Payload { bytes: &memory[part], memory }
    }

    /// The bytes.
    #[inline]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The memory that they are in.
    #[inline]
    pub(crate) fn memory(&self) -> &'a Bytes {
        self.memory
    }
}

impl<'a> From<&'a Bytes> for Payload<'a> {
    #[inline]
    fn from(memory: &'a Bytes) -> Self {
        Payload { bytes: memory, memory }
    }
}

/// The way in to one actor by one protocol, for bytes.
pub trait Inlet: Send + Sync {
    /// Decodes a message and puts it into the actor's mailbox by the door of where it came from; gives it back, to wait, if that
    /// is full. For one thread at a time, of all that came from there.
    ///
    /// # Errors
    /// [`DeliverError`]; the message was dropped. [`SendFailure::Disconnected`] in it: the door was shut meanwhile.
    fn deliver(
        &self,
        payload: Payload<'_>,
        origin: &Origin,
        limits: Limits,
        beside: Beside,
    ) -> Result<Option<Box<dyn Undelivered>>, DeliverError>;

    /// Decodes a message and no more.
    ///
    /// # Errors
    /// [`DecodeError`].
    fn read(
        &self,
        payload: Payload<'_>,
        origin: &Origin,
        limits: Limits,
        beside: Beside,
    ) -> Result<Box<dyn Undelivered>, DecodeError>;

    /// Whose way in it is, if that is an actor of this system.
    fn actor(&self) -> Option<ActorId>;

    /// Decodes a message once, for all who get a copy of it.
    ///
    /// # Errors
    /// [`DecodeError`]; nobody gets it.
    fn share(
        &self,
        payload: Payload<'_>,
        origin: &Origin,
        limits: Limits,
        beside: Beside,
    ) -> Result<Box<dyn Shared>, DecodeError>;

    /// The protocol, and by which way it leads to the actor.
    fn way(&self) -> Way;

    /// The way in to the same actor by a protocol that this one includes, at whatever depth, if this is the way there.
    fn included(&self, way: Way) -> Option<Arc<dyn Inlet>>;

    /// The protocol's name.
    fn uri(&self) -> &'static str;

    /// For the typed way back to a subject.
    fn as_any(&self) -> &dyn std::any::Any;
}

/// Runs what puts something into a mailbox, if it may be put there; whether it was.
pub type Enter<'a> = &'a dyn Fn(&mut dyn FnMut() -> bool) -> bool;

/// A message that arrived and was decoded for many.
pub trait Shared: Send + Sync {
    /// Puts a copy into the mailbox behind a way in, if there is room; whether there was. `None` if that is one for another type.
    /// The copy is made first, and then put in within `enter`, which may do without.
    fn copy_to(&self, member: &dyn Inlet, enter: Enter<'_>) -> Option<bool>;
}

/// A message that arrived and was decoded, on its way into its actor's mailbox.
pub trait Undelivered: Send {
    /// Puts it there as soon as there is room, in turn with others who wait.
    ///
    /// # Errors
    /// [`SendFailure`], when the actor has ended; the message was dropped, and its callers are to be told.
    fn deliver(self: Box<Self>) -> Pin<Box<dyn Future<Output = Result<(), SendFailure>> + Send>>;

    /// Gives it up: its callers are told by other means.
    fn give_up(self: Box<Self>);
}

/// Why a message that arrived did not reach its actor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeliverError {
    /// The bytes are no such message.
    #[error(transparent)]
    Undecodable(#[from] DecodeError),
    /// The actor did not take it.
    #[error(transparent)]
    NotTaken(#[from] SendFailure),
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by a second implementation. Whoever narrows a handle and the actor's node may be of different builds: this number
    /// never changes.
    #[test]
    fn ways_are_what_they_have_always_been() {
        let way = Way::direct(Edge::of("bank.Account", &[])).through(Edge::of("ops.Health", &[]));
        assert_eq!((way.protocol(), way.via()), (Edge::of("ops.Health", &[]), 0xb317_e0ee_9478_4b16));
    }
}
