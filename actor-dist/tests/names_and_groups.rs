//! Names and groups over real sockets: who wins, who is told, who gets what.

mod support;

use actor_core::prelude::*;
use actor_dist::{GlobalName, GroupKey, JoinError, LookupError, RegisterError};
use support::*;

const NAME: GlobalName<Echo> = GlobalName::new("the-echo");
const ROOM: GroupKey<Note> = GroupKey::new("room");

/// G1, G2, G4: registered, it resolves everywhere; its owner ended, nowhere.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_resolves_on_every_node_until_its_owner_ends() {
    let (mut a, b, c) = (peer("a").await, peer("b").await, peer("c").await);
    // The side that was connected to may see it a moment later: a call over each link makes sure.
    for (from, to) in [(&b, &a), (&c, &a), (&c, &b)] {
        from.barrier(to).await;
    }
    let term = soon(b.node.global().register(&NAME, &b.echo)).await.unwrap();
    for peer in [&a, &b, &c] {
        assert_eq!(soon(NAME.on(&peer.node).back("by name".into())).await.unwrap(), "by name");
    }
    let taken = soon(c.node.global().register(&NAME, &c.echo)).await;
    assert!(matches!(taken, Err(RegisterError::Taken { owner, .. }) if owner == *b.node.id()));
    // M5: when the down is there, the name is gone.
    let remote = a.node.global().whereis(&NAME).unwrap();
    soon(a.echo.watch(remote)).await.unwrap();
    a.barrier(&b).await;
    b.echo.finish().unwrap();
    assert_eq!(a.seen().await, Seen::Down(ExitReason::Normal));
    assert!(a.node.global().whereis(&NAME).is_none());
    b.barrier(&c).await;
    let again = soon(c.node.global().register(&NAME, &c.echo)).await.unwrap();
    assert!(again > term, "terms grow with every owner");
}

/// G1: of simultaneous claims one wins, everywhere the same.
#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_simultaneous_claims_wins() {
    let (a, b) = (peer("a").await, peer("b").await);
    a.connect(&b).await.unwrap();
    for round in 0..50 {
        let name = GlobalName::<Echo>::named(format!("contested-{round}")).unwrap();
        let (globals_a, globals_b) = (a.node.global(), b.node.global());
        let (one, two) =
            soon(async { tokio::join!(globals_a.register(&name, &a.echo), globals_b.register(&name, &b.echo)) }).await;
        assert_eq!(usize::from(one.is_ok()) + usize::from(two.is_ok()), 1, "{one:?} {two:?}");
        let winner = if one.is_ok() { &a } else { &b };
        for peer in [&a, &b] {
            let found = peer.node.global().whereis(&name).expect("it is registered");
            assert_eq!(found.is_local(), std::ptr::eq(peer, winner));
        }
    }
}

/// G7: the same name through a key of another protocol is `WrongProtocol`, never a mistyped handle.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_another_protocol_is_refused() {
    const MISTAKEN: GlobalName<Note> = GlobalName::new("the-echo");
    let (a, b) = (peer("a").await, peer("b").await);
    a.connect(&b).await.unwrap();
    soon(a.node.global().register(&NAME, &a.echo)).await.unwrap();
    for peer in [&a, &b] {
        assert_eq!(
            peer.node.global().lookup(&MISTAKEN).unwrap_err(),
            LookupError::WrongProtocol {
                name: "the-echo".into(),
                registered_as: "test.Echo".into(),
                expected: "test.Note"
            }
        );
        assert!(peer.node.global().whereis(&MISTAKEN).is_none());
    }
    assert!(b.node.global().unregister(&NAME));
    b.barrier(&a).await;
    a.barrier(&b).await;
    assert!(a.node.global().whereis(&NAME).is_none() && b.node.global().whereis(&NAME).is_none());
}

/// P1, P2, P5, P6: broadcasts reach every member once, in order; who leaves or ends is out.
#[tokio::test(flavor = "multi_thread")]
async fn broadcasts_reach_every_member_once() {
    let (mut a, mut b, mut c) = (peer("a").await, peer("b").await, peer("c").await);
    a.connect(&b).await.unwrap();
    c.connect(&a).await.unwrap();
    c.connect(&b).await.unwrap();
    assert!(matches!(ROOM.on(&a.node).number(0), Err(SendError::Unresolved(_))));
    for peer in [&a, &b, &c] {
        peer.node.groups().join(&ROOM, &peer.note).unwrap();
    }
    b.barrier(&a).await;
    c.barrier(&a).await;
    assert_eq!(a.node.groups().members(&ROOM).len(), 3);
    for n in 0..100 {
        ROOM.on(&a.node).number(n).unwrap();
    }
    for peer in [&mut a, &mut b, &mut c] {
        for n in 0..100 {
            assert_eq!(peer.seen().await, Seen::Note(n));
        }
    }
    assert!(b.node.groups().leave(&ROOM, &b.note));
    b.barrier(&a).await;
    c.echo.finish().unwrap();
    drop((c.echo, c.note));
    c.node.leave().await;
    let _ = soon(async {
        while a.node.groups().members(&ROOM).len() > 1 {
            a.event().await;
        }
    })
    .await;
    let reach = a.node.groups().broadcast(&ROOM, Note::Number { n: 7 }).unwrap();
    assert_eq!((reach.local, reach.nodes, reach.missed), (1, 0, 0));
    assert_eq!(a.seen().await, Seen::Note(7));
    a.barrier(&b).await;
    assert!(b.seen.try_recv().is_err(), "who has left gets nothing");
}

/// P7: a group takes the protocol of its members only.
#[tokio::test(flavor = "multi_thread")]
async fn a_group_of_another_protocol_is_refused() {
    const MISTAKEN: GroupKey<Echo> = GroupKey::new("room");
    let a = peer("a").await;
    a.node.groups().join(&ROOM, &a.note).unwrap();
    let wrong = a.node.groups().join(&MISTAKEN, &a.echo).unwrap_err();
    assert_eq!(
        wrong,
        JoinError::WrongProtocol { group: "room".into(), registered_as: "test.Note".into(), expected: "test.Echo" }
    );
    assert!(a.node.groups().members(&MISTAKEN).is_empty());
}
