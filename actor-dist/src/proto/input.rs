//! The facts that `Proto` is told, each with who tells it. Only named here: `mod.rs` routes them to the parts that they concern.
//! Made by the driver, from what connections, actors and users do.

use std::time::{Duration, Instant};

use actor_core::{ActorAddress, ActorId, ExitReason, NodeDownCause, NodeId, NodeName};

use super::{groups, idle, links, names, session_id::SessionId};

/// A fact.
#[derive(Debug)]
pub(crate) enum Input {
    /// Somebody here wants a session with the node.
    Connect(NodeName),
    /// Somebody here wants none.
    Disconnect(NodeName),
    /// This node leaves.
    Leave,
    /// The proven peer of a session to come says how long it bears silence.
    PeerWindow {
        session: SessionId,
        window: Duration,
    },
    /// The control connection that was dialed is proven.
    ControlOpened {
        session: SessionId,
        node: NodeId,
    },
    /// The lane is proven on both sides.
    LaneOpened(SessionId),
    DialFailed(SessionId),
    /// The peer's own attempt stands.
    DialYielded(SessionId),
    /// A connection is gone.
    Lost {
        session: SessionId,
        cause: NodeDownCause,
    },
    /// Nothing more will be read of the lane.
    Drained(SessionId),
    /// The peer is alive: bytes came.
    Heard(SessionId),
    /// Bytes went out on the control connection.
    Sent(SessionId),
    /// On the control connection: who else is connected.
    Members {
        session: SessionId,
        nodes: Vec<NodeId>,
    },
    /// On the lane.
    Name {
        session: SessionId,
        message: names::Message,
    },
    /// On the lane.
    Group {
        session: SessionId,
        message: groups::Message,
    },
    /// An actor here watches one there.
    Watch {
        reference: u64,
        with: ActorAddress,
    },
    /// On the lane: an actor there watches one here.
    WatchHeard {
        session: SessionId,
        reference: u64,
        actor: ActorId,
    },
    UnwatchHeard {
        session: SessionId,
        reference: u64,
    },
    /// On the lane: an actor watched there is down.
    DownHeard {
        session: SessionId,
        reference: u64,
        reason: ExitReason,
    },
    /// An actor here, watched by a peer, is down.
    ActorDown {
        session: SessionId,
        reference: u64,
        reason: ExitReason,
    },
    /// An actor here links itself with one there.
    Link {
        actor: ActorId,
        with: ActorAddress,
    },
    /// An actor here unlinks itself from one there.
    Unlink {
        actor: ActorId,
        with: ActorAddress,
    },
    /// An actor here that was linked has ended, or was not there to be linked.
    LinkedEnded {
        actor: ActorId,
        with: ActorAddress,
        reason: ExitReason,
    },
    /// On the lane: about a link.
    LinkHeard {
        session: SessionId,
        message: links::Message,
    },
    /// An actor here that others may know has ended.
    ActorGone(ActorId),
    /// An actor here is to have a name in the whole cluster.
    Register {
        request: u64,
        offer: names::Offer,
        deadline: Instant,
    },
    /// What has moved on a session that stands, and whether something is owed.
    Looked {
        session: SessionId,
        counts: idle::Counts,
        busy: bool,
    },
    /// On the control connection: the peer asks whether the session may end; it has moved so much.
    QuietAsked {
        session: SessionId,
        theirs: idle::Counts,
    },
    /// The session may not end.
    QuietRefused(SessionId),
    /// The session ends here, since the peer asked.
    QuietAgreed(SessionId),
    /// Time has passed.
    Tick,
}
