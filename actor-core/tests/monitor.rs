//! The promises about monitors and downs.

mod support;

use std::future::ready;

use actor_core::prelude::*;
use support::{CounterClient as _, Puppet, Seen, counter};

/// M3: a monitor on an actor that has ended gives its down at once.
#[tokio::test]
async fn a_monitor_on_the_dead_is_answered_at_once() {
    let system = System::new();
    let count = counter(&system);
    let mut first = Puppet::watching(&system, &count).await;
    count.finish().unwrap();
    assert_eq!(first.down().await, ExitReason::Normal);
    let mut second = Puppet::watching(&system, &count).await;
    assert_eq!(second.down().await, ExitReason::NoSuchActor);
}

/// M1: monitors are counted: each has a down of its own, and one that is ended changes nothing about the others.
#[tokio::test]
async fn every_monitor_has_its_own_down() {
    let system = System::new();
    let count = counter(&system);
    let mut watcher = Puppet::new(&system);
    let first = watcher.monitor(&count).await;
    let second = watcher.monitor(&count).await;
    let third = watcher.monitor(&count).await;
    assert_eq!(count.actor_info().unwrap().watchers, 3);
    watcher.act(move |cx| cx.demonitor(second)).await;
    count.fail().unwrap();
    for reference in [first, third] {
        let Seen::Down(down) = watcher.seen().await else { panic!("it monitors") };
        assert_eq!((down.reference, down.reason), (reference, support::failed()));
    }
    watcher.sees_nothing().await;
}

/// M4: after demonitor no down reaches the handler, even one that was queued.
#[tokio::test]
async fn a_queued_down_is_dropped_after_demonitor() {
    let system = System::new();
    let count = counter(&system);
    let mut watcher = Puppet::new(&system);
    let reference = watcher.monitor(&count).await;
    let resume = watcher.pause().await;
    watcher.begin(ready(()), move |cx| cx.demonitor(reference));
    count.finish().unwrap();
    assert_eq!(count.ended().await, ExitReason::Normal);
    resume.send(()).unwrap();
    watcher.sees_nothing().await;
}

/// M1: whoever spawns and monitors in one step sees the real reason, however soon the child ends.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spawn_monitored_misses_no_end() {
    let mut parent = Puppet::new(&System::new());
    for _ in 0..200 {
        parent.act(|cx| drop(cx.spawn_monitored(support::StillBorn))).await;
        assert_eq!(parent.down().await, ExitReason::StartFailed("still born".into()));
    }
}
