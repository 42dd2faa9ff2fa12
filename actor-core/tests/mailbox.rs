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
