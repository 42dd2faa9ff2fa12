//! What happens to the session and to those who use it: connections are cut, closed and opened again, names move, actors change
//! their pace and end. And how a session ends, after `net::lane`: read to the end, wait for the bodies, let what is held go in,
//! then tell.

use actor_core::ActorId;

use super::{
    World,
    fact::{Fact, How},
    mail::Frame,
    mistake::Mistake,
    mood::Loss,
    node::{Actor, NAMES},
};

/// What is on its way by the lane.
pub(super) enum OnLane {
    Frame(Frame),
    End,
}

impl World {
    pub(super) fn fate(&mut self, side: usize) {
        let actors: Vec<ActorId> = self.nodes[side].actors.keys().copied().collect();
        let Some(actor) = self.chance.pick(&actors) else { return };
        match self.chance.below(24) {
            0..3 if actors.len() > 1 => {
                // Whoever owes answers and is watched has the most to say.
                let busy = |(id, actor): (&ActorId, &Actor)| actor.is_busy().then_some(*id);
                let busy: Vec<ActorId> = self.nodes[side].actors.iter().filter_map(busy).collect();
                let actor = self.chance.pick(&busy).unwrap_or(actor);
                self.last_words(side, actor);
                self.end_actor(side, actor);
            }
            3..5 => self.close_idle(),
            5..9 => {
                let name = NAMES[self.chance.below(NAMES.len())];
                let given = !self.chance.one_in(4);
                self.name(side, name, given.then_some(actor));
            }
            9..12 => {
                let members = &mut self.nodes[side].group;
                if !members.remove(&actor) {
                    members.insert(actor);
                }
            }
            _ => {
                let pace = [None, Some(1), Some(3), Some(20)][self.chance.below(4)];
                if let Some(actor) = self.nodes[side].actors.get_mut(&actor) {
                    actor.pace = pace;
                }
            }
        }
    }

    /// The name leads to this actor, or to nobody.
    pub(super) fn name(&mut self, side: usize, name: &'static str, actor: Option<ActorId>) {
        let names = &mut self.nodes[side].names;
        match actor {
            Some(actor) => drop(names.insert(name, actor)),
            None => drop(names.remove(name)),
        }
        self.saw(Fact::Named { side, name, actor });
    }

    /// Looks where the names lead whose senders are stopped: whoever had one before stops nobody by it any more.
    pub(super) fn look_at_names(&mut self, side: usize) {
        for name in self.nodes[side].inbound.gates.stopped_names() {
            let holder = self.nodes[side].resolve(&name);
            if self.mistake != Some(Mistake::NamesAreNotLedOn) {
                self.gates(side, |gates, orders| gates.led(&name, holder, orders));
            }
        }
        self.saw(Fact::Looked { side });
    }

    /// The session is lost in some way.
    pub(super) fn strike(&mut self, loss: Loss) {
        let side = self.chance.below(2);
        for side in 0..2 {
            self.open(side);
        }
        match loss {
            Loss::Lane => {
                self.is_cut = true;
                for side in 0..2 {
                    let left = self.chance.below(self.unread[side].len() + 1);
                    self.unread[side].truncate(left);
                    self.unread[side].push_back(OnLane::End);
                }
            }
            Loss::Bodies => {
                for side in 0..2 {
                    let left = self.chance.below(4);
                    self.bulk.cut(side, left);
                }
                if !self.bulk.is_open {
                    self.lose(side);
                }
            }
            Loss::Goodbye => self.lose(side),
        }
    }

    /// The session is lost, as this side sees it: what is written goes out, and nothing more.
    pub(super) fn lose(&mut self, side: usize) {
        if self.nodes[side].lane.is_finished {
            return;
        }
        self.saw(Fact::Lost { side });
        let node = &mut self.nodes[side];
        node.lane.is_finished = true;
        let (stopped, wakes) = node.lane.outlet.finish();
        self.woken(side, wakes);
        stopped.into_iter().for_each(|number| self.wake(side, Some(number)));
    }

    /// The lane's reader does its next step.
    pub(super) fn read(&mut self, side: usize) -> bool {
        let inbound = &self.nodes[side].inbound;
        if inbound.is_read || inbound.is_over {
            return self.drain(side);
        }
        if !self.nodes[side].lane.is_open {
            return false;
        }
        match self.unread[side].pop_front() {
            None => return false,
            Some(OnLane::Frame(frame)) => {
                self.nodes[side].lane.received += 1;
                if self.mistake == Some(Mistake::ReadTwice) && !frame.apart && self.chance.one_in(9) {
                    self.take_in(side, frame.clone());
                }
                self.take_in(side, frame);
            }
            Some(OnLane::End) => {
                self.nodes[side].inbound.is_read = true;
                self.gates(side, |gates, _| gates.read());
                self.saw(Fact::LaneRead { side });
                self.lose(side);
            }
        }
        true
    }

    /// All is read: what came is dealt with as far as it can be.
    fn drain(&mut self, side: usize) -> bool {
        let nothing_waits = self.nodes[side].lane.outlet.bodies().is_empty() && !self.bulk.is_open;
        let inbound = &mut self.nodes[side].inbound;
        if inbound.is_over {
            return false;
        }
        if !inbound.is_abandoned {
            let may_come = !nothing_waits || inbound.gates.expects_bodies();
            if may_come && !self.bulk.ends[side].is_over {
                return false;
            }
            inbound.is_abandoned = true;
            let left = self.gates(side, |gates, orders| gates.abandon(orders));
            self.left(side, left);
            return true;
        }
        let settled = inbound.gates.is_open();
        if settled {
            self.over(side);
        }
        settled
    }

    /// The end of the session is told, whatever still waits.
    pub(super) fn over(&mut self, side: usize) {
        if self.nodes[side].inbound.is_over {
            return;
        }
        self.lose(side);
        self.nodes[side].inbound.is_over = true;
        let left = self.gates(side, |gates, _| gates.close());
        self.left(side, left);
        self.saw(Fact::Over { side });
        let node = &mut self.nodes[side];
        for reference in std::mem::take(&mut node.watches).into_keys() {
            self.saw(Fact::Fired { reference, session: true });
        }
        let (ports, waiting) = self.nodes[side].lane.outlet.end();
        let forgotten = self.mistake == Some(Mistake::CallersAreForgotten);
        for (port, caller) in ports.into_iter().filter(|_| !forgotten) {
            self.end_caller(side, port.0, &caller, How::Failed);
        }
        self.never_left(side, waiting);
        self.bulk.ends[side].is_over = true;
        self.bulk.cut(1 - side, usize::MAX);
        self.unread[1 - side].push_back(OnLane::End);
    }
}
