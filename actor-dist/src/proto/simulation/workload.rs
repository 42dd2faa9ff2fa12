//! What users and fate do, at random: connect, name, group, watch and end actors; and, in some moods, break things.

use std::{sync::Arc, time::Duration};

use actor_core::{ActorId, ExitReason, NodeDownCause, NodeId, NodeName, wire::Edge};

use super::{
    Event, World,
    lane::{Frame, Pushed},
    log::{Registration, Watch},
};
use crate::proto::{Input, groups::Joiner, names::Offer};

/// How long a registration may take, as in the public `names`.
pub(super) const REGISTER: Duration = Duration::from_secs(5);
/// How long the cluster must have stood for its names to be certain.
const STABLE: Duration = Duration::from_secs(10);
const NAMES: [&str; 3] = ["leader", "clock", "ledger"];
const GROUPS: [&str; 2] = ["room", "hall"];
const URI: &str = "bank.Account";
const EDGE: Edge = Edge::of(URI, &[]);

/// What may happen besides what users do, out of a hundred acts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mood {
    /// Until when something happens.
    pub(super) until: Duration,
    /// The longest time between two acts, in milliseconds.
    pub(super) pace: u64,
    pub(super) connect: usize,
    pub(super) disconnect: usize,
    pub(super) tear: usize,
    pub(super) crash: usize,
    pub(super) silence: usize,
    pub(super) leave: usize,
    pub(super) pause: usize,
    pub(super) cut: usize,
}

/// How many moods there are.
pub(super) const MOODS: usize = 9;

impl Mood {
    /// Nothing breaks, and nobody connects.
    pub(super) fn calm(until: Duration, pace: u64) -> Self {
        let none = 0;
        Mood {
            until,
            pace,
            connect: none,
            disconnect: none,
            tear: none,
            crash: none,
            silence: none,
            leave: none,
            pause: none,
            cut: none,
        }
    }

    /// One of several, by number; in the first two nothing breaks.
    pub(super) fn of(number: usize, until: Duration, pace: u64) -> Self {
        let some = Mood { connect: 10, ..Mood::calm(until, pace) };
        match number {
            0 => Mood { connect: 0, ..some },
            1 => Mood { connect: 40, ..some },
            2 => Mood { connect: 30, disconnect: 15, ..some },
            3 => Mood { tear: 15, ..some },
            4 => Mood { crash: 8, leave: 8, ..some },
            5 => Mood { silence: 6, tear: 3, ..some },
            6 => Mood { pause: 10, ..some },
            7 => Mood { cut: 8, tear: 3, ..some },
            _ => Mood { disconnect: 4, tear: 4, crash: 3, silence: 3, leave: 3, pause: 4, cut: 4, ..some },
        }
    }
}

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
            let peer = self.hosts[other].name.clone();
            self.input(at, Input::Disconnect(peer));
        } else {
            self.use_node(at);
        }
    }

    /// Whether somebody could use the node.
    pub(super) fn is_at_work(&self, at: usize) -> bool {
        let host = &self.hosts[at];
        !host.paused && host.node.as_ref().is_some_and(|node| !node.leaving)
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
        let actor = self.some_actor(at);
        let name = self.chance.below(NAMES.len());
        let group = self.chance.below(GROUPS.len());
        match self.chance.below(16) {
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
            _ => self.end_actor(at, actor),
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

    pub(super) fn connect(&mut self, at: usize, other: usize) {
        if at == other || !self.is_at_work(at) {
            return;
        }
        let (now, peer): (Duration, NodeName) = (self.now, self.hosts[other].name.clone());
        let node = self.node(at);
        if !node.proto.nodes().any(|(_, node)| node.name == peer) {
            node.connecting.entry(peer.clone()).or_default().push(now);
            let id = node.id.clone();
            self.log.note(now, &id, || format!("connects to {peer}"));
            self.input(at, Input::Connect(peer));
        }
    }

    pub(super) fn register(&mut self, at: usize, name: &str, actor: ActorId) {
        let stable = self.is_stable().then_some(self.log.churn);
        let (now, node) = (self.now, self.node(at));
        let (request, by) = (node.fresh(), node.id.clone());
        self.log.note(now, &by, || format!("registers `{name}` for {actor:?}, request {request}"));
        let (name, deadline): (Arc<str>, _) = (name.into(), now + REGISTER);
        let registration =
            Registration { by, request, name: name.clone(), actor, deadline, stable, answers: Vec::new() };
        self.log.registrations.push(registration);
        let offer = Offer { name, uri: URI.into(), edge: EDGE, version: 1, actor };
        let deadline = self.instant() + REGISTER;
        self.input(at, Input::Register { request, offer, deadline });
        if !self.node(at).actors.contains(&actor) {
            self.input(at, Input::ActorGone(actor));
        }
    }

    fn unregister(&mut self, at: usize, name: &str) {
        let (now, id) = (self.now, self.node(at).id.clone());
        let held = self.node(at).proto.unregister(name);
        self.log.note(now, &id, || format!("unregisters `{name}`: {held}"));
        self.carry_out(at);
    }

    pub(super) fn join(&mut self, at: usize, group: &str, actor: ActorId) {
        let (now, id) = (self.now, self.node(at).id.clone());
        self.log.note(now, &id, || format!("{actor:?} joins `{group}`"));
        let joiner = Joiner { uri: URI.into(), edge: EDGE, version: 1, actor };
        let joined = self.node(at).proto.join(group.into(), joiner);
        assert_eq!(joined, Ok(()), "there is one protocol only");
        self.carry_out(at);
        if !self.node(at).actors.contains(&actor) {
            self.input(at, Input::ActorGone(actor));
        }
    }

    fn leave_group(&mut self, at: usize, group: &str, actor: ActorId) {
        self.node(at).proto.leave(&group.into(), actor);
        self.carry_out(at);
    }

    /// As `remote` does it.
    pub(super) fn watch(&mut self, at: usize, target: (NodeId, ActorId)) {
        let (now, by) = (self.now, self.node(at).id.clone());
        if target.0.name == by.name {
            return;
        }
        let reference = self.node(at).fresh();
        self.log.note(now, &by, || format!("watches {target:?}, reference {reference}"));
        let session = self.node(at).session_with(&target.0);
        let watch = Watch { by, reference, target: target.clone(), since: now, session, given_up: None };
        self.log.watches.push(watch);
        let (node, actor) = target;
        self.input(at, Input::Watch { reference, node: node.clone() });
        if self.chance.one_in(4) {
            // The watcher's thread is held up between its words.
            let after = self.chance.micros(0, 3000);
            let run = self.run(at).expect("invariant: it watches");
            self.schedule(after, Event::Watch { run, reference, node, actor });
        } else {
            self.send_watch(at, reference, node, actor);
        }
    }

    pub(super) fn send_watch(&mut self, at: usize, reference: u64, node: NodeId, actor: ActorId) {
        for _ in 0..2 {
            let lane = self.lane_to(at, &node.name);
            let frame = Frame::Monitor { reference, actor };
            match self.push_frame(at, lane, Some(node.incarnation), frame) {
                Pushed::Finished if self.log.is_waiting(&self.id(at), reference) => {}
                Pushed::Stale => return self.fire(at, reference, ExitReason::NoSuchActor),
                _ => return,
            }
        }
        self.fire(at, reference, ExitReason::NodeDown(NodeDownCause::Closed));
    }

    /// Ends a watch with a word to its watcher, unless it has fired or was given up.
    fn fire(&mut self, at: usize, reference: u64, reason: ExitReason) {
        self.node(at).proto.unwatch(reference);
        if self.log.is_waiting(&self.id(at), reference) {
            self.fired(at, reference, reason);
        }
    }

    /// An actor ends about when it is found out to be watched, and others come to watch it too.
    fn end_elsewhere(&mut self, at: usize, target: &(NodeId, ActorId)) {
        let host = self.host(&target.0.name);
        if let Some(run) = self.run(host).filter(|run| run.incarnation == target.0.incarnation && host != at) {
            let after = self.chance.micros(0, 200 * self.slowest);
            self.schedule(after, Event::End(run, target.1));
        }
    }

    fn unwatch_some(&mut self, at: usize) {
        let (now, by) = (self.now, self.node(at).id.clone());
        let mine = |watch: &&mut Watch| watch.by == by && watch.given_up.is_none();
        let held: Vec<u64> = self.log.watches.iter_mut().filter(mine).map(|watch| watch.reference).collect();
        let Some(reference) = self.chance.pick(&held) else { return };
        self.log.note(now, &by, || format!("gives up watch {reference}"));
        for watch in self.log.watches.iter_mut().filter(|watch| watch.by == by && watch.reference == reference) {
            watch.given_up = Some(now);
        }
        let Some(node) = self.node(at).proto.unwatch(reference) else { return };
        if let Some(lane) = self.node(at).lanes.get(&node.name).copied() {
            self.push_frame(at, lane, Some(node.incarnation), Frame::Demonitor { reference });
        }
    }

    /// Names and groups go, then everybody who watches is told, as in `actor_core`.
    pub(super) fn end_actor(&mut self, at: usize, actor: ActorId) {
        let (now, id) = (self.now, self.node(at).id.clone());
        if !self.node(at).actors.remove(&actor) {
            return;
        }
        self.log.note(now, &id, || format!("{actor:?} ends"));
        self.log.ended.insert((id, actor), (now, ExitReason::Killed));
        if let Some(run) = self.run(at) {
            let after = self.chance.micros(0, 2000);
            self.schedule(after, Event::Ended(run, actor));
        }
    }

    /// An actor that is found no more says so.
    pub(super) fn report_end(&mut self, at: usize, actor: ActorId) {
        self.input(at, Input::ActorGone(actor));
        let watching: Vec<_> =
            self.node(at).attached.iter().filter(|(_, of)| **of == actor).map(|(at, _)| *at).collect();
        for (session, reference) in watching {
            self.input_soon(at, Input::ActorDown { session, reference, reason: ExitReason::Killed });
        }
    }

    /// Whether all that live have been connected, undisturbed, for a while.
    pub(super) fn is_stable(&self) -> bool {
        let quiet = self.cuts.is_empty() && self.hosts.iter().all(|host| !host.paused);
        quiet && self.now > self.log.churn + STABLE && self.is_meshed()
    }

    /// Whether all that live are connected with each other.
    pub(super) fn is_meshed(&self) -> bool {
        let all = || self.live().map(|(_, node)| node);
        all().all(|one| all().all(|other| one.id == other.id || one.is_connected(&other.id)))
    }
}
