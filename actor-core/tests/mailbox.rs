//! The promises about what waits before an actor: order, and the bound.

#![expect(clippy::disallowed_methods, reason = "a test reads tokio's clock, which stands still")]

mod support;

use std::time::Duration;

use actor_core::{Capacity, prelude::*};
use support::{Count, Counter, CounterClient as _, Puppet, Seen};
use tokio::time::Instant;

/// S1: in sending order between one sender and one receiver.
#[tokio::test]
async fn messages_arrive_in_sending_order() {
    let mut puppet = Puppet::new(&System::new());
    for n in 0..1000 {
        puppet.note(n);
    }
    for n in 0..1000 {
        assert_eq!(puppet.seen().await, Seen::Note(n));
    }
}

/// F1: at the bound a tell hands the message back, and `send` waits for room.
#[tokio::test]
async fn a_full_mailbox_hands_back_and_send_waits() {
    let (count, open) = Count::gated();
    let subject = System::new().spawn_with(count, Capacity::Bounded(2)).subject::<Counter>();
    let mut taken = 0;
    let refused = loop {
        match subject.add(1) {
            Ok(()) => taken += 1,
            Err(error) => break error,
        }
        tokio::task::yield_now().await;
    };
    assert!(taken <= 4, "the bound is two and one is in the handler, but {taken} were taken");
    assert!(matches!(refused, SendError::Overloaded(Counter::Add { n: 1 })));
    let waits = subject.send(Counter::Add { n: 5 });
    for _ in 0..10 {
        open.send(()).await.unwrap();
    }
    waits.await.unwrap();
    assert_eq!(subject.total().await, Ok(taken + 5));
}

/// F1: waits have deadlines.
#[tokio::test(start_paused = true)]
async fn send_gives_up_at_its_deadline_with_the_message() {
    let (count, _open) = Count::gated();
    let subject = System::new().spawn_with(count, Capacity::Bounded(1)).subject::<Counter>();
    while subject.add(1).is_ok() {
        tokio::task::yield_now().await;
    }
    let error = subject.send(Counter::Add { n: 9 }).await.unwrap_err();
    assert!(matches!(error, SendError::Overloaded(Counter::Add { n: 9 })));
    for deadline in [0, 3, 999, 1000, 5000].map(Duration::from_millis) {
        let begun = Instant::now();
        let sent = subject.send_within(deadline, Counter::Add { n: 9 }).await;
        assert!(matches!(sent, Err(SendError::Overloaded(_))));
        let after = begun.elapsed();
        assert!(deadline <= after && after <= deadline + Duration::from_millis(20), "{deadline:?} took {after:?}");
    }
}

const FEW: usize = 3;

/// Takes so many messages as its type says.
#[derive(Actor)]
#[actor(handles(Word), mailbox = FEW)]
struct Bounded;

/// Takes all.
#[derive(Actor)]
#[actor(handles(Word), mailbox = unbounded)]
struct Unbounded;

struct Word;

impl Handler<Word> for Bounded {
    async fn handle(&mut self, _: Word, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(())
    }
}

impl Handler<Word> for Unbounded {
    async fn handle(&mut self, _: Word, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(())
    }
}

/// F1: an actor's type says how many messages may wait, however it is spawned; whoever spawns it has the last word.
#[tokio::test]
async fn a_type_has_its_mailbox() {
    let system = System::new();
    assert_eq!(system.spawn(Unbounded).info().capacity, None);
    assert_eq!(system.spawn(Bounded).info().capacity, Some(3));
    assert_eq!(system.start(Bounded).await.unwrap().info().capacity, Some(3));
    assert_eq!(system.spawn_with(Bounded, Capacity::Bounded(5)).info().capacity, Some(5));
    let puppet = Puppet::new(&system);
    let capacities = puppet.act(|cx| {
        let (monitored, _) = cx.spawn_monitored(Bounded);
        [cx.spawn(Bounded), cx.spawn_linked(Bounded), monitored].map(|actor| actor.info().capacity)
    });
    assert_eq!(capacities.await, [Some(3); 3]);
    let few = system.spawn(Bounded).subject::<Word>();
    let taken = (0..10).take_while(|_| few.tell(Word).is_ok()).count();
    assert_eq!(taken, 3, "nothing has run meanwhile");
}
