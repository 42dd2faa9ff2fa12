//! The promises about calls: one answer or one error, at the latest when the deadline has passed.

#![expect(clippy::disallowed_methods, reason = "a test reads tokio's clock, which stands still")]

mod support;

use std::{
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Weak},
    task::Poll,
    time::Duration,
};

use actor_core::{DEFAULT_DEADLINE, call, prelude::*};
use support::{Count, Counter, CounterClient as _, Forward, all, counter, settle};
use tokio::time::Instant;

/// S4: a reply dropped unanswered fails its call at once, not after the deadline.
#[tokio::test]
async fn a_dropped_reply_fails_the_call_at_once() {
    let count = counter(&System::new());
    let kept = count.keep();
    count.release().unwrap();
    assert_eq!(kept.timeout(Duration::from_secs(3600)).await, Err(CallError::NoReply));
    assert_eq!(count.refuse().await, Err(CallError::Refused("not today".into())));
}

/// S6: an answer goes to the caller, however often the reply was passed on, and whoever of those is left.
#[tokio::test]
async fn a_forwarded_reply_answers_the_first_caller() {
    let system = System::new();
    let (count, open) = Count::gated();
    let count = system.spawn(count).subject::<Counter>();
    count.add(7).unwrap();
    let (mut first, mut between) = (count, Vec::new());
    for _ in 0..3 {
        let forward = system.spawn(Forward(first));
        first = forward.subject();
        between.push(forward);
    }
    let total = first.total();
    settle().await;
    between.iter().for_each(ActorRef::kill);
    for _ in 0..2 {
        open.send(()).await.unwrap();
    }
    assert_eq!(total.await, Ok(7));
}

/// S6: a forwarded reply that is dropped, or whose holder ends, fails the call at once.
#[tokio::test]
async fn a_forwarded_reply_that_is_dropped_fails_the_call() {
    let system = System::new();
    let count = system.spawn(Count::new());
    let forward = system.spawn(Forward(count.subject())).subject::<Counter>();
    let kept = forward.keep();
    forward.release().unwrap();
    assert_eq!(kept.timeout(Duration::from_secs(3600)).await, Err(CallError::NoReply));
    let kept = forward.keep();
    settle().await;
    count.kill();
    assert_eq!(kept.timeout(Duration::from_secs(3600)).await, Err(CallError::NoReply));
}

/// S1, S3: calls that are under way together are each answered once, in their order.
#[tokio::test]
async fn calls_may_be_under_way_together() {
    let count = counter(&System::new());
    let calls: Vec<_> = (0..1000)
        .map(|_| {
            count.add(1).unwrap();
            count.total()
        })
        .collect();
    let totals: Vec<_> = all(calls).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(totals, (1..=1000).collect::<Vec<_>>());
}

/// S3: as above, with callers and callee on two threads and replies that go through a third.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_may_be_under_way_together_on_two_threads() {
    let system = System::new();
    let count = counter(&system);
    count.add(3).unwrap();
    let forward = system.spawn(Forward(count)).subject::<Counter>();
    for _ in 0..10 {
        let calls: Vec<_> = (0..1000).map(|_| forward.total()).collect();
        assert!(all(calls).await.into_iter().all(|total| total == Ok(3)));
    }
}

/// S3: no answer within the deadline may have run, and says so.
#[tokio::test(start_paused = true)]
async fn a_call_ends_at_its_deadline() {
    let count = counter(&System::new());
    assert_eq!(count.keep().await, Err(CallError::Deadline(DEFAULT_DEADLINE)));
    let short = Duration::from_millis(3);
    assert_eq!(count.keep().timeout(short).await, Err(CallError::Deadline(short)));
}

/// X2: a deadline never comes early, and at most 20 ms late; one below a second is kept to the millisecond.
#[tokio::test(start_paused = true)]
async fn a_deadline_is_not_early_and_hardly_late() {
    let (count, _open) = Count::gated();
    let count = System::new().spawn(count).subject::<Counter>();
    for begins in 0..25 {
        let deadlines = [0, 1, 7, 10, 999, 1000, 1001, 1005, 1009, 1010, 2222, 5000, 60_000];
        let calls = deadlines.into_iter().map(Duration::from_millis).map(|deadline| {
            let (call, begun) = (count.total().timeout(deadline), Instant::now());
            Box::pin(async move {
                assert_eq!(call.await, Err(CallError::Deadline(deadline)));
                (deadline, begun.elapsed())
            })
        });
        for (deadline, after) in all(calls.collect()).await {
            let late = Duration::from_millis(if deadline < Duration::from_secs(1) { 1 } else { 20 });
            assert!(deadline <= after && after <= deadline + late, "{deadline:?} took {after:?}");
        }
        tokio::time::advance(Duration::from_micros(700 * begins)).await;
    }
}

/// X2: deadlines are kept of calls that begin while others are under way, whatever the order in which they are due.
#[tokio::test(start_paused = true)]
async fn deadlines_of_many_calls_are_kept() {
    let (count, _open) = Count::gated();
    let count = System::new().spawn(count).subject::<Counter>();
    let calls = (0..500_u64).map(|n| {
        let count = count.clone();
        Box::pin(async move {
            let begins = Duration::from_micros(n * n * 7 % 30_011);
            let _ = tokio::time::timeout(begins, std::future::pending::<()>()).await;
            let deadline = Duration::from_millis(1000 + n * 37 % 501);
            let begun = Instant::now();
            assert_eq!(count.total().timeout(deadline).await, Err(CallError::Deadline(deadline)));
            let after = begun.elapsed();
            let late = Duration::from_millis(20);
            assert!(deadline <= after && after <= deadline + late, "{deadline:?} took {after:?}");
        })
    });
    all(calls.collect()).await;
}

/// X2: a call that waits for long lets its runtime sleep, and the deadline of one that begins meanwhile is kept all the same.
#[tokio::test(start_paused = true)]
async fn a_long_wait_costs_no_ticks() {
    let (count, _open) = Count::gated();
    let count = System::new().spawn(count).subject::<Counter>();
    let mut long = count.total().timeout(Duration::from_secs(600));
    assert!(poll_once(&mut long).await.is_pending());
    let wakes = || tokio::runtime::Handle::current().metrics().worker_park_count(0);
    for deadline in [1000, 1001, 1509] {
        tokio::time::sleep(Duration::from_millis(50_007)).await;
        let (before, deadline) = (wakes(), Duration::from_millis(deadline));
        let begun = Instant::now();
        assert_eq!(count.total().timeout(deadline).await, Err(CallError::Deadline(deadline)));
        let after = begun.elapsed();
        assert!(deadline <= after && after <= deadline + Duration::from_millis(20), "{deadline:?} took {after:?}");
        assert!(wakes() - before < 20, "{}", wakes() - before);
    }
    assert!(wakes() < 100, "{}", wakes());
    assert_eq!(long.await, Err(CallError::Deadline(Duration::from_secs(600))));
}

/// X2: a call that moves to another task while it waits ends there at its deadline, however it is kept.
#[tokio::test(start_paused = true)]
async fn a_deadline_wakes_the_task_that_waits_now() {
    let (count, _open) = Count::gated();
    let count = System::new().spawn(count).subject::<Counter>();
    for deadline in [Duration::from_millis(10), Duration::from_secs(2)] {
        let (mut call, begun) = (count.total().timeout(deadline), Instant::now());
        assert!(poll_once(&mut call).await.is_pending());
        let (call, after) = tokio::spawn(async move { (call.await, begun.elapsed()) }).await.unwrap();
        assert_eq!(call, Err(CallError::Deadline(deadline)));
        assert!(after <= deadline + Duration::from_millis(20), "{deadline:?} took {after:?}");
    }
}

/// An answer that is there when the deadline is looked at counts, also to a task that has used up its budget.
#[tokio::test(start_paused = true)]
async fn an_answer_that_is_there_is_not_late() {
    let (count, open) = Count::gated();
    let count = System::new().spawn(count).subject::<Counter>();
    let mut call = count.total().timeout(Duration::from_secs(1));
    assert!(poll_once(&mut call).await.is_pending());
    open.send(()).await.unwrap();
    for step in [10, 2000] {
        settle().await;
        tokio::time::advance(Duration::from_millis(step)).await;
    }
    settle().await;
    while tokio::task::coop::has_budget_remaining() {
        tokio::task::consume_budget().await;
    }
    assert_eq!(poll_once(&mut call).await, Poll::Ready(Ok(0)));
}

/// S4: an answer that comes too late is dropped where it is given: no mailbox gets it.
#[tokio::test(start_paused = true)]
async fn a_late_answer_is_dropped_before_any_mailbox() {
    let system = System::new();
    let (asks, keeps) = (system.spawn(Asks), system.spawn(Keeps(None)));
    let ended = asks.ended();
    asks.subject().tell(Ask::Now(keeps.subject())).unwrap();
    assert_eq!(ended.await, ExitReason::Normal);
    let info = asks.info();
    assert_eq!((info.handled, info.mailbox), (2, 0));
}

/// S4: a call that is given up leaves nothing behind, and the request still runs.
#[tokio::test]
async fn a_call_that_is_given_up_still_runs() {
    let count = counter(&System::new());
    drop(count.total());
    let mut kept = count.keep();
    assert!(poll_once(&mut kept).await.is_pending());
    drop(kept);
    count.add(1).unwrap();
    assert_eq!(count.total().await, Ok(1));
    assert_eq!(count.actor_info().unwrap().handled, 4);
}

async fn poll_once<F: Future + Unpin>(future: &mut F) -> Poll<F::Output> {
    poll_fn(|task| Poll::Ready(Pin::new(&mut *future).poll(task))).await
}

/// A local message, and what becomes of its answer.
enum Ask {
    Now(Subject<Keeper>),
    Done(Weak<()>),
}

enum Keeper {
    Keep(Reply<Arc<()>>),
    Answer(Reply<(bool, Weak<()>)>),
}

#[derive(Actor)]
#[actor(handles(Ask))]
struct Asks;

impl Handler<Ask> for Asks {
    async fn handle(&mut self, msg: Ask, cx: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Ask::Now(keeper) => {
                let late = call(&keeper, Keeper::Keep).timeout(Duration::from_millis(10)).await;
                assert!(matches!(late, Err(CallError::Deadline(_))));
                let (abandoned, answer) = call(&keeper, Keeper::Answer).await?;
                assert!(abandoned, "the holder of the reply can see that nobody waits");
                cx.subject().ok_or(Error::new("it has a handle"))?.tell(Ask::Done(answer))?;
            }
            Ask::Done(answer) => {
                assert_eq!(answer.strong_count(), 0, "the answer is gone");
                cx.stop();
            }
        }
        Ok(())
    }
}

#[derive(Actor)]
#[actor(handles(Keeper))]
struct Keeps(Option<Reply<Arc<()>>>);

impl Handler<Keeper> for Keeps {
    async fn handle(&mut self, msg: Keeper, _: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Keeper::Keep(reply) => self.0 = Some(reply),
            Keeper::Answer(done) => {
                let late = self.0.take().ok_or(Error::new("it was asked"))?;
                let (abandoned, answer) = (late.is_abandoned(), Arc::new(()));
                let gone = Arc::downgrade(&answer);
                late.send(answer);
                done.send((abandoned, gone));
            }
        }
        Ok(())
    }
}
