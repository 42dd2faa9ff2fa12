//! What users and fate do, at random: connect, name, group, watch, link and end actors; and, as its mood is, break things.

use std::time::Duration;

use actor_core::{ActorId, NodeId};

use super::{Event, World, log::Seen, mood::Mood, tie::Bond};
use crate::proto::{Input, membership::Topology};

const NAMES: [&str; 3] = ["leader", "clock", "ledger"];
const GROUPS: [&str; 2] = ["room", "hall"];

impl World {
    /// Begins to act at random.
    pub(super) fn begin(&mut self, mood: Mood) {
        self.mood = Some(mood);
        self.schedule(Duration::ZERO, Event::Act);
    }

    pub(super) fn act(&mut self) {
        let Some(mood) = self.mood.filter(|mood| self.now < mood.until) else { return };
        // Things come in bursts.
        let longest = if self.chance.one_in(2) { self.slowest } else { mood.pace };
        let after = self.chance.micros(0, 1000 * longest);
        self.schedule(after, Event::Act);
        let mut dice = self.chance.below(100);
        let mut falls_on = |share: usize| {
            let hit = dice < share;
            dice = dice.saturating_sub(share);
            hit
        };
        let at = self.chance.below(self.hosts.len());
        let other = self.chance.below(self.hosts.len());
        let moment = self.chance.micros(100_000, 25_000_000);
        if falls_on(mood.connect) {
            self.connect_some(at, other);
        } else if falls_on(mood.tear) {
            self.tear_one();
        } else if falls_on(mood.crash) {
            self.crash(at);
        } else if falls_on(mood.silence) {
            self.silence(at);
        } else if falls_on(mood.pause) {
            self.pause(at, moment);
        } else if falls_on(mood.cut) {
            self.cut_some(at, other, moment);
        } else if falls_on(mood.crash + mood.silence + mood.leave) {
            self.start(at);
        } else if !self.is_at_work(at) {
        } else if falls_on(mood.leave) {
            self.leave(at);
        } else if falls_on(mood.disconnect) {
            let (id, peer) = (self.id(at), self.hosts[other].name.clone());
            self.log.saw(self.now, &id, Seen::Disconnected(peer.clone()));
            self.input(at, Input::Disconnect(peer));
        } else {
            self.use_node(at);
        }
    }

    fn connect_some(&mut self, at: usize, other: usize) {
        self.connect(at, other);
        if self.chance.one_in(2) {
            self.connect(other, at);
        }
        if self.chance.one_in(4) {
            let third = self.chance.below(self.hosts.len());
            self.connect(third, other);
            self.connect(third, at);
        }
    }

    fn cut_some(&mut self, at: usize, other: usize, moment: Duration) {
        match self.chance.below(3) {
            0 => self.cut(at, other, moment),
            1 => {
                self.cut(at, other, moment);
                self.cut(other, at, moment);
            }
            _ => {
                let side = self.chance.below(1 << self.hosts.len());
                for from in 0..self.hosts.len() {
                    for to in 0..self.hosts.len() {
                        if (side >> from) & 1 != (side >> to) & 1 {
                            self.cut(from, to, moment);
                        }
                    }
                }
            }
        }
    }

    fn use_node(&mut self, at: usize) {
        if self.hosts[at].topology == Topology::Manual {
            return self.use_sessions(at);
        }
        let actor = self.some_actor(at);
        let name = self.chance.below(NAMES.len());
        let group = self.chance.below(GROUPS.len());
        match self.chance.below(21) {
            0..=3 => self.register(at, NAMES[name], actor),
            4 => self.unregister(at, NAMES[name]),
            5 | 6 => self.join(at, GROUPS[group], actor),
            7 => self.leave_group(at, GROUPS[group], actor),
            8..=11 => {
                let target = self.some_target();
                self.watch(at, target.clone());
                if self.chance.one_in(3) {
                    self.end_elsewhere(at, &target);
                }
            }
            12 => self.unwatch_some(at),
            13 => {
                let actor = ActorId(self.node(at).fresh());
                self.node(at).actors.insert(actor);
            }
            14..=18 => self.tie_some(at, actor),
            _ => self.end_actor(at, actor),
        }
    }

    /// Messages back and forth, and now and then something that needs a session.
    fn use_sessions(&mut self, at: usize) {
        let (actor, target) = (self.some_actor(at), self.some_target());
        match self.chance.below(20) {
            _ if target.0.name == self.hosts[at].name => {}
            0..=12 => {
                for _ in 0..=self.chance.below(3) {
                    self.tell(at, &target.0);
                }
                let host = self.host(&target.0.name);
                if self.chance.one_in(2) && self.is_at_work(host) {
                    let back = self.id(at);
                    self.tell(host, &back);
                }
            }
            13 | 14 => self.watch(at, target),
            15..=17 => self.unwatch_some(at),
            18 => self.tie_some(at, actor),
            _ => self.end_actor(at, actor),
        }
    }

    /// Both ends of a link, new or old, link and unlink, more or less at once; and one of them may end.
    fn tie_some(&mut self, at: usize, actor: ActorId) {
        let old: Vec<Bond> = self.node(at).ties.keys().cloned().collect();
        let old = self.chance.pick(&old).filter(|_| self.chance.one_in(2));
        let (actor, target) = old.unwrap_or_else(|| (actor, self.some_target()));
        let host = self.host(&target.0.name);
        if host == at {
            return;
        }
        let here = self.run(at).map(|run| (run, (actor, target.clone())));
        let there = self.run(host).filter(|run| run.incarnation == target.0.incarnation);
        let there = there.map(|run| (run, (target.1, (self.id(at), actor))));
        for _ in 0..=self.chance.below(4) {
            let end = if self.chance.one_in(2) { &here } else { &there };
            let after = self.chance.micros(0, 300 * self.slowest);
            if let Some((run, bond)) = end {
                self.schedule(after, Event::Tie(*run, bond.clone()));
            }
        }
        if self.chance.one_in(4) {
            self.end_elsewhere(at, &target);
        }
    }

    /// An actor of the node, as a rule one that lives.
    fn some_actor(&mut self, at: usize) -> ActorId {
        let alive: Vec<ActorId> = self.node(at).actors.iter().copied().collect();
        match self.chance.one_in(20) {
            true => ActorId(1),
            false => self.chance.pick(&alive).unwrap_or(ActorId(1)),
        }
    }

    /// An actor of some run of some node, as a rule one that lives.
    fn some_target(&mut self) -> (NodeId, ActorId) {
        let host = self.chance.below(self.hosts.len());
        let past = self.chance.one_in(8);
        let runs = self.hosts[host].runs.clone();
        let node = match past {
            true => self.chance.pick(&runs).expect("invariant: all hosts have had a run"),
            false => runs.last().expect("invariant: all hosts have had a run").clone(),
        };
        let alive: Vec<ActorId> = self.living(&node).map(|n| n.actors.iter().copied().collect()).unwrap_or_default();
        let actor = self.chance.pick(&alive).filter(|_| !past);
        (node, actor.unwrap_or(ActorId(1)))
    }

    /// An actor ends about when it is found out to be watched, and others come to watch it too.
    fn end_elsewhere(&mut self, at: usize, target: &(NodeId, ActorId)) {
        let host = self.host(&target.0.name);
        if let Some(run) = self.run(host).filter(|run| run.incarnation == target.0.incarnation && host != at) {
            let after = self.chance.micros(0, 200 * self.slowest);
            self.schedule(after, Event::End(run, target.1));
        }
    }
}
