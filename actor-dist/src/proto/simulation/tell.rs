//! Messages of users, numbered: what is sent, what of it arrives, and when. And the ends of sessions that nobody uses, as
//! `driver::idle` carries them out.

use std::time::Duration;

use actor_core::NodeId;

use super::{
    World,
    connection::Item,
    lane::{Frame, Lane, Pushed},
};
use crate::proto::{
    Input,
    idle::{Counts, Order},
    session_id::SessionId,
};

/// One message.
#[derive(Debug)]
pub(super) struct Tell {
    pub(super) by: NodeId,
    pub(super) to: NodeId,
    pub(super) since: Duration,
    pub(super) arrived: Vec<Duration>,
}

impl World {
    /// Sends a message to a run of a node. What comes back was not sent.
    pub(super) fn tell(&mut self, at: usize, to: &NodeId) {
        let (by, since) = (self.id(at), self.now);
        for _ in 0..4 {
            let Ok(lane) = self.lane_to(at, &to.name) else { return };
            let number = self.log.tells.len();
            match self.push_frame(at, lane, Some(to.incarnation), Frame::Tell(number)) {
                Pushed::Waits => {
                    self.log.note(since, &by, || format!("tells {to} {number}"));
                    return self.log.tells.push(Tell { by, to: to.clone(), since, arrived: Vec::new() });
                }
                Pushed::Finished => {}
                _ => return,
            }
        }
    }

    pub(super) fn told(&mut self, number: usize) {
        let now = self.now;
        self.log.tells[number].arrived.push(now);
    }

    pub(super) fn idle(&mut self, at: usize, order: Order) {
        match order {
            Order::Look(session) => {
                if let Some(counts) = self.link(at, session).map(|link| link.counts) {
                    let now = self.instant();
                    self.node(at).proto.handle(now, Input::Looked { session, counts, busy: false });
                }
            }
            Order::Ask { session, counts } => {
                if self.counts_are(at, session, counts) && self.hold(at, session) {
                    self.say(at, session, Item::QuietAsk(counts));
                } else {
                    let now = self.instant();
                    self.node(at).proto.handle(now, Input::QuietRefused(session));
                }
            }
            Order::Agree { session, counts } => {
                if self.counts_are(at, session, counts) && !self.holds_something(at, session) {
                    let now = self.instant();
                    self.node(at).proto.handle(now, Input::QuietAgreed(session));
                } else {
                    self.say(at, session, Item::QuietNo);
                }
            }
            Order::Refuse(session) => self.say(at, session, Item::QuietNo),
            Order::Unanswered(session) => {
                let cause = actor_core::NodeDownCause::Closed;
                self.input_soon(at, Input::Lost { session, cause });
            }
        }
    }

    fn counts_are(&mut self, at: usize, session: SessionId, counts: Counts) -> bool {
        self.link(at, session).is_some_and(|link| link.counts == counts)
    }

    fn lane_of(&mut self, at: usize, session: SessionId) -> Option<&mut Lane> {
        let lane = self.link(at, session)?.open.as_ref()?.1;
        Some(&mut self.node(at).all_lanes[lane])
    }

    fn hold(&mut self, at: usize, session: SessionId) -> bool {
        let Some(lane) = self.lane_of(at, session) else { return false };
        let Lane::Open(run, _) = *lane else { return false };
        *lane = Lane::Held(run, Vec::new());
        true
    }

    fn holds_something(&mut self, at: usize, session: SessionId) -> bool {
        matches!(self.lane_of(at, session), Some(Lane::Held(_, held)) if !held.is_empty())
    }

    /// The other side needs the session.
    pub(super) fn quiet_refused(&mut self, at: usize, session: SessionId) {
        self.release_held(at, session);
        self.input(at, Input::QuietRefused(session));
    }

    /// What was held back goes out.
    pub(super) fn release_held(&mut self, at: usize, session: SessionId) {
        let Some(lane) = self.lane_of(at, session) else { return };
        let Lane::Held(run, ..) = *lane else { return };
        if let Lane::Held(_, held) = std::mem::replace(lane, Lane::Open(run, session)) {
            for (_, frame) in held {
                self.send_frame(at, session, frame);
            }
        }
    }

    /// What was held back goes out by the next session.
    pub(super) fn hand_on(&mut self, at: usize, peer: &NodeId, held: Vec<Frame>) {
        if held.is_empty() {
            return;
        }
        let now = self.instant();
        let node = self.node(at);
        let waiting = held.into_iter().map(|frame| (Some(peer.incarnation), frame)).collect();
        node.all_lanes.push(Lane::Pending(waiting));
        node.lanes.insert(peer.name.clone(), node.all_lanes.len() - 1);
        let barred = node.proto.mention(now, &peer.name);
        assert_eq!(barred, Ok(()), "a session that may not follow is needed");
    }
}
