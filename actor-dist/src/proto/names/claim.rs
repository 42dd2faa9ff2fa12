//! Who may take a name: claims on their way to the arbiter, and the grants that this node gives as one.
//! Publishes nothing itself and knows no entries but by asking. Driven by `names`.

use std::{collections::BTreeSet, mem, sync::Arc, time::Instant};

use actor_core::NodeId;

use super::{GRANTS_MAX, Message, Names, Offer, Order, Peer, REPLICAS_MAX, RegisterFailure};
use crate::proto::session_id::SessionId;

#[derive(Debug)]
pub(super) struct Grant {
    pub(super) session: SessionId,
    pub(super) term: u64,
}

#[derive(Debug)]
pub(super) struct Registration {
    pub(super) request: u64,
    pub(super) deadline: Instant,
    pub(super) offer: Offer,
    pub(super) stage: Stage,
}

#[derive(Debug)]
pub(super) enum Stage {
    /// Asked of that session's node, or of this one, which waits for snapshots.
    Claiming { arbiter: Option<SessionId> },
    /// Granted and published; these have not confirmed it yet.
    Publishing { waiting: BTreeSet<SessionId> },
}

impl Names {
    /// Asks the arbiter for the name, unless a look-up shows already that it is taken.
    pub(super) fn claim(&mut self, name: &Arc<str>, orders: &mut Vec<Order>) {
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
    pub(super) fn claim_heard(&mut self, session: SessionId, request: u64, name: Arc<str>, orders: &mut Vec<Order>) {
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
    pub(super) fn granted(
        &mut self,
        session: SessionId,
        request: u64,
        name: Arc<str>,
        term: u64,
        orders: &mut Vec<Order>,
    ) {
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

    /// The last snapshot has arrived, or the last node without one is gone: goes on with what waited for it.
    pub(super) fn resume(&mut self, orders: &mut Vec<Order>) {
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

    /// The session of the node that decides who gets the name; none if it is this one.
    fn arbiter(&self, name: &str) -> Option<SessionId> {
        let weigh = |node: &NodeId| weight(name, node.name.as_str());
        let mut best = (weigh(&self.me), &self.me.name, None);
        for (session, Peer { node, .. }) in &self.peers {
            best = best.max((weigh(node), &node.name, Some(*session)));
        }
        best.2
    }

    /// A peer that drives the counter to its end stops terms from growing, and no more than that.
    pub(super) fn next_term(&mut self) -> u64 {
        self.highest = self.highest.saturating_add(1);
        self.highest
    }

    /// Whether this session's node was asked for the name by this request, and the registration still waits for it.
    pub(super) fn asked(&self, session: SessionId, request: u64, name: &str) -> bool {
        let waits = |r: &Registration| matches!(r.stage, Stage::Claiming { arbiter } if arbiter == Some(session));
        self.registrations.get(name).is_some_and(|r| r.request == request && waits(r))
    }

    fn grantee(&self, name: &str) -> Option<NodeId> {
        self.grants.get(name).and_then(|grant| self.node(grant.session))
    }
}

/// How much a node is a name's arbiter. All nodes of all builds must agree on it: it never changes.
///
/// FNV-1a (Fowler, Noll, Vo; 64 bit) over both, apart by a byte that no text contains, finished with the mixer of
/// MurmurHash3 (Appleby).
pub(super) fn weight(name: &str, node: &str) -> u64 {
    let bytes = name.bytes().chain([0xff]).chain(node.bytes());
    let fold = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let mut h = bytes.fold(0xcbf2_9ce4_8422_2325, fold);
    h = (h ^ (h >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    h = (h ^ (h >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    h ^ (h >> 33)
}
