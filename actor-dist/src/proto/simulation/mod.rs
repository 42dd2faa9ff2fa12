//! A seeded discrete-event simulator of whole clusters: real `Proto` values, driven as `driver` drives them, over
//! connections that delay, tear and fall silent, while nodes crash, pause, leave and come back. Uses no clock, no socket and
//! no chance but the seed's: a run can be repeated by its number.
//!
//! `SIM_SEED=7 cargo test -p actor-dist --lib simulation -- --nocapture` repeats one run and shows it; `SIM_SEEDS=100000`
//! runs so many. What must hold is in `invariant`, one file each; what was found once is in `scenario`.

mod arrival;
pub(in crate::proto) mod chance;
mod connection;
mod fault;
mod invariant;
mod lane;
mod log;
mod mood;
mod node;
mod order;
mod outgoing;
mod scenario;
pub(in crate::proto) mod seed;
mod tell;
mod tie;
mod user;
mod workload;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use actor_core::{ActorId, Incarnation, NodeId, NodeName};

use self::{
    chance::Chance,
    connection::Connection,
    log::Log,
    node::{Host, Node},
    tie::Bond,
};
use super::{Input, dialing::Mode, membership::Topology, session_id::SessionId};

/// How long the cluster must have stood for its names to be certain.
const STABLE: Duration = Duration::from_secs(10);

/// One run of a node: its address, and which of the runs there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    host: usize,
    incarnation: Incarnation,
}

/// Something that will happen.
#[derive(Debug)]
enum Event {
    Tick(Run),
    /// A fact that reaches the driver a little later than what caused it.
    Fact(Run, Input),
    /// The next item of a stream is there.
    Arrive {
        connection: usize,
        side: usize,
    },
    /// A call that came by the session is answered.
    Answer(Run, SessionId, usize),
    /// An actor links or unlinks itself.
    Tie(Run, Bond),
    /// The rest of that.
    Tied {
        run: Run,
        bond: Bond,
        linked: bool,
    },
    /// An actor comes to its end.
    End(Run, ActorId),
    /// An actor that is found no more is told of.
    Ended(Run, ActorId),
    /// Who dialed waits no longer.
    Impatient(usize),
    /// A node that has said goodbye stops, whether or not everybody heard.
    Stop(Run),
    Resume(usize),
    Heal(usize, usize),
    /// A user, or fate, does something.
    Act,
}

/// A cluster, its network and its time.
struct World {
    base: Instant,
    now: Duration,
    agenda: BTreeMap<(Duration, u64), Event>,
    sequence: u64,
    chance: Chance,
    hosts: Vec<Host>,
    connections: Vec<Connection>,
    /// From whom to whom nothing arrives.
    cuts: BTreeSet<(usize, usize)>,
    /// The longest delay, in milliseconds.
    slowest: u64,
    /// Whether control connections are read before their session stands.
    eager: bool,
    /// What the workload may do, or nothing.
    mood: Option<mood::Mood>,
    log: Log,
}

impl World {
    /// So many nodes that know nothing of each other.
    #[expect(clippy::disallowed_methods, reason = "an instant can only be had from the clock; its value plays no part")]
    fn new(count: usize, seed: u64) -> Self {
        let mut chance = Chance::new(seed);
        let (slowest, eager) = ([4, 50, 400, 1000][chance.below(4)], chance.one_in(2));
        let name = |i| format!("n{i}@host:7000").parse().unwrap();
        let windows: &[u64] = if chance.one_in(4) { &[4, 10, 30] } else { &[10] };
        let mut window = || Duration::from_secs(windows[chance.below(windows.len())]);
        let hosts = (0..count).map(|i| Host::new(name(i), window())).collect();
        let mut world = World {
            base: Instant::now(),
            now: Duration::ZERO,
            agenda: BTreeMap::new(),
            sequence: 0,
            chance,
            hosts,
            connections: Vec::new(),
            cuts: BTreeSet::new(),
            slowest,
            eager,
            mood: None,
            log: Log::default(),
        };
        for at in 0..count {
            world.start(at);
        }
        world
    }

    /// In some runs, some of the nodes do not connect unasked.
    fn vary_modes(&mut self) {
        if !self.chance.one_in(3) {
            return;
        }
        for at in 0..self.hosts.len() {
            self.hosts[at].connect = [Mode::Always, Mode::Once, Mode::Never][self.chance.below(3)];
            self.hosts[at].node = None;
            self.start(at);
        }
    }

    /// Nodes that connect to nobody by themselves, and some of which end sessions that nobody uses.
    fn without_mesh(&mut self) {
        for at in 0..self.hosts.len() {
            let idle = [None, Some(2), Some(5)][self.chance.below(3)];
            self.hosts[at].idle = idle.map(Duration::from_secs);
            self.hosts[at].topology = Topology::Manual;
            self.hosts[at].node = None;
            self.start(at);
        }
    }

    fn instant(&self) -> Instant {
        self.base + self.now
    }

    fn schedule(&mut self, after: Duration, event: Event) {
        self.sequence += 1;
        self.agenda.insert((self.now + after, self.sequence), event);
    }

    /// Lets the time pass, with all that happens in it.
    fn run_for(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(entry) = self.agenda.first_entry().filter(|entry| entry.key().0 <= end) {
            let ((at, _), event) = entry.remove_entry();
            self.now = at;
            self.happen(event);
        }
        self.now = end;
    }

    fn happen(&mut self, event: Event) {
        if let Some(host) = self.whose(&event).filter(|host| self.hosts[*host].paused) {
            self.hosts[host].held.push(event);
            return;
        }
        match event {
            Event::Tick(run) if self.is_alive(run) => {
                self.node(run.host).planned = None;
                self.input(run.host, Input::Tick);
            }
            Event::Fact(run, input) if self.is_alive(run) => self.input(run.host, input),
            Event::End(run, actor) if self.is_alive(run) => self.end_actor(run.host, actor),
            Event::Ended(run, actor) if self.is_alive(run) => self.report_end(run.host, actor),
            Event::Tie(run, bond) if self.is_alive(run) => self.tie(run.host, bond),
            Event::Tied { run, bond, linked } if self.is_alive(run) => self.tied(run.host, bond, linked),
            Event::Answer(run, session, number) if self.is_alive(run) => {
                self.lane_frame(run.host, session, lane::Frame::Answer(number));
            }
            Event::Answer(..) | Event::Tick(_) | Event::Fact(..) | Event::End(..) | Event::Ended(..) => {}
            Event::Tie(..) | Event::Tied { .. } => {}
            Event::Arrive { connection, side } => self.arrive(connection, side),
            Event::Impatient(connection) => self.lose_patience(connection),
            Event::Stop(run) if self.is_alive(run) => self.crash(run.host),
            Event::Stop(_) => {}
            Event::Resume(host) => self.resume(host),
            Event::Heal(from, to) => self.heal(from, to),
            Event::Act => self.act(),
        }
    }

    /// Who must run for it to happen.
    fn whose(&self, event: &Event) -> Option<usize> {
        match event {
            Event::Tick(run) | Event::Fact(run, _) | Event::Ended(run, _) | Event::Stop(run) => Some(run.host),
            Event::Answer(run, ..) => Some(run.host),
            Event::End(run, _) | Event::Tie(run, _) | Event::Tied { run, .. } => Some(run.host),
            Event::Arrive { connection, side } => Some(self.connections[*connection].ends[*side].host),
            Event::Impatient(connection) => Some(self.connections[*connection].ends[connection::DIALER].host),
            Event::Resume(_) | Event::Heal(..) | Event::Act => None,
        }
    }

    /// Tells a node a fact, and carries out what follows.
    fn input(&mut self, at: usize, input: Input) {
        let now = self.instant();
        if let Some(node) = &mut self.hosts[at].node {
            node.proto.handle(now, input);
            self.carry_out(at);
        }
    }

    /// Tells a node a fact a moment later, when its tasks get to it.
    fn input_soon(&mut self, at: usize, input: Input) {
        if let Some(run) = self.run(at) {
            let after = self.chance.micros(0, 2000);
            self.schedule(after, Event::Fact(run, input));
        }
    }

    fn node(&mut self, at: usize) -> &mut Node {
        self.hosts[at].node.as_mut().expect("invariant: only who lives is asked")
    }

    fn id(&self, at: usize) -> NodeId {
        self.hosts[at].node.as_ref().expect("invariant: only who lives is asked").id.clone()
    }

    fn host(&self, name: &NodeName) -> usize {
        self.hosts.iter().position(|host| host.name == *name).expect("invariant: all names are addresses")
    }

    /// Who lives at the address.
    fn run(&self, at: usize) -> Option<Run> {
        let node = self.hosts[at].node.as_ref()?;
        Some(Run { host: at, incarnation: node.id.incarnation })
    }

    fn is_alive(&self, run: Run) -> bool {
        self.run(run.host) == Some(run)
    }

    /// The nodes that live, and where.
    fn live(&self) -> impl Iterator<Item = (usize, &Node)> {
        self.hosts.iter().enumerate().filter_map(|(at, host)| Some((at, host.node.as_ref()?)))
    }

    /// The run of a node, if it lives.
    fn living(&self, id: &NodeId) -> Option<&Node> {
        self.live().map(|(_, node)| node).find(|node| node.id == *id)
    }

    /// Whether somebody could use the node.
    pub(super) fn is_at_work(&self, at: usize) -> bool {
        let host = &self.hosts[at];
        !host.paused && host.node.as_ref().is_some_and(|node| !node.leaving)
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
