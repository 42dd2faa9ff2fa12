//! Links across nodes: which actors here are linked with which elsewhere, and how both ends come to agree on it.
//! Never touches an actor or a mailbox: an actor's own table of links follows this one, order by order. The driver reports
//! what actors here ask, what peers say and what ends, and attaches, detaches, delivers and sends as ordered.
//!
//! The rules are those of Erlang's link protocol since OTP 23.3 (ERTS User's Guide, Distribution Protocol, Link Protocol;
//! `erts/emulator/beam/erl_monitor_link.h`), which rest on the order of the frames of a session:
//!
//! - Whoever links says `Link`. Where the link stands already, that says nothing new.
//! - Whoever unlinks says `Unlink` with a number of its own and has no link from then on. The other end has none from when it
//!   arrives, and acknowledges the number, whether there was a link or not.
//! - A `Link` that arrives before the acknowledgement was said before the unlink was known there: it crossed, and is ignored.
//!   Its sender will have no link either, when the unlink gets there.
//! - Whoever links again before the acknowledgement says `Link` again, and has a link from then on. That arrives after the
//!   unlink. The acknowledgement, when it comes, changes nothing.
//! - Whoever was linked and has ended says `Exit`. It ends a link that stands, and no other.
//!
//! Ours besides:
//!
//! - A link is of one session, and ends with it. One that is asked for while none stands waits for the next: what an earlier
//!   session still brings, or its end, does not touch it.
//! - An `Exit` by which a node refuses a link is not the end of an actor, and the link that it meets may be a later one than it
//!   meant. Whoever hears one by a link that stands says it too, so that the other end's does not stand alone.

use std::collections::{BTreeMap, btree_map};

use actor_core::{ActorAddress, ActorId, ExitReason, Incarnation, NodeDownCause, NodeId, NodeName};

use super::session_id::SessionId;

/// How many links there may be with one node before those that it asks for are refused.
pub(crate) const LINKS_MAX: usize = 1_000_000;

/// The links that cross this node's border.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    by_node: BTreeMap<NodeId, BTreeMap<Pair, Link>>,
    /// Numbers the unlinks.
    unlinks: u64,
    most: usize,
}

/// An actor here, and one there.
type Pair = (ActorId, ActorId);

#[derive(Debug, Clone)]
struct Link {
    /// Of which session it is; of the next one if there is none yet.
    session: Option<SessionId>,
    end: End,
}

/// This node's end of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It stands.
    Linked,
    /// It was unlinked here, and that was not acknowledged yet.
    Unlinked(u64),
}

/// What nodes say to each other about a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message {
    /// The sender's actor is linked with the receiver's.
    Link { from: ActorId, to: ActorId },
    /// It is not any more.
    Unlink { id: u64, from: ActorId, to: ActorId },
    /// That was heard.
    UnlinkAck { id: u64, from: ActorId, to: ActorId },
    /// The sender's actor has ended, was not there, or the link is refused.
    Exit { from: ActorId, to: ActorId, reason: ExitReason },
}

/// What the driver is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    /// Say it on this session; without one, on the session to come with this run of the node.
    Send { node: NodeId, session: Option<SessionId>, message: Message },
    /// The actor here is linked; ends in `ended`, at once if there is no such actor.
    Attach { actor: ActorId, with: ActorAddress },
    /// It is not any more: the other one unlinked. What came by the link before stays.
    Detach { actor: ActorId, with: ActorAddress },
    /// It is not any more, nor anything that came by the link: the actor here unlinked.
    Forget { actor: ActorId, with: ActorAddress },
    /// Hand the other one's exit to the actor here; at most one per link, and none after `unlink`.
    Deliver { actor: ActorId, with: ActorAddress, reason: ExitReason },
}

impl Links {
    /// No links; so many may there be with one node before those that it asks for are refused.
    pub(crate) fn new(most: usize) -> Self {
        Links { by_node: BTreeMap::new(), unlinks: 0, most }
    }

    /// An actor here links itself with one there, by the session that stands with its node, if one does. If none does, one
    /// must be on its way.
    pub(crate) fn link(
        &mut self,
        actor: ActorId,
        with: &ActorAddress,
        session: Option<SessionId>,
        orders: &mut Vec<Order>,
    ) {
        if self.get(actor, with).is_some_and(Link::stands) {
            return;
        }
        self.put(actor, with, Link { session, end: End::Linked });
        // What the other end did since the actor put the link into its table may have taken it out.
        orders.push(Order::Attach { actor, with: with.clone() });
        orders.push(send(&with.node, session, Message::Link { from: actor, to: with.actor }));
    }

    /// An actor here unlinks itself.
    pub(crate) fn unlink(&mut self, actor: ActorId, with: &ActorAddress, orders: &mut Vec<Order>) {
        // What the other end did since the actor took the link out of its table may have put it back.
        orders.push(Order::Forget { actor, with: with.clone() });
        let id = self.unlinks + 1;
        let Some(link) = self.get_mut(actor, with).filter(|link| link.stands()) else { return };
        link.end = End::Unlinked(id);
        orders.push(send(&with.node, link.session, Message::Unlink { id, from: actor, to: with.actor }));
        self.unlinks = id;
    }

    /// An actor here that was linked has ended, or was not there when it was attached.
    pub(crate) fn ended(&mut self, actor: ActorId, with: &ActorAddress, reason: ExitReason, orders: &mut Vec<Order>) {
        if let Some(link) = self.take(actor, with, Link::stands) {
            orders.push(send(&with.node, link.session, Message::Exit { from: actor, to: with.actor, reason }));
        }
    }

    /// A peer says something, on this session.
    pub(crate) fn heard(&mut self, session: SessionId, node: &NodeId, message: Message, orders: &mut Vec<Order>) {
        let there = |actor| ActorAddress { node: node.clone(), actor };
        match message {
            Message::Link { from, to } => self.link_heard(session, to, there(from), orders),
            Message::Unlink { id, from, to } => {
                let with = there(from);
                orders.push(send(node, Some(session), Message::UnlinkAck { id, from: to, to: from }));
                if self.take(to, &with, |link| link.stands() && link.is_of(session)).is_some() {
                    orders.push(Order::Detach { actor: to, with });
                }
            }
            Message::UnlinkAck { id, from, to } => {
                self.take(to, &there(from), |link| link.end == End::Unlinked(id));
            }
            Message::Exit { from, to, reason } => {
                let with = there(from);
                if self.take(to, &with, |link| link.stands() && link.is_of(session)).is_some() {
                    if let ExitReason::NodeDown(_) = reason {
                        let reason = reason.clone();
                        orders.push(send(node, Some(session), Message::Exit { from: to, to: from, reason }));
                    }
                    orders.push(Order::Deliver { actor: to, with, reason });
                }
            }
        }
    }

    fn link_heard(&mut self, session: SessionId, actor: ActorId, with: ActorAddress, orders: &mut Vec<Order>) {
        if self.get(actor, &with).is_some() {
            return;
        }
        if self.by_node.get(&with.node).map_or(0, BTreeMap::len) >= self.most {
            let reason = ExitReason::NodeDown(NodeDownCause::Refused);
            orders.push(send(&with.node, Some(session), Message::Exit { from: actor, to: with.actor, reason }));
            return;
        }
        self.put(actor, &with, Link { session: Some(session), end: End::Linked });
        orders.push(Order::Attach { actor, with });
    }

    /// A session stands with this run of a node: what waits for it is its own, and who waits for other runs is told.
    pub(crate) fn session_up(&mut self, session: SessionId, node: &NodeId, orders: &mut Vec<Order>) {
        for other in self.runs(&node.name).filter(|other| other != node).collect::<Vec<_>>() {
            self.fire(&other, &ExitReason::NoSuchActor, orders, |_| true);
        }
        self.wait_for(session, node);
    }

    /// What waits for a session with the node is of this one from now on.
    fn wait_for(&mut self, session: SessionId, node: &NodeId) {
        for link in self.by_node.get_mut(node).into_iter().flat_map(BTreeMap::values_mut) {
            link.session.get_or_insert(session);
        }
    }

    /// A session is over: whoever was linked by it is told, in the order of the actors.
    pub(crate) fn session_over(
        &mut self,
        session: SessionId,
        node: &NodeId,
        cause: NodeDownCause,
        orders: &mut Vec<Order>,
    ) {
        self.fire(node, &ExitReason::NodeDown(cause), orders, |link| link.is_of(session));
    }

    /// Whether there are links with actors of the node.
    pub(crate) fn need(&self, node: &NodeId) -> bool {
        self.by_node.contains_key(node)
    }

    /// A session has ended without anything of these links on it: they are of the next one.
    pub(crate) fn wait_for_next(&mut self, session: SessionId, node: &NodeId) {
        let links = self.by_node.get_mut(node).into_iter().flat_map(BTreeMap::values_mut);
        links.filter(|link| link.is_of(session)).for_each(|link| link.session = None);
    }

    /// No node of that name can be reached: whoever waits for a session with it is told; for one whose session still drains,
    /// when that is over (M5).
    pub(crate) fn unreachable(
        &mut self,
        name: &NodeName,
        draining: Option<(SessionId, &NodeId)>,
        orders: &mut Vec<Order>,
    ) {
        for node in self.runs(name).collect::<Vec<_>>() {
            if let Some((session, _)) = draining.filter(|(_, draining)| **draining == node) {
                self.wait_for(session, &node);
                continue;
            }
            let reason = ExitReason::NodeDown(NodeDownCause::Refused);
            self.fire(&node, &reason, orders, |link| link.session.is_none());
        }
    }

    /// The runs of a node with which there are links.
    fn runs(&self, name: &NodeName) -> impl Iterator<Item = NodeId> {
        let from = NodeId { name: name.clone(), incarnation: Incarnation(0) };
        self.by_node.range(from..).map(|(node, _)| node).take_while(move |node| node.name == *name).cloned()
    }

    /// Ends links with a node, with a word to those for whom they stand.
    fn fire(&mut self, node: &NodeId, reason: &ExitReason, orders: &mut Vec<Order>, whom: impl Fn(&Link) -> bool) {
        let Some(links) = self.by_node.get_mut(node) else { return };
        links.retain(|(actor, other), link| {
            let ends = whom(link);
            if ends && link.stands() {
                let with = ActorAddress { node: node.clone(), actor: *other };
                orders.push(Order::Deliver { actor: *actor, with, reason: reason.clone() });
            }
            !ends
        });
        if links.is_empty() {
            self.by_node.remove(node);
        }
    }

    /// All that is kept: who with whom, and whether the link stands.
    #[cfg(test)]
    pub(crate) fn kept(&self) -> impl Iterator<Item = (ActorId, NodeId, ActorId, bool)> {
        let kept = |(node, links): (&NodeId, &BTreeMap<Pair, Link>)| {
            let node = node.clone();
            let links = links.iter().map(|((actor, other), link)| (*actor, *other, link.stands())).collect::<Vec<_>>();
            links.into_iter().map(move |(actor, other, stands)| (actor, node.clone(), other, stands))
        };
        self.by_node.iter().flat_map(kept)
    }

    fn get(&self, actor: ActorId, with: &ActorAddress) -> Option<&Link> {
        self.by_node.get(&with.node)?.get(&(actor, with.actor))
    }

    fn get_mut(&mut self, actor: ActorId, with: &ActorAddress) -> Option<&mut Link> {
        self.by_node.get_mut(&with.node)?.get_mut(&(actor, with.actor))
    }

    fn put(&mut self, actor: ActorId, with: &ActorAddress, link: Link) {
        self.by_node.entry(with.node.clone()).or_default().insert((actor, with.actor), link);
    }

    /// Takes a link out, if it is such a one.
    fn take(&mut self, actor: ActorId, with: &ActorAddress, such: impl FnOnce(&Link) -> bool) -> Option<Link> {
        let btree_map::Entry::Occupied(mut links) = self.by_node.entry(with.node.clone()) else { return None };
        let btree_map::Entry::Occupied(link) = links.get_mut().entry((actor, with.actor)) else { return None };
        let taken = such(link.get()).then(|| link.remove());
        if links.get().is_empty() {
            links.remove();
        }
        taken
    }
}

impl Link {
    fn stands(&self) -> bool {
        self.end == End::Linked
    }

    fn is_of(&self, session: SessionId) -> bool {
        self.session == Some(session)
    }
}

fn send(node: &NodeId, session: Option<SessionId>, message: Message) -> Order {
    Order::Send { node: node.clone(), session, message }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, VecDeque};

    use super::*;

    const S: SessionId = SessionId(7);
    const LATER: SessionId = SessionId(8);
    /// Ours.
    const A: ActorId = ActorId(1);
    /// Theirs.
    const B: ActorId = ActorId(2);

    fn node(i: u64) -> NodeId {
        NodeId { name: "n@host:7000".parse().unwrap(), incarnation: Incarnation(i) }
    }

    fn b() -> ActorAddress {
        ActorAddress { node: node(1), actor: B }
    }

    fn ordered(act: impl FnOnce(&mut Vec<Order>)) -> Vec<Order> {
        let mut orders = Vec::new();
        act(&mut orders);
        orders
    }

    fn heard(l: &mut Links, session: SessionId, message: Message) -> Vec<Order> {
        ordered(|o| l.heard(session, &node(1), message, o))
    }

    fn said(session: Option<SessionId>, message: Message) -> Order {
        send(&node(1), session, message)
    }

    fn exits(reason: ExitReason) -> Message {
        Message::Exit { from: B, to: A, reason }
    }

    fn delivered(reason: ExitReason) -> Order {
        Order::Deliver { actor: A, with: b(), reason }
    }

    fn refused() -> ExitReason {
        ExitReason::NodeDown(NodeDownCause::Refused)
    }

    const THEY_LINK: Message = Message::Link { from: B, to: A };

    /// `A` is linked with `B`, by their session or waiting for one.
    fn linked(session: Option<SessionId>) -> Links {
        let mut l = Links::new(LINKS_MAX);
        let attach = Order::Attach { actor: A, with: b() };
        let say = said(session, Message::Link { from: A, to: B });
        assert_eq!(ordered(|o| l.link(A, &b(), session, o)), [attach, say]);
        l
    }

    /// L1: there is one link at most, whoever asks for it how often.
    #[test]
    fn linking_again_changes_nothing() {
        let mut l = linked(Some(S));
        assert_eq!(ordered(|o| l.link(A, &b(), Some(S), o)), []);
        assert_eq!(heard(&mut l, S, THEY_LINK), []);
        assert_eq!(heard(&mut l, S, exits(ExitReason::Killed)), [delivered(ExitReason::Killed)]);
        assert_eq!(heard(&mut l, S, exits(ExitReason::Killed)), []);
        assert!(l.by_node.is_empty());
    }

    /// L1: links have no direction.
    #[test]
    fn a_link_that_the_peer_asked_for_is_one_like_any_other() {
        let mut l = Links::new(LINKS_MAX);
        assert_eq!(heard(&mut l, S, THEY_LINK), [Order::Attach { actor: A, with: b() }]);
        assert_eq!(ordered(|o| l.link(A, &b(), Some(S), o)), []);
        let exit = Message::Exit { from: A, to: B, reason: ExitReason::Killed };
        assert_eq!(ordered(|o| l.ended(A, &b(), ExitReason::Killed, o)), [said(Some(S), exit)]);
        assert_eq!(ordered(|o| l.ended(A, &b(), ExitReason::Killed, o)), []);
        assert!(l.by_node.is_empty());
    }

    /// L1
    #[test]
    fn nothing_arrives_after_an_unlink_and_a_link_that_crossed_it_is_ignored() {
        let mut l = linked(Some(S));
        let unlink = said(Some(S), Message::Unlink { id: 1, from: A, to: B });
        assert_eq!(ordered(|o| l.unlink(A, &b(), o)), [Order::Forget { actor: A, with: b() }, unlink]);
        assert_eq!(heard(&mut l, S, THEY_LINK), []);
        assert_eq!(heard(&mut l, S, exits(ExitReason::Killed)), []);
        heard(&mut l, S, Message::UnlinkAck { id: 1, from: B, to: A });
        assert_eq!(heard(&mut l, S, THEY_LINK), [Order::Attach { actor: A, with: b() }]);
    }

    /// L1
    #[test]
    fn a_link_renewed_before_the_acknowledgement_stands() {
        let mut l = linked(Some(S));
        ordered(|o| l.unlink(A, &b(), o));
        let renewed = ordered(|o| l.link(A, &b(), Some(S), o));
        assert_eq!(renewed.last(), Some(&said(Some(S), Message::Link { from: A, to: B })));
        heard(&mut l, S, Message::UnlinkAck { id: 1, from: B, to: A });
        assert_eq!(heard(&mut l, S, exits(ExitReason::Killed)), [delivered(ExitReason::Killed)]);
    }

    /// L1: an unlink is acknowledged whatever there is, and ends what there is.
    #[test]
    fn an_unlink_that_arrives_is_always_acknowledged() {
        let mut l = linked(Some(S));
        let unlink = |id| Message::Unlink { id, from: B, to: A };
        let ack = |id| said(Some(S), Message::UnlinkAck { id, from: A, to: B });
        assert_eq!(heard(&mut l, S, unlink(5)), [ack(5), Order::Detach { actor: A, with: b() }]);
        assert_eq!(heard(&mut l, S, unlink(6)), [ack(6)]);
        assert!(l.by_node.is_empty());
    }

    /// L2, S2: a link is of one session; those that wait for the next one are not touched by the end of the last.
    #[test]
    fn a_session_that_is_over_ends_its_links_and_no_others() {
        let (mut l, mut waiting) = (linked(Some(S)), linked(None));
        let over = |l: &mut Links| ordered(|o| l.session_over(S, &node(1), NodeDownCause::Silent, o));
        assert_eq!(over(&mut l), [delivered(ExitReason::NodeDown(NodeDownCause::Silent))]);
        assert!(l.by_node.is_empty());
        let ack = said(Some(S), Message::UnlinkAck { id: 1, from: A, to: B });
        assert_eq!(heard(&mut waiting, S, Message::Unlink { id: 1, from: B, to: A }), [ack]);
        assert_eq!(heard(&mut waiting, S, exits(ExitReason::Killed)), []);
        assert_eq!(over(&mut waiting), []);
        assert_eq!(ordered(|o| waiting.session_up(LATER, &node(1), o)), []);
        assert_eq!(heard(&mut waiting, LATER, exits(ExitReason::Killed)), [delivered(ExitReason::Killed)]);
    }

    /// L1: what was unlinked while its session drains is not acknowledged any more.
    #[test]
    fn what_was_unlinked_is_forgotten_with_its_session() {
        let mut l = linked(Some(S));
        ordered(|o| l.unlink(A, &b(), o));
        assert_eq!(heard(&mut l, S, THEY_LINK), []);
        assert_eq!(ordered(|o| l.session_over(S, &node(1), NodeDownCause::Closed, o)), []);
        assert!(l.by_node.is_empty());
    }

    /// L2, N1
    #[test]
    fn a_link_that_waits_is_told_that_nobody_was_reached_or_that_it_is_another_run() {
        let mut l = linked(None);
        assert_eq!(ordered(|o| l.unreachable(&node(1).name, None, o)), [delivered(refused())]);
        let mut l = linked(None);
        assert_eq!(ordered(|o| l.session_up(S, &node(2), o)), [delivered(ExitReason::NoSuchActor)]);
        assert!(l.by_node.is_empty());
        let mut l = linked(None);
        ordered(|o| l.unlink(A, &b(), o));
        assert_eq!(ordered(|o| l.unreachable(&node(1).name, None, o)), []);
        assert!(l.by_node.is_empty());
    }

    /// F1, L1: whatever link a refusal meets, it ends both ends of it.
    #[test]
    fn a_node_is_refused_links_beyond_its_bound() {
        let mut full = Links::new(0);
        let refusal = said(Some(S), Message::Exit { from: A, to: B, reason: refused() });
        assert_eq!(heard(&mut full, S, THEY_LINK), std::slice::from_ref(&refusal));
        let mut l = linked(Some(S));
        assert_eq!(heard(&mut l, S, exits(refused())), [refusal, delivered(refused())]);
        assert_eq!(heard(&mut l, S, exits(refused())), []);
    }

    /// One of two actors that link and unlink each other, and its node.
    #[derive(Debug, Clone)]
    struct Side {
        links: Links,
        /// Whether its own table has the link.
        tied: bool,
        alive: bool,
        /// What is on its way to it.
        inbox: VecDeque<Message>,
        /// How often it may still link or unlink.
        acts: u8,
        /// The other one has ended while their link stood, and this one is not told yet.
        to_be_told: bool,
    }

    #[derive(Debug, Clone, Copy)]
    enum Act {
        Toggle,
        End,
        /// From now on, or no more, its node refuses links.
        Refuse,
        Hear,
    }

    const ACTORS: [ActorId; 2] = [A, B];

    fn step(sides: &mut [Side; 2], at: usize, act: Act) -> bool {
        let other = 1 - at;
        let quiet = sides.iter().all(|side| side.inbox.is_empty());
        let with = ActorAddress { node: node(other as u64), actor: ACTORS[other] };
        let standing = quiet && sides[0].tied && sides[1].tied;
        let side = &mut sides[at];
        let orders = match act {
            Act::Toggle | Act::End if !side.alive || side.acts == 0 => return false,
            Act::Toggle => {
                side.acts -= 1;
                side.to_be_told = false;
                side.tied = !side.tied;
                match side.tied {
                    true => ordered(|o| side.links.link(ACTORS[at], &with, Some(S), o)),
                    false => ordered(|o| side.links.unlink(ACTORS[at], &with, o)),
                }
            }
            Act::End => {
                (side.alive, side.to_be_told) = (false, false);
                let tied = std::mem::take(&mut side.tied);
                let orders = ordered(|o| side.links.ended(ACTORS[at], &with, ExitReason::Killed, o));
                sides[other].to_be_told = standing;
                if tied { orders } else { Vec::new() }
            }
            Act::Refuse if side.acts == 0 => return false,
            Act::Refuse => {
                side.acts -= 1;
                side.links.most = LINKS_MAX - side.links.most;
                Vec::new()
            }
            Act::Hear => {
                let Some(message) = side.inbox.pop_front() else { return false };
                ordered(|o| side.links.heard(S, &with.node, message, o))
            }
        };
        carry_out(sides, at, orders);
        true
    }

    fn carry_out(sides: &mut [Side; 2], at: usize, orders: Vec<Order>) {
        for order in orders {
            match order {
                Order::Send { message, .. } => sides[1 - at].inbox.push_back(message),
                Order::Attach { actor, with } => match sides[at].alive {
                    true => sides[at].tied = true,
                    false => {
                        let missed = ordered(|o| sides[at].links.ended(actor, &with, ExitReason::NoSuchActor, o));
                        carry_out(sides, at, missed);
                    }
                },
                Order::Detach { .. } | Order::Forget { .. } => sides[at].tied = false,
                Order::Deliver { .. } => {
                    let stood = std::mem::take(&mut sides[at].tied) || !sides[at].alive;
                    assert!(stood, "an exit came by a link that does not stand: {sides:?}");
                    sides[at].to_be_told = false;
                }
            }
        }
    }

    /// L1, L2, L3: in every order in which two actors can link, unlink and end, with refusals in between, and in which what
    /// they say can arrive, both ends agree once all of it has.
    #[test]
    fn both_ends_agree_whatever_crosses() {
        let side = |acts| Side {
            links: Links::new(LINKS_MAX),
            tied: false,
            alive: true,
            inbox: VecDeque::new(),
            acts,
            to_be_told: false,
        };
        let mut seen = BTreeSet::new();
        let mut open = vec![[side(4), side(3)]];
        while let Some(sides) = open.pop() {
            if !seen.insert(format!("{sides:?}")) {
                continue;
            }
            if sides.iter().all(|side| side.inbox.is_empty()) {
                assert_eq!(sides[0].tied, sides[1].tied, "{sides:?}");
                for side in &sides {
                    assert_eq!(side.tied, !side.links.by_node.is_empty(), "{side:?}");
                    assert!(!side.to_be_told, "{sides:?}");
                }
            }
            for act in [Act::Toggle, Act::End, Act::Refuse, Act::Hear] {
                for at in [0, 1] {
                    let mut next = sides.clone();
                    if step(&mut next, at, act) {
                        open.push(next);
                    }
                }
            }
        }
        assert!(seen.len() > 10_000, "{} situations", seen.len());
    }
}
