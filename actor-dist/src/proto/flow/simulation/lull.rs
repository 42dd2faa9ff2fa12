//! A session that nobody uses, after `driver::idle`: one side asks whether it may end and holds back what it sends; the other one
//! alone decides. What was held back goes out by the next session, or by this one.

use super::{World, bulk::Bulk, fact::Fact, inbound::Inbound, lane::Lane};

/// What one side has asked the other.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    side: usize,
    sent: u64,
    received: u64,
}

impl World {
    fn is_settled(&self, side: usize) -> bool {
        let inbound = &self.nodes[side].inbound;
        inbound.gates.is_open() && inbound.tasks.is_empty()
    }

    /// Asks, if nothing is owed here.
    pub(super) fn ask(&mut self, side: usize) {
        let settled = self.is_settled(side) && self.nodes.iter().all(|node| node.watches.is_empty());
        let lane = &mut self.nodes[side].lane;
        let (sent, received) = (lane.outlet.frames(), lane.received);
        if settled && self.asked.is_none() && lane.outlet.hold(sent) {
            self.asked = Some(Asked { side, sent, received });
        }
    }

    /// The other side decides.
    pub(super) fn decide(&mut self, side: usize) -> bool {
        let Some(asked) = self.asked.filter(|asked| asked.side != side) else { return false };
        self.asked = None;
        let settled = self.is_settled(side);
        let lane = &mut self.nodes[side].lane;
        let agrees = settled && lane.received == asked.sent && !self.nodes[asked.side].lane.is_finished;
        let finished = agrees.then(|| self.nodes[side].lane.outlet.finish_quiet(asked.received)).flatten();
        match finished {
            Some((stopped, wakes)) => {
                self.woken(side, wakes);
                stopped.into_iter().for_each(|number| self.wake(side, Some(number)));
                self.again(asked.side);
            }
            None => {
                let wakes = self.nodes[asked.side].lane.outlet.release();
                self.woken(asked.side, wakes);
            }
        }
        true
    }

    /// The session ends as agreed, and another one is to begin.
    fn again(&mut self, asker: usize) {
        let Some(rest) = self.nodes[asker].lane.outlet.finish_held() else { return };
        self.woken(asker, rest.wakes);
        rest.stopped.into_iter().for_each(|number| self.wake(asker, Some(number)));
        self.never_left(asker, rest.bound);
        self.saw(Fact::Again);
        for side in 0..2 {
            self.nodes[side].lane = Lane::new(self.planted);
            self.nodes[side].inbound = Inbound::new(self.mood.bound);
            self.unread[side].clear();
        }
        self.bulk = Bulk::new();
        self.nodes[asker].lane.outlet.wait_with(rest.moved);
    }
}
