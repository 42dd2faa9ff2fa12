//! Process groups: which actors of which nodes are in which group, as this node sees it.
//! Never joins or removes another node's actor by itself, resolves no conflict, and sends no broadcast. The driver
//! reports sessions, messages, joins, leaves and ended actors, keeps the members that a broadcast reads by the changes
//! ordered here, and carries the orders out.
//!
//! Every node tells its own memberships in its own stream: all of them when a session stands, then every change. What a
//! peer told vanishes with its session.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map},
    sync::Arc,
};

use actor_core::{ActorId, NodeId, wire::Edge};

use super::session_id::SessionId;

/// The longest group name, in bytes. Longer ones are refused where keys are made.
pub(crate) const GROUP_NAME_MAX: usize = 255;
/// The longest protocol URI that is accepted from a peer, in bytes.
pub(crate) const URI_MAX: usize = 1024;
/// How many memberships one session may hold here.
const MEMBERS_MAX: usize = if cfg!(test) { 50 } else { 1_000_000 };

/// The groups of this node's view.
#[derive(Debug)]
pub(crate) struct Groups {
    me: NodeId,
    groups: BTreeMap<Arc<str>, Group>,
    /// What this node's actors are in.
    own: BTreeSet<(ActorId, Arc<str>)>,
    peers: BTreeMap<SessionId, Peer>,
    ignored: u64,
}

/// A local actor that is to join, and what it joins as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Joiner {
    /// The protocol's URI, for messages about it.
    pub(crate) uri: Arc<str>,
    pub(crate) edge: Edge,
    pub(crate) version: u16,
    pub(crate) actor: ActorId,
    /// By which way of that protocol; see `Way`.
    pub(crate) via: u64,
}

/// One actor in one group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) node: NodeId,
    pub(crate) actor: ActorId,
    /// The URI of the protocol that it joined with, for messages about it.
    pub(crate) uri: Arc<str>,
    pub(crate) edge: Edge,
    pub(crate) version: u16,
    pub(crate) via: u64,
    /// How its node is reached; none for an actor of this node.
    pub(crate) session: Option<SessionId>,
}

/// What nodes say to each other about groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message {
    /// An actor of the sender joined `count` times.
    Join { group: Arc<str>, uri: Arc<str>, edge: Edge, version: u16, actor: ActorId, via: u64, count: u32 },
    /// It left `count` times.
    Leave { group: Arc<str>, actor: ActorId, count: u32 },
}

/// What the driver is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    /// On the session's message lane.
    Send { session: SessionId, message: Message },
    /// The actor is in the group from now on, however often it joined.
    Joined { group: Arc<str>, member: Member },
    /// It is in the group no more.
    Left { group: Arc<str>, member: Member },
}

/// Why an actor did not join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum JoinFailure {
    /// The group has a member under another protocol, this one.
    WrongProtocol { registered_as: Arc<str> },
}

/// Own actors first, then those of each session.
type MemberKey = (Option<SessionId>, ActorId);

#[derive(Debug, Default)]
struct Group {
    members: BTreeMap<MemberKey, Counted>,
    /// How many members there are of each protocol, and its URI.
    protocols: BTreeMap<Edge, (usize, Arc<str>)>,
}

#[derive(Debug)]
struct Counted {
    member: Member,
    count: u32,
}

#[derive(Debug)]
struct Peer {
    node: NodeId,
    /// What its actors are in.
    memberships: BTreeSet<(ActorId, Arc<str>)>,
}

impl Groups {
    /// A node alone, without groups.
    pub(crate) fn new(me: NodeId) -> Self {
        let (groups, own, peers) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
        Groups { me, groups, own, peers, ignored: 0 }
    }

    /// A local actor joins, so many times more. Refused if any member of the group has another protocol.
    pub(crate) fn join(
        &mut self,
        group: Arc<str>,
        joiner: Joiner,
        times: u32,
        orders: &mut Vec<Order>,
    ) -> Result<(), JoinFailure> {
        let Joiner { uri, edge, version, actor, via } = joiner;
        let held = self.groups.get(&group);
        let other = held.and_then(|held| held.protocols.iter().find(|(other, _)| **other != edge));
        if let Some((_, (_, registered_as))) = other {
            return Err(JoinFailure::WrongProtocol { registered_as: registered_as.clone() });
        }
        let count = times.min(u32::MAX - self.count(&group, actor));
        if count > 0 {
            let member = Member { node: self.me.clone(), actor, uri: uri.clone(), edge, version, via, session: None };
            self.own.insert((actor, group.clone()));
            self.add(&group, member, count, orders);
            self.broadcast(&Message::Join { group, uri, edge, version, actor, via, count }, orders);
        }
        Ok(())
    }

    /// A local actor leaves, so many times, or altogether if it joined less often. Answers whether it was a member.
    pub(crate) fn leave(&mut self, group: &str, actor: ActorId, times: u32, orders: &mut Vec<Order>) -> bool {
        let held = self.count(group, actor);
        let Some((group, _)) = self.groups.get_key_value(group).filter(|_| held > 0) else { return false };
        let (group, count) = (group.clone(), times.min(held));
        if count > 0 {
            self.broadcast(&Message::Leave { group: group.clone(), actor, count }, orders);
            if self.remove(&group, (None, actor), count, orders) {
                self.own.remove(&(actor, group));
            }
        }
        true
    }

    /// A local actor ended: it leaves everywhere.
    pub(crate) fn actor_gone(&mut self, actor: ActorId, orders: &mut Vec<Order>) {
        let from = (actor, Arc::from(""));
        let held = self.own.range(from..).take_while(|(member, _)| *member == actor);
        for group in held.map(|(_, group)| group.clone()).collect::<Vec<_>>() {
            self.leave(&group, actor, u32::MAX, orders);
        }
    }

    /// A session with a visible node stands: it is told what this node's actors are in.
    pub(crate) fn peer_up(&mut self, session: SessionId, node: NodeId, orders: &mut Vec<Order>) {
        for (actor, group) in &self.own {
            let held = self.groups.get(group).and_then(|held| held.members.get(&(None, *actor)));
            let Counted { member, count } = held.expect("invariant: what `own` lists is a member of the group");
            let Member { uri, edge, version, via, .. } = member;
            let (group, uri) = (group.clone(), uri.clone());
            let message =
                Message::Join { group, uri, edge: *edge, version: *version, actor: *actor, via: *via, count: *count };
            orders.push(Order::Send { session, message });
        }
        self.peers.insert(session, Peer { node, memberships: BTreeSet::new() });
    }

    /// Whether an actor of this node or of the peer is in a group.
    pub(crate) fn need(&self, session: SessionId) -> bool {
        let peer = self.peers.get(&session);
        !self.own.is_empty() || peer.is_some_and(|peer| !peer.memberships.is_empty())
    }

    /// A session ended: its node's actors are members no more.
    pub(crate) fn peer_down(&mut self, session: SessionId, orders: &mut Vec<Order>) {
        let Some(peer) = self.peers.remove(&session) else { return };
        for (actor, group) in peer.memberships {
            self.remove(&group, (Some(session), actor), u32::MAX, orders);
        }
    }

    /// A peer said something of its own actors. Nothing is heard on a session that does not stand.
    pub(crate) fn heard(&mut self, session: SessionId, message: Message, orders: &mut Vec<Order>) {
        let Some(peer) = self.peers.get_mut(&session) else { return };
        match message {
            Message::Join { group, uri, edge, version, actor, via, count } => {
                let membership = (actor, group);
                let is_new = !peer.memberships.contains(&membership);
                let is_full = is_new && peer.memberships.len() >= MEMBERS_MAX;
                if is_full || count == 0 || membership.1.len() > GROUP_NAME_MAX || uri.len() > URI_MAX {
                    self.ignored += 1;
                    return;
                }
                let member = Member { node: peer.node.clone(), actor, uri, edge, version, via, session: Some(session) };
                let group = membership.1.clone();
                peer.memberships.insert(membership);
                self.add(&group, member, count, orders);
            }
            Message::Leave { group, actor, count } => {
                if self.remove(&group, (Some(session), actor), count, orders)
                    && let Some(peer) = self.peers.get_mut(&session)
                {
                    peer.memberships.remove(&(actor, group));
                }
            }
        }
    }

    /// A group's members: own actors first, then those of each session, each by its id.
    #[cfg_attr(not(test), expect(dead_code, reason = "broadcasts read the driver's copy, made of the orders"))]
    pub(crate) fn members(&self, group: &str) -> Vec<Member> {
        let members = self.groups.get(group).into_iter().flat_map(|group| group.members.values());
        members.map(|counted| counted.member.clone()).collect()
    }

    /// The names of the groups that have members, in order.
    #[cfg_attr(not(test), expect(dead_code, reason = "broadcasts read the driver's copy, made of the orders"))]
    pub(crate) fn groups(&self) -> impl Iterator<Item = &Arc<str>> {
        self.groups.keys()
    }

    /// How many messages were ignored because they were beyond a bound.
    #[cfg_attr(not(test), expect(dead_code, reason = "nobody reports it yet"))]
    pub(crate) fn ignored(&self) -> u64 {
        self.ignored
    }

    /// How often a local actor has joined.
    fn count(&self, group: &str, actor: ActorId) -> u32 {
        let held = self.groups.get(group).and_then(|group| group.members.get(&(None, actor)));
        held.map_or(0, |counted| counted.count)
    }

    /// A member that is in the group already keeps the protocol, and the way of it, that it came with.
    fn add(&mut self, name: &Arc<str>, member: Member, count: u32, orders: &mut Vec<Order>) {
        let group = self.groups.entry(name.clone()).or_default();
        match group.members.entry((member.session, member.actor)) {
            btree_map::Entry::Occupied(mut held) => {
                let held = held.get_mut();
                held.count = held.count.saturating_add(count);
            }
            btree_map::Entry::Vacant(free) => {
                group.protocols.entry(member.edge).or_insert_with(|| (0, member.uri.clone())).0 += 1;
                free.insert(Counted { member: member.clone(), count });
                orders.push(Order::Joined { group: name.clone(), member });
            }
        }
    }

    /// Takes so many of its joins back; with the last of them the member leaves, and with the last member the group goes.
    /// Answers whether the member left.
    fn remove(&mut self, name: &Arc<str>, key: MemberKey, count: u32, orders: &mut Vec<Order>) -> bool {
        let Some(group) = self.groups.get_mut(name) else { return false };
        let btree_map::Entry::Occupied(mut held) = group.members.entry(key) else { return false };
        if held.get().count > count {
            held.get_mut().count -= count;
            return false;
        }
        let member = held.remove().member;
        if let btree_map::Entry::Occupied(mut protocol) = group.protocols.entry(member.edge) {
            protocol.get_mut().0 -= 1;
            if protocol.get().0 == 0 {
                protocol.remove();
            }
        }
        if group.members.is_empty() {
            self.groups.remove(name);
        }
        orders.push(Order::Left { group: name.clone(), member });
        true
    }

    fn broadcast(&self, message: &Message, orders: &mut Vec<Order>) {
        orders.extend(self.peers.keys().map(|session| Order::Send { session: *session, message: message.clone() }));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use actor_core::Incarnation;

    use super::*;

    const CHAT: &str = "chat.Event";
    const BANK: &str = "bank.Account";

    fn node(i: usize) -> NodeId {
        NodeId { name: format!("n{i}@host:7000").parse().unwrap(), incarnation: Incarnation(i as u64) }
    }

    fn joiner(uri: &str, actor: u64) -> Joiner {
        Joiner { uri: uri.into(), edge: Edge::of(uri, &[]), version: 1, actor: ActorId(actor), via: 0 }
    }

    fn member(of: usize, session: Option<u64>, uri: &str, actor: u64) -> Member {
        let Joiner { uri, edge, version, actor, via } = joiner(uri, actor);
        Member { node: node(of), actor, uri, edge, version, via, session: session.map(SessionId) }
    }

    fn join_message(group: &str, uri: &str, actor: u64, count: u32) -> Message {
        let Joiner { uri, edge, version, actor, via } = joiner(uri, actor);
        Message::Join { group: group.into(), uri, edge, version, actor, via, count }
    }

    fn leave_message(group: &str, actor: u64, count: u32) -> Message {
        Message::Leave { group: group.into(), actor: ActorId(actor), count }
    }

    fn sent(session: u64, message: Message) -> Order {
        Order::Send { session: SessionId(session), message }
    }

    fn joined(group: &str, member: Member) -> Order {
        Order::Joined { group: group.into(), member }
    }

    fn left(group: &str, member: Member) -> Order {
        Order::Left { group: group.into(), member }
    }

    fn ordered<T>(act: impl FnOnce(&mut Vec<Order>) -> T) -> Vec<Order> {
        let mut orders = Vec::new();
        act(&mut orders);
        orders
    }

    fn hear(groups: &mut Groups, session: u64, message: Message) -> Vec<Order> {
        ordered(|o| groups.heard(SessionId(session), message, o))
    }

    /// Node 0 with node 1 connected by session 1.
    fn with_a_peer() -> Groups {
        let mut groups = Groups::new(node(0));
        groups.peer_up(SessionId(1), node(1), &mut Vec::new());
        groups
    }

    /// P1
    #[test]
    fn an_actor_is_a_member_until_it_has_left_as_often_as_it_joined() {
        let (mut groups, room) = (with_a_peer(), Arc::<str>::from("room"));
        let me = || member(0, None, CHAT, 5);
        let orders = ordered(|o| groups.join(room.clone(), joiner(CHAT, 5), 3, o));
        assert_eq!(orders, [joined("room", me()), sent(1, join_message("room", CHAT, 5, 3))]);
        let orders = ordered(|o| groups.join(room.clone(), joiner(CHAT, 5), 1, o));
        assert_eq!(orders, [sent(1, join_message("room", CHAT, 5, 1))]);
        let orders = ordered(|o| assert!(groups.leave(&room, ActorId(5), 3, o)));
        assert_eq!(orders, [sent(1, leave_message("room", 5, 3))]);
        let orders = ordered(|o| assert!(groups.leave(&room, ActorId(5), 9, o)));
        assert_eq!(orders, [sent(1, leave_message("room", 5, 1)), left("room", me())]);
        assert_eq!(ordered(|o| assert!(!groups.leave(&room, ActorId(5), 1, o))), []);
        assert_eq!(groups.groups().count(), 0, "a group is there as long as it has members");
    }

    /// P1
    #[test]
    fn joining_more_often_than_can_be_counted_stays_the_same_everywhere() {
        let (mut groups, room) = (with_a_peer(), Arc::<str>::from("room"));
        ordered(|o| groups.join(room.clone(), joiner(CHAT, 5), u32::MAX - 1, o));
        let orders = ordered(|o| groups.join(room.clone(), joiner(CHAT, 5), 9, o));
        assert_eq!(orders, [sent(1, join_message("room", CHAT, 5, 1))]);
        assert_eq!(ordered(|o| groups.join(room.clone(), joiner(CHAT, 5), 9, o)), []);
        assert_eq!(ordered(|o| groups.join(room.clone(), joiner(CHAT, 6), 0, o)), []);
    }

    /// P2
    #[test]
    fn an_actor_that_ends_leaves_all_of_its_groups_and_others_stay() {
        let mut groups = with_a_peer();
        for (group, actor, times) in [("a", 5, 2), ("b", 5, 1), ("a", 6, 1)] {
            ordered(|o| groups.join(group.into(), joiner(CHAT, actor), times, o));
        }
        let me = || member(0, None, CHAT, 5);
        let expected =
            [sent(1, leave_message("a", 5, 2)), left("a", me()), sent(1, leave_message("b", 5, 1)), left("b", me())];
        assert_eq!(ordered(|o| groups.actor_gone(ActorId(5), o)), expected);
        assert_eq!(ordered(|o| groups.actor_gone(ActorId(5), o)), []);
        assert_eq!(groups.members("a"), [member(0, None, CHAT, 6)]);
    }

    /// P7
    #[test]
    fn a_group_of_another_protocol_is_not_joined() {
        let (mut groups, room) = (with_a_peer(), Arc::<str>::from("room"));
        hear(&mut groups, 1, join_message("room", CHAT, 1, 1));
        let refused = Err(JoinFailure::WrongProtocol { registered_as: CHAT.into() });
        assert_eq!(groups.join(room.clone(), joiner(BANK, 5), 1, &mut Vec::new()), refused);
        assert_eq!(groups.join(room.clone(), joiner(CHAT, 5), 1, &mut Vec::new()), Ok(()));
        hear(&mut groups, 1, leave_message("room", 1, 1));
        assert_eq!(groups.join(room.clone(), joiner(BANK, 6), 1, &mut Vec::new()), refused);
        groups.leave(&room, ActorId(5), 1, &mut Vec::new());
        assert_eq!(
            groups.join(room.clone(), joiner(BANK, 6), 1, &mut Vec::new()),
            Ok(()),
            "nobody is left of the other"
        );
    }

    /// P7: two nodes can join at once under different protocols; each member is known by its own.
    #[test]
    fn a_remote_member_is_kept_under_its_own_protocol_whatever_the_group_has() {
        let (mut groups, room) = (with_a_peer(), Arc::<str>::from("room"));
        ordered(|o| groups.join(room.clone(), joiner(CHAT, 5), 1, o));
        let peer = member(1, Some(1), BANK, 1);
        assert_eq!(hear(&mut groups, 1, join_message("room", BANK, 1, 1)), [joined("room", peer.clone())]);
        assert_eq!(groups.members("room"), [member(0, None, CHAT, 5), peer]);
        let refused = Err(JoinFailure::WrongProtocol { registered_as: BANK.into() });
        assert_eq!(groups.join(room.clone(), joiner(CHAT, 6), 1, &mut Vec::new()), refused);
        hear(&mut groups, 1, leave_message("room", 1, 1));
        assert_eq!(groups.join(room, joiner(CHAT, 6), 1, &mut Vec::new()), Ok(()));
    }

    /// P5
    #[test]
    fn a_lost_peers_members_leave_and_its_return_brings_its_present_ones() {
        let mut groups = with_a_peer();
        hear(&mut groups, 1, join_message("a", CHAT, 1, 2));
        hear(&mut groups, 1, join_message("b", CHAT, 1, 1));
        let was = || member(1, Some(1), CHAT, 1);
        let orders = ordered(|o| groups.peer_down(SessionId(1), o));
        assert_eq!(orders, [left("a", was()), left("b", was())]);
        assert_eq!(hear(&mut groups, 1, join_message("a", CHAT, 1, 1)), [], "the session stands no more");
        groups.peer_up(SessionId(2), node(1), &mut Vec::new());
        let is = member(1, Some(2), CHAT, 1);
        assert_eq!(hear(&mut groups, 2, join_message("b", CHAT, 1, 1)), [joined("b", is)]);
        assert_eq!(groups.groups().collect::<Vec<_>>(), [&Arc::<str>::from("b")]);
    }

    /// P5, G10
    #[test]
    fn a_new_session_is_told_every_own_membership_with_its_count() {
        let mut groups = with_a_peer();
        for (group, actor, times) in [("a", 5, 2), ("b", 5, 1), ("a", 6, 1)] {
            ordered(|o| groups.join(group.into(), joiner(CHAT, actor), times, o));
        }
        hear(&mut groups, 1, join_message("a", CHAT, 1, 1));
        let expected = [
            sent(2, join_message("a", CHAT, 5, 2)),
            sent(2, join_message("b", CHAT, 5, 1)),
            sent(2, join_message("a", CHAT, 6, 1)),
        ];
        assert_eq!(ordered(|o| groups.peer_up(SessionId(2), node(2), o)), expected);
    }

    /// P2, F1
    #[test]
    fn what_a_peer_says_beyond_the_bounds_or_of_strangers_changes_nothing() {
        let mut groups = with_a_peer();
        ordered(|o| groups.join("room".into(), joiner(CHAT, 5), 1, o));
        let long = "x".repeat(GROUP_NAME_MAX + 1);
        assert_eq!(hear(&mut groups, 1, leave_message("room", 5, 1)), [], "the member is this node's");
        assert_eq!(hear(&mut groups, 1, leave_message("none", 5, 1)), []);
        assert_eq!(hear(&mut groups, 1, join_message(&long, CHAT, 1, 1)), []);
        assert_eq!(hear(&mut groups, 1, join_message("room", &"x".repeat(URI_MAX + 1), 1, 1)), []);
        assert_eq!(hear(&mut groups, 1, join_message("room", CHAT, 1, 0)), []);
        assert_eq!(groups.ignored(), 3);
        for actor in 0..MEMBERS_MAX as u64 + 10 {
            hear(&mut groups, 1, join_message("room", CHAT, actor, u32::MAX));
        }
        assert_eq!((groups.members("room").len(), groups.ignored()), (MEMBERS_MAX + 1, 13));
        assert_eq!(
            hear(&mut groups, 1, join_message("room", CHAT, 0, u32::MAX)),
            [],
            "counted once more, and no overflow"
        );
        assert_eq!(ordered(|o| groups.peer_down(SessionId(1), o)).len(), MEMBERS_MAX);
    }

    enum Item {
        Up(SessionId),
        Said(SessionId, Message),
        Down(SessionId),
    }

    impl Item {
        fn session(&self) -> SessionId {
            match self {
                Item::Up(session) | Item::Said(session, _) | Item::Down(session) => *session,
            }
        }
    }

    /// Group, node, actor: what nodes must agree on. And how often each local actor has joined.
    type View = BTreeSet<(Arc<str>, NodeId, ActorId)>;
    type Joins = BTreeMap<(Arc<str>, ActorId), u32>;

    struct Cluster {
        rng: u64,
        nodes: Vec<Groups>,
        /// Built from the changes ordered.
        views: Vec<View>,
        joins: Vec<Joins>,
        queues: BTreeMap<(usize, usize), VecDeque<Item>>,
        links: BTreeMap<(usize, usize), SessionId>,
        sessions: u64,
    }

    impl Cluster {
        fn random(&mut self, below: usize) -> usize {
            self.rng = self.rng.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.rng;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) % below as u64) as usize
        }

        fn act(&mut self, at: usize, act: impl FnOnce(&mut Groups, &mut Vec<Order>)) {
            let mut orders = Vec::new();
            act(&mut self.nodes[at], &mut orders);
            for order in orders {
                match order {
                    Order::Send { session, message } => {
                        if let Some(((low, high), _)) = self.links.iter().find(|(_, s)| **s == session) {
                            let queue = self.queues.entry((at, low + high - at)).or_default();
                            queue.push_back(Item::Said(session, message));
                        }
                    }
                    Order::Joined { group, member } => {
                        assert!(self.views[at].insert((group, member.node, member.actor)), "joined twice");
                    }
                    Order::Left { group, member } => {
                        assert!(self.views[at].remove(&(group, member.node, member.actor)), "left without joining");
                    }
                }
            }
        }

        fn connect(&mut self, a: usize, b: usize) {
            let pair = (a.min(b), a.max(b));
            if a != b && !self.links.contains_key(&pair) {
                self.sessions += 1;
                let session = SessionId(self.sessions);
                self.links.insert(pair, session);
                self.queues.entry((a, b)).or_default().push_back(Item::Up(session));
                self.queues.entry((b, a)).or_default().push_back(Item::Up(session));
            }
        }

        fn cut(&mut self, a: usize, b: usize) {
            let Some(session) = self.links.remove(&(a.min(b), a.max(b))) else { return };
            for pair in [(a, b), (b, a)] {
                let tail = self.queues[&pair].iter().rev().take_while(|item| item.session() == session).count();
                let lost = self.random(tail + 1);
                let queue = self.queues.get_mut(&pair).unwrap();
                let opens =
                    |queue: &VecDeque<Item>| queue.iter().any(|item| matches!(item, Item::Up(s) if *s == session));
                let was_open = !opens(queue);
                queue.truncate(queue.len() - lost);
                if was_open || opens(queue) {
                    queue.push_back(Item::Down(session));
                }
            }
        }

        fn deliver_one(&mut self) -> bool {
            let busy: Vec<_> = self.queues.iter().filter(|(_, q)| !q.is_empty()).map(|(pair, _)| *pair).collect();
            if busy.is_empty() {
                return false;
            }
            let (from, to) = busy[self.random(busy.len())];
            let item = self.queues.get_mut(&(from, to)).unwrap().pop_front().unwrap();
            self.act(to, |groups, orders| match item {
                Item::Up(session) => groups.peer_up(session, node(from), orders),
                Item::Said(session, message) => groups.heard(session, message, orders),
                Item::Down(session) => groups.peer_down(session, orders),
            });
            true
        }

        fn user_acts(&mut self, at: usize) {
            let group: Arc<str> = ["a", "b", "c"][self.random(3)].into();
            let (actor, times) = (ActorId(self.random(3) as u64), 1 + self.random(3) as u32);
            match self.random(8) {
                0 => {
                    self.joins[at].retain(|(_, member), _| *member != actor);
                    self.act(at, |groups, orders| groups.actor_gone(actor, orders));
                }
                1..=3 => {
                    let count = self.joins[at].remove(&(group.clone(), actor)).unwrap_or(0).saturating_sub(times);
                    if count > 0 {
                        self.joins[at].insert((group.clone(), actor), count);
                    }
                    self.act(at, |groups, orders| {
                        groups.leave(&group, actor, times, orders);
                    });
                }
                _ => {
                    *self.joins[at].entry((group.clone(), actor)).or_default() += times;
                    let joiner = Joiner { actor, ..joiner(CHAT, 0) };
                    self.act(at, |groups, orders| assert_eq!(groups.join(group, joiner, times, orders), Ok(())));
                }
            }
        }
    }

    /// P1, P2, P3, P5: whatever was joined, left, cut and connected again, in whatever order it arrived.
    #[test]
    fn all_connected_nodes_end_with_the_same_members() {
        for seed in 0..5000 {
            let count = 3 + seed as usize % 3;
            let mut cluster = Cluster {
                rng: seed,
                nodes: (0..count).map(|i| Groups::new(node(i))).collect(),
                views: vec![View::new(); count],
                joins: vec![Joins::new(); count],
                queues: BTreeMap::new(),
                links: BTreeMap::new(),
                sessions: 0,
            };
            for _ in 0..100 {
                let (a, b) = (cluster.random(count), cluster.random(count));
                match cluster.random(16) {
                    0 | 1 => cluster.connect(a, b),
                    2 => cluster.cut(a, b),
                    3..=6 => cluster.user_acts(a),
                    _ => {
                        cluster.deliver_one();
                    }
                }
            }
            for a in 0..count {
                (0..a).for_each(|b| cluster.connect(a, b));
            }
            while cluster.deliver_one() {}
            let mut expected = View::new();
            for (i, joins) in cluster.joins.iter().enumerate() {
                expected.extend(joins.keys().map(|(group, actor)| (group.clone(), node(i), *actor)));
            }
            for (groups, view) in cluster.nodes.iter().zip(&cluster.views) {
                assert_eq!(view, &expected, "seed {seed}: {} sees something else", groups.me);
                let mut read = View::new();
                for group in groups.groups() {
                    read.extend(groups.members(group).into_iter().map(|m| (group.clone(), m.node, m.actor)));
                }
                assert_eq!(read, expected, "seed {seed}");
                let indexed: usize = groups.peers.values().map(|peer| peer.memberships.len()).sum();
                assert_eq!(groups.own.len() + indexed, expected.len(), "seed {seed}");
            }
        }
    }
}
