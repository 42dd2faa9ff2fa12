//! What holds between any two actors, wherever they are.

use std::time::Duration;

use actor_core::{CallError, SendFailure, prelude::*};

use crate::{
    actor::{Seen, Talk, TalkClient, failed},
    peer::{LONG, Peer, soon},
    world::World,
};

async fn two(world: &impl World) -> (Peer, Peer) {
    (world.peer("a").await, world.peer("b").await)
}

/// S1: tells, and what a call says, arrive in the order in which they were sent.
pub(crate) async fn what_one_sends_another_arrives_in_order(world: impl World) {
    let (a, mut b) = two(&world).await;
    let on_b = a.reach(&b).await;
    for n in 0..1000 {
        on_b.say(n).unwrap();
    }
    let kept = on_b.keep();
    on_b.say(1000).unwrap();
    for n in 0..1000 {
        assert_eq!(b.seen().await, Seen::Said(n));
    }
    assert_eq!((b.seen().await, b.seen().await), (Seen::Kept, Seen::Said(1000)));
    on_b.answer_kept(7).unwrap();
    assert_eq!(soon(kept).await, Ok(7));
}

/// S3, X2: an answer, a deadline that passed, and an actor that was not there any more, are told from each other.
pub(crate) async fn a_call_is_answered_or_its_error_says_why(world: impl World) {
    let (a, mut b) = two(&world).await;
    let on_b = a.reach(&b).await;
    assert_eq!(soon(on_b.add(20, 22)).await, Ok(42));
    let short = Duration::from_millis(50);
    assert_eq!(soon(on_b.keep().timeout(short)).await, Err(CallError::Deadline(short)));
    let cut_short = on_b.keep().timeout(LONG);
    assert_eq!((b.seen().await, b.seen().await), (Seen::Kept, Seen::Kept));
    on_b.finish().unwrap();
    assert_eq!(soon(cut_short).await, Err(CallError::NoReply));
    assert_eq!(b.ended().await, ExitReason::Normal);
    assert_eq!(soon(on_b.add(1, 1)).await, Err(CallError::NotDelivered(SendFailure::Stopped)));
}

/// S4: a reply that is dropped fails its call at once, long before the deadline.
pub(crate) async fn a_dropped_reply_fails_its_call_at_once(world: impl World) {
    let (a, mut b) = two(&world).await;
    let on_b = a.reach(&b).await;
    let calls = [on_b.keep().timeout(LONG), on_b.keep().timeout(LONG)];
    assert_eq!((b.seen().await, b.seen().await), (Seen::Kept, Seen::Kept));
    on_b.drop_kept().unwrap();
    for call in calls {
        assert_eq!(soon(call).await, Err(CallError::NoReply));
    }
}

/// S4: an answer after the deadline goes nowhere, and harms nobody.
pub(crate) async fn a_late_answer_goes_no_further(world: impl World) {
    let (mut a, mut b) = two(&world).await;
    let on_b = a.reach(&b).await;
    let short = Duration::from_millis(20);
    assert_eq!(soon(on_b.keep().timeout(short)).await, Err(CallError::Deadline(short)));
    drop(on_b.keep());
    assert_eq!((b.seen().await, b.seen().await), (Seen::Kept, Seen::Kept));
    on_b.answer_kept(9).unwrap();
    a.barrier(&b).await;
    assert!(a.saw_nothing().await);
}

/// S6: whoever was given a reply answers it, or fails its caller by dropping it.
pub(crate) async fn a_forwarded_reply_answers_or_fails_its_caller(world: impl World) {
    let (a, b) = two(&world).await;
    let mut c = world.peer("c").await;
    let (on_b, on_c) = (a.reach(&b).await, a.reach(&c).await);
    let answered = on_b.forward(on_c.clone()).timeout(LONG);
    assert_eq!(c.seen().await, Seen::Kept);
    on_c.answer_kept(5).unwrap();
    assert_eq!(soon(answered).await, Ok(5));
    let dropped = on_b.forward(on_c.clone()).timeout(LONG);
    assert_eq!(c.seen().await, Seen::Kept);
    on_c.drop_kept().unwrap();
    assert_eq!(soon(dropped).await, Err(CallError::NoReply));
}

/// N1: a handle is the same actor's wherever it was shipped, and at home again it is the actor itself.
pub(crate) async fn a_handle_leads_to_the_same_actor_wherever_it_went(world: impl World) {
    let (mut a, b) = two(&world).await;
    let on_b = a.reach(&b).await;
    assert!(on_b.same_actor(&soon(on_b.who()).await.unwrap()));
    let home = soon(b.reach(&a).await.who()).await.unwrap();
    assert!(home.same_actor(&b.reach(&a).await));
    // B says something to A's own actor through the handle that A ships.
    let _nobody_waits = on_b.forward(a.talk.clone());
    assert_eq!(a.seen().await, Seen::Kept);
}

/// M1, M3: each monitor has one down: the reason, or that there is no such actor.
pub(crate) async fn every_monitor_has_one_down(world: impl World) {
    let (mut a, mut b) = two(&world).await;
    let on_b = a.reach(&b).await;
    for _ in 0..2 {
        soon(a.talk.watch(on_b.clone())).await.unwrap();
    }
    a.barrier(&b).await;
    on_b.fail().unwrap();
    assert_eq!((a.seen().await, a.seen().await), (Seen::Down(failed()), Seen::Down(failed())));
    assert_eq!(b.ended().await, failed());
    soon(a.talk.watch(on_b)).await.unwrap();
    assert_eq!(a.seen().await, Seen::Down(ExitReason::NoSuchActor));
    assert!(a.saw_nothing().await);
}

/// M4: after `demonitor` there is no down.
pub(crate) async fn a_monitor_that_was_ended_is_silent(world: impl World) {
    let (mut a, mut b) = two(&world).await;
    let c = world.peer("c").await;
    let (on_b, on_c) = (a.reach(&b).await, a.reach(&c).await);
    soon(a.talk.watch(on_b.clone())).await.unwrap();
    soon(a.talk.unwatch()).await.unwrap();
    on_b.fail().unwrap();
    assert_eq!(b.ended().await, failed());
    // The down of another actor shows that the first one's would have come.
    soon(a.talk.watch(on_c.clone())).await.unwrap();
    on_c.finish().unwrap();
    assert_eq!(a.seen().await, Seen::Down(ExitReason::Normal));
    assert!(a.saw_nothing().await);
}

/// M5, S1: all that an actor sent arrives before its down.
pub(crate) async fn a_down_comes_after_all_that_its_actor_sent(world: impl World) {
    let (mut a, b) = two(&world).await;
    let on_b = a.reach(&b).await;
    soon(a.talk.watch(on_b.clone())).await.unwrap();
    on_b.burst(a.talk.clone(), 500).unwrap();
    for n in 0..500 {
        assert_eq!(a.seen().await, Seen::Said(n));
    }
    assert_eq!(a.seen().await, Seen::Down(failed()));
}

/// L1, L3: what ends one of two linked actors ends the other, unless it ended orderly.
pub(crate) async fn linked_actors_end_together(world: impl World) {
    let (mut a, mut b) = two(&world).await;
    let (mut c, mut d) = (world.peer("c").await, world.peer("d").await);
    let on_b = a.reach(&b).await;
    soon(a.talk.link(on_b.clone())).await.unwrap();
    let on_d = a.reach(&d).await;
    soon(a.talk.link(on_d.clone())).await.unwrap();
    let c_on_d = c.reach(&d).await;
    soon(c.talk.link(c_on_d)).await.unwrap();
    c.barrier(&d).await;
    on_b.finish().unwrap();
    assert_eq!(b.ended().await, ExitReason::Normal);
    a.barrier(&d).await;
    assert!(a.saw_nothing().await && d.saw_nothing().await);
    on_d.fail().unwrap();
    assert_eq!(d.ended().await, failed());
    for other in [&mut a, &mut c] {
        let reason = other.ended().await;
        assert!(matches!(&reason, ExitReason::Linked(linked) if linked.reason == failed()), "{reason:?}");
    }
}

/// L2, L3: who traps exits is told of them; a link to an actor that is no more is answered at once.
pub(crate) async fn a_trapped_exit_is_a_message(world: impl World) {
    let (mut a, b) = two(&world).await;
    let on_b = a.reach(&b).await;
    soon(a.talk.trap()).await.unwrap();
    soon(a.talk.link(on_b.clone())).await.unwrap();
    on_b.burst(a.talk.clone(), 3).unwrap();
    for n in 0..3 {
        assert_eq!(a.seen().await, Seen::Said(n));
    }
    assert_eq!(a.seen().await, Seen::Exit(failed()));
    soon(a.talk.link(on_b)).await.unwrap();
    assert_eq!(a.seen().await, Seen::Exit(ExitReason::NoSuchActor));
}

/// L1: after `unlink` the link has no effect.
pub(crate) async fn an_unlinked_actor_lives_on(world: impl World) {
    let (mut a, mut b) = two(&world).await;
    let on_b = a.reach(&b).await;
    soon(a.talk.link(on_b.clone())).await.unwrap();
    soon(a.talk.link(on_b.clone())).await.unwrap();
    soon(a.talk.unlink(on_b.clone())).await.unwrap();
    soon(a.talk.watch(on_b.clone())).await.unwrap();
    on_b.fail().unwrap();
    assert_eq!(a.seen().await, Seen::Down(failed()));
    assert_eq!(b.ended().await, failed());
    assert!(a.saw_nothing().await);
}

/// F3: what is larger than every buffer on the way crosses whole, there and back.
pub(crate) async fn a_large_message_arrives_whole(world: impl World) {
    let (a, b) = two(&world).await;
    let on_b = a.reach(&b).await;
    let bytes: Vec<u8> = (0..5 << 20).map(|n: u32| n.to_le_bytes()[(n % 3) as usize]).collect();
    let back = soon(on_b.echo(bytes.clone()).timeout(LONG)).await.unwrap();
    assert!(back == bytes);
}

/// S1: a large message does not let a small one of the same sender pass.
pub(crate) async fn small_messages_keep_their_order_among_large_ones(world: impl World) {
    let (a, mut b) = two(&world).await;
    let on_b = a.reach(&b).await;
    for n in 0..20 {
        on_b.say(n).unwrap();
        soon(on_b.send(Talk::Hear { bytes: vec![1; 300_000] })).await.unwrap();
    }
    on_b.say(20).unwrap();
    for n in 0..20 {
        assert_eq!((b.seen().await, b.seen().await), (Seen::Said(n), Seen::Heard(300_000)));
    }
    assert_eq!(b.seen().await, Seen::Said(20));
}

/// F1, F2, S3: an actor that is too slow stops its own senders alone: what has no room comes back, `send` waits for some, and all
/// that was taken arrives.
pub(crate) async fn a_full_mailbox_stops_its_senders(world: impl World) {
    const LENGTH: usize = 4 << 10;
    let (a, mut b) = two(&world).await;
    let c = world.peer("c").await;
    let on_b = a.reach(&b).await;
    on_b.block().unwrap();
    let mut taken = 0;
    let refused = loop {
        match on_b.hear(vec![7; LENGTH]) {
            Ok(()) => taken += 1,
            Err(refused) => break refused,
        }
        assert!(taken < 50_000, "what waits is bounded");
    };
    assert!(matches!(refused, SendError::Overloaded(Talk::Hear { bytes }) if bytes == [7; LENGTH]));
    a.barrier(&c).await;
    let (sent, ()) = soon(async { tokio::join!(on_b.send(Talk::Say { n: 1 }), async { b.unblock() }) }).await;
    sent.unwrap();
    for _ in 0..taken {
        assert_eq!(b.seen().await, Seen::Heard(LENGTH));
    }
    assert_eq!(b.seen().await, Seen::Said(1));
}

/// S3: what is sent to an actor that is known here to have ended comes back whole.
pub(crate) async fn what_is_sent_to_the_dead_comes_back(world: impl World) {
    let mut a = world.peer("a").await;
    a.talk.finish().unwrap();
    assert_eq!(a.ended().await, ExitReason::Normal);
    match a.talk.hear(vec![1, 2, 3]) {
        Err(SendError::Stopped(Talk::Hear { bytes })) => assert_eq!(bytes, [1, 2, 3]),
        other => panic!("{other:?}"),
    }
    assert!(matches!(soon(a.talk.send(Talk::Fail)).await, Err(SendError::Stopped(Talk::Fail))));
}
