//! What one node does with what its peers say.

use std::sync::Arc;

use actor_core::ActorId;

use super::{entry, hear, node, offer, sent, start};
use crate::proto::{
    names::{Entry, GRANTS_MAX, Message, NAME_MAX, Names, Order, REPLICAS_MAX, URI_MAX, claim::weight},
    session_id::SessionId,
};

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
    for (first, second, loser) in [((1, 5), (2, 6), 1), ((1, 6), (2, 5), 2), ((1, 5), (2, 5), 2), ((2, 5), (1, 5), 2)] {
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
