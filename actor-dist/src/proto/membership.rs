//! Whom to dial so that the mesh is transitive and stays so: what peers say of their peers, who was lost, and what has become
//! of each dial. Never dials, resolves or waits, and never hears of hidden nodes; how long a failed dial waits it is told.
//! The driver reports sessions, member lists and failed dials, and calls `tick` at `next_timeout`; of two nodes that dial
//! each other the handshake keeps one link.

use std::{collections::BTreeMap, time::Instant};

use actor_core::{NodeId, NodeName};

use super::session_id::SessionId;

/// How many names are wanted at once; what is told or lost beyond that is not dialed.
const WANTED_MAX: usize = 4096;
/// How often a failed dial is repeated before the name is given up: some four minutes of waiting.
pub(crate) const RETRIES_MAX: u32 = 60;

/// Who is connected, and who should be.
#[derive(Debug)]
pub(crate) struct Membership {
    me: NodeId,
    topology: Topology,
    sessions: BTreeMap<SessionId, NodeId>,
    connected: BTreeMap<NodeName, SessionId>,
    wanted: BTreeMap<NodeName, Wanted>,
    /// What was said on sessions that do not stand here yet, though they do on the other side.
    early: BTreeMap<SessionId, Vec<NodeId>>,
}

/// Which nodes connect to which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Topology {
    /// Whoever is connected to one node connects to all of its peers.
    FullMesh,
    /// Nothing is announced and nobody is dialed for being a peer's peer.
    Manual,
}

/// What the driver is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    /// Tell a new peer who else is here. Not ordered when nobody else is.
    Announce { to: SessionId, members: Vec<NodeId> },
    /// Connect to a node; ends in `peer_up` or `dial_failed`. Joins a dial of the user's own, if one is under way.
    Dial(NodeName),
}

/// A name learned from a peer, or lost, that is not connected.
#[derive(Debug, Default)]
struct Wanted {
    failures: u32,
    /// When it is dialed again; nothing while a dial is under way.
    retry: Option<Instant>,
}

impl Membership {
    /// A node alone.
    pub(crate) fn new(me: NodeId, topology: Topology) -> Self {
        let (sessions, connected, wanted) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        Membership { me, topology, sessions, connected, wanted, early: BTreeMap::new() }
    }

    /// A session with a visible node stands.
    pub(crate) fn peer_up(&mut self, session: SessionId, node: NodeId, orders: &mut Vec<Order>) {
        self.wanted.remove(&node.name);
        if self.topology == Topology::FullMesh {
            let others = self.sessions.values().filter(|other| other.name != node.name);
            let members: Vec<NodeId> = others.cloned().collect();
            if !members.is_empty() {
                orders.push(Order::Announce { to: session, members });
            }
        }
        self.connected.insert(node.name.clone(), session);
        self.sessions.insert(session, node);
        if let Some(members) = self.early.remove(&session) {
            self.members_heard(session, members, orders);
        }
    }

    /// A session that did not stand yet never will.
    pub(crate) fn aborted(&mut self, session: SessionId) {
        self.early.remove(&session);
    }

    /// A session was ended on purpose. The name is not dialed again on its account, but may be as soon as others tell of it.
    pub(crate) fn peer_down(&mut self, session: SessionId) {
        let Some(node) = self.sessions.remove(&session) else { return };
        if self.connected.get(&node.name) == Some(&session) {
            self.connected.remove(&node.name);
        }
    }

    /// A session was lost without a goodbye: in a mesh the name is dialed again from then on.
    pub(crate) fn peer_lost(&mut self, session: SessionId, redial: Instant) {
        let Some(node) = self.sessions.get(&session).cloned() else { return };
        self.peer_down(session);
        if self.topology == Topology::FullMesh && self.wanted.len() < WANTED_MAX {
            self.wanted.entry(node.name).or_insert(Wanted { failures: 0, retry: Some(redial) });
        }
    }

    /// The name is not wanted any more, until others tell of it again.
    pub(crate) fn forget(&mut self, name: &NodeName) {
        self.wanted.remove(name);
    }

    /// A peer said who else it is connected to. On a session that does not stand yet it is kept until it does: the peer
    /// says it once, when the session stands on its side.
    pub(crate) fn members_heard(&mut self, session: SessionId, members: Vec<NodeId>, orders: &mut Vec<Order>) {
        if self.topology == Topology::Manual {
            return;
        }
        if !self.sessions.contains_key(&session) {
            self.early.insert(session, members);
            return;
        }
        for NodeId { name, .. } in members {
            if name == self.me.name || self.connected.contains_key(&name) {
                continue;
            }
            if let Some(wanted) = self.wanted.get_mut(&name) {
                // Whoever tells of it now has reached it since it failed here.
                wanted.failures = 0;
            } else if self.wanted.len() < WANTED_MAX {
                self.wanted.insert(name.clone(), Wanted::default());
                orders.push(Order::Dial(name));
            }
        }
    }

    /// A dial failed, and is not to be repeated before then. One that was not ordered here is not repeated at all.
    pub(crate) fn dial_failed(&mut self, name: &NodeName, redial: Instant) {
        let Some(wanted) = self.wanted.get_mut(name) else { return };
        if wanted.failures == RETRIES_MAX {
            self.wanted.remove(name);
            return;
        }
        wanted.failures += 1;
        wanted.retry = Some(redial);
    }

    /// Time has passed: failed dials are repeated.
    pub(crate) fn tick(&mut self, now: Instant, orders: &mut Vec<Order>) {
        for (name, wanted) in &mut self.wanted {
            if wanted.retry.is_some_and(|at| at <= now) {
                wanted.retry = None;
                orders.push(Order::Dial(name.clone()));
            }
        }
    }

    /// When `tick` has something to do.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.wanted.values().filter_map(|wanted| wanted.retry).min()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeSet, VecDeque},
        time::Duration,
    };

    use actor_core::Incarnation;

    use super::*;

    #[expect(clippy::disallowed_methods, reason = "an instant can only be had from the clock; its value plays no part")]
    fn start() -> Instant {
        Instant::now()
    }

    fn node(i: usize) -> NodeId {
        NodeId { name: format!("n{i}@host:7000").parse().unwrap(), incarnation: Incarnation(i as u64) }
    }

    fn mesh(i: usize) -> Membership {
        Membership::new(node(i), Topology::FullMesh)
    }

    fn up(m: &mut Membership, session: u64, peer: usize) -> Vec<Order> {
        let mut orders = Vec::new();
        m.peer_up(SessionId(session), node(peer), &mut orders);
        orders
    }

    fn hear(m: &mut Membership, session: u64, members: &[usize]) -> Vec<Order> {
        let mut orders = Vec::new();
        m.members_heard(SessionId(session), members.iter().map(|i| node(*i)).collect(), &mut orders);
        orders
    }

    fn tick(m: &mut Membership, now: Instant) -> Vec<Order> {
        let mut orders = Vec::new();
        m.tick(now, &mut orders);
        orders
    }

    /// N4
    #[test]
    fn a_new_peer_is_told_of_all_others_and_not_of_itself() {
        let mut m = mesh(0);
        assert_eq!(up(&mut m, 1, 1), []);
        assert_eq!(up(&mut m, 2, 2), [Order::Announce { to: SessionId(2), members: vec![node(1)] }]);
        m.peer_down(SessionId(1));
        assert_eq!(up(&mut m, 3, 3), [Order::Announce { to: SessionId(3), members: vec![node(2)] }]);
    }

    /// N4
    #[test]
    fn only_strangers_are_dialed_and_each_once() {
        let mut m = mesh(0);
        up(&mut m, 1, 1);
        up(&mut m, 2, 2);
        assert_eq!(hear(&mut m, 1, &[0, 2, 3, 3]), [Order::Dial(node(3).name)]);
        assert_eq!(hear(&mut m, 2, &[3, 1]), []);
        up(&mut m, 3, 3);
        assert_eq!(hear(&mut m, 2, &[3]), []);
    }

    /// N4: the other side may have opened the session, and said who is there, before this one.
    #[test]
    fn members_heard_before_the_session_stands_are_dialed_when_it_does() {
        let mut m = mesh(0);
        assert_eq!(hear(&mut m, 1, &[2, 3]), []);
        assert_eq!(hear(&mut m, 2, &[4]), []);
        m.aborted(SessionId(2));
        assert_eq!(up(&mut m, 1, 1), [Order::Dial(node(2).name), Order::Dial(node(3).name)]);
        assert!(m.early.is_empty());
    }

    /// N4
    #[test]
    fn a_manual_topology_announces_nothing_and_dials_nobody() {
        let mut m = Membership::new(node(0), Topology::Manual);
        assert_eq!(up(&mut m, 1, 1), []);
        assert_eq!(up(&mut m, 2, 2), []);
        assert_eq!(hear(&mut m, 1, &[3, 4]), []);
        assert_eq!(m.next_timeout(), None);
    }

    /// Fails the dial of a name as often as it is repeated, from one time to the next; how often that is.
    fn fail_all(m: &mut Membership, peer: usize, mut now: Instant) -> u32 {
        for repeated in 0.. {
            let redial = now + Duration::from_millis(200);
            m.dial_failed(&node(peer).name, redial);
            if m.next_timeout().is_none() {
                return repeated;
            }
            assert_eq!(m.next_timeout(), Some(redial));
            assert_eq!(tick(m, now), []);
            now = redial;
            assert_eq!(tick(m, now), [Order::Dial(node(peer).name)]);
            assert_eq!(m.next_timeout(), None);
        }
        unreachable!("it counts up to its bound")
    }

    /// N4
    #[test]
    fn a_failed_dial_is_repeated_when_it_is_time_and_then_given_up() {
        let (mut m, now) = (mesh(0), start());
        up(&mut m, 1, 1);
        hear(&mut m, 1, &[2]);
        assert_eq!(fail_all(&mut m, 2, now), RETRIES_MAX);
        assert_eq!(hear(&mut m, 1, &[2]), [Order::Dial(node(2).name)], "told of it again, it tries again");
    }

    /// N4: a part of the cluster that was cut off for long comes back.
    #[test]
    fn a_name_that_is_told_of_again_is_dialed_as_often_as_one_that_is_new() {
        let (mut m, mut now) = (mesh(0), start());
        up(&mut m, 1, 1);
        hear(&mut m, 1, &[2]);
        for _ in 0..RETRIES_MAX {
            m.dial_failed(&node(2).name, now);
            now = m.next_timeout().unwrap();
            tick(&mut m, now);
        }
        up(&mut m, 3, 3);
        assert_eq!(hear(&mut m, 3, &[2]), [], "it is being dialed");
        assert_eq!(fail_all(&mut m, 2, now), RETRIES_MAX);
    }

    /// N4, S2: what the mesh loses it dials again, a bounded number of times; what was ended on purpose it does not.
    #[test]
    fn a_lost_session_is_dialed_again_unless_it_was_ended_on_purpose() {
        let (mut m, now) = (mesh(0), start());
        let redial = now + Duration::from_millis(150);
        up(&mut m, 1, 1);
        m.peer_lost(SessionId(1), redial);
        assert_eq!((tick(&mut m, now), m.next_timeout()), (vec![], Some(redial)));
        assert_eq!(tick(&mut m, redial), [Order::Dial(node(1).name)]);
        assert_eq!(fail_all(&mut m, 1, redial), RETRIES_MAX);
        up(&mut m, 2, 1);
        m.peer_lost(SessionId(2), redial);
        up(&mut m, 3, 1);
        assert_eq!(m.next_timeout(), None, "it came by itself");
        m.peer_lost(SessionId(3), redial);
        m.forget(&node(1).name);
        assert_eq!(m.next_timeout(), None);
        let mut m = Membership::new(node(0), Topology::Manual);
        up(&mut m, 1, 1);
        m.peer_lost(SessionId(1), redial);
        assert_eq!(m.next_timeout(), None);
    }

    /// N4
    #[test]
    fn a_dial_of_the_users_own_is_not_repeated() {
        let mut m = mesh(0);
        m.dial_failed(&node(2).name, start());
        assert_eq!(m.next_timeout(), None);
    }

    /// N4
    #[test]
    fn a_node_that_connected_or_left_is_not_dialed_again() {
        let (mut m, now) = (mesh(0), start());
        up(&mut m, 1, 1);
        hear(&mut m, 1, &[2]);
        m.dial_failed(&node(2).name, now);
        up(&mut m, 2, 2);
        assert_eq!(m.next_timeout(), None);
        m.peer_down(SessionId(2));
        assert_eq!(m.next_timeout(), None);
    }

    /// H5
    #[test]
    fn a_peer_cannot_make_more_dials_than_the_bound() {
        let mut m = mesh(0);
        up(&mut m, 1, 1);
        let crowd: Vec<usize> = (2..WANTED_MAX + 1000).collect();
        assert_eq!(hear(&mut m, 1, &crowd).len(), WANTED_MAX);
        assert_eq!(m.wanted.len(), WANTED_MAX);
    }

    enum Item {
        Up(SessionId),
        Members(SessionId, Vec<NodeId>),
        Failed,
    }

    /// Nodes, and one queue per ordered pair: `(from, to)`.
    struct Cluster {
        rng: u64,
        now: Instant,
        nodes: Vec<Membership>,
        queues: BTreeMap<(usize, usize), VecDeque<Item>>,
        linked: BTreeSet<(usize, usize)>,
        failures_left: u32,
    }

    impl Cluster {
        fn random(&mut self, below: usize) -> usize {
            self.rng = self.rng.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.rng;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) % below as u64) as usize
        }

        fn dial(&mut self, from: usize, to: usize) {
            if self.failures_left > 0 && self.random(2) == 0 {
                self.failures_left -= 1;
                self.queues.entry((to, from)).or_default().push_back(Item::Failed);
            } else if self.linked.insert((from.min(to), from.max(to))) {
                let session = SessionId((from.min(to) * 100 + from.max(to)) as u64);
                self.queues.entry((from, to)).or_default().push_back(Item::Up(session));
                self.queues.entry((to, from)).or_default().push_back(Item::Up(session));
            }
        }

        fn carry_out(&mut self, at: usize, orders: Vec<Order>) {
            for order in orders {
                match order {
                    Order::Dial(name) => {
                        let to = (0..self.nodes.len()).find(|i| node(*i).name == name).unwrap();
                        self.dial(at, to);
                    }
                    Order::Announce { to, members } => {
                        let (low, high) = ((to.0 / 100) as usize, (to.0 % 100) as usize);
                        let peer = low + high - at;
                        self.queues.entry((at, peer)).or_default().push_back(Item::Members(to, members));
                    }
                }
            }
        }

        /// Takes one random step; false when nothing is left to do.
        fn step(&mut self) -> bool {
            let busy: Vec<_> = self.queues.iter().filter(|(_, q)| !q.is_empty()).map(|(pair, _)| *pair).collect();
            let mut orders = Vec::new();
            if busy.is_empty() {
                let Some((at, due)) = (0..self.nodes.len())
                    .filter_map(|i| self.nodes[i].next_timeout().map(|due| (i, due)))
                    .min_by_key(|(_, due)| *due)
                else {
                    return false;
                };
                self.now = due;
                self.nodes[at].tick(due, &mut orders);
                self.carry_out(at, orders);
                return true;
            }
            let (from, at) = busy[self.random(busy.len())];
            let m = &mut self.nodes[at];
            match self.queues.get_mut(&(from, at)).unwrap().pop_front().unwrap() {
                Item::Up(session) => m.peer_up(session, node(from), &mut orders),
                Item::Members(session, members) => m.members_heard(session, members, &mut orders),
                Item::Failed => m.dial_failed(&node(from).name, self.now + Duration::from_millis(200)),
            }
            self.carry_out(at, orders);
            true
        }
    }

    /// N4: however the first links lie and however many dials fail at first.
    #[test]
    fn any_connected_graph_becomes_the_full_mesh() {
        for seed in 0..3000 {
            let count = 2 + seed as usize % 6;
            let nodes = (0..count).map(mesh).collect();
            let (queues, linked) = (BTreeMap::new(), BTreeSet::new());
            let mut cluster = Cluster { rng: seed, now: start(), nodes, queues, linked, failures_left: 0 };
            for i in 1..count {
                let to = cluster.random(i);
                cluster.dial(i, to);
                for _ in 0..cluster.random(6) {
                    cluster.step();
                }
            }
            cluster.failures_left = RETRIES_MAX;
            while cluster.step() {}
            for (i, m) in cluster.nodes.iter().enumerate() {
                assert_eq!(m.connected.len(), count - 1, "seed {seed}: node {i} sees {:?}", m.connected);
                assert!(m.wanted.is_empty(), "seed {seed}");
            }
        }
    }
}
