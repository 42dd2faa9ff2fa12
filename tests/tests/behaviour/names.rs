//! Names and groups between nodes: who wins, who is told, who gets what.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use actor_core::prelude::*;
use actor_dist::{GlobalName, GroupKey, JoinError, LookupError, NodeEvent, RegisterError};

use tokio::task::JoinSet;

use crate::{
    actor::{Note, NoteClient, Seen, Talk, TalkClient, failed},
    peer::{LONG, Peer, soon},
    world::Cluster,
};

const NAME: GlobalName<Talk> = GlobalName::new("the-talker");
const ROOM: GroupKey<Note> = GroupKey::new("room");

/// Three nodes, each of which has heard from the others.
async fn three_connected(world: &impl Cluster) -> (Peer, Peer, Peer) {
    let (a, b, c) = world.three().await;
    // The side that was connected to may see it a moment later: a call over each link makes sure.
    for (from, to) in [(&b, &a), (&c, &a), (&c, &b)] {
        from.barrier(to).await;
    }
    (a, b, c)
}

/// G1, G2, G4, M5: registered, a name resolves everywhere; its owner ended, nowhere, before its down is told.
pub(crate) async fn a_name_resolves_on_every_node_until_its_owner_ends(world: impl Cluster) {
    let (mut a, b, c) = three_connected(&world).await;
    let term = soon(b.node().global().register(&NAME, &b.talk)).await.unwrap();
    for peer in [&a, &b, &c] {
        assert_eq!(soon(NAME.on(peer.node()).add(2, 2)).await, Ok(4));
    }
    let taken = soon(c.node().global().register(&NAME, &c.talk)).await;
    assert!(matches!(taken, Err(RegisterError::Taken { owner, .. }) if owner == *b.node().id()));
    let remote = a.node().global().whereis(&NAME).unwrap();
    soon(a.talk.watch(remote)).await.unwrap();
    a.barrier(&b).await;
    b.talk.fail().unwrap();
    assert_eq!(a.seen().await, Seen::Down(failed()));
    assert!(a.node().global().whereis(&NAME).is_none());
    b.node().connect(c.name()).await.unwrap();
    let again = soon(async {
        loop {
            match c.node().global().register(&NAME, &c.talk).await {
                Err(RegisterError::Taken { .. }) => b.node().ping(c.name()).await.map(drop).unwrap(),
                other => break other,
            }
        }
    });
    assert!(again.await.unwrap() > term, "terms grow with every owner");
}

/// G1: of simultaneous claims one wins, everywhere the same.
pub(crate) async fn one_of_two_simultaneous_claims_wins(world: impl Cluster) {
    let (a, b) = (world.peer("a").await, world.peer("b").await);
    a.connect(&b).await.unwrap();
    for round in 0..20 {
        let name = GlobalName::<Talk>::named(format!("contested-{round}")).unwrap();
        let (on_a, on_b) = (a.node().global(), b.node().global());
        let claims = async { tokio::join!(on_a.register(&name, &a.talk), on_b.register(&name, &b.talk)) };
        let (one, two) = soon(claims).await;
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
        let winner = if one.is_ok() { &a } else { &b };
        for peer in [&a, &b] {
            let found = peer.node().global().whereis(&name).expect("it is registered");
            assert_eq!(found.is_local(), std::ptr::eq(peer, winner));
        }
    }
}

/// G5, G7: the same name through a key of another protocol is `WrongProtocol`, never a mistyped handle.
pub(crate) async fn a_name_of_another_protocol_is_refused(world: impl Cluster) {
    const MISTAKEN: GlobalName<Note> = GlobalName::new("the-talker");
    let (a, b) = (world.peer("a").await, world.peer("b").await);
    a.connect(&b).await.unwrap();
    soon(a.node().global().register(&NAME, &a.talk)).await.unwrap();
    for peer in [&a, &b] {
        let wrong = LookupError::WrongProtocol {
            name: "the-talker".into(),
            registered_as: "behaviour.Talk".into(),
            expected: "behaviour.Note",
        };
        assert_eq!(peer.node().global().lookup(&MISTAKEN).unwrap_err(), wrong);
        assert!(peer.node().global().whereis(&MISTAKEN).is_none());
    }
    assert!(b.node().global().unregister(&NAME));
    b.barrier(&a).await;
    a.barrier(&b).await;
    assert!(a.node().global().whereis(&NAME).is_none() && b.node().global().whereis(&NAME).is_none());
}

/// P1, P2, P6: broadcasts reach every member once, in order; who left is out.
pub(crate) async fn broadcasts_reach_every_member_once(world: impl Cluster) {
    let (mut a, mut b, mut c) = three_connected(&world).await;
    assert!(matches!(ROOM.on(a.node()).number(0), Err(SendError::Unresolved(_))));
    for peer in [&a, &b, &c] {
        peer.node().groups().join(&ROOM, &peer.note).unwrap();
    }
    b.barrier(&a).await;
    c.barrier(&a).await;
    assert_eq!(a.node().groups().members(&ROOM).len(), 3);
    for n in 0..100 {
        ROOM.on(a.node()).number(n).unwrap();
    }
    for peer in [&mut a, &mut b, &mut c] {
        for n in 0..100 {
            assert_eq!(peer.seen().await, Seen::Note(n));
        }
    }
    assert!(b.node().groups().leave(&ROOM, &b.note));
    b.barrier(&a).await;
    let reach = a.node().groups().broadcast(&ROOM, Note::Number { n: 7 }).unwrap();
    assert_eq!((reach.local, reach.nodes, reach.missed), (1, 1, 0));
    assert_eq!((a.seen().await, c.seen().await), (Seen::Note(7), Seen::Note(7)));
    a.barrier(&b).await;
    assert!(b.saw_nothing().await, "who has left gets nothing");
}

/// P7: a group takes the protocol of its members only.
pub(crate) async fn a_group_of_another_protocol_is_refused(world: impl Cluster) {
    const MISTAKEN: GroupKey<Talk> = GroupKey::new("room");
    let a = world.peer("a").await;
    a.node().groups().join(&ROOM, &a.note).unwrap();
    let wrong = JoinError::WrongProtocol {
        group: "room".into(),
        registered_as: "behaviour.Note".into(),
        expected: "behaviour.Talk",
    };
    assert_eq!(a.node().groups().join(&MISTAKEN, &a.talk).unwrap_err(), wrong);
    assert!(a.node().groups().members(&MISTAKEN).is_empty());
}

/// P5, M5, E4: a lost node's names and members are gone when its end is told.
pub(crate) async fn names_and_members_go_with_their_node(world: impl Cluster) {
    let (mut a, mut b, c) = three_connected(&world).await;
    soon(b.node().global().register(&NAME, &b.talk)).await.unwrap();
    for peer in [&b, &c] {
        peer.node().groups().join(&ROOM, &peer.note).unwrap();
        peer.barrier(&a).await;
    }
    assert_eq!(a.node().groups().members(&ROOM).len(), 2);
    let lost = b.name().clone();
    b.lose_node();
    let down = a.bad_news().await;
    assert!(matches!(&down, NodeEvent::Down { node, .. } if node.name == lost), "{down:?}");
    assert!(a.node().global().whereis(&NAME).is_none());
    assert_eq!(a.node().groups().members(&ROOM).len(), 1);
}

/// F2, F4: a flood of one actor stops nobody but who floods it: not another actor of its node, not another node, and nothing
/// that nodes say to each other of names and monitors.
pub(crate) async fn a_flood_stops_nobody_else(world: impl Cluster) {
    const LENGTH: usize = 4 << 10;
    let (mut a, mut b, c) = three_connected(&world).await;
    let on_b = a.reach(&b).await;
    on_b.block().unwrap();
    // Longer than what is under way takes: it is b that wants no more.
    while on_b.send_within(Duration::from_millis(500), Talk::Hear { bytes: vec![7; LENGTH] }).await.is_ok() {}
    let mut floods = JoinSet::new();
    for n in 0..64 {
        let on_b = on_b.clone();
        floods.spawn(async move { on_b.send_within(LONG, Talk::Say { n }).await });
    }
    let beside = Peer::local(b.node().system());
    soon(b.node().global().register(&NAME, &beside.talk)).await.unwrap();
    assert_eq!(soon(NAME.on(a.node()).add(2, 2)).await, Ok(4));
    let remote = a.node().global().whereis(&NAME).unwrap();
    soon(a.talk.watch(remote)).await.unwrap();
    a.barrier(&c).await;
    assert_eq!(soon(NAME.on(a.node()).add(2, 2)).await, Ok(4));
    beside.talk.fail().unwrap();
    assert_eq!(a.seen().await, Seen::Down(failed()));
    assert!(a.node().global().whereis(&NAME).is_none());
    assert!(floods.try_join_next().is_none());
    b.unblock();
    for _ in 0..64 {
        assert!(soon(floods.join_next()).await.unwrap().unwrap().is_ok());
    }
    let mut said = 0;
    while said < 64 {
        said += usize::from(matches!(b.seen().await, Seen::Said(_)));
    }
}

/// F4, F3: while a flood of small and large messages to one node goes on, calls to another are answered as if there were none.
pub(crate) async fn a_flood_that_goes_on_starves_no_other_node(world: impl Cluster) {
    // More than may wait here: some have arrived.
    const BODIES: usize = 70;
    let (a, mut b, c) = three_connected(&world).await;
    let (on_b, on_c) = (a.reach(&b).await, a.reach(&c).await);
    let (stop, sent) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
    let mut floods = JoinSet::new();
    for _ in 0..4 {
        let (on_b, stop, sent) = (on_b.clone(), Arc::clone(&stop), Arc::clone(&sent));
        floods.spawn(async move {
            let mut said = 0;
            while !stop.load(Ordering::Relaxed) {
                // As many as there is room for, then one that waits until there is some.
                said += (0..1000).take_while(|n| on_b.say(*n).is_ok()).count();
                on_b.send_within(LONG, Talk::Hear { bytes: vec![7; 1 << 20] }).await.unwrap();
                sent.fetch_add(1, Ordering::Relaxed);
            }
            said
        });
    }
    let mut calls = 0;
    while calls < 30 || sent.load(Ordering::Relaxed) < BODIES {
        // By a clock that is paused it is the order that counts: nobody waits for the flood to end.
        assert_eq!(on_c.add(calls, 1).timeout(Duration::from_secs(10)).await, Ok(calls + 1));
        calls += 1;
    }
    assert!(floods.try_join_next().is_none(), "it goes on");
    stop.store(true, Ordering::Relaxed);
    let said: usize = soon(floods.join_all()).await.into_iter().sum();
    let (mut small, mut large) = (0, 0);
    while (small, large) != (said, sent.load(Ordering::Relaxed)) {
        match b.seen().await {
            Seen::Said(_) => small += 1,
            seen => {
                assert_eq!(seen, Seen::Heard(1 << 20));
                large += 1;
            }
        }
    }
}
