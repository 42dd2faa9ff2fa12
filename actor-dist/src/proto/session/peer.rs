//! What there is with one peer: the session that stands or drains, the one that follows it, an attempt at one, and how long
//! a yielded attempt waits. Numbers no sessions and knows no other peer. Driven by `session`.

use std::time::Instant;

use actor_core::{NodeDownCause, NodeId, NodeName};

use super::{Order, SETUP, YIELD, YIELDS};
use crate::proto::session_id::SessionId;

#[derive(Debug)]
pub(super) struct Peer {
    name: NodeName,
    live: Option<Live>,
    /// All is there; it stands as soon as the one before it is over.
    next: Option<Next>,
    forming: Option<Forming>,
    yielded: Option<Yielded>,
}

/// A session that stands, or stood and is draining.
#[derive(Debug)]
pub(super) struct Live {
    pub(super) session: SessionId,
    pub(super) node: NodeId,
    draining: Option<NodeDownCause>,
}

#[derive(Debug)]
struct Next {
    session: SessionId,
    node: NodeId,
}

/// A session in the making.
#[derive(Debug)]
struct Forming {
    session: SessionId,
    /// Its number at the side that dials.
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
}

#[derive(Debug)]
struct Yielded {
    until: Instant,
    yields: u32,
}

impl Peer {
    pub(super) fn new(name: NodeName) -> Self {
        Peer { name, live: None, next: None, forming: None, yielded: None }
    }

    pub(super) fn live(&self) -> Option<&Live> {
        self.live.as_ref()
    }

    /// Whether no session stands and none is on its way.
    pub(super) fn is_idle(&self) -> bool {
        let stands = self.live.as_ref().is_some_and(Live::is_standing);
        !stands && self.next.is_none() && self.forming.is_none() && self.yielded.is_none()
    }

    /// Whether there is nothing at all.
    pub(super) fn is_empty(&self) -> bool {
        self.live.is_none() && self.is_idle()
    }

    pub(super) fn dial(&mut self, session: SessionId, yields: u32, now: Instant, orders: &mut Vec<Order>) {
        let (wire, stage) = (session.0, Stage::Dialing(None));
        self.forming = Some(Forming { session, wire, stage, deadline: now + SETUP, yields });
        orders.push(Order::Dial { session, peer: self.name.clone(), wire });
    }

    pub(super) fn control_opened(&mut self, session: SessionId, node: NodeId, orders: &mut Vec<Order>) {
        if let Some(Forming { session: formed, stage: Stage::Dialing(peer @ None), wire, .. }) = &mut self.forming
            && *formed == session
        {
            *peer = Some(node.clone());
            orders.push(Order::DialLane { session, node, wire: *wire });
        }
    }

    /// Whether the attempt of the peer gives way to another: to this node's own, if that is the one to stand, or to a
    /// later one of the same peer that overtook it.
    pub(super) fn refuses(&self, node: &NodeId, wire: u64, mine_stands: bool) -> bool {
        self.forming.as_ref().is_some_and(|forming| match &forming.stage {
            Stage::Dialing(_) => mine_stands,
            Stage::Admitted(other) | Stage::LaneAdmitted(other) => other == node && forming.wire > wire,
        })
    }

    pub(super) fn admit_control(
        &mut self,
        session: SessionId,
        node: NodeId,
        wire: u64,
        now: Instant,
        orders: &mut Vec<Order>,
    ) {
        let stage = Stage::Admitted(node);
        let forming = Forming { session, wire, stage, deadline: now + SETUP, yields: 0 };
        if let Some(Forming { session, .. }) = self.forming.replace(forming) {
            orders.push(Order::Abort { session });
        }
    }

    pub(super) fn admit_lane(&mut self, node: &NodeId, wire: u64) -> Option<SessionId> {
        let forming = self.forming.as_mut().filter(|forming| forming.wire == wire)?;
        match &forming.stage {
            Stage::Admitted(admitted) if admitted == node => {
                forming.stage = Stage::LaneAdmitted(node.clone());
                Some(forming.session)
            }
            _ => None,
        }
    }

    pub(super) fn lane_opened(&mut self, session: SessionId, orders: &mut Vec<Order>) {
        let proven = |forming: &mut Forming| {
            forming.session == session && matches!(forming.stage, Stage::Dialing(Some(_)) | Stage::LaneAdmitted(_))
        };
        let Some(Forming { stage, .. }) = self.forming.take_if(proven) else { return };
        let (Stage::Dialing(Some(node)) | Stage::LaneAdmitted(node)) = stage else { return };
        if let Some(Next { session, .. }) = self.next.replace(Next { session, node }) {
            orders.push(Order::Abort { session });
        }
        self.open(orders);
    }

    /// Opens what is ready once nothing older is in its way.
    fn open(&mut self, orders: &mut Vec<Order>) {
        if let Some(live) = &mut self.live {
            live.drain(NodeDownCause::Closed, orders);
        } else if let Some(Next { session, node }) = self.next.take() {
            self.live = Some(Live { session, node: node.clone(), draining: None });
            self.yielded = None;
            orders.push(Order::Open { session, node });
        }
    }

    pub(super) fn lost(&mut self, session: SessionId, cause: NodeDownCause, orders: &mut Vec<Order>) {
        match &mut self.live {
            Some(live) if live.session == session => live.drain(cause, orders),
            _ => self.end_attempt(session, orders),
        }
    }

    pub(super) fn drained(&mut self, session: SessionId, orders: &mut Vec<Order>) {
        self.lost(session, NodeDownCause::Closed, orders);
        if let Some(live) = self.live.take_if(|live| live.session == session) {
            let cause = live.draining.unwrap_or(NodeDownCause::Closed);
            orders.push(Order::Over { session, node: live.node, cause });
            self.open(orders);
        }
    }

    /// Ends what was to become this session.
    pub(super) fn end_attempt(&mut self, session: SessionId, orders: &mut Vec<Order>) {
        let next = self.next.take_if(|next| next.session == session).is_some();
        let forming = self.forming.take_if(|forming| forming.session == session).is_some();
        if next || forming {
            orders.push(Order::Abort { session });
            self.give_up(orders);
        }
    }

    pub(super) fn dial_yielded(&mut self, session: SessionId, now: Instant, orders: &mut Vec<Order>) {
        if let Some(forming) = self.forming.take_if(|forming| forming.session == session) {
            orders.push(Order::Abort { session });
            self.yielded = Some(Yielded { until: now + YIELD, yields: forming.yields + 1 });
        }
    }

    pub(super) fn disconnect(&mut self, orders: &mut Vec<Order>) {
        let (next, forming, yielded) = (self.next.take(), self.forming.take(), self.yielded.take());
        let awaited = [next.map(|next| next.session), forming.map(|forming| forming.session)];
        let was_awaited = yielded.is_some() || awaited.iter().any(Option::is_some);
        orders.extend(awaited.into_iter().flatten().map(|session| Order::Abort { session }));
        if let Some(live) = &mut self.live {
            live.drain(NodeDownCause::Left, orders);
        }
        if was_awaited {
            self.give_up(orders);
        }
    }

    /// Answers how often it has yielded, if it is to dial again.
    pub(super) fn tick(&mut self, now: Instant, orders: &mut Vec<Order>) -> Option<u32> {
        if let Some(Forming { session, .. }) = self.forming.take_if(|forming| forming.deadline <= now) {
            orders.push(Order::Abort { session });
            self.give_up(orders);
        }
        let Yielded { yields, .. } = self.yielded.take_if(|yielded| yielded.until <= now)?;
        if !self.is_idle() {
            return None;
        }
        if yields < YIELDS {
            return Some(yields);
        }
        self.give_up(orders);
        None
    }

    pub(super) fn next_timeout(&self) -> Option<Instant> {
        let forming = self.forming.as_ref().map(|forming| forming.deadline);
        let yielded = self.yielded.as_ref().map(|yielded| yielded.until);
        forming.into_iter().chain(yielded).min()
    }

    /// An attempt has ended. Who waits is told when it was the last hope.
    fn give_up(&self, orders: &mut Vec<Order>) {
        if self.is_idle() {
            orders.push(Order::Failed { peer: self.name.clone() });
        }
    }
}

impl Live {
    pub(super) fn is_standing(&self) -> bool {
        self.draining.is_none()
    }

    fn drain(&mut self, cause: NodeDownCause, orders: &mut Vec<Order>) {
        if self.draining.is_none() {
            self.draining = Some(cause);
            orders.push(Order::Drain { session: self.session, node: self.node.clone(), cause });
        }
    }
}
