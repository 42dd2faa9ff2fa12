//! The promises about names within one system.

mod support;

use std::{future::Future as _, time::Duration};

use actor_core::{Capacity, LocalRegisterError, prelude::*};
use support::{Count, Counter, CounterClient as _, Puppet, counter};

const NAME: LocalName<Counter> = LocalName::new("counter");

/// V2, M5: a local name finds its actor, keeps it alive, refuses a second holder, and is gone before the down.
#[tokio::test]
async fn a_local_name_lives_as_long_as_its_actor() {
    let system = System::new();
    let count = counter(&system);
    let mut watcher = Puppet::watching(&system, &count).await;
    system.register(&NAME, &count).unwrap();
    system.register(&NAME, &count).unwrap();
    let other = counter(&system);
    assert_eq!(system.register(&NAME, &other), Err(LocalRegisterError::Taken("counter".into())));
    drop(count);
    let found = system.whereis(&NAME).expect("the name keeps the actor alive");
    found.add(3).unwrap();
    assert_eq!(found.total().await, Ok(3));
    found.finish().unwrap();
    assert_eq!(watcher.down().await, ExitReason::Normal);
    assert!(system.whereis(&NAME).is_none());
    assert_eq!(system.register(&NAME, &found), Err(LocalRegisterError::Stopped("counter".into())));
    assert!(system.whereis(&NAME).is_none());
    system.register(&NAME, &other).unwrap();
    assert!(system.unregister(&NAME));
}

/// M2: a monitor is of the actor that had the name when it was made, and not of whoever has it later.
#[tokio::test]
async fn a_monitor_does_not_follow_a_name() {
    let system = System::new();
    let (first, second) = (counter(&system), counter(&system));
    system.register(&NAME, &first).unwrap();
    let mut watcher = Puppet::watching(&system, &system.whereis(&NAME).unwrap()).await;
    assert!(system.unregister(&NAME));
    system.register(&NAME, &second).unwrap();
    second.fail().unwrap();
    assert_eq!(second.ended().await, support::failed());
    watcher.sees_nothing().await;
    first.finish().unwrap();
    assert_eq!(watcher.down().await, ExitReason::Normal);
}

/// A system names its own actors only: another system's may have the same id.
#[tokio::test]
async fn another_systems_actor_is_not_named() {
    let elsewhere = counter(&System::new());
    assert_eq!(System::new().register(&NAME, &elsewhere), Err(LocalRegisterError::NotLocal("counter".into())));
}

/// Fills the mailbox of a counter that handles nothing yet.
async fn fill(counter: &Subject<Counter>) -> u64 {
    let mut taken = 0;
    while counter.add(1).is_ok() {
        taken += 1;
        tokio::task::yield_now().await;
    }
    taken
}

/// F1: by name as by handle: a tell comes back at the bound, `send` waits for room, and gives up at its deadline.
#[tokio::test(start_paused = true)]
async fn a_send_by_name_waits_for_room() {
    let system = System::new();
    let (count, open) = Count::gated();
    let subject = system.spawn_with(count, Capacity::Bounded(2)).subject::<Counter>();
    system.register(&NAME, &subject).unwrap();
    let named = NAME.on(&system);
    let taken = fill(&subject).await;
    assert!(matches!(named.add(1), Err(SendError::Overloaded(Counter::Add { n: 1 }))));
    let late = named.send_within(Duration::from_millis(70), Counter::Add { n: 9 }).await;
    assert!(matches!(late, Err(SendError::Overloaded(Counter::Add { n: 9 }))));
    let waits = named.send(Counter::Add { n: 5 });
    for _ in 0..20 {
        open.send(()).await.unwrap();
    }
    waits.await.unwrap();
    assert_eq!(named.total().await, Ok(taken + 5));
    system.unregister(&NAME);
    assert!(matches!(named.send(Counter::Add { n: 1 }).await, Err(SendError::Unresolved(Counter::Add { n: 1 }))));
}

/// V2: who waits for the holder of a name gets to the next one, if the holder ends first.
#[tokio::test]
async fn a_send_by_name_follows_the_name() {
    let system = System::new();
    let (count, _open) = Count::gated();
    let first = system.spawn_with(count, Capacity::Bounded(1));
    let subject = first.subject::<Counter>();
    system.register(&NAME, &subject).unwrap();
    fill(&subject).await;
    let named = NAME.on(&system);
    let mut waits = std::pin::pin!(named.send(Counter::Add { n: 5 }));
    assert!(std::future::poll_fn(|task| std::task::Poll::Ready(waits.as_mut().poll(task).is_pending())).await);
    first.kill();
    first.ended().await;
    let next = counter(&system);
    system.register(&NAME, &next).unwrap();
    waits.await.unwrap();
    assert_eq!(next.total().await, Ok(5));
}
