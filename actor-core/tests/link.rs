//! The promises about links and exits.

mod support;

use std::future::ready;

use actor_core::{ActorAddress, ActorId, Incarnation, Linked, NodeId, prelude::*};
use support::{Act, Count, Counter, CounterClient as _, Puppet, Seen, StillBorn, counter, failed, settle};

/// The exit reason as it was seen by an actor that was linked.
fn linked(reason: ExitReason) -> Box<Linked> {
    match reason {
        ExitReason::Linked(linked) => linked,
        other => panic!("it was linked, but ended because {other}"),
    }
}

/// L1, L3: a failure takes the other end of a link down, whichever end it is, and both know who was first.
#[tokio::test]
async fn a_link_goes_both_ways() {
    let system = System::new();
    for turned in [false, true] {
        let (one, other) = (Puppet::new(&system), Puppet::new(&system));
        one.link(&other.subject()).await;
        let (first, second) = if turned { (other, one) } else { (one, other) };
        let ended = second.actor.ended();
        first.fail("first");
        let linked = linked(ended.await);
        assert_eq!(linked.reason, ExitReason::Failed("first".into()));
        assert_eq!(linked.peer.actor(), first.actor.id());
    }
}

/// L1: there is one link between two actors, whoever links how often; one exit comes by it.
#[tokio::test]
async fn linking_twice_is_linking_once() {
    let system = System::new();
    let (mut one, other) = (Puppet::new(&system), Puppet::new(&system));
    one.act(Context::trap_exits).await;
    one.link(&other.subject()).await;
    one.link(&other.subject()).await;
    other.link(&one.subject()).await;
    assert_eq!((one.actor.info().links, other.actor.info().links), (1, 1));
    other.fail("once");
    assert_eq!(one.exit().await.reason, ExitReason::Failed("once".into()));
    one.sees_nothing().await;
    assert_eq!(one.actor.info().links, 0);
}

/// L1: a link with itself is none.
#[tokio::test]
async fn a_link_with_oneself_is_none() {
    let mut one = Puppet::new(&System::new());
    one.link(&one.subject()).await;
    assert_eq!(one.actor.info().links, 0);
    one.unlink(&one.subject()).await;
    one.sees_nothing().await;
}

/// L1: whichever end unlinks, the link has no effect on either any more.
#[tokio::test]
async fn an_unlinked_actor_is_left_alone() {
    let system = System::new();
    for turned in [false, true] {
        let (mut one, other) = (Puppet::new(&system), Puppet::new(&system));
        one.link(&other.subject()).await;
        let (this, that) = if turned { (&other, &one) } else { (&one, &other) };
        this.unlink(&that.subject()).await;
        assert_eq!((one.actor.info().links, other.actor.info().links), (0, 0));
        let ended = other.actor.ended();
        other.fail("nobody minds");
        ended.await;
        one.sees_nothing().await;
    }
}

/// L1: an actor can link again after it unlinked.
#[tokio::test]
async fn a_link_can_begin_again() {
    let system = System::new();
    let count = counter(&system);
    let mut one = Puppet::trapping(&system, &count).await;
    one.unlink(&count).await;
    one.link(&count).await;
    count.fail().unwrap();
    assert_eq!(one.exit().await.reason, failed());
    one.sees_nothing().await;
}

/// L1: after an unlink no exit of that link reaches the handler, even one that waits as a message.
#[tokio::test]
async fn an_unlink_takes_back_an_exit_that_waits() {
    let system = System::new();
    let count = counter(&system);
    let mut one = Puppet::trapping(&system, &count).await;
    let (resume, ended) = (one.pause().await, count.ended());
    let other = count.clone();
    one.begin(ready(()), move |cx| cx.unlink(&other));
    count.fail().unwrap();
    ended.await;
    resume.send(()).unwrap();
    one.sees_nothing().await;
}

/// L1: an actor whose end has arrived saves itself if it unlinks in the handler in progress.
#[tokio::test]
async fn an_unlink_in_the_handler_takes_back_a_fatal_exit() {
    let system = System::new();
    let (count, other) = (counter(&system), counter(&system));
    let mut one = Puppet::new(&system);
    one.link(&count).await;
    one.link(&other).await;
    let (saved, ended) = (count.clone(), count.ended());
    let dies = async move {
        saved.fail().unwrap();
        ended.await;
    };
    one.act_after(dies, move |cx| cx.unlink(&count)).await;
    one.sees_nothing().await;
    // The other link stands.
    let (ended, peer) = (one.actor.ended(), other.actor_info().unwrap().id);
    other.fail().unwrap();
    let linked = linked(ended.await);
    assert_eq!((linked.peer.actor(), linked.reason), (peer, failed()));
}

/// L1: an unlink takes back the exit of that actor only, though another one may have lain where it lies.
#[tokio::test]
async fn an_unlink_takes_back_no_other_exit() {
    let system = System::new();
    let mut one = Puppet::new(&system);
    one.act(Context::trap_exits).await;
    for _ in 0..100 {
        let first = one.act(|cx| cx.spawn_linked(Count::new())).await;
        let (peer, ended) = (first.id(), first.ended());
        first.kill();
        drop(first);
        let dies = async move { assert_eq!(ended.await, ExitReason::Killed) };
        one.act_after(dies, |cx| {
            let second = cx.spawn_linked(Count::new());
            cx.unlink(&second.subject::<Counter>());
        })
        .await;
        one.note(0);
        assert_eq!(one.exit().await.from.unwrap().actor(), peer);
        assert_eq!(one.seen().await, Seen::Note(0));
    }
}

/// L2: a link to an actor that has ended is an exit at once.
#[tokio::test]
async fn a_link_to_the_dead_is_an_exit() {
    let system = System::new();
    let count = counter(&system);
    let ended = count.ended();
    count.finish().unwrap();
    assert_eq!(ended.await, ExitReason::Normal);
    let dead = count.actor_info().unwrap().id;

    let mut trapping = Puppet::trapping(&system, &count).await;
    let exit = trapping.exit().await;
    assert_eq!(exit.reason, ExitReason::NoSuchActor);
    assert!(exit.is_from(&count));
    assert_eq!(trapping.actor.info().links, 0);

    let one = Puppet::new(&system);
    let ended = one.actor.ended();
    one.link(&count).await;
    let linked = linked(ended.await);
    assert_eq!((linked.peer.actor(), linked.reason), (dead, ExitReason::NoSuchActor));
}

/// L2, N1: so is a link to an actor of an earlier run of this node, and a monitor of it is a down.
#[tokio::test]
async fn a_link_to_an_actor_of_an_earlier_run_is_an_exit() {
    let node = NodeId { name: "bob@10.0.0.7:7000".parse().unwrap(), incarnation: Incarnation(1) };
    let gone = Subject::<Counter>::gone(ActorAddress { node: node.clone(), actor: ActorId(3) }, 0);
    assert_eq!(gone.ended().await, ExitReason::NoSuchActor);
    let mut trapping = Puppet::trapping(&System::new(), &gone).await;
    let exit = trapping.exit().await;
    assert_eq!(exit.reason, ExitReason::NoSuchActor);
    assert!(exit.is_from(&gone));
    assert_eq!(exit.from.unwrap().node(), Some(&node));
    trapping.monitor(&gone).await;
    assert_eq!(trapping.down().await, ExitReason::NoSuchActor);
    let other = gone.clone();
    trapping
        .act(move |cx| {
            cx.link(&other);
            cx.unlink(&other);
        })
        .await;
    trapping.sees_nothing().await;
}

/// L2, L1: an exit from a link to the dead is taken back by an unlink too.
#[tokio::test]
async fn an_unlink_takes_back_the_exit_of_the_dead() {
    let system = System::new();
    let count = counter(&system);
    let ended = count.ended();
    count.finish().unwrap();
    ended.await;
    for trapping in [false, true] {
        let mut one = Puppet::new(&system);
        let dead = count.clone();
        one.act(move |cx| {
            if trapping {
                cx.trap_exits();
            }
            cx.link(&dead);
            cx.unlink(&dead);
        })
        .await;
        one.sees_nothing().await;
    }
}

/// L3: an orderly end takes nobody down, and is an exit for who traps them.
#[tokio::test]
async fn an_orderly_end_does_not_spread() {
    let system = System::new();
    type End = fn(ActorRef<Count>);
    let ends: [(End, ExitReason); 3] = [
        (|count| count.subject().finish().unwrap(), ExitReason::Normal),
        (|count| count.stop(), ExitReason::Stopped),
        (drop, ExitReason::Unreferenced),
    ];
    for (end, reason) in ends {
        let count = system.spawn(Count::new());
        let subject = count.subject::<Counter>();
        let mut trapping = Puppet::trapping(&system, &subject).await;
        let mut one = Puppet::new(&system);
        one.link(&subject).await;
        drop(subject);
        end(count);
        assert_eq!(trapping.exit().await.reason, reason);
        one.sees_nothing().await;
        assert_eq!(one.actor.info().links, 0);
    }
}

/// L3: others see a kill as `Killed`, and who traps exits gets it as a message.
#[tokio::test]
async fn a_kill_is_seen_as_one() {
    let system = System::new();
    let count = system.spawn(Count::new());
    let mut trapping = Puppet::trapping(&system, &count.subject::<Counter>()).await;
    let one = Puppet::new(&system);
    one.link(&count.subject::<Counter>()).await;
    let ended = one.actor.ended();
    count.kill();
    let exit = trapping.exit().await;
    assert_eq!(exit.reason, ExitReason::Killed);
    assert!(exit.is_from(&count.subject::<Counter>()));
    assert!(!exit.is_from(&one.subject()));
    let linked = linked(ended.await);
    assert_eq!((linked.peer.actor(), linked.reason), (count.id(), ExitReason::Killed));
}

/// M5: when the exit of an actor arrives its names are gone.
#[tokio::test]
async fn names_are_gone_before_the_exit() {
    const NAME: LocalName<Counter> = LocalName::new("counter");
    let system = System::new();
    let count = counter(&system);
    system.register(&NAME, &count).unwrap();
    let mut one = Puppet::trapping(&system, &count).await;
    count.fail().unwrap();
    assert_eq!(one.exit().await.reason, failed());
    assert!(system.whereis(&NAME).is_none());
}

/// L3: through a chain of links everybody learns who was first, and why.
#[tokio::test]
async fn a_chain_keeps_its_root_cause() {
    let system = System::new();
    let chain: Vec<_> = (0..5).map(|_| Puppet::new(&system)).collect();
    for pair in chain.windows(2) {
        pair[0].link(&pair[1].subject()).await;
    }
    let mut watcher = Puppet::trapping(&system, &chain[0].subject()).await;
    let ends: Vec<_> = chain[..4].iter().map(|puppet| puppet.actor.ended()).collect();
    chain[4].fail("the root");
    for end in ends {
        let linked = linked(end.await);
        assert_eq!(linked.peer.actor(), chain[4].actor.id());
        assert_eq!(linked.reason, ExitReason::Failed("the root".into()));
    }
    let exit = watcher.exit().await;
    assert!(exit.is_from(&chain[0].subject()), "an exit is from the other end of the link");
    let linked = linked(exit.reason);
    assert_eq!(linked.peer.actor(), chain[4].actor.id());
}

/// L3: a ring of links ends once, all of it.
#[tokio::test]
async fn a_ring_ends_as_one() {
    let system = System::new();
    let ring: Vec<_> = (0..4).map(|_| Puppet::new(&system)).collect();
    for at in 0..4 {
        ring[at].link(&ring[(at + 1) % 4].subject()).await;
    }
    let ends: Vec<_> = ring.iter().map(|puppet| puppet.actor.ended()).collect();
    ring[0].actor.kill();
    for (at, end) in ends.into_iter().enumerate() {
        match at {
            0 => assert_eq!(end.await, ExitReason::Killed),
            _ => assert_eq!(linked(end.await).reason, ExitReason::Killed),
        }
    }
}

/// L3, S1: a trapped exit is a message in its place, with who asked for it.
#[tokio::test]
async fn an_exit_that_was_asked_for_is_trapped() {
    let system = System::new();
    let (mut one, other) = (Puppet::new(&system), Puppet::new(&system));
    one.act(Context::trap_exits).await;
    let to = one.actor.clone();
    other
        .act(move |_| {
            to.subject().tell(support::Note(1)).unwrap();
            to.exit("please");
            to.subject().tell(support::Note(2)).unwrap();
        })
        .await;
    assert_eq!(one.seen().await, Seen::Note(1));
    let exit = one.exit().await;
    assert_eq!(exit.reason, ExitReason::Exited("please".into()));
    assert!(exit.is_from(&other.subject()));
    assert_eq!(one.seen().await, Seen::Note(2));

    one.actor.exit("from outside");
    let exit = one.exit().await;
    assert_eq!((exit.from, exit.reason), (None, ExitReason::Exited("from outside".into())));
}

/// L4: an exit that is not trapped ends the actor ahead of what waits.
#[tokio::test]
async fn an_exit_that_was_asked_for_ends_the_actor() {
    let one = Puppet::new(&System::new());
    let (resume, ended) = (one.pause().await, one.actor.ended());
    one.note(1);
    one.actor.exit("now");
    resume.send(()).unwrap();
    assert_eq!(ended.await, ExitReason::Exited("now".into()));
}

/// L3: a stop and a kill cannot be trapped.
#[tokio::test]
async fn a_stop_and_a_kill_are_not_trapped() {
    type End = fn(&ActorRef<support::Doll>);
    let ends: [(End, ExitReason); 3] = [
        (|actor| actor.stop(), ExitReason::Stopped),
        (|actor| actor.kill(), ExitReason::Killed),
        (|actor| actor.drain(), ExitReason::Stopped),
    ];
    for (end, reason) in ends {
        let one = Puppet::new(&System::new());
        one.act(Context::trap_exits).await;
        let ended = one.actor.ended();
        end(&one.actor);
        assert_eq!(ended.await, reason);
    }
}

/// L3: exits that arrive after an untrap end the actor; those that were messages stay messages.
#[tokio::test]
async fn untrapped_exits_end_the_actor_again() {
    let mut one = Puppet::new(&System::new());
    one.act(Context::trap_exits).await;
    let resume = one.pause().await;
    one.actor.exit("a message");
    resume.send(()).unwrap();
    one.act(Context::untrap_exits).await;
    assert_eq!(one.exit().await.reason, ExitReason::Exited("a message".into()));
    let ended = one.actor.ended();
    one.actor.exit("the end");
    assert_eq!(ended.await, ExitReason::Exited("the end".into()));
}

/// An exit that arrived before it was trapped stays what it was.
#[tokio::test]
async fn trapping_comes_too_late_for_what_has_arrived() {
    let one = Puppet::new(&System::new());
    let (ended, actor) = (one.actor.ended(), one.actor.clone());
    one.begin(async move { actor.exit("before") }, Context::trap_exits);
    assert_eq!(ended.await, ExitReason::Exited("before".into()));
}

/// Of several exits the first to arrive is the reason.
#[tokio::test]
async fn the_first_exit_is_the_reason() {
    let one = Puppet::new(&System::new());
    let (resume, ended) = (one.pause().await, one.actor.ended());
    one.actor.exit("first");
    one.actor.stop();
    one.actor.exit("second");
    resume.send(()).unwrap();
    assert_eq!(ended.await, ExitReason::Exited("first".into()));
}

/// A link keeps nobody alive.
#[tokio::test]
async fn a_linked_actor_ends_when_nothing_can_reach_it() {
    let system = System::new();
    let count = counter(&system);
    let ended = count.ended();
    let _one = Puppet::trapping(&system, &count).await;
    drop(count);
    assert_eq!(ended.await, ExitReason::Unreferenced);
}

/// L1: whoever spawns and links in one step sees the real reason, however soon the child ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spawn_linked_misses_no_end() {
    let system = System::new();
    let still_born = ExitReason::StartFailed("still born".into());
    let mut parent = Puppet::new(&system);
    parent.act(Context::trap_exits).await;
    for _ in 0..200 {
        let child = parent.act(|cx| cx.spawn_linked(StillBorn)).await;
        let exit = parent.exit().await;
        assert_eq!(exit.reason, still_born);
        assert!(exit.is_from(&child.subject::<Counter>()));
    }
    for _ in 0..200 {
        let parent = Puppet::new(&system);
        let ended = parent.actor.ended();
        parent.begin(ready(()), |cx| drop(cx.spawn_linked(StillBorn)));
        assert_eq!(linked(ended.await).reason, still_born);
    }
}

/// L1: a child is linked both ways: it ends with its parent.
#[tokio::test]
async fn a_linked_child_ends_with_its_parent() {
    let parent = Puppet::new(&System::new());
    let child = parent.act(|cx| cx.spawn_linked(Count::new())).await;
    let ended = child.ended();
    parent.fail("the parent");
    let linked = linked(ended.await);
    assert_eq!((linked.peer.actor(), linked.reason), (parent.actor.id(), ExitReason::Failed("the parent".into())));
}

/// L1, L3: two that are linked and fail at once both end, and nobody waits for the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ends_and_links_may_race() {
    let system = System::new();
    for _ in 0..500 {
        let (one, other) = (Puppet::new(&system), Puppet::new(&system));
        let (to_one, to_other) = (one.subject(), other.subject());
        one.begin(ready(()), move |cx| cx.link(&to_other));
        other.begin(ready(()), move |cx| cx.link(&to_one));
        let ends = [one.actor.ended(), other.actor.ended()];
        let _: Result<(), SendError<Act>> = one.subject().tell(Act::Fail("one".into()));
        let _: Result<(), SendError<Act>> = other.subject().tell(Act::Fail("other".into()));
        for end in ends {
            let reason = end.await;
            assert!(matches!(reason, ExitReason::Failed(_) | ExitReason::Linked(_)), "{reason}");
        }
    }
    settle().await;
    assert_eq!(system.actors(), []);
}
