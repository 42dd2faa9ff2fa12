//! What goes wrong: nodes that crash, fall silent, pause, leave and come back; networks that are cut and connections that
//! are torn. Everything that can explain a silence is written down.

use std::time::Duration;

use actor_core::{Incarnation, NodeId, NodeName};

use super::{
    Event, World,
    connection::{ACCEPTOR, DIALER},
    log::OutageKind,
    node::Node,
};
use crate::proto::{Config, Input};

/// How long a leaving node waits until the others have heard, as in `node`.
const LEAVE: Duration = Duration::from_secs(11);

impl World {
    /// A new run of the node at the address, if none lives there.
    pub(super) fn start(&mut self, at: usize) {
        let (host, seed) = (&mut self.hosts[at], self.chance.below(usize::MAX) as u64);
        if host.node.is_some() {
            return;
        }
        let incarnation = Incarnation(host.runs.len() as u64 + 1);
        let id = NodeId { name: host.name.clone(), incarnation };
        host.runs.push(id.clone());
        host.silent = false;
        let (window, topology, connect, idle) = (host.window, host.topology, host.connect, host.idle);
        host.node = Some(Node::new(Config { me: id.clone(), window, topology, connect, seed, idle }));
        self.note_fault(&id, "starts");
    }

    /// The process ends: its sockets close, with what was on its way to it unread.
    pub(super) fn crash(&mut self, at: usize) {
        let Some(run) = self.run(at) else { return };
        self.resume(at);
        let id = self.node(at).id.clone();
        self.note_fault(&id, "ends");
        for connection in 0..self.connections.len() {
            for side in [DIALER, ACCEPTOR] {
                if self.connections[connection].ends[side].run == Some(run) {
                    self.close(connection, side);
                }
            }
        }
        self.log.all_released(&id);
        self.hosts[at].node = None;
    }

    /// The machine ends: nobody is told.
    pub(super) fn silence(&mut self, at: usize) {
        let Some(run) = self.run(at) else { return };
        self.resume(at);
        let id = self.node(at).id.clone();
        self.note_fault(&id, "falls silent");
        for connection in 0..self.connections.len() {
            for side in [DIALER, ACCEPTOR] {
                if self.connections[connection].ends[side].run == Some(run) {
                    self.orphan(connection, side);
                }
            }
        }
        self.log.all_released(&id);
        self.log.outage(OutageKind::Silence(run), self.now);
        self.hosts[at].node = None;
        self.hosts[at].silent = true;
    }

    /// Says goodbye to everybody and stops.
    pub(super) fn leave(&mut self, at: usize) {
        let Some(run) = self.run(at) else { return };
        let id = self.node(at).id.clone();
        self.note_fault(&id, "leaves");
        self.node(at).leaving = true;
        self.schedule(LEAVE, Event::Stop(run));
        self.input(at, Input::Leave);
    }

    /// The process does not run for a while.
    pub(super) fn pause(&mut self, at: usize, time: Duration) {
        if self.hosts[at].paused || self.hosts[at].node.is_none() {
            return;
        }
        let name = self.hosts[at].name.clone();
        self.note_fault(&name, "pauses");
        self.hosts[at].paused = true;
        self.log.outage(OutageKind::Pause(at), self.now);
        self.schedule(time, Event::Resume(at));
    }

    /// What came meanwhile is found in any order, but for that of each stream.
    pub(super) fn resume(&mut self, at: usize) {
        if !std::mem::take(&mut self.hosts[at].paused) {
            return;
        }
        let name = self.hosts[at].name.clone();
        self.note_fault(&name, "goes on");
        self.log.outage_over(OutageKind::Pause(at), self.now);
        for event in std::mem::take(&mut self.hosts[at].held) {
            let after = self.chance.micros(0, 5000);
            self.schedule(after, event);
        }
    }

    /// Nothing arrives from the one at the other, for a while.
    pub(super) fn cut(&mut self, from: usize, to: usize, time: Duration) {
        if from != to && self.cuts.insert((from, to)) {
            let name: NodeName = self.hosts[from].name.clone();
            let what = format!("is cut off from {} ", self.hosts[to].name);
            self.note_fault(&name, &what);
            self.log.outage(OutageKind::Cut(from, to), self.now);
            self.schedule(time, Event::Heal(from, to));
        }
    }

    pub(super) fn heal(&mut self, from: usize, to: usize) {
        if !self.cuts.remove(&(from, to)) {
            return;
        }
        let name = self.hosts[from].name.clone();
        let what = format!("reaches {} again", self.hosts[to].name);
        self.note_fault(&name, &what);
        self.log.outage_over(OutageKind::Cut(from, to), self.now);
        for connection in 0..self.connections.len() {
            for side in [DIALER, ACCEPTOR] {
                let ends = &self.connections[connection].ends;
                if (ends[1 - side].host, ends[side].host) == (from, to) {
                    self.release(connection, side);
                }
            }
        }
    }

    /// One of the connections that stand is torn.
    pub(super) fn tear_one(&mut self) {
        let standing = |(at, node): (usize, &Node)| {
            let connections = node.links.values().flat_map(|link| link.connections()).collect::<Vec<_>>();
            connections.into_iter().map(move |connection| (at, connection))
        };
        let standing: Vec<(usize, usize)> = self.live().flat_map(standing).collect();
        if let Some((at, connection)) = self.chance.pick(&standing) {
            let name = self.hosts[at].name.clone();
            let what = format!("has connection {connection} torn, {:?}", self.connections[connection].role);
            self.note_fault(&name, &what);
            self.tear(connection);
        }
    }

    /// Whatever is wrong is mended, and whoever is gone comes back.
    pub(super) fn mend(&mut self) {
        for (from, to) in self.cuts.clone() {
            self.heal(from, to);
        }
        for at in 0..self.hosts.len() {
            self.resume(at);
            self.start(at);
        }
    }

    fn note_fault(&mut self, who: &dyn std::fmt::Display, what: &str) {
        self.log.churn = self.now;
        self.log.note(self.now, who, || format!("--- {what}"));
    }
}
