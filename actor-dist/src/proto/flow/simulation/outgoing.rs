//! How what somebody sends gets into the lane and out of it: put or left to wait for a session, written when one stands, and told
//! of when it surely never leaves. And who is woken for it.

use std::{collections::VecDeque, rc::Rc};

use actor_core::{Incarnation, route::PortId};
use bytes::Bytes;

use super::{
    World,
    fact::{Fact, Full, How},
    fate::OnLane,
    lane::{BODIES, Caller, Frames, Loaded, PARKED, Parked, RUN, Writer},
    mail::{Frame, body},
    mistake::Mistake,
    node::Node,
};
use crate::proto::flow::{
    Recipient,
    outlet::{Refused, Taken, Waiting, Wakes, What},
};

/// How many frames a connection holds.
const UNREAD: usize = 64;

impl World {
    fn parts(&mut self, frame: &Frame) -> Vec<Bytes> {
        let whole = if frame.apart { body(frame.id, frame.bytes) } else { Bytes::new() };
        let place = self.chance.below(whole.len());
        vec![whole.slice(..place), whole.slice(place..)]
    }

    /// Puts a user's message on its way, or lets it wait for a session.
    pub(super) fn push(
        &mut self,
        side: usize,
        run: Option<Incarnation>,
        frame: &Frame,
        to: Option<&Recipient<'static>>,
        caller: Option<&Rc<Caller>>,
    ) -> Result<(), Refused> {
        let lane = &mut self.nodes[side].lane;
        if lane.is_open || lane.is_finished {
            return self.leave(side, run, frame, to, caller, false);
        }
        let (size, waits) = (frame.whole() + PARKED, lane.outlet.waits());
        let parked = lane.outlet.park(run, size, || Parked { frame: frame.clone(), caller: caller.cloned() });
        self.told(parked, frame, to, waits);
        parked
    }

    /// What must always arrive; whoever reads none of so much is lost.
    pub(super) fn push_always(&mut self, side: usize, frame: &Frame) {
        if let Err(Refused::Full) = self.leave(side, None, frame, None, None, true) {
            self.lose(side);
        }
    }

    fn leave(
        &mut self,
        side: usize,
        run: Option<Incarnation>,
        frame: &Frame,
        to: Option<&Recipient<'static>>,
        caller: Option<&Rc<Caller>>,
        always: bool,
    ) -> Result<(), Refused> {
        let mut loaded = Loaded::new(frame, self.parts(frame));
        let mut ports = frame.port().and_then(|port| Some((PortId(port), Rc::clone(caller?)))).into_iter().collect();
        let waits = self.nodes[side].lane.outlet.waits();
        let put = self.nodes[side].lane.outlet.put(run, to, &mut loaded, &mut ports, always);
        self.told(put.map(drop), frame, to, waits);
        match put {
            Ok(wakes) => self.woken(side, wakes),
            Err(Refused::Full) if !always && self.mistake == Some(Mistake::RefusedLeaves) => {
                let left = self.nodes[side].lane.outlet.put(run, None, &mut loaded, &mut ports, true);
                self.woken(side, left.unwrap_or_default());
            }
            Err(_) => {}
        }
        put.map(drop)
    }

    /// What became of a frame; so many bytes had waited before.
    fn told(&mut self, put: Result<(), Refused>, frame: &Frame, to: Option<&Recipient<'static>>, waits: usize) {
        let (id, by) = (frame.id, frame.by);
        let outlet = &self.nodes[by.side].lane.outlet;
        let (size, crowded) = (outlet.waits() - waits, frame.apart && outlet.bodies().bytes() >= BODIES);
        let full = || Full { to: to.cloned(), calls: frame.port().is_some(), crowded };
        self.saw(match put {
            Ok(()) => Fact::Sent { id, by, to: to.cloned(), kind: frame.kind(), size },
            Err(why) => Fact::Declined { id, by, full: (why == Refused::Full).then(full) },
        });
    }

    pub(super) fn woken(&mut self, side: usize, wakes: Wakes) {
        let node = &mut self.nodes[side];
        node.lane.wake(wakes);
        if wakes.room && self.mistake != Some(Mistake::RoomIsNotTold) {
            node.waiting.iter_mut().for_each(|waiter| waiter.room = false);
        }
    }

    /// There is room again.
    pub(super) fn has_room(&mut self, side: usize) {
        self.woken(side, Wakes { room: true, ..Wakes::default() });
    }

    /// A session stands, as this side sees it.
    pub(super) fn open(&mut self, side: usize) -> bool {
        let lane = &mut self.nodes[side].lane;
        if lane.is_finished {
            return false;
        }
        let Some((stale, wakes)) = lane.outlet.open(RUN) else { return false };
        lane.is_open = true;
        self.saw(Fact::Began { side });
        self.woken(side, wakes);
        self.never_left(side, stale);
        true
    }

    /// Those who wait for answers to it are told.
    pub(super) fn never_left(&mut self, side: usize, waiting: VecDeque<Waiting<Frames>>) {
        for waiting in waiting {
            let (id, callers) = match waiting.what {
                What::Frame(loaded, ports) => (loaded.id(), ports),
                What::Message(Parked { frame, caller }) => {
                    (Some(frame.id), frame.port().map(PortId).zip(caller).into_iter().collect())
                }
            };
            if let Some(id) = id {
                self.saw(Fact::NeverLeft { id });
            }
            callers.iter().for_each(|(port, caller)| self.end_caller(side, port.0, caller, How::Failed));
        }
    }

    /// The lane's writer does its next step.
    pub(super) fn write(&mut self, side: usize) -> bool {
        let over = self.chance.one_in(4);
        let is_choked = self.unread[1 - side].len() >= UNREAD && !self.is_cut;
        let Node { lane, inbound, .. } = &mut self.nodes[side];
        match &mut lane.writer {
            _ if !lane.is_open || is_choked => false,
            Writer::Shut => false,
            Writer::Writes if inbound.is_over => false,
            Writer::Settles(at_hand) => {
                let parked = at_hand.take();
                self.settle(side, parked);
                true
            }
            Writer::Writes => lane.is_writing(over) && self.write_out(side),
        }
    }

    /// What waited is taken in one step and written in a later one.
    fn settle(&mut self, side: usize, parked: Option<Parked>) {
        let Some(Parked { frame, caller }) = parked else {
            let lane = &mut self.nodes[side].lane;
            let (parked, wakes) = lane.outlet.next_message();
            lane.writer = parked.map_or(Writer::Writes, |parked| Writer::Settles(Some(parked)));
            return self.woken(side, wakes);
        };
        let mut loaded = Loaded::new(&frame, self.parts(&frame));
        let mut ports = frame.port().map(PortId).zip(caller).into_iter().collect();
        let wakes = self.nodes[side].lane.outlet.unparked(&mut loaded, &mut ports);
        self.woken(side, wakes.unwrap_or_default());
        for (port, caller) in ports {
            self.end_caller(side, port.0, &caller, How::Failed);
        }
    }

    fn write_out(&mut self, side: usize) -> bool {
        let (taken, frames) = self.nodes[side].lane.take();
        if taken == Taken::Frames {
            self.has_room(side);
        }
        for frame in &frames {
            self.saw(Fact::Written { id: frame.id, side });
        }
        if !self.is_cut {
            let end = (taken == Taken::End).then_some(OnLane::End);
            self.unread[1 - side].extend(frames.into_iter().map(OnLane::Frame).chain(end));
        }
        taken != Taken::Nothing
    }
}
