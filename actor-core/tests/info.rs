//! The promises about what can be seen of running actors from outside.

mod support;

use actor_core::{Capacity, prelude::*};
use support::{Count, Counter, CounterClient as _, Puppet, counter, settle};

/// Of a running actor it can be seen what waits, what was handled, and what is handled now.
#[tokio::test]
async fn an_actor_shows_what_it_does() {
    let (count, open) = Count::gated();
    let count = System::new().spawn_with(count, Capacity::Bounded(10));
    let subject = count.subject::<Counter>();
    let info = count.info();
    assert_eq!((info.id, info.capacity), (count.id(), Some(10)));
    assert!(info.kind.ends_with("::Count"), "{}", info.kind);
    assert_eq!((info.mailbox, info.handled, info.current), (0, 0, None));
    assert!(info.started && !info.stopping && !info.exported);

    subject.add(1).unwrap();
    let total = subject.total();
    subject.release().unwrap();
    assert_eq!((count.info().mailbox, count.info().handled), (3, 0));
    settle().await;
    let info = count.info();
    assert_eq!((info.mailbox, info.handled, info.current), (2, 1, Some("Counter::Add")));
    let text = info.to_string();
    assert!(text.contains("2 waiting, 1 handled, in `Counter::Add`"), "{text}");
    open.send(()).await.unwrap();
    settle().await;
    let info = subject.actor_info().unwrap();
    assert_eq!((info.mailbox, info.handled, info.current), (1, 2, Some("Counter::Total")));
    open.send(()).await.unwrap();
    open.send(()).await.unwrap();
    assert_eq!(total.await, Ok(1));
    settle().await;
    let info = count.info();
    assert_eq!((info.mailbox, info.handled, info.current), (0, 3, None));
    assert_eq!(count.subject::<Counter>().actor_info().unwrap().id, count.id());
}

/// Each of several messages of an actor has its own name; an unbounded mailbox has no capacity.
#[tokio::test]
async fn a_local_message_is_shown_by_its_type() {
    let one = Puppet::with(&System::new(), Capacity::Unbounded);
    let resume = one.pause().await;
    let info = one.actor.info();
    assert_eq!((info.current, info.capacity), (Some("Act"), None));
    resume.send(()).unwrap();
    one.act(|_| {}).await;
    settle().await;
    assert_eq!(one.actor.info().current, None);
}

/// Links, monitors of others, and those of itself are counted while they stand.
#[tokio::test]
async fn ties_are_counted() {
    let system = System::new();
    let count = counter(&system);
    let one = Puppet::watching(&system, &count).await;
    let second = one.monitor(&count).await;
    one.link(&count).await;
    let ties = |actor: actor_core::ActorInfo| (actor.links, actor.monitors, actor.watchers);
    assert_eq!(ties(one.actor.info()), (1, 2, 0));
    assert_eq!(ties(count.actor_info().unwrap()), (1, 0, 2));
    let ended = count.ended();
    assert_eq!(count.actor_info().unwrap().watchers, 3);
    drop(ended);
    assert_eq!(count.actor_info().unwrap().watchers, 2);
    one.act(move |cx| cx.demonitor(second)).await;
    assert_eq!(ties(one.actor.info()), (1, 1, 0));
    let ended = count.ended();
    count.finish().unwrap();
    ended.await;
    one.act(|_| {}).await;
    assert_eq!(ties(one.actor.info()), (0, 0, 0));
    assert_eq!(ties(count.actor_info().unwrap()), (0, 0, 0));
}

/// M4: an actor that ended watches nobody any more.
#[tokio::test]
async fn the_monitors_of_an_ended_actor_go() {
    let system = System::new();
    let count = counter(&system);
    let one = Puppet::watching(&system, &count).await;
    let ended = one.actor.ended();
    one.actor.kill();
    ended.await;
    assert_eq!(count.actor_info().unwrap().watchers, 0);
}

/// A system shows the actors that run in it, oldest first, and no others.
#[tokio::test]
async fn a_system_shows_who_runs() {
    let system = System::new();
    assert_eq!(system.actors(), []);
    let actors: Vec<_> = (0..100).map(|_| system.spawn(Count::new())).collect();
    let _elsewhere = System::new().spawn(Count::new());
    let shown: Vec<_> = system.actors();
    let ids: Vec<_> = actors.iter().map(ActorRef::id).collect();
    assert_eq!(shown.iter().map(|info| info.id).collect::<Vec<_>>(), ids);
    assert!(shown[0].age >= shown[99].age);
    let again = actors[0].info().age;
    assert!(again >= shown[0].age, "age grows");

    let (kept, gone): (Vec<_>, Vec<_>) = actors.into_iter().partition(|actor| actor.id().0 % 3 == 0);
    let ends: Vec<_> = gone.iter().map(ActorRef::ended).collect();
    gone.iter().for_each(ActorRef::stop);
    support::all(ends).await;
    let shown: Vec<_> = system.actors().iter().map(|info| info.id).collect();
    assert_eq!(shown, kept.iter().map(ActorRef::id).collect::<Vec<_>>());
}

/// An actor that stops says so, and one that has ended is still one to look at.
#[tokio::test]
async fn an_actor_that_stops_says_so() {
    let count = System::new().spawn(Count::new());
    let subject = count.subject::<Counter>();
    subject.hang().await.unwrap();
    count.drain();
    assert!(count.info().stopping);
    count.kill();
    assert_eq!(count.ended().await, ExitReason::Killed);
    let info = count.info();
    assert!(info.stopping);
    assert_eq!((info.handled, info.current, info.mailbox), (1, None, 0));
}

/// Looking on while an actor works gives figures that can be, and changes nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn looking_on_does_not_disturb() {
    const MESSAGES: u64 = 50_000;
    let system = System::new();
    let count = system.spawn_with(Count::new(), Capacity::Bounded(4));
    let busy = Puppet::new(&system);
    let subject = count.subject::<Counter>();
    let sending = async move {
        for _ in 0..MESSAGES {
            subject.send(Counter::Add { n: 1 }).await.unwrap();
        }
    };
    busy.begin(sending, |_| {});
    let (mut handled, mut ids) = (0, [count.id(), busy.actor.id()]);
    ids.sort_by_key(|id| id.0);
    while handled < MESSAGES {
        let info = count.info();
        assert!(handled <= info.handled && info.handled <= MESSAGES, "{handled} were handled, and now {info}");
        handled = info.handled;
        assert_eq!(system.actors().iter().map(|info| info.id).collect::<Vec<_>>(), ids);
    }
    assert_eq!(count.subject::<Counter>().total().await, Ok(MESSAGES));
}
