//! What a cluster agrees on, whatever the order in which its messages arrive.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use actor_core::ActorId;

use super::{
    MINUTE, OTHER_EDGE,
    cluster::{Cluster, Host},
    entry, node, offer,
};
use crate::proto::{
    names::{Message, Names, Offer, RegisterFailure},
    session_id::SessionId,
};

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
