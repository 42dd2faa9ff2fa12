//! Cluster-wide names: who may take one, who holds it, and what a look-up on this node says.
//! Never waits for a node without a deadline, never publishes another node's entry, and never hears of hidden nodes.
//! The driver reports sessions, messages, registrations, ended actors and the time, and carries the orders out.
//!
//! Every node publishes its own entries in its own stream; the others hold replicas, which vanish with the session.
//! To register, an owner asks the name's *arbiter* for a grant: the node of its view with the highest rendezvous weight
//! (Thaler and Ravishankar 1996). It then publishes, and has the name when every peer of that moment said so. Terms are
//! one Lamport counter: every message carries it on, and a new peer's snapshot ends with it, so that a grant is above
//! every term that anybody in the arbiter's view has seen. An arbiter grants only when it has the snapshots of all peers.
//!
//! Views can differ while nodes join, and halves can be cut apart: then one name may be published twice. Of two entries
//! the one with the higher term stands, on a tie the one of the lower owner (name first, then incarnation). Every node
//! keeps the better and tells the owner of the worse, which withdraws; an owner that hears of a better entry withdraws
//! by itself. Since owners need each other's word before they answer, of two that see each other only one ever answers
//! Ok.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem,
    sync::Arc,
    time::Instant,
};

use actor_core::{ActorId, NodeId, wire::Edge};

use super::session_id::SessionId;

/// The longest name, in bytes.
pub(crate) const NAME_MAX: usize = 255;
/// The longest protocol URI that is accepted from a peer, in bytes.
pub(crate) const URI_MAX: usize = 1024;
/// How many entries one session may publish here, and how many claims of its wait here for the snapshots.
const REPLICAS_MAX: usize = if cfg!(test) { 50 } else { 1_000_000 };
/// How many grants may be on their way to becoming entries.
const GRANTS_MAX: usize = if cfg!(test) { 50 } else { 1_000_000 };

/// What this node owns, arbitrates and has heard of.
#[derive(Debug)]
pub(crate) struct Names {
    me: NodeId,
    /// The highest term seen or granted.
    highest: u64,
    peers: BTreeMap<SessionId, Peer>,
    /// Own entries, published or being published. A name is never both here and in `replicas`.
    own: BTreeMap<Arc<str>, Entry>,
    own_by_actor: BTreeSet<(ActorId, Arc<str>)>,
    replicas: BTreeMap<Arc<str>, Replica>,
    registrations: BTreeMap<Arc<str>, Registration>,
    deadlines: BTreeSet<(Instant, Arc<str>)>,
    /// Given to peers, and neither published, given back nor lost with the session yet.
    grants: BTreeMap<Arc<str>, Grant>,
    ignored: u64,
}

/// What is to be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) name: Arc<str>,
    /// The protocol's URI, for messages about it.
    pub(crate) uri: Arc<str>,
    pub(crate) edge: Edge,
    pub(crate) version: u16,
    /// The local actor that the name is to stand for.
    pub(crate) actor: ActorId,
}

/// A name that stands, as its owner publishes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: Arc<str>,
    pub(crate) uri: Arc<str>,
    pub(crate) edge: Edge,
    pub(crate) version: u16,
    pub(crate) actor: ActorId,
    pub(crate) term: u64,
}

/// What nodes say to each other about names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message {
    /// To the arbiter: may I have it? `term` is the highest that the claimant has seen.
    Claim { request: u64, name: Arc<str>, term: u64 },
    /// You may; publish it or give it back.
    Granted { request: u64, name: Arc<str>, term: u64 },
    /// It is held, or granted, already.
    Taken { request: u64, name: Arc<str>, owner: NodeId },
    /// A grant comes back unused.
    Release { name: Arc<str>, term: u64 },
    /// This is mine now.
    Publish(Entry),
    /// A look-up here says so.
    Published { name: Arc<str>, term: u64 },
    /// It is mine no more.
    Withdraw { name: Arc<str>, term: u64 },
    /// I know a better entry than the one you published.
    Conflict { name: Arc<str>, term: u64, winner_term: u64, winner: NodeId },
    /// Please withdraw it.
    Unregister { name: Arc<str>, term: u64 },
    /// The end of a snapshot: the sender's highest term.
    Synced { term: u64 },
}

/// What the driver is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    /// On the session's message lane.
    Send { session: SessionId, message: Message },
    /// A look-up says this from now on.
    Set { owner: NodeId, entry: Entry },
    /// A look-up finds nothing from now on.
    Unset { name: Arc<str> },
    /// To whoever asked for the registration: the term, or why not. Exactly once per request.
    Answer { request: u64, result: Result<u64, RegisterFailure> },
    /// A name that this node held, and had answered for, went to a better entry.
    Lost { name: Arc<str>, winner: NodeId },
}

/// Why a name was not registered. Nothing of the attempt stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RegisterFailure {
    /// That node holds it or is about to.
    Taken { owner: NodeId },
    /// Not all nodes confirmed it in time, or it was unregistered meanwhile, or the name is too long.
    Unknown,
    /// The actor ended first.
    OwnerGone,
}

#[derive(Debug)]
struct Peer {
    node: NodeId,
    /// Whether all of its snapshot has arrived.
    synced: bool,
    /// The names of its entries that are kept here.
    names: BTreeSet<Arc<str>>,
    /// Claims that wait for the snapshots of all peers: request and name.
    deferred: Vec<(u64, Arc<str>)>,
}

#[derive(Debug)]
struct Replica {
    session: SessionId,
    entry: Entry,
}

#[derive(Debug)]
struct Grant {
    session: SessionId,
    term: u64,
}

#[derive(Debug)]
struct Registration {
    request: u64,
    deadline: Instant,
    offer: Offer,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// Asked of that session's node, or of this one, which waits for snapshots.
    Claiming { arbiter: Option<SessionId> },
    /// Granted and published; these have not confirmed it yet.
    Publishing { waiting: BTreeSet<SessionId> },
}

impl Names {
    /// A node alone that holds no names.
    pub(crate) fn new(me: NodeId) -> Self {
        Names {
            me,
            highest: 0,
            peers: BTreeMap::new(),
            own: BTreeMap::new(),
            own_by_actor: BTreeSet::new(),
            replicas: BTreeMap::new(),
            registrations: BTreeMap::new(),
            deadlines: BTreeSet::new(),
            grants: BTreeMap::new(),
            ignored: 0,
        }
    }

    /// Takes a name for a local actor; ends in one `Answer`. A name that this node holds is answered at once: Ok for the
    /// same actor under the same protocol.
    pub(crate) fn register(&mut self, request: u64, offer: Offer, deadline: Instant, orders: &mut Vec<Order>) {
        let name = offer.name.clone();
        let taken = Err(RegisterFailure::Taken { owner: self.me.clone() });
        let at_once = match self.own.get(&name) {
            _ if name.len() > NAME_MAX => Some(Err(RegisterFailure::Unknown)),
            _ if self.registrations.contains_key(&name) => Some(taken),
            Some(own) if own.actor == offer.actor && own.edge == offer.edge => Some(Ok(own.term)),
            Some(_) => Some(taken),
            None => None,
        };
        if let Some(result) = at_once {
            orders.push(Order::Answer { request, result });
            return;
        }
        self.deadlines.insert((deadline, name.clone()));
        let stage = Stage::Claiming { arbiter: None };
        self.registrations.insert(name.clone(), Registration { request, deadline, offer, stage });
        self.claim(&name, orders);
    }

    /// Takes a name from whoever holds it, as far as is known here; answers whether anybody does. A registration of this
    /// node that is under way ends with `Unknown`.
    pub(crate) fn unregister(&mut self, name: &str, orders: &mut Vec<Order>) -> bool {
        if let Some(Replica { session, entry }) = self.replicas.get(name) {
            let message = Message::Unregister { name: entry.name.clone(), term: entry.term };
            orders.push(Order::Send { session: *session, message });
            return true;
        }
        self.take_back(&Arc::from(name), RegisterFailure::Unknown, orders)
    }

    /// A local actor ended: its names go, and its registrations are answered.
    pub(crate) fn actor_gone(&mut self, actor: ActorId, orders: &mut Vec<Order>) {
        let from = (actor, Arc::from(""));
        let held = self.own_by_actor.range(from..).take_while(|(owner, _)| *owner == actor);
        let claimed = self.registrations.iter().filter(|(_, r)| r.offer.actor == actor).map(|(name, _)| name);
        let names: BTreeSet<Arc<str>> = held.map(|(_, name)| name).chain(claimed).cloned().collect();
        for name in names {
            self.take_back(&name, RegisterFailure::OwnerGone, orders);
        }
    }

    /// A session with a visible node stands: it is sent everything that this node owns.
    pub(crate) fn peer_up(&mut self, session: SessionId, node: NodeId, orders: &mut Vec<Order>) {
        let entries = self.own.values().cloned().map(Message::Publish);
        let snapshot = entries.chain([Message::Synced { term: self.highest }]);
        orders.extend(snapshot.map(|message| Order::Send { session, message }));
        let peer = Peer { node, synced: false, names: BTreeSet::new(), deferred: Vec::new() };
        self.peers.insert(session, peer);
    }

    /// A session ended: what its node owned is forgotten, and nobody waits for it any more.
    pub(crate) fn peer_down(&mut self, session: SessionId, orders: &mut Vec<Order>) {
        let Some(peer) = self.peers.remove(&session) else { return };
        for name in peer.names {
            self.replicas.remove(&name);
            orders.push(Order::Unset { name });
        }
        self.grants.retain(|_, grant| grant.session != session);
        let (mut confirmed, mut unanswered) = (Vec::new(), Vec::new());
        for (name, registration) in &mut self.registrations {
            match &mut registration.stage {
                Stage::Claiming { arbiter } if *arbiter == Some(session) => unanswered.push(name.clone()),
                Stage::Claiming { .. } => {}
                Stage::Publishing { waiting } => {
                    if waiting.remove(&session) && waiting.is_empty() {
                        confirmed.push(name.clone());
                    }
                }
            }
        }
        for name in confirmed {
            self.confirm(&name, orders);
        }
        for name in unanswered {
            self.claim(&name, orders);
        }
        self.resume(orders);
    }

    /// A peer said something. Nothing is heard on a session that does not stand.
    pub(crate) fn heard(&mut self, session: SessionId, message: Message, orders: &mut Vec<Order>) {
        if !self.peers.contains_key(&session) {
            return;
        }
        let (name, term) = message.gist();
        if name.len() > NAME_MAX {
            self.ignored += 1;
            return;
        }
        self.highest = self.highest.max(term);
        match message {
            Message::Claim { request, name, .. } => self.claim_heard(session, request, name, orders),
            Message::Granted { request, name, term } => self.granted(session, request, name, term, orders),
            Message::Taken { request, name, owner } => {
                if self.asked(session, request, &name) {
                    self.finish(&name, Err(RegisterFailure::Taken { owner }), orders);
                }
            }
            Message::Release { name, term } => {
                if self.grants.get(&name).is_some_and(|grant| grant.session == session && grant.term == term) {
                    self.grants.remove(&name);
                }
            }
            Message::Publish(entry) => self.publish_heard(session, entry, orders),
            Message::Published { name, term } => self.published_heard(session, &name, term, orders),
            Message::Withdraw { name, term } => self.withdraw_heard(session, &name, term, orders),
            Message::Conflict { name, term, winner_term, winner } => {
                let worse = beats((winner_term, &winner), (term, &self.me));
                if worse && self.owns(&name, term) {
                    self.lose(&name, winner, orders);
                }
            }
            Message::Unregister { name, term } => {
                if self.owns(&name, term) {
                    self.take_back(&name, RegisterFailure::Unknown, orders);
                }
            }
            Message::Synced { .. } => {
                if let Some(peer) = self.peers.get_mut(&session) {
                    peer.synced = true;
                }
                self.resume(orders);
            }
        }
    }

    /// Time has passed: registrations past their deadline are taken back.
    pub(crate) fn tick(&mut self, now: Instant, orders: &mut Vec<Order>) {
        while let Some((_, name)) = self.deadlines.first().filter(|(deadline, _)| *deadline <= now) {
            let name = name.clone();
            self.take_back(&name, RegisterFailure::Unknown, orders);
        }
    }

    /// When `tick` has something to do.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    /// How many messages were ignored because they were beyond a bound.
    #[cfg_attr(not(test), expect(dead_code, reason = "nobody reports it yet"))]
    pub(crate) fn ignored(&self) -> u64 {
        self.ignored
    }

    /// Asks the arbiter for the name, unless a look-up shows already that it is taken.
    fn claim(&mut self, name: &Arc<str>, orders: &mut Vec<Order>) {
        if let Some(owner) = self.replica_owner(name) {
            self.finish(name, Err(RegisterFailure::Taken { owner }), orders);
            return;
        }
        let chosen = self.arbiter(name);
        let Some(Registration { request, stage, .. }) = self.registrations.get_mut(name) else { return };
        *stage = Stage::Claiming { arbiter: chosen };
        if let Some(session) = chosen {
            let message = Message::Claim { request: *request, name: name.clone(), term: self.highest };
            orders.push(Order::Send { session, message });
        } else if self.is_synced() {
            match self.grantee(name) {
                Some(owner) => self.finish(name, Err(RegisterFailure::Taken { owner }), orders),
                None => {
                    let term = self.next_term();
                    self.publish(name, term, orders);
                }
            }
        }
    }

    /// As arbiter: grants, refuses, or waits for the snapshots of all peers.
    fn claim_heard(&mut self, session: SessionId, request: u64, name: Arc<str>, orders: &mut Vec<Order>) {
        let synced = self.is_synced();
        let Some(peer) = self.peers.get_mut(&session) else { return };
        if !synced && peer.deferred.len() < REPLICAS_MAX {
            peer.deferred.push((request, name));
            return;
        }
        // A second claim by one node means that it gave the first one up: the grant is renewed.
        let (claimant, granted) = (peer.node.clone(), self.grantee(&name));
        let holder = self.own.get(&name).map(|_| self.me.clone()).or_else(|| self.replica_owner(&name));
        if let Some(owner) = holder.or_else(|| granted.filter(|grantee| *grantee != claimant)) {
            let message = Message::Taken { request, name, owner };
            orders.push(Order::Send { session, message });
        } else if !synced || self.grants.len() >= GRANTS_MAX {
            self.ignored += 1;
        } else {
            let term = self.next_term();
            self.grants.insert(name.clone(), Grant { session, term });
            let message = Message::Granted { request, name, term };
            orders.push(Order::Send { session, message });
        }
    }

    /// Publishes, unless the registration is over or another's entry was heard of meanwhile.
    fn granted(&mut self, session: SessionId, request: u64, name: Arc<str>, term: u64, orders: &mut Vec<Order>) {
        let (asked, owner) = (self.asked(session, request, &name), self.replica_owner(&name));
        if asked && owner.is_none() {
            self.publish(&name, term, orders);
            return;
        }
        let message = Message::Release { name: name.clone(), term };
        orders.push(Order::Send { session, message });
        if let Some(owner) = owner.filter(|_| asked) {
            self.finish(&name, Err(RegisterFailure::Taken { owner }), orders);
        }
    }

    fn publish(&mut self, name: &Arc<str>, term: u64, orders: &mut Vec<Order>) {
        let Some(registration) = self.registrations.get_mut(name) else { return };
        let waiting: BTreeSet<SessionId> = self.peers.keys().copied().collect();
        let alone = waiting.is_empty();
        registration.stage = Stage::Publishing { waiting };
        let Offer { name, uri, edge, version, actor } = registration.offer.clone();
        let entry = Entry { name: name.clone(), uri, edge, version, actor, term };
        self.own_by_actor.insert((actor, name.clone()));
        self.own.insert(name.clone(), entry.clone());
        orders.push(Order::Set { owner: self.me.clone(), entry: entry.clone() });
        self.broadcast(&Message::Publish(entry), orders);
        if alone {
            self.confirm(&name, orders);
        }
    }

    /// Keeps the better of a peer's entry and what is known here, and says so to the owners.
    fn publish_heard(&mut self, session: SessionId, entry: Entry, orders: &mut Vec<Order>) {
        let name = entry.name.clone();
        if self.grants.get(&name).is_some_and(|grant| grant.session == session) {
            self.grants.remove(&name);
        }
        let Some(peer) = self.peers.get(&session) else { return };
        let is_full = peer.names.len() >= REPLICAS_MAX && !peer.names.contains(&name);
        if is_full || entry.uri.len() > URI_MAX {
            self.ignored += 1;
            return;
        }
        let publisher = peer.node.clone();
        if let Some((term, owner, holder)) = self.rival(&name, session) {
            if beats((term, &owner), (entry.term, &publisher)) {
                let message = Message::Conflict { name, term: entry.term, winner_term: term, winner: owner };
                orders.push(Order::Send { session, message });
                return;
            }
            match holder {
                None => self.lose(&name, publisher.clone(), orders),
                Some(holder) => {
                    let (winner_term, winner) = (entry.term, publisher.clone());
                    let message = Message::Conflict { name: name.clone(), term, winner_term, winner };
                    orders.push(Order::Send { session: holder, message });
                    self.forget_replica(&name);
                }
            }
        }
        if let Some(peer) = self.peers.get_mut(&session) {
            peer.names.insert(name.clone());
        }
        let message = Message::Published { name: name.clone(), term: entry.term };
        self.replicas.insert(name, Replica { session, entry: entry.clone() });
        orders.push(Order::Set { owner: publisher, entry });
        orders.push(Order::Send { session, message });
    }

    fn published_heard(&mut self, session: SessionId, name: &Arc<str>, term: u64, orders: &mut Vec<Order>) {
        if !self.owns(name, term) {
            return;
        }
        if let Some(Registration { stage: Stage::Publishing { waiting }, .. }) = self.registrations.get_mut(name)
            && waiting.remove(&session)
            && waiting.is_empty()
        {
            self.confirm(name, orders);
        }
    }

    fn withdraw_heard(&mut self, session: SessionId, name: &Arc<str>, term: u64, orders: &mut Vec<Order>) {
        if self.replicas.get(name).is_some_and(|held| held.session == session && held.entry.term <= term) {
            self.forget_replica(name);
            orders.push(Order::Unset { name: name.clone() });
        }
    }

    /// The last snapshot has arrived, or the last node without one is gone: goes on with what waited for it.
    fn resume(&mut self, orders: &mut Vec<Order>) {
        if !self.is_synced() {
            return;
        }
        let waits = |r: &Registration| matches!(r.stage, Stage::Claiming { arbiter: None });
        let mine: Vec<_> = self.registrations.iter().filter(|(_, r)| waits(r)).map(|(name, _)| name.clone()).collect();
        for name in mine {
            self.claim(&name, orders);
        }
        let deferred = self.peers.iter_mut().map(|(session, peer)| (*session, mem::take(&mut peer.deferred)));
        let deferred: Vec<_> = deferred.filter(|(_, claims)| !claims.is_empty()).collect();
        for (session, claims) in deferred {
            for (request, name) in claims {
                self.claim_heard(session, request, name, orders);
            }
        }
    }

    /// All peers of the time of publishing have it.
    fn confirm(&mut self, name: &Arc<str>, orders: &mut Vec<Order>) {
        let term = self.own.get(name).expect("invariant: what is being published is an own entry").term;
        self.finish(name, Ok(term), orders);
    }

    /// Ends a registration, if there is one.
    fn finish(&mut self, name: &Arc<str>, result: Result<u64, RegisterFailure>, orders: &mut Vec<Order>) {
        if let Some(Registration { request, deadline, .. }) = self.registrations.remove(name) {
            self.deadlines.remove(&(deadline, name.clone()));
            orders.push(Order::Answer { request, result });
        }
    }

    /// Withdraws an own entry and ends its registration, whichever there is. Answers whether there was an entry.
    fn take_back(&mut self, name: &Arc<str>, failure: RegisterFailure, orders: &mut Vec<Order>) -> bool {
        let withdrawn = self.withdraw(name, orders);
        self.finish(name, Err(failure), orders);
        withdrawn
    }

    /// Withdraws an own entry for a better one.
    fn lose(&mut self, name: &Arc<str>, winner: NodeId, orders: &mut Vec<Order>) {
        self.withdraw(name, orders);
        if self.registrations.contains_key(name) {
            self.finish(name, Err(RegisterFailure::Taken { owner: winner }), orders);
        } else {
            orders.push(Order::Lost { name: name.clone(), winner });
        }
    }

    fn withdraw(&mut self, name: &Arc<str>, orders: &mut Vec<Order>) -> bool {
        let Some(Entry { actor, term, .. }) = self.own.remove(name) else { return false };
        self.own_by_actor.remove(&(actor, name.clone()));
        self.broadcast(&Message::Withdraw { name: name.clone(), term }, orders);
        orders.push(Order::Unset { name: name.clone() });
        true
    }

    fn forget_replica(&mut self, name: &Arc<str>) {
        if let Some(Replica { session, .. }) = self.replicas.remove(name)
            && let Some(peer) = self.peers.get_mut(&session)
        {
            peer.names.remove(name);
        }
    }

    fn broadcast(&self, message: &Message, orders: &mut Vec<Order>) {
        orders.extend(self.peers.keys().map(|session| Order::Send { session: *session, message: message.clone() }));
    }

    /// The session of the node that decides who gets the name; none if it is this one.
    fn arbiter(&self, name: &str) -> Option<SessionId> {
        let weigh = |node: &NodeId| weight(name, node.name.as_str());
        let mut best = (weigh(&self.me), &self.me.name, None);
        for (session, Peer { node, .. }) in &self.peers {
            best = best.max((weigh(node), &node.name, Some(*session)));
        }
        best.2
    }

    fn is_synced(&self) -> bool {
        self.peers.values().all(|peer| peer.synced)
    }

    /// A peer that drives the counter to its end stops terms from growing, and no more than that.
    fn next_term(&mut self) -> u64 {
        self.highest = self.highest.saturating_add(1);
        self.highest
    }

    fn owns(&self, name: &str, term: u64) -> bool {
        self.own.get(name).is_some_and(|entry| entry.term == term)
    }

    /// Whether this session's node was asked for the name by this request, and the registration still waits for it.
    fn asked(&self, session: SessionId, request: u64, name: &str) -> bool {
        let waits = |r: &Registration| matches!(r.stage, Stage::Claiming { arbiter } if arbiter == Some(session));
        self.registrations.get(name).is_some_and(|r| r.request == request && waits(r))
    }

    fn node(&self, session: SessionId) -> Option<NodeId> {
        self.peers.get(&session).map(|peer| peer.node.clone())
    }

    fn replica_owner(&self, name: &str) -> Option<NodeId> {
        self.replicas.get(name).and_then(|replica| self.node(replica.session))
    }

    fn grantee(&self, name: &str) -> Option<NodeId> {
        self.grants.get(name).and_then(|grant| self.node(grant.session))
    }

    /// Who holds the name other than that session: the term, the owner, and the owner's session if it is not this node.
    fn rival(&self, name: &str, session: SessionId) -> Option<(u64, NodeId, Option<SessionId>)> {
        if let Some(own) = self.own.get(name) {
            return Some((own.term, self.me.clone(), None));
        }
        let replica = self.replicas.get(name).filter(|replica| replica.session != session)?;
        Some((replica.entry.term, self.node(replica.session)?, Some(replica.session)))
    }
}

impl Message {
    /// The name that it is about, and the highest term in it.
    fn gist(&self) -> (&str, u64) {
        match self {
            Message::Claim { name, term, .. }
            | Message::Granted { name, term, .. }
            | Message::Release { name, term }
            | Message::Publish(Entry { name, term, .. })
            | Message::Published { name, term }
            | Message::Withdraw { name, term }
            | Message::Unregister { name, term } => (name, *term),
            Message::Conflict { name, term, winner_term, .. } => (name, *term.max(winner_term)),
            Message::Taken { name, .. } => (name, 0),
            Message::Synced { term } => ("", *term),
        }
    }
}

/// Whether the first entry, of a term and an owner, is better than the second.
fn beats(first: (u64, &NodeId), second: (u64, &NodeId)) -> bool {
    (first.0, second.1) > (second.0, first.1)
}

/// How much a node is a name's arbiter. All nodes of all builds must agree on it: it never changes.
///
/// FNV-1a (Fowler, Noll, Vo; 64 bit) over both, apart by a byte that no text contains, finished with the mixer of
/// MurmurHash3 (Appleby).
fn weight(name: &str, node: &str) -> u64 {
    let bytes = name.bytes().chain([0xff]).chain(node.bytes());
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let mut h = bytes.fold(0xcbf2_9ce4_8422_2325, fold);
    h = (h ^ (h >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    h = (h ^ (h >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    h ^ (h >> 33)
}

#[cfg(test)]
mod tests {
    use std::{collections::VecDeque, time::Duration};

    use actor_core::Incarnation;

    use super::*;

    const EDGE: Edge = Edge::of("bank.Account", &[]);
    const OTHER_EDGE: Edge = Edge::of("chat.Room", &[]);

    #[expect(clippy::disallowed_methods, reason = "an instant can only be had from the clock; its value plays no part")]
    fn start() -> Instant {
        Instant::now()
    }

    fn node(i: usize, incarnation: u64) -> NodeId {
        NodeId { name: format!("n{i}@host:7000").parse().unwrap(), incarnation: Incarnation(incarnation) }
    }

    fn offer(name: &str, actor: u64) -> Offer {
        Offer { name: name.into(), uri: "bank.Account".into(), edge: EDGE, version: 1, actor: ActorId(actor) }
    }

    fn entry(name: &str, term: u64) -> Entry {
        Entry { name: name.into(), uri: "bank.Account".into(), edge: EDGE, version: 1, actor: ActorId(1), term }
    }

    /// What goes one way between two nodes. A session opens and ends within its stream, so that each side learns of it
    /// in its own time.
    #[derive(Debug)]
    enum Item {
        Up(SessionId, NodeId),
        Said(SessionId, Message),
        Down(SessionId),
    }

    impl Item {
        fn session(&self) -> SessionId {
            match self {
                Item::Up(session, _) | Item::Said(session, _) | Item::Down(session) => *session,
            }
        }
    }

    /// A live node, and what its orders made of the look-up and the answers.
    struct Host {
        names: Names,
        view: BTreeMap<Arc<str>, (NodeId, Entry)>,
    }

    type Answers = BTreeMap<u64, Result<u64, RegisterFailure>>;

    struct Cluster {
        rng: u64,
        now: Instant,
        hosts: Vec<Option<Host>>,
        /// By `(from, to)`.
        queues: BTreeMap<(usize, usize), VecDeque<Item>>,
        /// By `(lower, higher)`.
        links: BTreeMap<(usize, usize), SessionId>,
        incarnations: u64,
        requests: BTreeMap<u64, (usize, Offer)>,
        answers: Answers,
        lost: Vec<(usize, Arc<str>, NodeId)>,
        /// Answered Ok and not taken away since: the host, the actor and the term.
        holders: BTreeMap<Arc<str>, Vec<(usize, ActorId, u64)>>,
        /// The terms answered, by name and in order of their answers.
        terms: BTreeMap<Arc<str>, Vec<u64>>,
    }

    impl Cluster {
        fn new(count: usize, seed: u64) -> Cluster {
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
        fn meshed(count: usize, seed: u64) -> Cluster {
            let mut cluster = Cluster::new(count, seed);
            cluster.connect_all();
            cluster.settle();
            cluster
        }

        fn random(&mut self, below: usize) -> usize {
            self.rng = self.rng.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.rng;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((z ^ (z >> 31)) % below as u64) as usize
        }

        fn act(&mut self, at: usize, act: impl FnOnce(&mut Names, &mut Vec<Order>)) {
            let Some(host) = &mut self.hosts[at] else { return };
            let mut orders = Vec::new();
            act(&mut host.names, &mut orders);
            for order in orders {
                self.carry_out(at, order);
            }
        }

        fn carry_out(&mut self, at: usize, order: Order) {
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

        fn release(&mut self, at: usize, name: &str) {
            if let Some(holders) = self.holders.get_mut(name) {
                holders.retain(|(host, ..)| *host != at);
            }
        }

        fn register(&mut self, at: usize, offer: Offer, within: Duration) -> u64 {
            let request = self.requests.len() as u64;
            self.requests.insert(request, (at, offer.clone()));
            let deadline = self.now + within;
            self.act(at, |names, orders| names.register(request, offer, deadline, orders));
            request
        }

        fn connect(&mut self, a: usize, b: usize) {
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

        fn connect_all(&mut self) {
            for a in 0..self.hosts.len() {
                for b in 0..a {
                    self.connect(a, b);
                }
            }
        }

        /// Either direction loses a tail of what is under way.
        fn cut(&mut self, a: usize, b: usize) {
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

        fn kill(&mut self, at: usize) {
            for other in 0..self.hosts.len() {
                self.cut(at, other);
                self.queues.remove(&(other, at));
            }
            self.hosts[at] = None;
            for name in self.holders.keys().cloned().collect::<Vec<_>>() {
                self.release(at, &name);
            }
        }

        fn restart(&mut self, at: usize) {
            if self.hosts[at].is_none() {
                self.incarnations += 1;
                let names = Names::new(node(at, self.incarnations));
                self.hosts[at] = Some(Host { names, view: BTreeMap::new() });
            }
        }

        /// Hands over one message of a random stream; false if none is under way.
        fn deliver_one(&mut self) -> bool {
            let busy: Vec<_> = self.queues.iter().filter(|(_, q)| !q.is_empty()).map(|(pair, _)| *pair).collect();
            if busy.is_empty() {
                return false;
            }
            let pair = busy[self.random(busy.len())];
            self.deliver(pair);
            true
        }

        /// Until both sides of every link know of it.
        fn open_all(&mut self) {
            let opens = |queue: &VecDeque<Item>| queue.iter().any(|item| matches!(item, Item::Up(..)));
            while let Some((pair, _)) = self.queues.iter().find(|(_, queue)| opens(queue)) {
                self.deliver(*pair);
            }
        }

        fn deliver(&mut self, (from, to): (usize, usize)) {
            let item = self.queues.get_mut(&(from, to)).unwrap().pop_front().unwrap();
            self.act(to, |names, orders| match item {
                Item::Up(session, node) => names.peer_up(session, node, orders),
                Item::Said(session, message) => names.heard(session, message, orders),
                Item::Down(session) => names.peer_down(session, orders),
            });
        }

        fn settle(&mut self) {
            while self.deliver_one() {}
        }

        fn advance(&mut self, by: Duration) {
            self.now += by;
            let now = self.now;
            for at in 0..self.hosts.len() {
                self.act(at, |names, orders| names.tick(now, orders));
            }
        }

        fn live(&self) -> impl Iterator<Item = &Host> {
            self.hosts.iter().flatten()
        }

        fn oks(&self, requests: &[u64]) -> usize {
            requests.iter().filter(|request| matches!(self.answers.get(request), Some(Ok(_)))).count()
        }

        /// On a full mesh with nothing under way: one view, of live owners that know of it, and nothing half done.
        fn check_settled(&self, seed: u64) {
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

    const MINUTE: Duration = Duration::from_secs(60);

    /// G1
    #[test]
    fn of_simultaneous_claims_by_all_nodes_exactly_one_wins_and_all_see_it() {
        for seed in 0..10_000 {
            let count = 3 + seed as usize % 3;
            let mut cluster = Cluster::meshed(count, seed);
            let mut requests = Vec::new();
            for at in 0..count {
                requests.push(cluster.register(at, offer("leader", at as u64), MINUTE));
                if cluster.random(2) == 0 {
                    cluster.deliver_one();
                }
            }
            cluster.settle();
            assert_eq!(cluster.oks(&requests), 1, "seed {seed}: {:?}", cluster.answers);
            let winner = cluster.live().next().unwrap().view["leader"].0.clone();
            for answer in cluster.answers.values().filter(|answer| answer.is_err()) {
                assert_eq!(answer, &Err(RegisterFailure::Taken { owner: winner.clone() }), "seed {seed}");
            }
            assert_eq!(cluster.lost, [], "seed {seed}");
            cluster.check_settled(seed);
        }
    }

    /// G1, G4, G10: nodes that join with claims of their own, links and nodes that go in the middle of it.
    #[test]
    fn after_any_joins_losses_and_deaths_all_nodes_agree_on_live_owners() {
        for seed in 0..10_000 {
            let count = 3 + seed as usize % 3;
            let mut cluster = Cluster::new(count, seed);
            for _ in 0..60 {
                let (a, b) = (cluster.random(count), cluster.random(count));
                let name = ["leader", "clock"][cluster.random(2)];
                let actor = cluster.random(3) as u64;
                match cluster.random(24) {
                    0..=3 => cluster.connect(a, b),
                    4..=7 => {
                        cluster.register(a, offer(name, actor), Duration::from_secs(3));
                    }
                    8 => cluster.act(a, |names, orders| names.actor_gone(ActorId(actor), orders)),
                    9 => cluster.act(a, |names, orders| {
                        names.unregister(name, orders);
                    }),
                    10 => cluster.cut(a, b),
                    11 if cluster.random(3) == 0 => cluster.kill(a),
                    12 => cluster.restart(a),
                    13 => cluster.advance(Duration::from_secs(1)),
                    _ => {
                        cluster.deliver_one();
                    }
                }
            }
            for at in 0..count {
                cluster.restart(at);
            }
            cluster.connect_all();
            cluster.settle();
            cluster.advance(MINUTE);
            cluster.settle();
            cluster.check_settled(seed);
        }
    }

    /// G1: on a view that stands, no two owners at a time, nobody loses what was granted, and terms only grow.
    #[test]
    fn on_a_full_mesh_owners_never_overlap_and_their_terms_grow() {
        for seed in 0..10_000 {
            let count = 3 + seed as usize % 3;
            let mut cluster = Cluster::meshed(count, seed);
            for _ in 0..80 {
                let at = cluster.random(count);
                let name = ["leader", "clock"][cluster.random(2)];
                let actor = cluster.random(3) as u64;
                match cluster.random(24) {
                    0..=4 => {
                        cluster.register(at, offer(name, actor), Duration::from_secs(3));
                    }
                    5 => cluster.act(at, |names, orders| names.actor_gone(ActorId(actor), orders)),
                    6 => cluster.act(at, |names, orders| {
                        names.unregister(name, orders);
                    }),
                    7 => cluster.advance(Duration::from_secs(1)),
                    _ => {
                        cluster.deliver_one();
                    }
                }
                assert!(cluster.holders.values().all(|holders| holders.len() <= 1), "seed {seed}");
            }
            cluster.settle();
            cluster.advance(MINUTE);
            cluster.settle();
            cluster.check_settled(seed);
            assert_eq!(cluster.lost, [], "seed {seed}");
            for terms in cluster.terms.values() {
                assert!(terms.is_sorted_by(|a, b| a < b), "seed {seed}: {terms:?}");
            }
        }
    }

    /// G1: a newcomer that becomes arbiter, or claims, knows no terms of its own; snapshots may still be on their way.
    #[test]
    fn terms_grow_also_through_owners_and_arbiters_that_came_later() {
        for seed in 0..3000 {
            let mut cluster = Cluster::new(5, seed);
            for joined in 1..5 {
                for other in 0..joined {
                    cluster.connect(joined, other);
                }
                cluster.open_all();
                for _ in 0..cluster.random(4) {
                    let at = cluster.random(joined + 1);
                    let request = cluster.register(at, offer("leader", 1), MINUTE);
                    while !cluster.answers.contains_key(&request) {
                        assert!(cluster.deliver_one(), "seed {seed}: never answered");
                    }
                    cluster.act(at, |names, orders| names.actor_gone(ActorId(1), orders));
                }
            }
            cluster.settle();
            assert_eq!(cluster.lost, [], "seed {seed}");
            let terms = cluster.terms.remove("leader").unwrap_or_default();
            assert!(terms.is_sorted_by(|a, b| a < b), "seed {seed}: {terms:?}");
        }
    }

    /// G6: both halves go on by themselves; when they meet, one entry of the two is left everywhere.
    #[test]
    fn a_healed_split_leaves_the_entry_of_the_higher_term_and_tells_the_loser() {
        for seed in 0..2000 {
            let mut cluster = Cluster::meshed(4, seed);
            for (a, b) in [(0, 2), (0, 3), (1, 2), (1, 3)] {
                cluster.cut(a, b);
            }
            cluster.settle();
            for _ in 0..cluster.random(4) {
                cluster.register(2, offer("clock", 9), MINUTE);
                cluster.settle();
                cluster.act(2, |names, orders| names.actor_gone(ActorId(9), orders));
            }
            let requests =
                [cluster.register(0, offer("leader", 1), MINUTE), cluster.register(3, offer("leader", 2), MINUTE)];
            cluster.settle();
            assert_eq!(cluster.oks(&requests), 2);
            let term = |request| *cluster.answers[&request].as_ref().unwrap();
            let (winner, loser) = if term(requests[1]) > term(requests[0]) { (3, 0) } else { (0, 3) };
            cluster.connect_all();
            cluster.settle();
            cluster.check_settled(seed);
            let winner = node(winner, winner as u64);
            assert_eq!(cluster.live().next().unwrap().view["leader"].0, winner, "seed {seed}");
            assert_eq!(cluster.lost, [(loser, "leader".into(), winner)], "seed {seed}");
        }
    }

    /// G1: a peer that stops reading holds nobody up beyond the deadline, and nothing of the attempt is left with others.
    #[test]
    fn a_deadline_leaves_nothing_behind() {
        for seed in 0..2000 {
            let mut cluster = Cluster::meshed(3, seed);
            let request = cluster.register(0, offer("leader", 1), Duration::from_secs(1));
            for _ in 0..cluster.random(12) {
                let before = cluster.queues.remove(&(0, 2)).unwrap_or_default();
                cluster.deliver_one();
                let mut queue = before;
                queue.extend(cluster.queues.remove(&(0, 2)).unwrap_or_default());
                cluster.queues.insert((0, 2), queue);
            }
            cluster.advance(Duration::from_secs(2));
            assert_eq!(cluster.answers[&request], Err(RegisterFailure::Unknown), "seed {seed}");
            cluster.settle();
            cluster.check_settled(seed);
            assert!(cluster.live().all(|host| host.view.is_empty()), "seed {seed}");
            let again = cluster.register(1, offer("leader", 1), MINUTE);
            cluster.settle();
            assert!(cluster.answers[&again].is_ok(), "seed {seed}");
        }
    }

    /// G1
    #[test]
    fn a_name_that_is_held_is_taken_except_for_the_same_actor_and_protocol() {
        let mut cluster = Cluster::meshed(3, 1);
        let first = cluster.register(0, offer("leader", 1), MINUTE);
        cluster.settle();
        let again = cluster.register(0, offer("leader", 1), MINUTE);
        assert_eq!(cluster.answers[&again], cluster.answers[&first]);
        let other_protocol = Offer { edge: OTHER_EDGE, ..offer("leader", 1) };
        let taken = [
            cluster.register(0, offer("leader", 2), MINUTE),
            cluster.register(0, other_protocol, MINUTE),
            cluster.register(1, offer("leader", 1), MINUTE),
        ];
        for request in taken {
            assert_eq!(cluster.answers[&request], Err(RegisterFailure::Taken { owner: node(0, 0) }));
        }
    }

    /// G4
    #[test]
    fn a_name_goes_with_its_actor_and_so_does_a_registration_under_way() {
        let mut cluster = Cluster::meshed(3, 1);
        cluster.register(0, offer("leader", 1), MINUTE);
        cluster.settle();
        let pending = cluster.register(0, offer("clock", 1), MINUTE);
        cluster.act(0, |names, orders| names.actor_gone(ActorId(1), orders));
        assert_eq!(cluster.answers[&pending], Err(RegisterFailure::OwnerGone));
        cluster.settle();
        cluster.check_settled(1);
        assert!(cluster.live().all(|host| host.view.is_empty()));
    }

    /// G1
    #[test]
    fn when_register_answers_ok_every_node_resolves_the_name() {
        for seed in 0..2000 {
            let mut cluster = Cluster::meshed(4, seed);
            let at = cluster.random(4);
            let request = cluster.register(at, offer("leader", 1), MINUTE);
            while !cluster.answers.contains_key(&request) {
                assert!(cluster.deliver_one(), "seed {seed}: never answered");
            }
            let found = cluster.live().filter_map(|host| host.view.get("leader"));
            assert_eq!(found.filter(|(owner, _)| *owner == node(at, at as u64)).count(), 4, "seed {seed}");
        }
    }

    /// G1: be it the arbiter, one that has not confirmed, or a newcomer that all wait for.
    #[test]
    fn the_loss_of_other_nodes_does_not_leave_a_registration_waiting() {
        for seed in 0..5000 {
            let mut cluster = Cluster::meshed(4, seed);
            let newcomer = Host { names: Names::new(node(4, 4)), view: BTreeMap::new() };
            cluster.hosts.push(Some(newcomer));
            cluster.connect_all();
            cluster.open_all();
            let request = cluster.register(0, offer("leader", 1), MINUTE);
            for _ in 0..1 + cluster.random(4) {
                for _ in 0..cluster.random(6) {
                    cluster.deliver_one();
                }
                let dies = 1 + cluster.random(4);
                cluster.kill(dies);
            }
            cluster.settle();
            assert!(matches!(cluster.answers.get(&request), Some(Ok(_))), "seed {seed}");
            cluster.check_settled(seed);
        }
    }

    /// G5
    #[test]
    fn any_node_may_unregister() {
        let mut cluster = Cluster::meshed(3, 1);
        let mut known = true;
        cluster.act(2, |names, orders| known = names.unregister("leader", orders));
        assert!(!known);
        for at in [2, 0] {
            cluster.register(0, offer("leader", 1), MINUTE);
            cluster.settle();
            cluster.act(at, |names, orders| known = names.unregister("leader", orders));
            assert!(known);
            cluster.settle();
            cluster.check_settled(1);
            assert!(cluster.live().all(|host| host.view.is_empty()));
        }
    }

    /// One node with two peers that owns `leader` for the second time, under term 2.
    fn owner() -> Names {
        let mut names = Names::new(node(0, 0));
        for request in 1..3 {
            names.actor_gone(ActorId(1), &mut Vec::new());
            names.register(request, offer("leader", 1), start(), &mut Vec::new());
        }
        for i in 1..3 {
            names.peer_up(SessionId(i), node(i as usize, i), &mut Vec::new());
        }
        names
    }

    /// G4, G5
    #[test]
    fn what_was_meant_for_an_earlier_owner_does_not_touch_a_later_one() {
        let mut names = owner();
        let name: Arc<str> = "leader".into();
        assert_eq!(hear(&mut names, 1, Message::Unregister { name: name.clone(), term: 1 }), []);
        let conflict =
            |term, winner_term| Message::Conflict { name: "leader".into(), term, winner_term, winner: node(1, 1) };
        assert_eq!(hear(&mut names, 1, conflict(1, 9)), []);
        assert_eq!(hear(&mut names, 1, conflict(2, 1)), [], "no better than this one");
        assert_eq!(hear(&mut names, 1, conflict(2, 2)), [], "no better than this one");
        let withdraw = Message::Withdraw { name: name.clone(), term: 2 };
        let orders = hear(&mut names, 1, Message::Unregister { name: name.clone(), term: 2 });
        assert_eq!(orders, [sent(1, withdraw.clone()), sent(2, withdraw), Order::Unset { name }]);
    }

    /// G6
    #[test]
    fn an_owner_that_is_told_of_a_better_entry_withdraws_and_reports_the_loss() {
        let (name, winner): (Arc<str>, _) = ("leader".into(), node(1, 1));
        let conflict = Message::Conflict { name: name.clone(), term: 2, winner_term: 3, winner: winner.clone() };
        let withdraw = Message::Withdraw { name: name.clone(), term: 2 };
        let gone = [sent(1, withdraw.clone()), sent(2, withdraw), Order::Unset { name: name.clone() }];
        let lost = Order::Lost { name, winner };
        assert_eq!(hear(&mut owner(), 2, conflict), [&gone[..], std::slice::from_ref(&lost)].concat());
        let orders = hear(&mut owner(), 1, Message::Publish(entry("leader", 3)));
        assert_eq!(orders[..4], [&gone[..], &[lost]].concat());
    }

    /// One node with two peers that have sent their snapshots.
    fn alone_with_two() -> Names {
        let mut names = Names::new(node(0, 0));
        for i in 1..3 {
            names.peer_up(SessionId(i), node(i as usize, i), &mut Vec::new());
            hear(&mut names, i, Message::Synced { term: 0 });
        }
        names
    }

    fn hear(names: &mut Names, session: u64, message: Message) -> Vec<Order> {
        let mut orders = Vec::new();
        names.heard(SessionId(session), message, &mut orders);
        orders
    }

    fn sent(session: u64, message: Message) -> Order {
        Order::Send { session: SessionId(session), message }
    }

    /// G4
    #[test]
    fn an_old_withdrawal_does_not_remove_a_newer_entry() {
        let mut names = alone_with_two();
        hear(&mut names, 1, Message::Publish(entry("leader", 5)));
        assert_eq!(hear(&mut names, 1, Message::Withdraw { name: "leader".into(), term: 4 }), []);
        assert_eq!(hear(&mut names, 2, Message::Withdraw { name: "leader".into(), term: 9 }), []);
        let unset = Order::Unset { name: "leader".into() };
        assert_eq!(hear(&mut names, 1, Message::Withdraw { name: "leader".into(), term: 5 }), [unset]);
    }

    /// G10
    #[test]
    fn entries_of_a_session_vanish_with_it_and_nothing_is_heard_on_it_after() {
        let mut names = alone_with_two();
        hear(&mut names, 1, Message::Publish(entry("leader", 5)));
        let mut orders = Vec::new();
        names.peer_down(SessionId(1), &mut orders);
        assert_eq!(orders, [Order::Unset { name: "leader".into() }]);
        assert_eq!(hear(&mut names, 1, Message::Publish(entry("leader", 6))), []);
        assert!(names.replicas.is_empty());
    }

    /// G6
    #[test]
    fn of_two_published_entries_the_higher_term_stands_and_on_a_tie_the_lower_owner() {
        let conflict = |term, winner_term, winner: usize| {
            let winner = node(winner, winner as u64);
            Message::Conflict { name: "leader".into(), term, winner_term, winner }
        };
        for (first, second, loser) in
            [((1, 5), (2, 6), 1), ((1, 6), (2, 5), 2), ((1, 5), (2, 5), 2), ((2, 5), (1, 5), 2)]
        {
            let mut names = alone_with_two();
            hear(&mut names, first.0, Message::Publish(entry("leader", first.1)));
            let orders = hear(&mut names, second.0, Message::Publish(entry("leader", second.1)));
            let (worse, better) = if first.0 == loser { (first, second) } else { (second, first) };
            let expected = sent(loser, conflict(worse.1, better.1, better.0 as usize));
            assert!(orders.contains(&expected), "{orders:?}");
            assert_eq!(names.replica_owner("leader"), Some(node(better.0 as usize, better.0)));
        }
    }

    /// G1: it may not have heard yet of an entry that a peer's snapshot brings.
    #[test]
    fn an_arbiter_grants_only_when_it_has_all_snapshots() {
        let mut names = alone_with_two();
        let mut orders = Vec::new();
        names.peer_up(SessionId(3), node(3, 3), &mut orders);
        assert_eq!(hear(&mut names, 1, Message::Claim { request: 7, name: "a".into(), term: 0 }), []);
        assert_eq!(hear(&mut names, 1, Message::Claim { request: 8, name: "b".into(), term: 0 }), []);
        hear(&mut names, 3, Message::Publish(entry("a", 40)));
        let taken = Message::Taken { request: 7, name: "a".into(), owner: node(3, 3) };
        let granted = Message::Granted { request: 8, name: "b".into(), term: 51 };
        assert_eq!(hear(&mut names, 3, Message::Synced { term: 50 }), [sent(1, taken), sent(1, granted)]);
    }

    /// G1: what the arbiter has not seen itself, of a node that it is not connected to, it hears from the claimant.
    #[test]
    fn a_claim_carries_the_highest_term_seen() {
        let mut names = alone_with_two();
        hear(&mut names, 2, Message::Publish(entry("clock", 40)));
        let mut orders = Vec::new();
        for request in 0..20 {
            names.register(request, offer(&format!("name {request}"), 1), start(), &mut orders);
        }
        let carried = |order: &Order| match order {
            Order::Send { message: Message::Claim { term, .. }, .. } => Some(*term),
            _ => None,
        };
        let terms: Vec<u64> = orders.iter().filter_map(carried).collect();
        assert!(!terms.is_empty() && terms.iter().all(|term| *term >= 40), "{terms:?}");
    }

    /// G1
    #[test]
    fn a_grant_stands_until_it_is_published_given_back_or_its_session_ends() {
        let claim = |request| Message::Claim { request, name: "leader".into(), term: 0 };
        let granted = |request, term| Message::Granted { request, name: "leader".into(), term };
        let mut names = alone_with_two();
        let seen = Message::Claim { request: 9, name: "clock".into(), term: 30 };
        let above = Message::Granted { request: 9, name: "clock".into(), term: 31 };
        assert_eq!(hear(&mut names, 1, seen), [sent(1, above)]);
        hear(&mut names, 1, Message::Release { name: "clock".into(), term: 31 });
        assert_eq!(hear(&mut names, 1, claim(1)), [sent(1, granted(1, 32))]);
        let taken = Message::Taken { request: 1, name: "leader".into(), owner: node(1, 1) };
        assert_eq!(hear(&mut names, 2, claim(1)), [sent(2, taken)]);
        assert_eq!(hear(&mut names, 1, claim(2)), [sent(1, granted(2, 33))], "renewed for the same node");
        hear(&mut names, 1, Message::Release { name: "leader".into(), term: 32 });
        assert_eq!(names.grants.len(), 1, "what comes back is the first");
        hear(&mut names, 1, Message::Release { name: "leader".into(), term: 33 });
        assert_eq!(hear(&mut names, 2, claim(2)), [sent(2, granted(2, 34))]);
        names.peer_down(SessionId(2), &mut Vec::new());
        assert_eq!(hear(&mut names, 1, claim(3)), [sent(1, granted(3, 35))]);
        hear(&mut names, 1, Message::Publish(entry("leader", 35)));
        assert!(names.grants.is_empty());
    }

    /// F1, H5
    #[test]
    fn what_a_peer_says_beyond_the_bounds_is_ignored_and_counted() {
        let mut names = alone_with_two();
        let long: Arc<str> = "x".repeat(NAME_MAX + 1).into();
        assert_eq!(hear(&mut names, 1, Message::Claim { request: 1, name: long.clone(), term: 0 }), []);
        assert_eq!(hear(&mut names, 1, Message::Publish(Entry { name: long, ..entry("", 1) })), []);
        let uri = "x".repeat(URI_MAX + 1).into();
        assert_eq!(hear(&mut names, 1, Message::Publish(Entry { uri, ..entry("name", 1) })), []);
        for i in 0..REPLICAS_MAX + 10 {
            hear(&mut names, 1, Message::Publish(entry(&format!("name {i}"), 1)));
        }
        assert_eq!((names.replicas.len(), names.ignored()), (REPLICAS_MAX, 13));
        for i in 0..GRANTS_MAX + 10 {
            hear(&mut names, 2, Message::Claim { request: 1, name: format!("other {i}").into(), term: 0 });
        }
        assert_eq!((names.grants.len(), names.ignored()), (GRANTS_MAX, 23));
        names.peer_up(SessionId(3), node(3, 3), &mut Vec::new());
        for _ in 0..REPLICAS_MAX + 10 {
            hear(&mut names, 2, Message::Claim { request: 1, name: "late".into(), term: u64::MAX });
        }
        assert_eq!((names.peers[&SessionId(2)].deferred.len(), names.ignored()), (REPLICAS_MAX, 33));
        assert_eq!(names.next_term(), u64::MAX, "a term at its end does not overflow");
    }

    /// F1: any message in any state, from any session.
    #[test]
    fn no_message_of_a_peer_panics() {
        for seed in 0..3000 {
            let mut cluster = Cluster::meshed(3, seed);
            for _ in 0..60 {
                let name: Arc<str> = ["leader", "clock"][cluster.random(2)].into();
                let (request, term) = (cluster.random(3) as u64, [0, 1, 2, 3, u64::MAX][cluster.random(5)]);
                let (at, from) = (cluster.random(3), cluster.random(3));
                let (owner, winner_term) = (node(from, from as u64), cluster.random(4) as u64);
                let message = match cluster.random(12) {
                    0 => Message::Claim { request, name, term },
                    1 => Message::Granted { request, name, term },
                    2 => Message::Taken { request, name, owner },
                    3 => Message::Release { name, term },
                    4 => Message::Publish(entry(&name, term)),
                    5 => Message::Published { name, term },
                    6 => Message::Withdraw { name, term },
                    7 => Message::Conflict { name, term, winner_term, winner: owner },
                    8 => Message::Unregister { name, term },
                    9 => Message::Synced { term },
                    _ => {
                        cluster.register(at, offer(&name, request), MINUTE);
                        continue;
                    }
                };
                let session = cluster.links.get(&(at.min(from), at.max(from))).copied().unwrap_or(SessionId(0));
                cluster.act(at, |names, orders| names.heard(session, message, orders));
                cluster.deliver_one();
            }
            cluster.advance(MINUTE * 2);
            assert_eq!(cluster.answers.len(), cluster.requests.len(), "seed {seed}: every request is answered");
        }
    }

    /// G1: nodes of different builds must choose the same arbiter, so these never change.
    #[test]
    fn arbiters_are_what_they_have_always_been_and_spread_evenly() {
        assert_eq!(weight("leader", "n0@host:7000"), 14_185_389_890_727_376_373);
        let mut chosen = [0; 5];
        for i in 0..5000 {
            let name = format!("name {i}");
            let best = (0..5).max_by_key(|n| weight(&name, node(*n, 0).name.as_str()));
            chosen[best.unwrap()] += 1;
        }
        assert!(chosen.iter().all(|count| (900..1100).contains(count)), "{chosen:?}");
    }
}
