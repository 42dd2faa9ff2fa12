//! Entries and replicas: what this node publishes, what it heard published, and which of two entries for one name stands.
//! Asks nobody for a grant and answers no claim. Driven by `names`.

use std::{collections::BTreeSet, sync::Arc};

use actor_core::NodeId;

use super::{
    Entry, Message, Names, Offer, Order, REPLICAS_MAX, RegisterFailure, URI_MAX,
    claim::{Registration, Stage},
};
use crate::proto::session_id::SessionId;

#[derive(Debug)]
pub(super) struct Replica {
    pub(super) session: SessionId,
    pub(super) entry: Entry,
}

impl Names {
    /// Makes the granted name an entry, tells everybody, and waits for their word.
    pub(super) fn publish(&mut self, name: &Arc<str>, term: u64, orders: &mut Vec<Order>) {
        let Some(registration) = self.registrations.get_mut(name) else { return };
        let waiting: BTreeSet<SessionId> = self.peers.keys().copied().collect();
        let alone = waiting.is_empty();
        registration.stage = Stage::Publishing { waiting };
        let Offer { name, uri, edge, version, actor, via } = registration.offer.clone();
        let entry = Entry { name: name.clone(), uri, edge, version, actor, via, term };
        self.own_by_actor.insert((actor, name.clone()));
        self.own.insert(name.clone(), entry.clone());
        orders.push(Order::Set { owner: self.me.clone(), entry: entry.clone() });
        self.broadcast(&Message::Publish(entry), orders);
        if alone {
            self.confirm(&name, orders);
        }
    }

    /// Keeps the better of a peer's entry and what is known here, and says so to the owners.
    pub(super) fn publish_heard(&mut self, session: SessionId, entry: Entry, orders: &mut Vec<Order>) {
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

    pub(super) fn published_heard(&mut self, session: SessionId, name: &Arc<str>, term: u64, orders: &mut Vec<Order>) {
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

    pub(super) fn withdraw_heard(&mut self, session: SessionId, name: &Arc<str>, term: u64, orders: &mut Vec<Order>) {
        if self.replicas.get(name).is_some_and(|held| held.session == session && held.entry.term <= term) {
            self.forget_replica(name);
            orders.push(Order::Unset { name: name.clone() });
        }
    }

    /// Withdraws an own entry for a better one.
    pub(super) fn lose(&mut self, name: &Arc<str>, winner: NodeId, orders: &mut Vec<Order>) {
        self.withdraw(name, orders);
        if self.registrations.contains_key(name) {
            self.finish(name, Err(RegisterFailure::Taken { owner: winner }), orders);
        } else {
            orders.push(Order::Lost { name: name.clone(), winner });
        }
    }

    pub(super) fn withdraw(&mut self, name: &Arc<str>, orders: &mut Vec<Order>) -> bool {
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

    /// Who holds the name other than that session: the term, the owner, and the owner's session if it is not this node.
    fn rival(&self, name: &str, session: SessionId) -> Option<(u64, NodeId, Option<SessionId>)> {
        if let Some(own) = self.own.get(name) {
            return Some((own.term, self.me.clone(), None));
        }
        let replica = self.replicas.get(name).filter(|replica| replica.session != session)?;
        Some((replica.entry.term, self.node(replica.session)?, Some(replica.session)))
    }
}

/// Whether the first entry, of a term and an owner, is better than the second.
pub(super) fn beats(first: (u64, &NodeId), second: (u64, &NodeId)) -> bool {
    (first.0, second.1) > (second.0, first.1)
}
