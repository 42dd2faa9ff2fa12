//! How long actors live that are known outside of their node.

mod support;

use std::time::Duration;

use actor_core::prelude::*;
use actor_dist::{AtNode, GlobalName, GroupKey};
use support::*;
use tokio::sync::mpsc;

/// An actor on that node to which nothing leads yet, and what it sees.
fn fresh(peer: &Peer) -> (ActorRef<Echoer>, mpsc::UnboundedReceiver<Seen>) {
    let (sender, seen) = mpsc::unbounded_channel();
    (peer.node.system().spawn(Echoer { seen: sender, kept: Vec::new() }), seen)
}

/// T2: whoever is exported, has a global name or is in a group lives without a handle anywhere, until it stops; who is none of
/// these drains and ends.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_known_outside_lives_without_a_handle() {
    const SHOWN: LocalName<Echo> = LocalName::new("shown");
    const NAMED: GlobalName<Echo> = GlobalName::new("named");
    const ROOM: GroupKey<Note> = GroupKey::new("room");
    let (a, b) = (peer("a").await, peer("b").await);
    b.barrier(&a).await;
    let ((exported, _), (named, _), (grouped, mut noted), (unknown, mut said)) =
        (fresh(&b), fresh(&b), fresh(&b), fresh(&b));
    let system = b.node.system();

    system.register(&SHOWN, &exported.subject()).unwrap();
    let handle = soon(SHOWN.at(&a.node, b.name()).who()).await.unwrap();
    assert!(system.unregister(&SHOWN));
    soon(b.node.global().register(&NAMED, &named.subject())).await.unwrap();
    b.node.groups().join(&ROOM, &grouped.subject()).unwrap();
    let ids = [exported.id(), named.id(), grouped.id()];
    let ends = [exported.ended(), named.ended(), grouped.ended()];
    drop((exported, named, grouped));

    unknown.subject::<Echo>().say("the last".into()).unwrap();
    let end = unknown.ended();
    drop(unknown);
    assert_eq!(soon(end).await, ExitReason::Unreferenced);
    assert_eq!(soon(said.recv()).await, Some(Seen::Said("the last".into())), "it has drained");

    assert_eq!(soon(handle.back("x".into())).await, Ok("x".into()));
    assert_eq!(soon(NAMED.on(&a.node).back("x".into())).await, Ok("x".into()));
    b.barrier(&a).await;
    ROOM.on(&a.node).number(1).unwrap();
    assert_eq!(soon(noted.recv()).await, Some(Seen::Note(1)));

    // It is not the handle elsewhere, nor the name, by which they live on.
    drop(handle);
    assert!(b.node.global().unregister(&NAMED));
    a.barrier(&b).await;
    let exports = system.exports();
    assert!(ids.iter().all(|id| exports.contains(*id)));
    let [exported, named, mut grouped] = ends;
    for (id, end) in ids.into_iter().zip([exported, named]) {
        exports.subject::<Echo>(id, 0).unwrap().unwrap().finish().unwrap();
        assert_eq!(soon(end).await, ExitReason::Normal);
        assert!(!exports.contains(id));
    }
    assert!(tokio::time::timeout(Duration::ZERO, &mut grouped).await.is_err());
}
