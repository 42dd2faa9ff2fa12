//! Messages of users, numbered: what is sent, what of it arrives, and when. And the ends of sessions that nobody uses, as
//! `driver::idle` carries them out.

use std::time::Duration;

use actor_core::NodeId;

use super::{
    Event, World,
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
    /// For one that is answered: whether it was.
    pub(super) answered: Option<bool>,
}

impl World {
    /// Sends a message to a run of a node. What comes back was not sent.
    pub(super) fn tell(&mut self, at: usize, to: &NodeId) {
        let (by, since, is_call) = (self.id(at), self.now, self.chance.one_in(3));
        for _ in 0..4 {
            let Ok(lane) = self.lane_to(at, &to.name) else { return };
            let number = self.log.tells.len();
            let frame = if is_call { Frame::Call(number) } else { Frame::Tell(number) };
            match self.push_frame(at, lane, Some(to.incarnation), frame) {
                Pushed::Waits => {
                    self.log.note(since, &by, || format!("tells {to} {number}"));
                    let (to, arrived, answered) = (to.clone(), Vec::new(), is_call.then_some(false));
                    return self.log.tells.push(Tell { by, to, since, arrived, answered });
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

    pub(super) fn called(&mut self, at: usize, session: SessionId, number: usize) {
        self.told(number);
        let after = self.chance.micros(0, 4_000_000);
        if let Some(run) = self.run(at) {
            self.schedule(after, Event::Answer(run, session, number));
        }
    }

    pub(super) fn answered(&mut self, at: usize, session: SessionId, number: usize) {
        if self.link(at, session).is_some_and(|link| link.ports.remove(&number)) {
            self.log.tells[number].answered = Some(true);
        }
    }

    pub(super) fn idle(&mut self, at: usize, order: Order) {
        match order {
            Order::Look(session) => {
                if let Some((counts, busy)) = self.link(at, session).map(|link| (link.counts, !link.ports.is_empty())) {
                    let now = self.instant();
                    self.node(at).proto.handle(now, Input::Looked { session, counts, busy });
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
        self.link(at, session).is_some_and(|link| link.counts == counts && link.ports.is_empty())
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
