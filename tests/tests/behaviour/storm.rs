//! Four nodes in a network that chance cuts, holds and heals, under a seed: whatever it does, nobody hangs, nobody is told twice,
//! what arrives is in order, and all is as it was when it is over.

use std::{collections::BTreeMap, time::Duration};

use actor_core::prelude::*;
use actor_dist::NodeEvent;

use crate::{
    actor::{Seen, Talk, TalkClient},
    peer::{Peer, soon},
    world::{Cluster, Simulated},
};

/// As short as a session can be silent before it ends, so that a storm is over soon.
const WINDOW: Duration = Duration::from_millis(500);
const STEPS: usize = 120;
/// A message that goes by a connection of its own.
const LARGE: usize = 1 << 20;
const OTHERS: [&str; 3] = ["b", "c", "d"];

pub(crate) async fn seed_1(world: Simulated) {
    storm(world, 1).await;
}

pub(crate) async fn seed_2(world: Simulated) {
    storm(world, 2).await;
}

pub(crate) async fn seed_3(world: Simulated) {
    storm(world, 3).await;
}

/// S1, M1, E3, F3: calls end, what arrives is in order, each monitor has one down, and ups and downs take turns.
async fn storm(world: Simulated, seed: u64) {
    let mut storm = Storm::new(&world, seed).await;
    for _ in 0..STEPS {
        storm.step().await;
        tokio::time::sleep(Duration::from_millis(storm.chance.below(200) as u64)).await;
    }
    storm.calm().await;
    storm.settle().await;
}

/// Numbers that follow from a seed (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Way {
    Cut,
    Held,
}

struct Storm {
    chance: Chance,
    a: Peer,
    others: Vec<Other>,
    /// What is wrong, between whom.
    ways: BTreeMap<(&'static str, &'static str), Way>,
    watches: usize,
}

/// One that `a` talks to.
struct Other {
    peer: Peer,
    talk: Subject<Talk>,
    said: u64,
}

impl Storm {
    async fn new(world: &Simulated, seed: u64) -> Self {
        let start = async |short| world.start(short, world.builder(short, 0).window(WINDOW)).await;
        let a = start("a").await;
        let mut others = Vec::new();
        for short in OTHERS {
            let peer = start(short).await;
            let talk = a.reach(&peer).await;
            others.push(Other { peer, talk, said: 0 });
        }
        Storm { chance: Chance(0x9e37_79b9_7f4a_7c15 ^ seed), a, others, ways: BTreeMap::new(), watches: 0 }
    }

    async fn step(&mut self) {
        let which = self.chance.below(OTHERS.len());
        match self.chance.below(10) {
            0 => self.spoil(Way::Cut),
            1 => self.spoil(Way::Held),
            2..=4 => self.heal_one(),
            5 => self.a.node().disconnect(self.others[which].peer.name()),
            6 => {
                soon(self.a.talk.watch(self.others[which].talk.clone())).await.unwrap();
                self.watches += 1;
            }
            7 => {
                let call = self.others[which].talk.add(1, 2).timeout(Duration::from_millis(300));
                assert!(matches!(soon(call).await, Ok(3) | Err(_)), "it ends");
            }
            8 => {
                let _not_taken_or_lost = self.others[which].talk.hear(vec![0; LARGE]);
            }
            _ => self.others.iter_mut().for_each(|other| {
                let taken = other.talk.say(other.said + 1).is_ok();
                other.said += u64::from(taken);
            }),
        }
    }

    fn spoil(&mut self, way: Way) {
        let all = ["a", "b", "c", "d"];
        let one = self.chance.below(3);
        let pair = (all[one], all[one + 1 + self.chance.below(3 - one)]);
        if self.ways.contains_key(&pair) {
            return;
        }
        match way {
            Way::Cut => turmoil::partition(pair.0, pair.1),
            Way::Held => turmoil::hold(pair.0, pair.1),
        }
        self.ways.insert(pair, way);
    }

    fn heal_one(&mut self) {
        match self.ways.pop_first() {
            Some((pair, Way::Cut)) => turmoil::repair(pair.0, pair.1),
            Some((pair, Way::Held)) => turmoil::release(pair.0, pair.1),
            None => {}
        }
    }

    /// Heals everything, and waits until sessions that lost bytes have ended and there are others.
    async fn calm(&mut self) {
        while !self.ways.is_empty() {
            self.heal_one();
        }
        tokio::time::sleep(WINDOW * 4).await;
        for other in &self.others {
            let answers = async { while other.talk.add(1, 2).timeout(WINDOW).await != Ok(3) {} };
            soon(answers).await;
        }
    }

    /// Compares what was seen with what was done.
    async fn settle(mut self) {
        for other in &mut self.others {
            let last = other.said + 1;
            other.talk.say(last).unwrap();
            let mut before = 0;
            while before < last {
                match other.peer.seen().await {
                    Seen::Said(n) if n > before => before = n,
                    Seen::Heard(LARGE) => {}
                    seen => panic!("{seen:?} after {before}"),
                }
            }
            other.peer.talk.finish().unwrap();
        }
        for _ in 0..self.watches {
            let seen = self.a.seen().await;
            assert!(matches!(seen, Seen::Down(_)), "{seen:?}");
        }
        assert!(self.a.saw_nothing().await, "one down for each monitor");
        self.a.leave().await;
        let mut up = BTreeMap::new();
        while let Some(event) = self.a.next_event().await {
            match event {
                NodeEvent::Up { node, connection } => assert_eq!(up.insert(node, connection), None),
                NodeEvent::Down { node, connection, .. } => assert_eq!(up.remove(&node), Some(connection)),
                NodeEvent::Refused { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }
}
