//! The life of the sessions with other nodes: whom to dial, whom to admit, when a session stands and when it is over.
//! Authenticates nobody and moves no bytes: it is told who was proven, and orders connections opened and closed. Fed by
//! the driver with facts about connections; its orders feed every other part.
//!
//! A session is one control connection and one message lane. Of two nodes that dial each other at once, the attempt of the
//! one with the greater name stands, as in Erlang's distribution handshake: both sides decide it alone and alike (N6).

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use actor_core::{NodeDownCause, NodeId, NodeName};

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
    Drain { session: SessionId, cause: NodeDownCause },
    /// The session is over.
    Over { session: SessionId, node: NodeId, cause: NodeDownCause },
    /// No session came about.
    Failed { peer: NodeName },
}

/// Why a proven peer is not admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It has this node's own name.
    Myself,
    /// This node is leaving.
    Leaving,
    /// This node's own attempt stands.
    Simultaneous,
    /// A lane for no session that waits for one.
    UnknownSession,
}

#[derive(Debug)]
pub(crate) struct Sessions {
    me: NodeName,
    next: u64,
    peers: BTreeMap<NodeName, Peer>,
    leaving: bool,
}

#[derive(Debug, Default)]
struct Peer {
    live: Option<Live>,
    forming: Option<Forming>,
    yielded: Option<Yielded>,
}

/// A session that stands, or stood and is draining.
#[derive(Debug)]
struct Live {
    session: SessionId,
    node: NodeId,
    draining: Option<NodeDownCause>,
}

/// A session in the making.
#[derive(Debug)]
struct Forming {
    session: SessionId,
    wire: u64,
    stage: Stage,
    deadline: Instant,
    yields: u32,
}

#[derive(Debug, PartialEq, Eq)]
enum Stage {
    /// This node opens it.
    Dialing(Option<NodeId>),
    /// The peer opened its control connection and owes the lane.
    Admitted(NodeId),
    /// The peer's lane is proven.
    LaneAdmitted(NodeId),
    /// All is there; an older session may still be draining.
    Ready(NodeId),
}

#[derive(Debug)]
struct Yielded {
    until: Instant,
    yields: u32,
}

impl Sessions {
    pub(crate) fn new(me: NodeName) -> Self {
        Sessions { me, next: 1, peers: BTreeMap::new(), leaving: false }
    }

    /// Somebody here wants a session with the peer.
    pub(crate) fn connect(&mut self, peer: &NodeName, now: Instant, orders: &mut Vec<Order>) {
        if self.leaving || *peer == self.me {
            orders.push(Order::Failed { peer: peer.clone() });
            return;
        }
        let known = self.peers.entry(peer.clone()).or_default();
        let stands = known.live.as_ref().is_some_and(|live| live.draining.is_none());
        if !stands && known.forming.is_none() && known.yielded.is_none() {
            self.dial(peer.clone(), 0, now, orders);
        }
    }

    fn dial(&mut self, peer: NodeName, yields: u32, now: Instant, orders: &mut Vec<Order>) {
        let (session, wire) = self.next_session();
        let forming = Forming { session, wire, stage: Stage::Dialing(None), deadline: now + SETUP, yields };
        self.peers.entry(peer.clone()).or_default().forming = Some(forming);
        orders.push(Order::Dial { session, peer, wire });
    }

    fn next_session(&mut self) -> (SessionId, u64) {
        let number = self.next;
        self.next += 1;
        (SessionId(number), number)
    }

    /// The control connection that this node dialed is proven.
    pub(crate) fn control_opened(&mut self, session: SessionId, node: NodeId, orders: &mut Vec<Order>) {
        match self.forming(session) {
            Some(Forming { stage: Stage::Dialing(peer @ None), wire, .. }) => {
                *peer = Some(node.clone());
                orders.push(Order::DialLane { session, node, wire: *wire });
            }
            _ => orders.push(Order::Abort { session }),
        }
    }

    /// The lane is proven on both sides.
    pub(crate) fn lane_opened(&mut self, session: SessionId, orders: &mut Vec<Order>) {
        let Some(forming) = self.forming(session) else {
            orders.push(Order::Abort { session });
            return;
        };
        match std::mem::replace(&mut forming.stage, Stage::Dialing(None)) {
            Stage::Dialing(Some(node)) | Stage::LaneAdmitted(node) => {
                let name = node.name.clone();
                forming.stage = Stage::Ready(node);
                self.open(&name, orders);
            }
            stage => forming.stage = stage,
        }
    }

    /// Opens what is ready once nothing older is in its way.
    fn open(&mut self, name: &NodeName, orders: &mut Vec<Order>) {
        let Some(peer) = self.peers.get_mut(name) else { return };
        if let Some(live) = &mut peer.live {
            live.drain(NodeDownCause::Closed, orders);
            return;
        }
        if let Some(Forming { session, stage: Stage::Ready(node), .. }) = &peer.forming {
            let live = Live { session: *session, node: node.clone(), draining: None };
            orders.push(Order::Open { session: *session, node: node.clone() });
            peer.live = Some(live);
            peer.forming = None;
            peer.yielded = None;
        }
    }

    /// A peer has proven itself on a control connection that it opened.
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
        let mine_stands = self.me > node.name;
        let (session, _) = self.next_session();
        let peer = self.peers.entry(node.name.clone()).or_default();
        if let Some(forming) = &peer.forming {
            if matches!(forming.stage, Stage::Dialing(_)) && mine_stands {
                return Err(Verdict::Simultaneous);
            }
            orders.push(Order::Abort { session: forming.session });
        }
        if let Some(live) = &mut peer.live {
            live.drain(NodeDownCause::Closed, orders);
        }
        let stage = Stage::Admitted(node);
        peer.forming = Some(Forming { session, wire, stage, deadline: now + SETUP, yields: 0 });
        peer.yielded = None;
        Ok(session)
    }

    /// A peer has proven itself on a message lane that it opened.
    pub(crate) fn admit_lane(&mut self, node: &NodeId, wire: u64) -> Result<SessionId, Verdict> {
        let forming = self.peers.get_mut(&node.name).and_then(|peer| peer.forming.as_mut());
        match forming {
            Some(forming) if forming.wire == wire && forming.stage == Stage::Admitted(node.clone()) => {
                forming.stage = Stage::LaneAdmitted(node.clone());
                Ok(forming.session)
            }
            _ => Err(Verdict::UnknownSession),
        }
    }

    /// A connection of the session is gone, or its peer is to be taken for dead.
    pub(crate) fn lost(&mut self, session: SessionId, cause: NodeDownCause, orders: &mut Vec<Order>) {
        for (name, peer) in &mut self.peers {
            if let Some(live) = peer.live.as_mut().filter(|live| live.session == session) {
                live.drain(cause, orders);
            }
            if peer.forming.take_if(|forming| forming.session == session).is_some() {
                orders.push(Order::Abort { session });
                orders.push(Order::Failed { peer: name.clone() });
            }
        }
    }

    /// Nothing more will be read of the session's lane.
    pub(crate) fn drained(&mut self, session: SessionId, orders: &mut Vec<Order>) {
        self.lost(session, NodeDownCause::Closed, orders);
        let found = self
            .peers
            .iter_mut()
            .find_map(|(name, peer)| Some((name.clone(), peer.live.take_if(|live| live.session == session)?)));
        if let Some((name, live)) = found {
            let cause = live.draining.unwrap_or(NodeDownCause::Closed);
            orders.push(Order::Over { session, node: live.node, cause });
            self.open(&name, orders);
            self.forget(&name);
        }
    }

    /// The attempt failed.
    pub(crate) fn dial_failed(&mut self, session: SessionId, orders: &mut Vec<Order>) {
        if let Some(name) = self.end_forming(session) {
            orders.push(Order::Abort { session });
            orders.push(Order::Failed { peer: name.clone() });
            self.forget(&name);
        }
    }

    /// The peer refused the attempt because its own stands: it is waited for.
    pub(crate) fn dial_yielded(&mut self, session: SessionId, now: Instant, orders: &mut Vec<Order>) {
        let yields = self.forming(session).map_or(0, |forming| forming.yields + 1);
        if let Some(name) = self.end_forming(session) {
            orders.push(Order::Abort { session });
            let peer = self.peers.entry(name).or_default();
            peer.yielded = Some(Yielded { until: now + YIELD, yields });
        }
    }

    /// Ends the session with a peer on purpose, or the attempt at one.
    pub(crate) fn disconnect(&mut self, name: &NodeName, orders: &mut Vec<Order>) {
        let Some(peer) = self.peers.get_mut(name) else { return };
        let forming = peer.forming.take();
        if let Some(forming) = &forming {
            orders.push(Order::Abort { session: forming.session });
        }
        if forming.is_some() || peer.yielded.take().is_some() {
            orders.push(Order::Failed { peer: name.clone() });
        }
        if let Some(live) = &mut peer.live {
            live.drain(NodeDownCause::Left, orders);
        }
        self.forget(name);
    }

    /// This node leaves: every session ends, and none begins.
    pub(crate) fn leave(&mut self, orders: &mut Vec<Order>) {
        self.leaving = true;
        for name in self.peers.keys().cloned().collect::<Vec<_>>() {
            self.disconnect(&name, orders);
        }
    }

    pub(crate) fn tick(&mut self, now: Instant, orders: &mut Vec<Order>) {
        let mut again = Vec::new();
        for (name, peer) in &mut self.peers {
            if let Some(forming) = peer.forming.take_if(|forming| forming.deadline <= now) {
                orders.push(Order::Abort { session: forming.session });
                orders.push(Order::Failed { peer: name.clone() });
            }
            if let Some(yielded) = peer.yielded.take_if(|yielded| yielded.until <= now) {
                again.push((name.clone(), yielded.yields));
            }
        }
        for (name, yields) in again {
            match yields < YIELDS {
                true => self.dial(name, yields, now, orders),
                false => orders.push(Order::Failed { peer: name }),
            }
        }
    }

    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        let forming = self.peers.values().filter_map(|peer| Some(peer.forming.as_ref()?.deadline));
        let yielded = self.peers.values().filter_map(|peer| Some(peer.yielded.as_ref()?.until));
        forming.chain(yielded).min()
    }

    /// The peer of a session that stands.
    pub(crate) fn node(&self, session: SessionId) -> Option<&NodeId> {
        let mut live = self.peers.values().filter_map(|peer| peer.live.as_ref());
        live.find(|live| live.session == session).map(|live| &live.node)
    }

    /// The nodes with which a session stands.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (SessionId, &NodeId)> {
        let live = self.peers.values().filter_map(|peer| peer.live.as_ref());
        live.filter(|live| live.draining.is_none()).map(|live| (live.session, &live.node))
    }

    /// Whether nothing stands, drains or forms.
    pub(crate) fn is_idle(&self) -> bool {
        self.peers.values().all(|peer| peer.live.is_none() && peer.forming.is_none())
    }

    fn forming(&mut self, session: SessionId) -> Option<&mut Forming> {
        self.peers.values_mut().filter_map(|peer| peer.forming.as_mut()).find(|forming| forming.session == session)
    }

    fn end_forming(&mut self, session: SessionId) -> Option<NodeName> {
        self.peers
            .iter_mut()
            .find_map(|(name, peer)| peer.forming.take_if(|forming| forming.session == session).map(|_| name.clone()))
    }

    fn forget(&mut self, name: &NodeName) {
        let empty = |peer: &Peer| peer.live.is_none() && peer.forming.is_none() && peer.yielded.is_none();
        if self.peers.get(name).is_some_and(empty) {
            self.peers.remove(name);
        }
    }
}

impl Live {
    fn drain(&mut self, cause: NodeDownCause, orders: &mut Vec<Order>) {
        if self.draining.is_none() {
            self.draining = Some(cause);
            orders.push(Order::Drain { session: self.session, cause });
        }
    }
}
