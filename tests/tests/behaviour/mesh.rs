//! What holds between nodes: sessions, what waits for them, and what their end means.

use std::time::Duration;

use actor_core::{CallError, NodeDownCause, NodeName, SendFailure, prelude::*};
use actor_dist::{AtNode, ConnectError, DEFAULT_WINDOW, Node, NodeEvent};

use crate::{
    actor::{Seen, Talk, TalkClient, Talker, failed},
    peer::{COOKIE, LONG, Peer, TALK, reply, soon},
    world::Cluster,
};

/// N3, N4: with a node come all that it is connected to.
pub(crate) async fn the_mesh_is_transitive(world: impl Cluster) {
    let mut peers = Vec::new();
    for short in ["a", "b", "c", "d", "e"] {
        peers.push(world.peer(short).await);
    }
    for pair in peers.windows(2) {
        pair[1].connect(&pair[0]).await.unwrap();
    }
    for peer in &mut peers {
        let mut up = Vec::new();
        while up.len() < 4 {
            match peer.event().await {
                NodeEvent::Up { node, .. } => up.push(node.name),
                other => panic!("{other:?}"),
            }
        }
        up.sort();
        assert_eq!(up, peer.node().nodes());
    }
}

/// N6, E3: simultaneous connects end in exactly one link, on both sides.
pub(crate) async fn simultaneous_connects_end_in_one_link(world: impl Cluster) {
    for _ in 0..10 {
        let (mut a, mut b) = (world.peer("a").await, world.peer("b").await);
        let (one, two) = tokio::join!(a.connect(&b), b.connect(&a));
        one.unwrap();
        two.unwrap();
        a.barrier(&b).await;
        b.barrier(&a).await;
        let (first, second) = (a.event().await, b.event().await);
        assert!(matches!((&first, &second), (NodeEvent::Up { .. }, NodeEvent::Up { .. })), "{first:?} {second:?}");
        let gone = a.name().clone();
        a.leave().await;
        let down = b.event().await;
        let told = matches!(&down, NodeEvent::Down { node, cause: NodeDownCause::Left, .. } if node.name == gone);
        assert!(told, "{down:?}");
    }
}

/// S3: what surely did not run is told from what may have.
pub(crate) async fn call_errors_tell_what_may_have_run(world: impl Cluster) {
    const NOBODY: LocalName<Talk> = LocalName::new("nobody");
    let (a, mut b) = (world.peer("a").await, world.peer("b").await);
    let unresolved = soon(NOBODY.at(a.node(), b.name()).add(1, 1)).await;
    assert_eq!(unresolved, Err(CallError::NotDelivered(SendFailure::Unresolved)));
    let on_b = a.reach(&b).await;
    let lost = on_b.keep().timeout(LONG);
    assert_eq!(b.seen().await, Seen::Kept);
    let name = b.name().clone();
    b.lose_node();
    let lost = soon(lost).await;
    assert!(
        matches!(&lost, Err(CallError::NodeDown { node, cause: NodeDownCause::Closed }) if *node == name),
        "{lost:?}"
    );
    // The mesh may have dialed it in vain already: then nothing waits for another dial.
    let nobody = soon(TALK.at(a.node(), &name).add(1, 1)).await;
    let told =
        matches!(nobody, Err(CallError::NotDelivered(SendFailure::Disconnected | SendFailure::Unreachable { .. })));
    assert!(told, "{nobody:?}");
}

/// S2, S3: a message that waits for a connection which never comes about is a dead letter, unless it came back.
pub(crate) async fn what_waits_for_nobody_is_a_dead_letter(world: impl Cluster) {
    let (a, mut gone) = (world.peer("a").await, world.peer("b").await);
    let ghost = gone.name().clone();
    gone.leave().await;
    let mut letters = a.node().system().dead_letters().subscribe();
    match TALK.at(a.node(), &ghost).say(1) {
        Ok(()) => {}
        // The dial has failed before the message could wait for it: it is told by its coming back.
        Err(back) => return assert!(matches!(back, SendError::Unreachable(Talk::Say { n: 1 }, _)), "{back}"),
    }
    let letter = soon(letters.next()).await.expect("it is told");
    assert_eq!(letter.message, "behaviour.Talk");
    assert!(letter.receiver.contains(ghost.as_str()), "{letter}");
}

/// F1, N7, S3: what waits for a connection is bounded; beyond, the message comes back, and what waited is told when nobody answers.
pub(crate) async fn what_finds_no_room_comes_back(world: impl Cluster) {
    let a = world.peer("a").await;
    let (deaf, _held) = world.deaf().await;
    let to = TALK.at(a.node(), &deaf);
    let waiting = to.add(1, 1).timeout(LONG);
    let back = (0..1000).find_map(|_| to.hear(vec![7; 64 << 10]).err()).expect("what waits is bounded");
    assert!(matches!(back, SendError::Overloaded(Talk::Hear { bytes }) if bytes == [7; 64 << 10]));
    let refused = soon(to.add(1, 1)).await;
    assert_eq!(refused, Err(CallError::NotDelivered(SendFailure::Overloaded)));
    let (waited, connected) = soon(async { tokio::join!(waiting, a.node().connect(&deaf)) }).await;
    assert_eq!(waited, Err(CallError::NotDelivered(SendFailure::Disconnected)));
    assert_eq!(connected, Err(ConnectError::TimedOut { node: deaf.clone() }));
}

/// S3, N2: what cannot cross comes back whole: a message over the largest frame, a handle that no node knows.
pub(crate) async fn what_cannot_cross_comes_back(world: impl Cluster) {
    let a = world.start("a", world.builder("a", 0).max_frame(1 << 16)).await;
    let b = world.peer("b").await;
    let on_b = a.reach(&b).await;
    let Err(SendError::Refused(Talk::Hear { bytes }, _)) = on_b.hear(vec![7; 1 << 17]) else {
        panic!("it is larger than the largest frame");
    };
    assert_eq!(bytes.len(), 1 << 17);
    let (seen, _heard) = tokio::sync::mpsc::unbounded_channel();
    let alone = System::new().spawn(Talker::new(seen, Default::default())).subject::<Talk>();
    let call = on_b.forward(alone.clone());
    assert!(matches!(soon(call).await, Err(CallError::NotDelivered(SendFailure::Refused(_)))));
    let back = on_b.tell(Talk::Forward { to: alone, reply: reply() });
    assert!(matches!(back, Err(SendError::Refused(Talk::Forward { .. }, _))));
    a.barrier(&b).await;
}

/// E1, E4, M1, L2: the end of a connection fires monitors and links with its cause, before the event is told.
pub(crate) async fn the_end_of_a_node_is_told_to_all_whom_it_concerns(world: impl Cluster) {
    let (mut a, mut b, mut c) = world.three().await;
    let closed = ExitReason::NodeDown(NodeDownCause::Closed);
    let (on_b, c_on_b) = (a.reach(&b).await, c.reach(&b).await);
    soon(a.talk.watch(on_b.clone())).await.unwrap();
    soon(c.talk.link(c_on_b)).await.unwrap();
    a.barrier(&b).await;
    c.barrier(&b).await;
    let id = b.node().id().clone();
    b.lose_node();
    let down = a.bad_news().await;
    assert!(matches!(&down, NodeEvent::Down { node, cause: NodeDownCause::Closed, .. } if *node == id), "{down:?}");
    // The monitor's down was in the mailbox before the event; what is said now comes behind it.
    a.flush().await;
    assert_eq!(a.seen().await, Seen::Down(closed.clone()));
    assert!(a.saw_nothing().await);
    for reason in [c.ended().await, b.ended().await] {
        assert!(
            matches!(&reason, ExitReason::Linked(linked) if matches!(linked.reason, ExitReason::NodeDown(_))),
            "{reason:?}"
        );
    }
    assert!(matches!(on_b.say(1), Ok(()) | Err(SendError::Disconnected(_))));
}

/// Links the one's actor with the other's, blocks that one, and sends it all that its mailbox and its node take; how many messages
/// that is.
async fn link_and_stuff(a: &Peer, b: &Peer) -> u64 {
    let on_b = a.reach(b).await;
    soon(a.talk.link(on_b.clone())).await.unwrap();
    on_b.block().unwrap();
    let mut taken = 0;
    // Longer than what is under way takes: it is b that wants no more.
    while on_b.send_within(Duration::from_millis(500), Talk::Hear { bytes: vec![7; 4 << 10] }).await.is_ok() {
        taken += 1;
    }
    taken
}

/// L4: an exit that ends its actor waits for the handler in progress alone, whatever waits for the actor, in its mailbox and
/// before it; all that is dead letters.
pub(crate) async fn an_exit_passes_what_waits_for_its_actor(world: impl Cluster) {
    const BESIDE: LocalName<Talk> = LocalName::new("beside");
    let (mut a, mut b) = (world.peer("a").await, world.peer("b").await);
    let beside = Peer::local(b.node().system());
    b.node().system().register(&BESIDE, &beside.talk).unwrap();
    let taken = link_and_stuff(&a, &b).await;
    a.talk.fail().unwrap();
    assert_eq!(a.ended().await, failed());
    // Another actor hears what was said after the exit.
    assert_eq!(soon(BESIDE.at(a.node(), b.name()).add(1, 2)).await, Ok(3));
    b.unblock();
    let reason = b.ended().await;
    assert!(matches!(&reason, ExitReason::Linked(linked) if linked.reason == failed()), "{reason:?}");
    let letters = b.node().system().dead_letters();
    while letters.ended() + letters.not_taken() < taken {
        assert_eq!(soon(BESIDE.at(a.node(), b.name()).add(1, 2)).await, Ok(3));
    }
}

/// L4, S1: an exit that is a message keeps its place among those that wait.
pub(crate) async fn a_trapped_exit_passes_nothing(world: impl Cluster) {
    let (a, mut b) = (world.peer("a").await, world.peer("b").await);
    soon(b.talk.trap()).await.unwrap();
    let taken = link_and_stuff(&a, &b).await;
    a.talk.fail().unwrap();
    b.unblock();
    for _ in 0..taken {
        assert_eq!(b.seen().await, Seen::Heard(4 << 10));
    }
    assert_eq!(b.seen().await, Seen::Exit(failed()));
}

/// N8, S6: a goodbye is told as such, and nobody waits for one who has left.
pub(crate) async fn a_goodbye_is_told_as_one(world: impl Cluster) {
    let (mut a, b, mut c) = world.three().await;
    let (on_b, on_c) = (a.reach(&b).await, a.reach(&c).await);
    soon(a.talk.watch(on_c.clone())).await.unwrap();
    let orphaned = on_b.forward(on_c).timeout(LONG);
    assert_eq!(c.seen().await, Seen::Kept);
    c.leave().await;
    assert_eq!(soon(orphaned).await, Err(CallError::NoReply));
    assert_eq!(a.seen().await, Seen::Down(ExitReason::NodeDown(NodeDownCause::Left)));
    let down = a.bad_news().await;
    assert!(matches!(down, NodeEvent::Down { cause: NodeDownCause::Left, .. }), "{down:?}");
}

/// N8: a goodbye is told as such also when a heartbeat crosses it, which finds nobody any more.
pub(crate) async fn a_goodbye_that_a_heartbeat_crosses_is_told_as_one(world: impl Cluster) {
    let (mut a, mut b) = (world.peer("a").await, world.peer("b").await);
    for heartbeats in 1..9 {
        a.connect(&b).await.unwrap();
        assert!(matches!(b.event().await, NodeEvent::Up { .. }));
        tokio::time::sleep(DEFAULT_WINDOW / 4 * heartbeats).await;
        a.node().disconnect(b.name());
        let down = b.event().await;
        assert!(matches!(down, NodeEvent::Down { cause: NodeDownCause::Left, .. }), "{heartbeats}: {down:?}");
        assert!(matches!(a.bad_news().await, NodeEvent::Down { .. }));
    }
}

/// N3, E3: after a connection was ended, the next mention makes another; its `Up` comes after the `Down` of the one before.
pub(crate) async fn a_mention_connects_again(world: impl Cluster) {
    let (mut a, mut b) = (world.peer("a").await, world.peer("b").await);
    let on_b = a.reach(&b).await;
    let NodeEvent::Up { connection: first, .. } = a.event().await else { panic!("it is connected") };
    a.node().disconnect(b.name());
    on_b.say(1).unwrap();
    assert_eq!(b.seen().await, Seen::Said(1));
    let down = a.event().await;
    assert!(matches!(down, NodeEvent::Down { connection, .. } if connection == first), "{down:?}");
    let up = a.event().await;
    assert!(matches!(up, NodeEvent::Up { connection, .. } if connection != first), "{up:?}");
    a.barrier(&b).await;
    assert_eq!(a.node().nodes(), std::slice::from_ref(b.name()));
}

/// S4: an answer to a call whose session ended and was replaced reaches nobody, and no call of the next one.
pub(crate) async fn an_answer_to_a_session_before_reaches_nobody(world: impl Cluster) {
    let (mut a, mut b, mut c) = world.three().await;
    let (on_b, on_c) = (a.reach(&b).await, a.reach(&c).await);
    let lost = on_b.keep().timeout(LONG);
    assert_eq!(b.seen().await, Seen::Kept);
    a.node().disconnect(b.name());
    let lost = soon(lost).await;
    assert!(matches!(&lost, Err(CallError::NodeDown { node, .. }) if node == b.name()), "{lost:?}");
    let waiting = on_b.forward(on_c.clone()).timeout(LONG);
    assert_eq!(c.seen().await, Seen::Kept);
    b.talk.answer_kept(9).unwrap();
    b.flush().await;
    a.barrier(&b).await;
    on_c.answer_kept(5).unwrap();
    assert_eq!(soon(waiting).await, Ok(5));
    assert!(a.saw_nothing().await && b.saw_nothing().await);
}

/// N1: a handle from a dead incarnation that reaches a restarted namesake is nobody's.
pub(crate) async fn a_handle_does_not_survive_a_restart(world: impl Cluster) {
    let (mut a, mut b) = (world.peer("a").await, world.peer("b").await);
    let old = a.reach(&b).await;
    let port = b.name().port();
    b.leave().await;
    let mut again = world.start("b", world.builder("b", port)).await;
    let fresh = a.reach(&again).await;
    assert_eq!(fresh.address().map(|a| a.node.name), old.address().map(|a| a.node.name));
    assert!(!fresh.same_actor(&old));
    assert!(matches!(old.say(1), Err(SendError::Stopped(Talk::Say { n: 1 }))));
    soon(a.talk.watch(old)).await.unwrap();
    assert_eq!(a.seen().await, Seen::Down(ExitReason::NoSuchActor));
    fresh.say(2).unwrap();
    assert_eq!(again.seen().await, Seen::Said(2));
}

/// H1, N5: a wrong cookie is refused with a typed error on both sides; the cookie can be changed while the node runs.
pub(crate) async fn a_wrong_cookie_is_refused_on_both_sides(world: impl Cluster) {
    let mut a = world.peer("a").await;
    let other = world.start("b", world.builder("b", 0).cookie("another").unwrap()).await;
    let refused = soon(other.node().connect(a.name())).await;
    assert_eq!(refused, Err(ConnectError::WrongCookie { node: a.name().clone() }));
    let event = a.event().await;
    assert!(matches!(event, NodeEvent::Refused { unproven: true, .. }), "{event:?}");
    assert!(a.node().nodes().is_empty() && other.node().nodes().is_empty());
    other.node().change_cookie(COOKIE).unwrap();
    other.connect(&a).await.unwrap();
}

/// N5: self is fine, and what cannot be reached, or is somebody else, says so.
pub(crate) async fn connecting_to_oneself_or_to_nobody_is_told(world: impl Cluster) {
    let (a, mut b, c) = world.three().await;
    let connect = async |node: &Node, peer: &NodeName| soon(node.connect(peer)).await;
    connect(a.node(), a.name()).await.unwrap();
    assert!(a.node().nodes().is_empty());
    let gone = b.name().clone();
    b.leave().await;
    assert!(matches!(connect(a.node(), &gone).await, Err(ConnectError::Unreachable { .. })));
    let mistaken: NodeName = format!("d@{}:{}", c.name().host(), c.name().port()).parse().unwrap();
    let found = c.name().clone();
    let wrong = connect(a.node(), &mistaken).await;
    assert_eq!(wrong, Err(ConnectError::WrongNode { node: mistaken, found: found.clone() }));
    soon(a.node().ping(&found)).await.unwrap();
}
