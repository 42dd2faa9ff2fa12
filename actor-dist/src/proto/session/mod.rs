//! The life of the sessions with other nodes: whom to dial, whom to admit, when a session stands and when it is over.
//! Authenticates nobody and moves no bytes: it is told who was proven, and orders connections opened and closed. Fed by
//! the driver with facts about connections; its orders feed every other part.
//!
//! A session is one control connection and one message lane. Of two nodes that dial each other at once, the attempt of the
//! one with the greater name stands, as in Erlang's distribution handshake: both sides decide it alone and alike (N6).

mod peer;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use actor_core::{NodeDownCause, NodeId, NodeName};

use self::peer::Peer;
use super::session_id::SessionId;

/// How long a session may take from the first word to its open lane.
pub(crate) const SETUP: Duration = Duration::from_secs(10);
/// How long a node that yielded to its peer's attempt waits for it.
pub(crate) const YIELD: Duration = Duration::from_secs(2);
/// How often it yields before it gives up.
const YIELDS: u32 = 5;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    /// Open the control connection of a new session, under this number on the wire.
    Dial { session: SessionId, peer: NodeName, wire: u64 },
    /// Open the message lane of a session whose control connection this node opened.
    DialLane { session: SessionId, node: NodeId, wire: u64 },
    /// Close what there is of a session that never stood.
    Abort { session: SessionId },
    /// The session stands.
    Open { session: SessionId, node: NodeId },
    /// The session is lost: send what is written, read what is left, then say `drained`.
    Drain { session: SessionId, node: NodeId, cause: NodeDownCause },
    /// The session is over.
    Over { session: SessionId, node: NodeId, cause: NodeDownCause },
    /// No session came about, none stands, and none is on its way.
    Failed { peer: NodeName },
}

/// Why a proven peer is not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It has this node's own name.
    Myself,
    /// This node is leaving.
    Leaving,
    /// Another attempt stands: this node's own, or a later one of the peer's.
    Simultaneous,
    /// A lane for no session that waits for one.
    UnknownSession,
}

/// How far it is with a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// There will be no session: this node leaves, or it is this node.
    Never,
    /// Nothing stands, and nothing is on its way.
    Idle,
    /// A session stands, or is on its way.
    Reaching,
}

/// The sessions with all peers.
#[derive(Debug)]
pub(crate) struct Sessions {
    me: NodeName,
    next: u64,
    peers: BTreeMap<NodeName, Peer>,
    /// Whose each session is, until it is aborted or over.
    by_session: BTreeMap<SessionId, NodeName>,
    leaving: bool,
}

impl Sessions {
    /// Of a node that knows nobody.
    pub(crate) fn new(me: NodeName) -> Self {
        Sessions { me, next: 1, peers: BTreeMap::new(), by_session: BTreeMap::new(), leaving: false }
    }

    /// Somebody here wants a session with the peer. Ends in `Open` or `Failed`, unless one stands.
    pub(crate) fn connect(&mut self, name: &NodeName, now: Instant, orders: &mut Vec<Order>) {
        match self.progress(name) {
            Progress::Never => orders.push(Order::Failed { peer: name.clone() }),
            Progress::Idle => self.dial(name.clone(), 0, now, orders),
            Progress::Reaching => {}
        }
    }

    /// How far it is with the node of that name.
    pub(crate) fn progress(&self, name: &NodeName) -> Progress {
        match self.peers.get(name).is_none_or(Peer::is_idle) {
            _ if self.leaving || *name == self.me => Progress::Never,
            true => Progress::Idle,
            false => Progress::Reaching,
        }
    }

    fn dial(&mut self, name: NodeName, yields: u32, now: Instant, orders: &mut Vec<Order>) {
        let session = self.next_session(&name);
        let peer = self.peers.entry(name.clone()).or_insert_with(|| Peer::new(name));
        peer.dial(session, yields, now, orders);
    }

    fn next_session(&mut self, name: &NodeName) -> SessionId {
        let session = SessionId(self.next);
        self.next += 1;
        self.by_session.insert(session, name.clone());
        session
    }

    /// The control connection that this node dialed is proven.
    pub(crate) fn control_opened(&mut self, session: SessionId, node: NodeId, orders: &mut Vec<Order>) {
        self.close_unknown(session, orders);
        self.with(session, orders, |peer, orders| peer.control_opened(session, node, orders));
    }

    /// The lane is proven on both sides.
    pub(crate) fn lane_opened(&mut self, session: SessionId, orders: &mut Vec<Order>) {
        self.close_unknown(session, orders);
        self.with(session, orders, |peer, orders| peer.lane_opened(session, orders));
    }

    /// A peer has proven itself on a control connection that it opened. A session that stands is left alone until the
    /// new one's lane is proven too: an attempt that the peer has given up meanwhile does it no harm.
    pub(crate) fn admit_control(
        &mut self,
        node: NodeId,
        wire: u64,
        now: Instant,
        orders: &mut Vec<Order>,
    ) -> Result<SessionId, Verdict> {
        if node.name == self.me {
            return Err(Verdict::Myself);
        }
        if self.leaving {
            return Err(Verdict::Leaving);
        }
        let (name, mine_stands) = (node.name.clone(), self.me > node.name);
        if self.peers.get(&name).is_some_and(|peer| peer.refuses(&node, wire, mine_stands)) {
            return Err(Verdict::Simultaneous);
        }
        let session = self.next_session(&name);
        self.peers.entry(name.clone()).or_insert_with(|| Peer::new(name));
        self.with(session, orders, |peer, orders| peer.admit_control(session, node, wire, now, orders));
        Ok(session)
    }

    /// A peer has proven itself on a message lane that it opened.
    pub(crate) fn admit_lane(&mut self, node: &NodeId, wire: u64) -> Result<SessionId, Verdict> {
        let peer = self.peers.get_mut(&node.name).ok_or(Verdict::UnknownSession)?;
        peer.admit_lane(node, wire).ok_or(Verdict::UnknownSession)
    }

    /// A connection of the session is gone, or its peer is to be taken for dead.
    pub(crate) fn lost(&mut self, session: SessionId, cause: NodeDownCause, orders: &mut Vec<Order>) {
        self.with(session, orders, |peer, orders| peer.lost(session, cause, orders));
    }

    /// Nothing more will be read of the session's lane.
    pub(crate) fn drained(&mut self, session: SessionId, orders: &mut Vec<Order>) {
        self.with(session, orders, |peer, orders| peer.drained(session, orders));
    }

    /// The attempt failed.
    pub(crate) fn dial_failed(&mut self, session: SessionId, orders: &mut Vec<Order>) {
        self.with(session, orders, |peer, orders| peer.end_attempt(session, orders));
    }

    /// The peer refused the attempt because its own stands: it is waited for.
    pub(crate) fn dial_yielded(&mut self, session: SessionId, now: Instant, orders: &mut Vec<Order>) {
        self.with(session, orders, |peer, orders| peer.dial_yielded(session, now, orders));
    }

    /// Ends the session with a peer on purpose, or the attempt at one.
    pub(crate) fn disconnect(&mut self, name: &NodeName, orders: &mut Vec<Order>) {
        let before = orders.len();
        if let Some(peer) = self.peers.get_mut(name) {
            peer.disconnect(orders);
            self.forget(name.clone(), &orders[before..]);
        }
    }

    /// This node leaves: every session ends, and none begins.
    pub(crate) fn leave(&mut self, orders: &mut Vec<Order>) {
        self.leaving = true;
        for name in self.peers.keys().cloned().collect::<Vec<_>>() {
            self.disconnect(&name, orders);
        }
    }

    /// Time has passed: attempts that take too long end, and who yielded in vain dials again.
    pub(crate) fn tick(&mut self, now: Instant, orders: &mut Vec<Order>) {
        for name in self.peers.keys().cloned().collect::<Vec<_>>() {
            let before = orders.len();
            let Some(peer) = self.peers.get_mut(&name) else { continue };
            let again = peer.tick(now, orders);
            self.forget(name.clone(), &orders[before..]);
            if let Some(yields) = again {
                self.dial(name, yields, now, orders);
            }
        }
    }

    /// When `tick` has something to do.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.peers.values().filter_map(Peer::next_timeout).min()
    }

    /// The peer of a session that stands or drains.
    pub(crate) fn node(&self, session: SessionId) -> Option<&NodeId> {
        let live = self.peers.get(self.by_session.get(&session)?)?.live()?;
        (live.session == session).then_some(&live.node)
    }

    /// The node of that name with which a session stands or drains.
    pub(crate) fn node_named(&self, name: &NodeName) -> Option<&NodeId> {
        Some(&self.peers.get(name)?.live()?.node)
    }

    /// The session that stands with the node of that name.
    pub(crate) fn standing(&self, name: &NodeName) -> Option<(SessionId, &NodeId)> {
        let live = self.peers.get(name)?.live()?;
        live.is_standing().then_some((live.session, &live.node))
    }

    /// The session that drains with that run of a node.
    pub(crate) fn draining(&self, node: &NodeId) -> Option<SessionId> {
        let live = self.peers.get(&node.name)?.live()?;
        (!live.is_standing() && live.node == *node).then_some(live.session)
    }

    /// Whether the session stands, or may come to.
    pub(crate) fn is_current(&self, session: SessionId) -> bool {
        let peer = self.by_session.get(&session).and_then(|name| self.peers.get(name));
        peer.is_some_and(|peer| peer.live().is_none_or(|live| live.session != session || live.is_standing()))
    }

    /// The nodes with which a session stands.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (SessionId, &NodeId)> {
        let live = self.peers.values().filter_map(Peer::live);
        live.filter(|live| live.is_standing()).map(|live| (live.session, &live.node))
    }

    /// Whether nothing stands, drains or forms.
    pub(crate) fn is_idle(&self) -> bool {
        self.by_session.is_empty()
    }

    /// A connection came about for an attempt that was given up meanwhile.
    fn close_unknown(&self, session: SessionId, orders: &mut Vec<Order>) {
        if !self.by_session.contains_key(&session) {
            orders.push(Order::Abort { session });
        }
    }

    /// Tells the session's peer, unless the session was aborted or is over.
    fn with(&mut self, session: SessionId, orders: &mut Vec<Order>, tell: impl FnOnce(&mut Peer, &mut Vec<Order>)) {
        let Some(name) = self.by_session.get(&session).cloned() else { return };
        let before = orders.len();
        if let Some(peer) = self.peers.get_mut(&name) {
            tell(peer, orders);
        }
        self.forget(name, &orders[before..]);
    }

    /// Forgets the sessions that were just ended, and the peer if nothing of it is left.
    fn forget(&mut self, name: NodeName, orders: &[Order]) {
        for order in orders {
            if let Order::Abort { session } | Order::Over { session, .. } = order {
                self.by_session.remove(session);
            }
        }
        if self.peers.get(&name).is_some_and(Peer::is_empty) {
            self.peers.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests;
