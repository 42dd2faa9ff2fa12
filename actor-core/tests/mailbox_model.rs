//! The mailbox under a model checker: its source files, compiled here on shuttle's locks and atomics, run in thousands of
//! schedules. What is held: nothing is lost, nothing overtakes, room is neither lost nor made, and nobody sleeps for ever
//! (shuttle reports a deadlock).
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "the mailbox's own files, of which these tests use a part"
)]

#[path = "../src/mailbox/mod.rs"]
mod mailbox;

/// What the mailbox takes from its crate.
mod address {
    #[derive(Debug, Clone, PartialEq, Eq)]
    pub enum SendFailure {
        Stopped,
        Overloaded,
    }
}

mod sync {
    pub(crate) use shuttle::sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering},
    };
}

mod lock {
    pub(crate) fn lock<T: ?Sized>(mutex: &shuttle::sync::Mutex<T>) -> shuttle::sync::MutexGuard<'_, T> {
        mutex.lock().expect("nothing panics under a lock here")
    }
}

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    pin::pin,
    sync::Arc,
    task::Poll,
};

use address::SendFailure;
use mailbox::{Capacity, Mailbox, Stop, Urgency};
use shuttle::{future::block_on, thread};

/// Three thousand schedules each, in a few seconds; `MODEL_SCHEDULES` asks for more. Memory orders are not modelled: shuttle
/// takes every atomic for sequentially consistent.
fn check(model: impl Fn() + Send + Sync + 'static) {
    let schedules = std::env::var("MODEL_SCHEDULES").ok().and_then(|text| text.parse().ok()).unwrap_or(3_000);
    let model = Arc::new(model);
    let again = Arc::clone(&model);
    shuttle::check_random(move || model(), schedules / 2);
    shuttle::check_pct(move || again(), schedules / 2, 3);
}

type Box_ = Arc<Mailbox<(u8, u8)>>;

/// How many messages a mailbox gave back when it was closed.
fn left<T>(closed: Option<(Option<T>, VecDeque<T>)>) -> usize {
    let (first, rest) = closed.expect("it is closed once");
    usize::from(first.is_some()) + rest.len()
}

fn mailbox(capacity: Capacity) -> Box_ {
    Arc::new(Mailbox::new(capacity))
}

/// A signal needs no room.
const SIGNAL: (u8, u8) = (255, 255);

/// As `Subject::send` does it: a tell first, then room in turn.
async fn send(mailbox: &Mailbox<(u8, u8)>, message: (u8, u8)) -> Result<(), SendFailure> {
    match mailbox.push(message) {
        Ok(()) => Ok(()),
        Err((message, SendFailure::Overloaded)) => {
            let room = mailbox.room().await?;
            mailbox.push_into(room, message).map_err(|(_, failure)| failure)
        }
        Err((_, failure)) => Err(failure),
    }
}

/// As an actor's turns do it; ends with the stop.
async fn consume(mailbox: &Mailbox<(u8, u8)>, mut seen: impl FnMut((u8, u8))) -> Stop {
    let (mut batch, mut owed) = (VecDeque::new(), 0);
    loop {
        if let Some(stop) = mailbox.urgent_stop() {
            return stop;
        }
        let item = match batch.pop_front() {
            Some(item) => item,
            None => {
                mailbox.release(&mut owed, Urgency::Soon);
                match poll_fn(|task| mailbox.poll_batch(&mut batch, task)).await {
                    Ok(first) => first,
                    Err(stop) => return stop,
                }
            }
        };
        owed += u16::from(item != SIGNAL);
        mailbox.release(&mut owed, Urgency::Soon);
        seen(item);
    }
}

/// F1, S1: senders that wait for room all get it, each in its own order, and the actor ends when nobody is left.
#[test]
fn waiting_senders_all_get_room_in_order() {
    for bound in [1, 2] {
        check(move || {
            let mailbox = mailbox(Capacity::Bounded(bound));
            let senders: Vec<_> = (0..3)
                .map(|sender| {
                    let mailbox = Arc::clone(&mailbox);
                    thread::spawn(move || {
                        for n in 0..2 {
                            block_on(send(&mailbox, (sender, n))).expect("it is received");
                        }
                    })
                })
                .collect();
            let last = Arc::clone(&mailbox);
            let end = thread::spawn(move || {
                for sender in senders {
                    sender.join().expect("a sender ends");
                }
                last.request_stop(Stop::Unreferenced);
            });
            let mut next = [0; 3];
            let mut count = 0;
            let stop = block_on(consume(&mailbox, |item| {
                let (sender, n) = item;
                assert_eq!(next[usize::from(sender)], n, "a sender's messages keep their order");
                next[usize::from(sender)] += 1;
                count += 1;
            }));
            assert_eq!((stop, count), (Stop::Unreferenced, 6), "all is handled before the end");
            end.join().expect("the end ends");
        });
    }
}

/// F1: at most as many messages as there is room for are in the queue, whoever pushes.
#[test]
fn the_bound_is_never_exceeded() {
    check(|| {
        let mailbox = mailbox(Capacity::Bounded(2));
        let senders: Vec<_> = (0..3)
            .map(|sender| {
                let mailbox = Arc::clone(&mailbox);
                thread::spawn(move || (0..2).filter(|n| mailbox.push((sender, *n)).is_ok()).count())
            })
            .collect();
        let taken: usize = senders.into_iter().map(|sender| sender.join().expect("a sender ends")).sum();
        assert_eq!(taken, 2);
        assert_eq!(left(mailbox.close()), 2);
    });
}

/// F1: room that an idle actor has not given back yet keeps nobody waiting for ever.
#[test]
fn room_that_is_owed_keeps_nobody_waiting() {
    check(|| {
        let mailbox = mailbox(Capacity::Bounded(16));
        for n in 0..14 {
            mailbox.push((9, n)).expect("there is room");
        }
        let senders: Vec<_> = (0..2)
            .map(|sender| {
                let mailbox = Arc::clone(&mailbox);
                thread::spawn(move || {
                    (0..3).for_each(|n| block_on(send(&mailbox, (sender, n))).expect("it is received"))
                })
            })
            .collect();
        let last = Arc::clone(&mailbox);
        let end = thread::spawn(move || {
            for sender in senders {
                sender.join().expect("a sender ends");
            }
            last.request_stop(Stop::Unreferenced);
        });
        let mut count = 0;
        assert_eq!(block_on(consume(&mailbox, |_| count += 1)), Stop::Unreferenced);
        assert_eq!(count, 20);
        end.join().expect("the end ends");
    });
}

/// Cancel safety of `send`: whoever gives up waiting, or drops room unused, takes no room along.
#[test]
fn room_that_is_given_up_goes_to_the_next() {
    check(|| {
        let mailbox = mailbox(Capacity::Bounded(1));
        mailbox.push((9, 9)).expect("there is room");
        let fickle = Arc::clone(&mailbox);
        let fickle = thread::spawn(move || {
            block_on(async {
                let mut waiting = pin!(fickle.room());
                let first = poll_fn(|task| Poll::Ready(waiting.as_mut().poll(task))).await;
                if let Poll::Ready(room) = first {
                    drop(room.expect("the mailbox is open"));
                }
            });
        });
        let patient = Arc::clone(&mailbox);
        let patient = thread::spawn(move || {
            block_on(send(&patient, (1, 0))).expect("it is received");
            patient.request_stop(Stop::Unreferenced);
        });
        let mut seen = 0;
        block_on(consume(&mailbox, |_| seen += 1));
        assert_eq!(seen, 2);
        for thread in [fickle, patient] {
            thread.join().expect("it ends");
        }
        assert!(mailbox.push((2, 0)).is_ok(), "the room is there again");
    });
}

/// L4, S3: an end tells everybody who waits, and gives back or refuses every message, none of them twice.
#[test]
fn the_end_tells_everybody_who_waits() {
    check(|| {
        let mailbox = mailbox(Capacity::Bounded(1));
        let senders: Vec<_> = (0..3)
            .map(|sender| {
                let mailbox = Arc::clone(&mailbox);
                thread::spawn(move || usize::from(block_on(send(&mailbox, (sender, 0))).is_ok()))
            })
            .collect();
        mailbox.request_stop(Stop::Exit);
        let mut handled = 0;
        let stop = block_on(consume(&mailbox, |_| handled += 1));
        assert_eq!(stop, Stop::Exit);
        let left = left(mailbox.close());
        assert!(mailbox.close().is_none());
        let sent: usize = senders.into_iter().map(|sender| sender.join().expect("a sender ends")).sum();
        assert_eq!(sent, handled + left);
    });
}

/// L4: a kill wakes an actor whose handler waits, and a message does not.
#[test]
fn a_kill_wakes_a_waiting_handler() {
    check(|| {
        let mailbox = mailbox(Capacity::Unbounded);
        let killer = Arc::clone(&mailbox);
        let killer = thread::spawn(move || {
            killer.push((0, 0)).expect("the mailbox is open");
            killer.push_signal(SIGNAL).expect("the mailbox is open");
            killer.request_stop(Stop::Kill);
        });
        block_on(poll_fn(|task| mailbox.poll_kill(task)));
        assert_eq!(mailbox.urgent_stop(), Some(Stop::Kill));
        killer.join().expect("the killer ends");
    });
}

/// F1, S3: a drain refuses whoever comes later or waits for room, and everything that was taken is handled before the end.
#[test]
fn a_drain_handles_what_was_taken_and_refuses_the_rest() {
    check(|| {
        let mailbox = mailbox(Capacity::Bounded(1));
        let senders: Vec<_> = (0..3)
            .map(|sender| {
                let mailbox = Arc::clone(&mailbox);
                thread::spawn(move || usize::from(block_on(send(&mailbox, (sender, 0))).is_ok()))
            })
            .collect();
        let drain = Arc::clone(&mailbox);
        let drain = thread::spawn(move || drain.request_stop(Stop::Drain));
        let mut handled = 0;
        assert_eq!(block_on(consume(&mailbox, |_| handled += 1)), Stop::Drain);
        let sent: usize = senders.into_iter().map(|sender| sender.join().expect("a sender ends")).sum();
        assert_eq!(sent, handled, "whatever was taken is handled");
        drain.join().expect("the drain ends");
    });
}
