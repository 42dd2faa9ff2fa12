//! What is otherwise between `a` and `b` if one of them offers no capability: nothing is lost without a word there either.

use std::time::Duration;

use actor_core::{CallError, Capacity, LocalName, NodeDownCause, SendFailure};
use actor_dist::{AtNode, NodeBuilder, NodeEvent, Topology};

use crate::{
    actor::{Seen, Talk, TalkClient},
    peer::{Peer, soon},
    world::Cluster,
};

/// Another actor of that node.
const BESIDE: LocalName<Talk> = LocalName::new("beside");

/// F2, S5: a full mailbox stops nobody: what it has no room for is a dead letter there, which its sender's node is told of, and a
/// call comes back. What it has taken arrives in order, and nobody else waits.
pub(crate) async fn a_full_mailbox_makes_dead_letters(world: impl Cluster) {
    let Capacity::Bounded(room) = Capacity::default() else { panic!("a mailbox has a bound") };
    let (room, sent) = (room as u64, 3 * room as u64);
    let (a, mut b, c) = world.three().await;
    let on_b = a.reach(&b).await;
    let (there, here) = (b.node().system().clone(), a.node().system().clone());
    let mut told = here.dead_letters().subscribe();
    on_b.block().unwrap();
    for n in 0..sent {
        soon(on_b.send(Talk::Say { n })).await.unwrap();
    }
    let refused = soon(on_b.add(1, 1)).await;
    assert_eq!(refused, Err(CallError::NotDelivered(SendFailure::Overloaded)));
    a.barrier(&c).await;
    let beside = Peer::local(&there);
    there.register(&BESIDE, &beside.talk).unwrap();
    assert_eq!(soon(BESIDE.at(a.node(), b.name()).add(2, 2)).await, Ok(4));
    // The call is counted there too, and was answered.
    let lost = there.dead_letters().not_taken() - 1;
    assert!((sent - 2 * room..=sent - room).contains(&lost), "{lost} of {sent}");
    while here.dead_letters().elsewhere() < lost {
        let letter = soon(told.next()).await.expect("the system lives");
        assert!(letter.receiver.contains(b.name().as_str()), "{letter}");
    }
    b.unblock();
    let mut last = None;
    for _ in lost..sent {
        let Seen::Said(n) = b.seen().await else { panic!("only that was sent") };
        assert!(last.replace(n) < Some(n));
    }
    assert!(b.saw_nothing().await);
    assert_eq!((here.dead_letters().elsewhere(), soon(on_b.add(1, 1)).await), (lost, Ok(2)));
}

/// S1, F1: what is large goes by the lane like all else and takes its room: small messages wait for it, and keep their order.
pub(crate) async fn small_messages_wait_among_large_ones(world: impl Cluster) {
    const LENGTH: usize = 300_000;
    let (a, mut b) = (world.peer("a").await, world.peer("b").await);
    let on_b = a.reach(&b).await;
    for n in 0..20 {
        soon(on_b.send(Talk::Say { n })).await.unwrap();
        soon(on_b.send(Talk::Hear { bytes: vec![1; LENGTH] })).await.unwrap();
    }
    for n in 0..20 {
        assert_eq!((b.seen().await, b.seen().await), (Seen::Said(n), Seen::Heard(LENGTH)));
    }
}

/// X1: who is asked does not hear that nobody waits any more, and does the work; the answer goes no further.
pub(crate) async fn a_request_runs_though_its_caller_has_given_up(world: impl Cluster) {
    let (mut a, mut b) = (world.peer("a").await, world.peer("b").await);
    let on_b = a.reach(&b).await;
    on_b.block().unwrap();
    let short = Duration::from_millis(20);
    assert_eq!(soon(on_b.keep().timeout(short)).await, Err(CallError::Deadline(short)));
    drop(on_b.keep());
    on_b.say(1).unwrap();
    b.unblock();
    assert_eq!((b.seen().await, b.seen().await, b.seen().await), (Seen::Kept, Seen::Kept, Seen::Said(1)));
    on_b.answer_kept(9).unwrap();
    a.barrier(&b).await;
    assert!(a.saw_nothing().await);
    assert_eq!(b.node().system().dead_letters().given_up(), 0);
}

/// N3: a session ends by agreement, which the other node knows nothing of; so it stays, and nothing is held back for it.
pub(crate) async fn a_session_that_nobody_uses_stays(world: impl Cluster) {
    let idle = Duration::from_secs(1);
    let manual = |builder: NodeBuilder| builder.topology(Topology::Manual).idle_close(idle);
    let mut a = world.start("a", manual(world.builder("a", 0))).await;
    let mut b = world.start("b", manual(world.builder("b", 0))).await;
    a.connect(&b).await.unwrap();
    tokio::time::sleep(100 * idle).await;
    let on_b = a.reach(&b).await;
    on_b.say(1).unwrap();
    assert_eq!(b.seen().await, Seen::Said(1));
    b.leave().await;
    for told in [a.event().await, a.event().await] {
        assert!(!matches!(told, NodeEvent::Down { cause: NodeDownCause::Idle, .. }), "{told:?}");
    }
}
