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

mod claim;
mod message;
mod publication;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Instant,
};

use actor_core::{ActorId, NodeId};

use self::{
    claim::{Grant, Registration, Stage},
    publication::{Replica, beats},
};
use super::session_id::SessionId;

pub(crate) use self::message::{Entry, Message, Offer, Order, RegisterFailure};

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
    /// same actor by the same way of the same protocol.
    pub(crate) fn register(&mut self, request: u64, offer: Offer, deadline: Instant, orders: &mut Vec<Order>) {
        let name = offer.name.clone();
        let taken = Err(RegisterFailure::Taken { owner: self.me.clone() });
        let at_once = match self.own.get(&name) {
            _ if name.len() > NAME_MAX => Some(Err(RegisterFailure::Unknown)),
            _ if self.registrations.contains_key(&name) => Some(taken),
            Some(own) if own.is(&offer) => Some(Ok(own.term)),
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

    /// Whether this node or the peer holds a name, or is about to.
    pub(crate) fn need(&self, session: SessionId) -> bool {
        let peer = self.peers.get(&session);
        let here = !self.own.is_empty() || !self.registrations.is_empty();
        here || self.grants.values().any(|grant| grant.session == session) || peer.is_none_or(|p| !p.names.is_empty())
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

    fn broadcast(&self, message: &Message, orders: &mut Vec<Order>) {
        orders.extend(self.peers.keys().map(|session| Order::Send { session: *session, message: message.clone() }));
    }

    fn is_synced(&self) -> bool {
        self.peers.values().all(|peer| peer.synced)
    }

    fn owns(&self, name: &str, term: u64) -> bool {
        self.own.get(name).is_some_and(|entry| entry.term == term)
    }

    fn node(&self, session: SessionId) -> Option<NodeId> {
        self.peers.get(&session).map(|peer| peer.node.clone())
    }

    fn replica_owner(&self, name: &str) -> Option<NodeId> {
        self.replicas.get(name).and_then(|replica| self.node(replica.session))
    }
}

#[cfg(test)]
mod tests;
