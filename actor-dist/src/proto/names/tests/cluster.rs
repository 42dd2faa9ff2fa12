//! A cluster of `Names`, and one queue per ordered pair of nodes. A session opens and ends within its streams.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::{Duration, Instant},
};

use actor_core::{ActorId, NodeId};

use super::{node, start};
use crate::proto::{
    names::{Entry, Message, Names, Offer, Order, RegisterFailure},
    session_id::SessionId,
};

/// What goes one way between two nodes. A session opens and ends within its stream, so that each side learns of it
/// in its own time.
#[derive(Debug)]
pub(super) enum Item {
    Up(SessionId, NodeId),
    Said(SessionId, Message),
    Down(SessionId),
}

impl Item {
    pub(super) fn session(&self) -> SessionId {
        match self {
            Item::Up(session, _) | Item::Said(session, _) | Item::Down(session) => *session,
        }
    }
}

/// A live node, and what its orders made of the look-up and the answers.
pub(super) struct Host {
    pub(super) names: Names,
    pub(super) view: BTreeMap<Arc<str>, (NodeId, Entry)>,
}

pub(super) type Answers = BTreeMap<u64, Result<u64, RegisterFailure>>;

pub(super) struct Cluster {
    pub(super) rng: u64,
    pub(super) now: Instant,
    pub(super) hosts: Vec<Option<Host>>,
    /// By `(from, to)`.
    pub(super) queues: BTreeMap<(usize, usize), VecDeque<Item>>,
    /// By `(lower, higher)`.
    pub(super) links: BTreeMap<(usize, usize), SessionId>,
    pub(super) incarnations: u64,
    pub(super) requests: BTreeMap<u64, (usize, Offer)>,
    pub(super) answers: Answers,
    pub(super) lost: Vec<(usize, Arc<str>, NodeId)>,
    /// Answered Ok and not taken away since: the host, the actor and the term.
    pub(super) holders: BTreeMap<Arc<str>, Vec<(usize, ActorId, u64)>>,
    /// The terms answered, by name and in order of their answers.
    pub(super) terms: BTreeMap<Arc<str>, Vec<u64>>,
}

impl Cluster {
    pub(super) fn new(count: usize, seed: u64) -> Cluster {
        let host = |i| Some(Host { names: Names::new(node(i, i as u64)), view: BTreeMap::new() });
        Cluster {
            rng: seed,
            now: start(),
            hosts: (0..count).map(host).collect(),
            queues: BTreeMap::new(),
            links: BTreeMap::new(),
            incarnations: count as u64,
            requests: BTreeMap::new(),
            answers: BTreeMap::new(),
            lost: Vec::new(),
            holders: BTreeMap::new(),
            terms: BTreeMap::new(),
        }
    }

    /// All connected, and every snapshot delivered.
    pub(super) fn meshed(count: usize, seed: u64) -> Cluster {
        let mut cluster = Cluster::new(count, seed);
        cluster.connect_all();
        cluster.settle();
        cluster
    }

    pub(super) fn random(&mut self, below: usize) -> usize {
        self.rng = self.rng.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.rng;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % below as u64) as usize
    }

    pub(super) fn act(&mut self, at: usize, act: impl FnOnce(&mut Names, &mut Vec<Order>)) {
        let Some(host) = &mut self.hosts[at] else { return };
        let mut orders = Vec::new();
        act(&mut host.names, &mut orders);
        for order in orders {
            self.carry_out(at, order);
        }
    }

    pub(super) fn carry_out(&mut self, at: usize, order: Order) {
        let host = self.hosts[at].as_mut().unwrap();
        match order {
            Order::Send { session, message } => {
                let link = self.links.iter().find(|(_, s)| **s == session);
                if let Some(((low, high), _)) = link {
                    let peer = low + high - at;
                    self.queues.entry((at, peer)).or_default().push_back(Item::Said(session, message));
                }
            }
            Order::Set { owner, entry } => {
                host.view.insert(entry.name.clone(), (owner, entry));
            }
            Order::Unset { name } => {
                host.view.remove(&name);
                self.release(at, &name);
            }
            Order::Answer { request, result } => {
                if let Ok(term) = result {
                    let (by, offer) = self.requests[&request].clone();
                    assert_eq!(by, at);
                    let holders = self.holders.entry(offer.name.clone()).or_default();
                    if !holders.contains(&(at, offer.actor, term)) {
                        holders.push((at, offer.actor, term));
                        self.terms.entry(offer.name).or_default().push(term);
                    }
                }
                assert_eq!(self.answers.insert(request, result), None, "answered twice");
            }
            Order::Lost { name, winner } => {
                self.release(at, &name);
                self.lost.push((at, name, winner));
            }
        }
    }

    pub(super) fn release(&mut self, at: usize, name: &str) {
        if let Some(holders) = self.holders.get_mut(name) {
            holders.retain(|(host, ..)| *host != at);
        }
    }

    pub(super) fn register(&mut self, at: usize, offer: Offer, within: Duration) -> u64 {
        let request = self.requests.len() as u64;
        self.requests.insert(request, (at, offer.clone()));
        let deadline = self.now + within;
        self.act(at, |names, orders| names.register(request, offer, deadline, orders));
        request
    }

    pub(super) fn connect(&mut self, a: usize, b: usize) {
        let pair = (a.min(b), a.max(b));
        let (Some(one), Some(other)) = (&self.hosts[a], &self.hosts[b]) else { return };
        if a == b || self.links.contains_key(&pair) {
            return;
        }
        self.incarnations += 1;
        let session = SessionId(self.incarnations);
        self.links.insert(pair, session);
        let (one, other) = (one.names.me.clone(), other.names.me.clone());
        self.queues.entry((a, b)).or_default().push_back(Item::Up(session, one));
        self.queues.entry((b, a)).or_default().push_back(Item::Up(session, other));
    }

    pub(super) fn connect_all(&mut self) {
        for a in 0..self.hosts.len() {
            for b in 0..a {
                self.connect(a, b);
            }
        }
    }

    /// Either direction loses a tail of what is under way.
    pub(super) fn cut(&mut self, a: usize, b: usize) {
        let Some(session) = self.links.remove(&(a.min(b), a.max(b))) else { return };
        for pair in [(a, b), (b, a)] {
            let tail = self.queues[&pair].iter().rev().take_while(|item| item.session() == session).count();
            let lost = self.random(tail + 1);
            let queue = self.queues.get_mut(&pair).unwrap();
            let opens = |queue: &VecDeque<Item>| {
                queue.iter().any(|item| matches!(item, Item::Up(opened, _) if *opened == session))
            };
            let was_open = !opens(queue);
            queue.truncate(queue.len() - lost);
            if was_open || opens(queue) {
                queue.push_back(Item::Down(session));
            }
        }
    }

    pub(super) fn kill(&mut self, at: usize) {
        for other in 0..self.hosts.len() {
            self.cut(at, other);
            self.queues.remove(&(other, at));
        }
        self.hosts[at] = None;
        for name in self.holders.keys().cloned().collect::<Vec<_>>() {
            self.release(at, &name);
        }
    }

    pub(super) fn restart(&mut self, at: usize) {
        if self.hosts[at].is_none() {
            self.incarnations += 1;
            let names = Names::new(node(at, self.incarnations));
            self.hosts[at] = Some(Host { names, view: BTreeMap::new() });
        }
    }

    /// Hands over one message of a random stream; false if none is under way.
    pub(super) fn deliver_one(&mut self) -> bool {
        let busy: Vec<_> = self.queues.iter().filter(|(_, q)| !q.is_empty()).map(|(pair, _)| *pair).collect();
        if busy.is_empty() {
            return false;
        }
        let pair = busy[self.random(busy.len())];
        self.deliver(pair);
        true
    }

    /// Until both sides of every link know of it.
    pub(super) fn open_all(&mut self) {
        let opens = |queue: &VecDeque<Item>| queue.iter().any(|item| matches!(item, Item::Up(..)));
        while let Some((pair, _)) = self.queues.iter().find(|(_, queue)| opens(queue)) {
            self.deliver(*pair);
        }
    }

    pub(super) fn deliver(&mut self, (from, to): (usize, usize)) {
        let item = self.queues.get_mut(&(from, to)).unwrap().pop_front().unwrap();
        self.act(to, |names, orders| match item {
            Item::Up(session, node) => names.peer_up(session, node, orders),
            Item::Said(session, message) => names.heard(session, message, orders),
            Item::Down(session) => names.peer_down(session, orders),
        });
    }

    pub(super) fn settle(&mut self) {
        while self.deliver_one() {}
    }

    pub(super) fn advance(&mut self, by: Duration) {
        self.now += by;
        let now = self.now;
        for at in 0..self.hosts.len() {
            self.act(at, |names, orders| names.tick(now, orders));
        }
    }

    pub(super) fn live(&self) -> impl Iterator<Item = &Host> {
        self.hosts.iter().flatten()
    }

    pub(super) fn oks(&self, requests: &[u64]) -> usize {
        requests.iter().filter(|request| matches!(self.answers.get(request), Some(Ok(_)))).count()
    }

    /// On a full mesh with nothing under way: one view, of live owners that know of it, and nothing half done.
    pub(super) fn check_settled(&self, seed: u64) {
        let first = &self.live().next().unwrap().view;
        for host in self.live() {
            assert_eq!(&host.view, first, "seed {seed}: {} sees something else", host.names.me);
            let names = &host.names;
            assert!(names.registrations.is_empty() && names.deadlines.is_empty(), "seed {seed}: {names:?}");
            assert!(names.grants.is_empty(), "seed {seed}: {names:?}");
            assert!(names.peers.values().all(|peer| peer.deferred.is_empty()), "seed {seed}: {names:?}");
            assert_eq!(names.own.len(), names.own_by_actor.len(), "seed {seed}");
            let kept: usize = names.peers.values().map(|peer| peer.names.len()).sum();
            assert_eq!(kept, names.replicas.len(), "seed {seed}");
            assert_eq!(names.own.len() + kept, first.len(), "seed {seed}");
        }
        for (name, (owner, entry)) in first {
            let owner = self.live().find(|host| host.names.me == *owner);
            assert_eq!(owner.and_then(|host| host.names.own.get(name)), Some(entry), "seed {seed}");
        }
        for (name, holders) in &self.holders {
            let owner = first.get(name).map(|(owner, entry)| (owner.clone(), entry.actor, entry.term));
            let id = |at: usize| self.hosts[at].as_ref().unwrap().names.me.clone();
            let held: Vec<_> = holders.iter().map(|(at, actor, term)| (id(*at), *actor, *term)).collect();
            assert_eq!(held, Vec::from_iter(owner), "seed {seed}: who was told Ok is who is found");
        }
    }
}
