//! Monitors across nodes: which of ours watch whom elsewhere, and which of ours are watched from elsewhere.
//! Never touches an actor or a mailbox and does not choose reference numbers. The driver reports what watchers ask,
//! what peers say and what ends, and delivers, attaches and sends as ordered. A reference is never used twice by one
//! node.

use std::collections::{BTreeMap, BTreeSet, btree_map};

use actor_core::{ActorId, ExitReason, Incarnation, NodeDownCause, NodeId, NodeName};

use super::session_id::SessionId;

/// How many monitors one session may hold here.
pub(crate) const INCOMING_MAX: usize = 1_000_000;

/// The monitors that cross this node's border, in both directions.
#[derive(Debug, Default)]
pub(crate) struct Monitors {
    outgoing: BTreeMap<u64, NodeId>,
    /// Those of the session with a node.
    by_node: BTreeMap<NodeId, BTreeSet<u64>>,
    /// Those that wait for the next one. The end of the one before does not touch them.
    waiting: BTreeMap<NodeId, BTreeSet<u64>>,
    incoming: BTreeMap<SessionId, BTreeMap<u64, ActorId>>,
}

/// What the driver is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    /// Tell a node that one of its actors is watched: by this session, or by the one that is waited for.
    Watch { session: Option<SessionId>, node: NodeId, reference: u64, actor: ActorId },
    /// Hand a `Down` to the local watcher; at most one per reference, and none after `unwatch`.
    Deliver { reference: u64, reason: ExitReason },
    /// Watch a local actor for a peer; ends in `actor_down`, at once if there is no such actor.
    Attach { session: SessionId, reference: u64, actor: ActorId },
    /// Stop watching it.
    Detach { session: SessionId, reference: u64, actor: ActorId },
    /// Tell the peer, after everything that the actor sent and after its names and groups went.
    SendDown { session: SessionId, reference: u64, reason: ExitReason },
    /// The peer holds `INCOMING_MAX` monitors already; this one is not attached.
    Refuse { session: SessionId, reference: u64 },
}

impl Monitors {
    /// A local actor watches one of another node's, with which this session stands, or drains and is the last. Without one the
    /// next must be on its way. The monitor fires by `node_down` or `name_down`.
    pub(crate) fn watch(
        &mut self,
        reference: u64,
        (node, actor): (NodeId, ActorId),
        session: Option<SessionId>,
        orders: &mut Vec<Order>,
    ) {
        self.unwatch(reference);
        let place = if session.is_some() { &mut self.by_node } else { &mut self.waiting };
        place.entry(node.clone()).or_default().insert(reference);
        self.outgoing.insert(reference, node.clone());
        orders.push(Order::Watch { session, node, reference, actor });
    }

    /// The watcher does not want to know any more. Answers who is to be told, if anybody.
    pub(crate) fn unwatch(&mut self, reference: u64) -> Option<NodeId> {
        let node = self.outgoing.remove(&reference)?;
        for place in [&mut self.by_node, &mut self.waiting] {
            if let btree_map::Entry::Occupied(mut references) = place.entry(node.clone()) {
                references.get_mut().remove(&reference);
                if references.get().is_empty() {
                    references.remove();
                }
            }
        }
        Some(node)
    }

    /// A node said that an actor of its own ended. Ignored if the reference has fired, was given up or is not about that node.
    pub(crate) fn down_heard(&mut self, node: &NodeId, reference: u64, reason: ExitReason, orders: &mut Vec<Order>) {
        if self.outgoing.get(&reference) == Some(node) {
            self.unwatch(reference);
            orders.push(Order::Deliver { reference, reason });
        }
    }

    /// A session with a node is over: whoever watches one of its actors by it is told, in the order of the references.
    pub(crate) fn node_down(&mut self, node: &NodeId, cause: NodeDownCause, orders: &mut Vec<Order>) {
        self.fire(node, &ExitReason::NodeDown(cause), orders);
    }

    /// A session has ended without anything of these monitors on it: they are of the next one.
    pub(crate) fn wait_for_next(&mut self, node: &NodeId) {
        if let Some(mut references) = self.by_node.remove(node) {
            self.waiting.entry(node.clone()).or_default().append(&mut references);
        }
    }

    /// What waits for a session with the node is of the one that stands, or of the one that drains and is the last.
    fn wait_no_more(&mut self, node: &NodeId) {
        if let Some(mut references) = self.waiting.remove(node) {
            self.by_node.entry(node.clone()).or_default().append(&mut references);
        }
    }

    /// No node of that name can be reached: whoever waits for a session with it is told; for the run whose session still drains,
    /// when that is over (M5).
    pub(crate) fn unreachable(&mut self, name: &NodeName, draining: Option<&NodeId>, orders: &mut Vec<Order>) {
        draining.into_iter().for_each(|node| self.wait_no_more(node));
        self.name_down(name, draining, &ExitReason::NodeDown(NodeDownCause::Refused), orders);
    }

    /// A node of that name could not be reached, or the one that was is another run of it: whoever watches actors of its
    /// other runs is told this reason.
    fn name_down(&mut self, name: &NodeName, except: Option<&NodeId>, reason: &ExitReason, orders: &mut Vec<Order>) {
        let from = NodeId { name: name.clone(), incarnation: Incarnation(0) };
        let watched = [&self.by_node, &self.waiting].into_iter();
        let runs = watched.flat_map(|place| place.range(from.clone()..).map(|(node, _)| node));
        let runs: BTreeSet<_> = runs.filter(|node| node.name == *name && Some(*node) != except).cloned().collect();
        for node in runs {
            self.wait_no_more(&node);
            self.fire(&node, reason, orders);
        }
    }

    fn fire(&mut self, node: &NodeId, reason: &ExitReason, orders: &mut Vec<Order>) {
        for reference in self.by_node.remove(node).unwrap_or_default() {
            self.outgoing.remove(&reference);
            orders.push(Order::Deliver { reference, reason: reason.clone() });
        }
    }

    /// Whether somebody here watches an actor of the node, or the other way round.
    pub(crate) fn need(&self, session: SessionId, node: &NodeId) -> bool {
        let watched = self.incoming.get(&session).is_some_and(|incoming| !incoming.is_empty());
        watched || self.by_node.contains_key(node) || self.waiting.contains_key(node)
    }

    /// A session stands: what waits for one is of it, actors of earlier runs of its peer are no more, and the peer may watch from
    /// now on.
    pub(crate) fn session_up(&mut self, session: SessionId, node: &NodeId, orders: &mut Vec<Order>) {
        self.incoming.entry(session).or_default();
        self.name_down(&node.name, Some(node), &ExitReason::NoSuchActor, orders);
        self.wait_no_more(node);
    }

    /// A session ended: nobody is left to tell.
    pub(crate) fn session_gone(&mut self, session: SessionId, orders: &mut Vec<Order>) {
        for (reference, actor) in self.incoming.remove(&session).unwrap_or_default() {
            orders.push(Order::Detach { session, reference, actor });
        }
    }

    /// A peer watches a local actor. A reference that it uses already is ignored.
    pub(crate) fn watch_heard(&mut self, session: SessionId, reference: u64, actor: ActorId, orders: &mut Vec<Order>) {
        let Some(held) = self.incoming.get_mut(&session) else { return };
        let full = held.len() >= INCOMING_MAX;
        let btree_map::Entry::Vacant(free) = held.entry(reference) else { return };
        if full {
            orders.push(Order::Refuse { session, reference });
            return;
        }
        free.insert(actor);
        orders.push(Order::Attach { session, reference, actor });
    }

    /// A peer does not want to know any more.
    pub(crate) fn unwatch_heard(&mut self, session: SessionId, reference: u64, orders: &mut Vec<Order>) {
        if let Some(actor) = self.end_incoming(session, reference) {
            orders.push(Order::Detach { session, reference, actor });
        }
    }

    /// The local actor that a peer watches by this reference.
    pub(crate) fn watched(&self, session: SessionId, reference: u64) -> Option<ActorId> {
        self.incoming.get(&session)?.get(&reference).copied()
    }

    /// A watched local actor ended, or was not there when the driver attached to it.
    pub(crate) fn actor_down(
        &mut self,
        session: SessionId,
        reference: u64,
        reason: ExitReason,
        orders: &mut Vec<Order>,
    ) {
        if self.end_incoming(session, reference).is_some() {
            orders.push(Order::SendDown { session, reference, reason });
        }
    }

    fn end_incoming(&mut self, session: SessionId, reference: u64) -> Option<ActorId> {
        self.incoming.get_mut(&session)?.remove(&reference)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    const S: SessionId = SessionId(7);
    const A: ActorId = ActorId(3);

    fn node(i: u64) -> NodeId {
        NodeId { name: "n@host:7000".parse().unwrap(), incarnation: Incarnation(i) }
    }

    fn ordered(act: impl FnOnce(&mut Vec<Order>)) -> Vec<Order> {
        let mut orders = Vec::new();
        act(&mut orders);
        orders
    }

    /// By a session that stands.
    fn watch(m: &mut Monitors, reference: u64, of: NodeId) {
        m.watch(reference, (of, A), Some(S), &mut Vec::new());
    }

    fn delivered(reference: u64, reason: ExitReason) -> Order {
        Order::Deliver { reference, reason }
    }

    /// M1
    #[test]
    fn a_down_is_delivered_once() {
        let mut m = Monitors::default();
        watch(&mut m, 1, node(1));
        let down = |m: &mut Monitors| ordered(|o| m.down_heard(&node(1), 1, ExitReason::Killed, o));
        assert_eq!(down(&mut m), [delivered(1, ExitReason::Killed)]);
        assert_eq!(down(&mut m), []);
        assert_eq!(ordered(|o| m.node_down(&node(1), NodeDownCause::Closed, o)), []);
    }

    /// M1
    #[test]
    fn a_down_from_another_node_than_the_watched_is_ignored() {
        let mut m = Monitors::default();
        watch(&mut m, 1, node(1));
        assert_eq!(ordered(|o| m.down_heard(&node(2), 1, ExitReason::Normal, o)), []);
        assert_eq!(ordered(|o| m.down_heard(&node(1), 2, ExitReason::Normal, o)), []);
        assert_eq!(m.unwatch(1), Some(node(1)));
    }

    /// M1
    #[test]
    fn a_lost_node_fires_all_monitors_of_its_actors_in_order_and_no_others() {
        let mut m = Monitors::default();
        for (reference, of) in [(9, 1), (2, 1), (5, 2), (4, 1)] {
            watch(&mut m, reference, node(of));
        }
        let gone = || ExitReason::NodeDown(NodeDownCause::Silent);
        let orders = ordered(|o| m.node_down(&node(1), NodeDownCause::Silent, o));
        assert_eq!(orders, [delivered(2, gone()), delivered(4, gone()), delivered(9, gone())]);
        assert_eq!(ordered(|o| m.down_heard(&node(1), 2, ExitReason::Normal, o)), []);
        assert_eq!(m.unwatch(5), Some(node(2)));
        assert!(m.outgoing.is_empty() && m.by_node.is_empty());
    }

    /// N1, M3
    #[test]
    fn a_node_that_is_another_run_now_or_not_there_fires_the_monitors_of_its_other_runs() {
        let mut m = Monitors::default();
        let elsewhere = NodeId { name: "o@host:7000".parse().unwrap(), incarnation: Incarnation(0) };
        for (reference, of) in [(3, node(1)), (2, node(2)), (1, elsewhere.clone()), (4, node(3))] {
            watch(&mut m, reference, of);
        }
        m.watch(5, (node(3), A), None, &mut Vec::new());
        let gone = || ExitReason::NoSuchActor;
        let orders = ordered(|o| m.session_up(S, &node(2), o));
        assert_eq!(orders, [delivered(3, gone()), delivered(4, gone()), delivered(5, gone())]);
        let refused = || ExitReason::NodeDown(NodeDownCause::Refused);
        let orders = ordered(|o| m.unreachable(&node(2).name, None, o));
        assert_eq!(orders, [delivered(2, refused())]);
        assert_eq!(m.unwatch(1), Some(elsewhere));
    }

    /// E3, M1: a monitor that is made while a session drains is of the next one, or of this one if no other comes about.
    #[test]
    fn a_monitor_that_waits_for_a_session_is_not_touched_by_the_end_of_the_one_before() {
        let closed = || ExitReason::NodeDown(NodeDownCause::Closed);
        for reached in [true, false] {
            let mut m = Monitors::default();
            watch(&mut m, 1, node(1));
            let asked = ordered(|o| m.watch(2, (node(1), A), None, o));
            assert_eq!(asked, [Order::Watch { session: None, node: node(1), reference: 2, actor: A }]);
            if !reached {
                assert_eq!(ordered(|o| m.unreachable(&node(1).name, Some(&node(1)), o)), []);
            }
            let over = ordered(|o| m.node_down(&node(1), NodeDownCause::Closed, o));
            if reached {
                assert_eq!(over, [delivered(1, closed())]);
                assert_eq!(ordered(|o| m.session_up(S, &node(1), o)), []);
                assert_eq!(ordered(|o| m.node_down(&node(1), NodeDownCause::Closed, o)), [delivered(2, closed())]);
            } else {
                assert_eq!(over, [delivered(1, closed()), delivered(2, closed())]);
            }
            assert!(m.outgoing.is_empty() && m.by_node.is_empty() && m.waiting.is_empty());
        }
    }

    /// N3: what was held back while a session was asked about is of the next one.
    #[test]
    fn a_monitor_that_was_held_back_is_of_the_next_session() {
        let mut m = Monitors::default();
        watch(&mut m, 1, node(1));
        m.wait_for_next(&node(1));
        assert!(m.need(S, &node(1)));
        assert_eq!(ordered(|o| m.node_down(&node(1), NodeDownCause::Closed, o)), []);
        assert_eq!(m.unwatch(1), Some(node(1)));
        assert!(m.waiting.is_empty());
    }

    /// M4
    #[test]
    fn nothing_is_delivered_after_unwatch() {
        let mut m = Monitors::default();
        watch(&mut m, 1, node(1));
        assert_eq!(m.unwatch(1), Some(node(1)));
        assert_eq!(m.unwatch(1), None);
        assert_eq!(ordered(|o| m.down_heard(&node(1), 1, ExitReason::Normal, o)), []);
        assert_eq!(ordered(|o| m.node_down(&node(1), NodeDownCause::Left, o)), []);
    }

    /// M1, M3
    #[test]
    fn a_watched_actor_is_attached_once_and_its_end_sent_once() {
        let mut m = Monitors::default();
        m.session_up(S, &node(1), &mut Vec::new());
        let watch = |m: &mut Monitors| ordered(|o| m.watch_heard(S, 1, A, o));
        assert_eq!(watch(&mut m), [Order::Attach { session: S, reference: 1, actor: A }]);
        assert_eq!(watch(&mut m), []);
        let down = |m: &mut Monitors| ordered(|o| m.actor_down(S, 1, ExitReason::NoSuchActor, o));
        let expected = Order::SendDown { session: S, reference: 1, reason: ExitReason::NoSuchActor };
        assert_eq!(down(&mut m), [expected]);
        assert_eq!(down(&mut m), []);
        assert_eq!(ordered(|o| m.unwatch_heard(S, 1, o)), []);
    }

    /// M4
    #[test]
    fn a_watcher_that_gave_up_is_detached_and_sent_nothing() {
        let mut m = Monitors::default();
        m.session_up(S, &node(1), &mut Vec::new());
        ordered(|o| m.watch_heard(S, 1, A, o));
        let detach = Order::Detach { session: S, reference: 1, actor: A };
        assert_eq!(ordered(|o| m.unwatch_heard(S, 1, o)), [detach]);
        assert_eq!(ordered(|o| m.actor_down(S, 1, ExitReason::Normal, o)), []);
    }

    /// M1
    #[test]
    fn a_session_that_ended_is_detached_from_all_and_heard_no_more() {
        let mut m = Monitors::default();
        m.session_up(S, &node(1), &mut Vec::new());
        ordered(|o| m.watch_heard(S, 2, A, o));
        ordered(|o| m.watch_heard(S, 1, A, o));
        let detach = |reference| Order::Detach { session: S, reference, actor: A };
        assert_eq!(ordered(|o| m.session_gone(S, o)), [detach(1), detach(2)]);
        assert_eq!(ordered(|o| m.watch_heard(S, 3, A, o)), []);
        assert_eq!(ordered(|o| m.actor_down(S, 1, ExitReason::Normal, o)), []);
        assert!(m.incoming.is_empty());
    }

    /// F1
    #[test]
    fn a_session_is_refused_monitors_beyond_its_bound() {
        let (mut m, mut orders) = (Monitors::default(), Vec::new());
        m.session_up(S, &node(1), &mut Vec::new());
        for reference in 0..INCOMING_MAX as u64 {
            m.watch_heard(S, reference, A, &mut orders);
        }
        orders.clear();
        m.watch_heard(S, u64::MAX, A, &mut orders);
        assert_eq!(orders, [Order::Refuse { session: S, reference: u64::MAX }]);
        ordered(|o| m.unwatch_heard(S, 0, o));
        let attach = Order::Attach { session: S, reference: u64::MAX, actor: A };
        assert_eq!(ordered(|o| m.watch_heard(S, u64::MAX, A, o)), [attach]);
    }

    enum Said {
        Watch(u64, ActorId),
        Unwatch(u64),
        Down(u64, ExitReason),
    }

    fn random(state: &mut u64, below: u64) -> u64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below
    }

    /// A watching node and a watched one, whose four actors die one by one, with a queue each way.
    struct Pair {
        watcher: Monitors,
        watched: Monitors,
        forth: VecDeque<Said>,
        back: VecDeque<Said>,
        alive: BTreeSet<ActorId>,
        attached: BTreeSet<(u64, ActorId)>,
        delivered: Vec<u64>,
    }

    impl Pair {
        fn carry_out(&mut self, orders: Vec<Order>) {
            for order in orders {
                match order {
                    Order::Deliver { reference, .. } => self.delivered.push(reference),
                    Order::Attach { session, reference, actor } if !self.alive.contains(&actor) => {
                        let gone = ExitReason::NoSuchActor;
                        let orders = ordered(|o| self.watched.actor_down(session, reference, gone, o));
                        self.carry_out(orders);
                    }
                    Order::Attach { reference, actor, .. } => assert!(self.attached.insert((reference, actor))),
                    Order::Detach { reference, actor, .. } => assert!(self.attached.remove(&(reference, actor))),
                    Order::SendDown { reference, reason, .. } => self.back.push_back(Said::Down(reference, reason)),
                    Order::Watch { .. } => {}
                    Order::Refuse { .. } => unreachable!("far below the bound"),
                }
            }
        }

        fn deliver_forth(&mut self) {
            let orders = match self.forth.pop_front() {
                Some(Said::Watch(reference, actor)) => ordered(|o| self.watched.watch_heard(S, reference, actor, o)),
                Some(Said::Unwatch(reference)) => ordered(|o| self.watched.unwatch_heard(S, reference, o)),
                _ => return,
            };
            self.carry_out(orders);
        }

        fn deliver_back(&mut self) {
            if let Some(Said::Down(reference, reason)) = self.back.pop_front() {
                let orders = ordered(|o| self.watcher.down_heard(&node(1), reference, reason, o));
                self.carry_out(orders);
            }
        }

        fn kill(&mut self, actor: ActorId) {
            self.alive.remove(&actor);
            let mine: Vec<_> = self.attached.iter().filter(|(_, a)| *a == actor).copied().collect();
            for (reference, actor) in mine {
                self.attached.remove(&(reference, actor));
                let orders = ordered(|o| self.watched.actor_down(S, reference, ExitReason::Killed, o));
                self.carry_out(orders);
            }
        }
    }

    /// M1, M3, M4, S2: whatever crosses on the wire, and wherever the connection is cut.
    #[test]
    fn every_monitor_fires_exactly_once_unless_given_up() {
        for seed in 0..5000 {
            let mut rng = seed;
            let mut pair = Pair {
                watcher: Monitors::default(),
                watched: Monitors::default(),
                forth: VecDeque::new(),
                back: VecDeque::new(),
                alive: (0..4).map(ActorId).collect(),
                attached: BTreeSet::new(),
                delivered: Vec::new(),
            };
            pair.watched.session_up(S, &node(1), &mut Vec::new());
            let (mut asked, mut given_up) = (0, BTreeSet::new());
            for _ in 0..60 {
                match random(&mut rng, 6) {
                    0 => {
                        watch(&mut pair.watcher, asked, node(1));
                        pair.forth.push_back(Said::Watch(asked, ActorId(random(&mut rng, 4))));
                        asked += 1;
                    }
                    1 if asked > 0 => {
                        let reference = random(&mut rng, asked);
                        if pair.watcher.unwatch(reference).is_some() {
                            assert!(!pair.delivered.contains(&reference), "seed {seed}");
                            given_up.insert(reference);
                            pair.forth.push_back(Said::Unwatch(reference));
                        }
                    }
                    2 if random(&mut rng, 4) == 0 => pair.kill(ActorId(random(&mut rng, 4))),
                    3 | 4 => pair.deliver_forth(),
                    _ => pair.deliver_back(),
                }
            }
            let orders = ordered(|o| pair.watcher.node_down(&node(1), NodeDownCause::Closed, o));
            pair.carry_out(orders);
            let orders = ordered(|o| pair.watched.session_gone(S, o));
            pair.carry_out(orders);
            assert!(pair.attached.is_empty(), "seed {seed}");
            let mut fired = pair.delivered;
            fired.sort_unstable();
            let expected: Vec<u64> = (0..asked).filter(|reference| !given_up.contains(reference)).collect();
            assert_eq!(fired, expected, "seed {seed}");
        }
    }
}
