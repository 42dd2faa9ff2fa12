//! The promises about how actors end, by themselves and when they are asked to.

#![expect(clippy::disallowed_methods, reason = "a test makes runtimes of its own, on threads of its own")]

mod support;

use actor_core::{Capacity, SendFailure, prelude::*};
use support::{Count, Counter, CounterClient as _, Puppet, counter, failed, settle};

/// V3: an error ends that actor only, with a reason that monitors see; the waiting caller hears at once (S4).
#[tokio::test]
async fn an_error_a_panic_and_a_stop_are_told_apart() {
    let system = System::new();
    type End = fn(&Subject<Counter>);
    let ends: [(End, ExitReason); 3] = [
        (|s| s.fail().unwrap(), failed()),
        (|s| s.panic().unwrap(), ExitReason::Panicked("on purpose".into())),
        (|s| s.finish().unwrap(), ExitReason::Normal),
    ];
    for (end, reason) in ends {
        let count = counter(&system);
        let mut watcher = Puppet::watching(&system, &count).await;
        let ended = count.ended();
        end(&count);
        let late = count.total();
        assert_eq!(watcher.down().await, reason);
        assert_eq!(ended.await, reason);
        assert_eq!(late.await, Err(CallError::NoReply));
        assert_eq!(count.total().await, Err(CallError::NotDelivered(SendFailure::Stopped)));
    }
}

/// T2: an actor that nothing can reach drains its mailbox and ends, `Unreferenced`, which is a normal end.
#[tokio::test]
async fn an_actor_without_handles_drains_and_ends() {
    let system = System::new();
    let count = counter(&system);
    let mut watcher = Puppet::watching(&system, &count).await;
    count.add(40).unwrap();
    count.add(2).unwrap();
    let total = count.total();
    drop(count);
    assert_eq!(total.await, Ok(42));
    assert_eq!(watcher.down().await, ExitReason::Unreferenced);
    assert!(ExitReason::Unreferenced.is_normal());
}

/// T2: whoever waits for the end does not put it off.
#[tokio::test]
async fn waiting_for_the_end_keeps_nobody_alive() {
    let system = System::new();
    let count = system.spawn(Count::new());
    let (by_reference, by_subject) = (count.ended(), count.subject::<Counter>().ended());
    drop(count);
    assert_eq!(by_reference.await, ExitReason::Unreferenced);
    assert_eq!(by_subject.await, ExitReason::Unreferenced);
}

/// The reason of an end is there for whoever asks later.
#[tokio::test]
async fn an_end_is_told_to_whoever_comes_late() {
    let count = System::new().spawn(Count::new());
    count.kill();
    assert_eq!(count.ended().await, ExitReason::Killed);
    assert_eq!(count.ended().await, ExitReason::Killed);
    assert_eq!(count.subject::<Counter>().ended().await, ExitReason::Killed);
}

/// L4: a stop overtakes what waits, which becomes dead letters.
#[tokio::test]
async fn a_stop_overtakes_what_waits() {
    let system = System::new();
    let (count, open) = Count::gated();
    let count = system.spawn(count);
    let subject = count.subject::<Counter>();
    for _ in 0..10 {
        subject.add(1).unwrap();
    }
    settle().await;
    let ended = count.ended();
    count.stop();
    open.send(()).await.unwrap();
    assert_eq!(ended.await, ExitReason::Stopped);
    assert_eq!(system.dead_letters().ended(), 9);
}

/// L3: a kill ends the handler at its next await, and counts for more than a stop.
#[tokio::test]
async fn a_kill_interrupts() {
    let count = System::new().spawn(Count::new());
    let ended = count.ended();
    count.subject::<Counter>().hang().await.unwrap();
    count.stop();
    count.kill();
    assert_eq!(ended.await, ExitReason::Killed);
}

/// A drain handles what waits, refuses what comes later, and those who waited for room get their message back.
#[tokio::test]
async fn a_drain_handles_what_waits_and_refuses_the_rest() {
    let system = System::new();
    let (count, open) = Count::gated();
    let count = system.spawn_with(count, Capacity::Bounded(3));
    let subject = count.subject::<Counter>();
    subject.add(1).unwrap();
    settle().await;
    subject.add(2).unwrap();
    subject.add(3).unwrap();
    let total = subject.total();
    let waiting = std::pin::pin!(subject.send(Counter::Add { n: 4 }));
    let ended = count.ended();
    let ((), refused) = tokio::join!(
        async {
            settle().await;
            count.drain();
            assert!(count.info().stopping);
            assert!(matches!(subject.add(5), Err(SendError::Stopped(Counter::Add { n: 5 }))));
            assert_eq!(count.info().mailbox, 3);
        },
        waiting,
    );
    assert!(matches!(refused, Err(SendError::Stopped(Counter::Add { n: 4 }))));
    assert!(matches!(subject.send(Counter::Add { n: 6 }).await, Err(SendError::Stopped(Counter::Add { n: 6 }))));
    for _ in 0..4 {
        open.send(()).await.unwrap();
    }
    assert_eq!(total.await, Ok(6));
    assert_eq!(ended.await, ExitReason::Stopped);
    assert_eq!(system.dead_letters().ended(), 0);
}

/// A drain of an actor that waits for messages ends it at once, and a stop ends one that drains.
#[tokio::test]
async fn a_drain_of_an_idle_actor_ends_it() {
    let system = System::new();
    let idle = system.spawn(Count::new());
    settle().await;
    let ended = idle.ended();
    idle.drain();
    idle.drain();
    assert_eq!(ended.await, ExitReason::Stopped);

    let (count, open) = Count::gated();
    let count = system.spawn(count);
    for _ in 0..5 {
        count.subject::<Counter>().add(1).unwrap();
    }
    settle().await;
    let ended = count.ended();
    count.drain();
    count.stop();
    open.send(()).await.unwrap();
    assert_eq!(ended.await, ExitReason::Stopped);
    assert_eq!(system.dead_letters().ended(), 4);
}

/// S3: an error in a handler that holds a message drops the message, so that its reply answers at once.
#[tokio::test]
async fn a_failed_send_in_a_handler_answers_the_held_reply() {
    let system = System::new();
    let count = counter(&system);
    let ended = count.ended();
    count.finish().unwrap();
    assert_eq!(ended.await, ExitReason::Normal);
    let forward = system.spawn(support::Forward(count)).subject::<Counter>();
    let ended = forward.ended();
    assert_eq!(forward.total().await, Err(CallError::NoReply));
    assert_eq!(ended.await, ExitReason::Failed("the actor has stopped".into()));
}

/// V3, M1: whatever panics on the way, an actor that is gone has ended: what it held is told, and its monitors fire.
#[tokio::test]
async fn an_actor_that_dies_on_the_way_has_ended() {
    let system = System::new();
    // A bomb in the mailbox when the actor is killed, and one in the handler that is dropped.
    for first in [Task::Wait, Task::Hold(Some(Bomb))] {
        let fragile = system.spawn(Fragile);
        let mut watcher = Puppet::watching(&system, &fragile.subject::<Task>()).await;
        fragile.subject().tell(first).unwrap();
        fragile.subject().tell(Task::Hold(Some(Bomb))).unwrap();
        tokio::task::yield_now().await;
        fragile.kill();
        assert_eq!(watcher.down().await, ExitReason::Killed);
        assert!(fragile.subject::<Task>().tell(Task::Wait).is_err());
    }
    // The runtime of an actor goes before the actor does.
    let other = std::thread::spawn(|| tokio::runtime::Builder::new_current_thread().build().unwrap()).join().unwrap();
    let fragile = {
        let _inside = other.enter();
        system.spawn(Fragile)
    };
    let mut watcher = Puppet::watching(&system, &fragile.subject::<Task>()).await;
    std::thread::spawn(|| drop(other)).join().unwrap();
    assert_eq!(watcher.down().await, ExitReason::Killed);
}

struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("a message panicked when it was dropped, on purpose");
    }
}

enum Task {
    Wait,
    Hold(Option<Bomb>),
}

#[derive(Actor)]
#[actor(handles(Task))]
struct Fragile;

impl Handler<Task> for Fragile {
    async fn handle(&mut self, msg: Task, _: &mut Context<Self>) -> Result<(), Error> {
        let _held = match msg {
            Task::Wait => None,
            Task::Hold(bomb) => bomb,
        };
        std::future::pending().await
    }
}
