//! A seeded simulator of the flow between two nodes: the real outlets with their bodies and stops, assemblies and gates, driven by
//! models of their loops: who puts something into a lane, its writer, what arrives, and the connection of bodies. Each of them goes
//! on by one step at a time, in any order. Uses no clock, no task and no chance but the seed's.
//!
//! `FLOW_SEED=7 cargo test -p actor-dist --lib flow -- --nocapture` repeats one run and shows it; `FLOW_SEEDS=20000` runs so
//! many. What must hold is in `invariant`, one file each; what must be found is in `mistake`, and in `outlet::planted`.

mod bulk;
mod fact;
mod fate;
mod inbound;
mod invariant;
mod lane;
mod lull;
mod mail;
mod mistake;
mod mood;
mod node;
mod outgoing;
mod seed;
mod turn;
mod user;

use std::collections::VecDeque;

use actor_core::ActorId;

use self::{
    bulk::Bulk,
    fact::{Fact, Left},
    fate::OnLane,
    lull::Asked,
    mistake::Mistake,
    mood::Mood,
    node::Node,
};
use crate::proto::{flow::outlet::planted::Planted, simulation::chance::Chance};

/// Two nodes and what is between them, for one session.
struct World {
    chance: Chance,
    mood: Mood,
    mistake: Option<Mistake>,
    planted: Option<Planted>,
    nodes: [Node; 2],
    /// What each of them is to read of the lane.
    unread: [VecDeque<OnLane>; 2],
    /// Nothing more comes through the lane.
    is_cut: bool,
    bulk: Bulk,
    /// Whether a side has asked if the session may end.
    asked: Option<Asked>,
    facts: Vec<Fact>,
    next: u64,
}

/// What may happen next: somebody does something, or one of the parts of a node goes on.
const STEPS: [fn(&mut World, usize) -> bool; 10] = [
    |world, side| {
        world.act(side);
        true
    },
    World::write,
    World::read,
    World::write_chunk,
    World::read_chunk,
    World::go_on,
    World::consume,
    |world, side| {
        world.fate(side);
        true
    },
    World::open,
    World::decide,
];

/// Chance may choose an actor without letters, or a task that waits, a few times over.
const QUIET: usize = 50;

/// After so many steps there may be a lull.
const LULL: usize = 200;

/// After so many rounds a run does not come to rest any more.
const ROUNDS: usize = 5000;

impl World {
    fn new(seed: u64, mistake: Option<Mistake>, planted: Option<Planted>) -> Self {
        let mut chance = Chance::new(seed);
        let mood = Mood::new(&mut chance, seed);
        let nodes = [(), ()].map(|()| Node::new(mood.bound, planted));
        World {
            chance,
            mood,
            mistake,
            planted,
            nodes,
            unread: Default::default(),
            is_cut: false,
            bulk: Bulk::new(),
            asked: None,
            facts: Vec::new(),
            next: 0,
        }
    }

    fn fresh(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn saw(&mut self, fact: Fact) {
        self.facts.push(fact);
    }

    /// Lives through it all, to the end.
    fn live(&mut self) {
        let fatal = self.chance.below(self.mood.steps);
        for step in 0..self.mood.steps {
            if let Some(loss) = self.mood.loss.filter(|_| step == fatal) {
                self.strike(loss);
            }
            if self.mood.lulls && step % LULL == LULL - 1 {
                self.calm_down();
                let side = self.chance.below(2);
                self.ask(side);
            }
            let happens = self.weighted();
            let side = self.chance.below(2);
            STEPS[happens](self, side);
            self.say_late(side);
            if self.chance.one_in(20) {
                self.look_at_names(side);
            }
            // A session that is lost is over after a while, whatever still waits.
            if self.nodes[side].lane.is_finished && self.chance.one_in(100) {
                self.over(side);
            }
            self.saw(Fact::Step);
        }
        self.come_to_rest();
    }

    fn weighted(&mut self) -> usize {
        let mut place = self.chance.below(self.mood.weights.iter().sum());
        self.mood
            .weights
            .iter()
            .take_while(|weight| place.checked_sub(**weight).map(|left| place = left).is_some())
            .count()
    }

    /// Nobody begins anything, and everything goes on until nothing does.
    fn calm_down(&mut self) {
        for node in &mut self.nodes {
            node.actors.values_mut().for_each(|actor| actor.pace = Some(1));
        }
        let parts =
            [World::retry, World::answer_owed, World::say_late, World::tell_notices, World::open, World::decide];
        let all: Vec<_> = STEPS[1..7].iter().chain(&parts).collect();
        let (mut quiet, mut rounds) = (0, 0);
        while quiet < QUIET && rounds < ROUNDS {
            rounds += 1;
            let mut moved = false;
            for part in &all {
                for side in 0..2 {
                    moved |= part(self, side);
                    self.saw(Fact::Step);
                }
            }
            quiet = if moved { 0 } else { quiet + 1 };
        }
    }

    /// The end of it.
    fn come_to_rest(&mut self) {
        self.calm_down();
        let lost = |node: &Node| node.lane.is_finished && !node.inbound.is_over;
        while let Some(side) = self.nodes.iter().position(lost) {
            self.over(side);
            self.calm_down();
        }
        for side in 0..2 {
            let left = self.left_at(side);
            self.saw(Fact::Rest { side, left });
        }
    }

    fn left_at(&self, side: usize) -> Left {
        let node = &self.nodes[side];
        let stopped = |actor: &ActorId| node.inbound.gates.is_shut(*actor);
        let names = node::NAMES.map(|name| crate::proto::flow::Recipient::Name(name.into()));
        let actors = (1..=node::ACTORS).map(|actor| crate::proto::flow::Recipient::Actor(ActorId(actor)));
        Left {
            is_over: node.inbound.is_over,
            shut: (1..=node::ACTORS).map(ActorId).filter(stopped).collect(),
            is_open: node.inbound.gates.is_open(),
            stopped: actors.chain(names).filter(|to| node.lane.outlet.stopped(to).is_some()).count(),
            senders: node.waiting.len(),
            tasks: node.inbound.tasks.len(),
            bodies: usize::from(!node.lane.outlet.bodies().is_empty()),
            waits: node.lane.outlet.waits(),
        }
    }
}
