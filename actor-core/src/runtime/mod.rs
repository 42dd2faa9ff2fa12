//! Where tasks, timers and the clock enter: runs actors, and nothing else in this crate spawns or sleeps.
#![expect(clippy::disallowed_methods, reason = "time and tasks enter here")]

mod timer;

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    sync::Arc,
    task::{Context as Task, Poll},
};

use crate::{
    actor::Actor,
    cell::Cell,
    context::Context,
    exit::{Error, ExitReason, Stop},
    mailbox::{Item, Urgency},
};

pub(crate) use timer::{Timer, before};

/// How many messages an actor handles before it lets others of its worker run.
const BUDGET: u32 = 64;

/// Runs an actor until it ends.
pub(crate) fn start<A: Actor>(actor: A, cx: Context<A>) {
    tokio::spawn(run(actor, cx));
}

/// The actor's task. One block, in which everything is used where it was captured: an actor's memory is this future's.
#[expect(clippy::manual_async_fn, reason = "an async fn would keep its arguments twice")]
fn run<A: Actor>(mut actor: A, mut cx: Context<A>) -> impl Future<Output = ()> + Send {
    async move {
        let mut turn = Turn { batch: VecDeque::new(), owed: 0 };
        let mut handled = 0_u32;
        let reason = loop {
            let message = match poll_fn(|task| turn.next(&mut cx, task)).await {
                Ok(message) => message,
                Err(reason) => break reason,
            };
            let cell = Arc::clone(cx.cell());
            let ended = {
                let mut handler = pin!(actor.dispatch(message, &mut cx));
                poll_fn(|task| turn.poll_handler(handler.as_mut(), &cell, task)).await
            };
            if let Some(reason) = ended {
                break reason;
            }
            if cx.is_stopping() {
                break ExitReason::Normal;
            }
            handled += 1;
            if handled.is_multiple_of(BUDGET) {
                tokio::task::yield_now().await;
            }
        };
        // What the actor holds goes before anybody hears of its end; a panic in its drop changes nothing about the reason.
        if catch_unwind(AssertUnwindSafe(|| drop(actor))).is_err() {
            tracing::error!(actor = ?cx.id(), "an actor panicked while it was dropped");
        }
        end(&mut cx, turn.batch, &reason);
    }
}

/// Messages taken from the mailbox, and how many of them were handled since that was said there.
struct Turn<T> {
    batch: VecDeque<Item<T>>,
    owed: usize,
}

impl<T> Turn<T> {
    /// The next message to handle, or why there will be none.
    fn next<A: Actor<Inbox = T>>(&mut self, cx: &mut Context<A>, task: &Task<'_>) -> Poll<Result<T, ExitReason>> {
        loop {
            if let Some(stop) = cx.cell().mailbox.urgent_stop() {
                return Poll::Ready(Err(reason_of(stop)));
            }
            match self.batch.pop_front() {
                Some(Item::Message(message)) => {
                    self.owed += 1;
                    cx.cell().mailbox.release(&mut self.owed, Urgency::Soon);
                    return Poll::Ready(Ok(message));
                }
                Some(Item::Down(reference, down)) if cx.take_monitor(reference) => return Poll::Ready(Ok(down)),
                Some(Item::Down(..)) => {}
                None => {
                    let mailbox = &cx.cell().mailbox;
                    mailbox.release(&mut self.owed, Urgency::Now);
                    match mailbox.poll_batch(&mut self.batch, task) {
                        Poll::Ready(None) => {}
                        Poll::Ready(Some(stop)) => return Poll::Ready(Err(reason_of(stop))),
                        Poll::Pending => return Poll::Pending,
                    }
                }
            }
        }
    }

    /// Runs a handler on; `Some` if its end is also the actor's.
    fn poll_handler<A: Actor<Inbox = T>>(
        &mut self,
        handler: Pin<&mut impl Future<Output = Result<(), Error>>>,
        cell: &Cell<A>,
        task: &mut Task<'_>,
    ) -> Poll<Option<ExitReason>> {
        match catch_unwind(AssertUnwindSafe(|| handler.poll(task))) {
            Ok(Poll::Ready(Ok(()))) => Poll::Ready(None),
            Ok(Poll::Ready(Err(error))) => Poll::Ready(Some(failed(error))),
            Ok(Poll::Pending) => {
                cell.mailbox.release(&mut self.owed, Urgency::Now);
                cell.mailbox.poll_kill(task).map(|()| Some(ExitReason::Killed))
            }
            Err(panic) => Poll::Ready(Some(ExitReason::Panicked(panic_text(&*panic)))),
        }
    }
}

fn end<A: Actor>(cx: &mut Context<A>, batch: VecDeque<Item<A::Inbox>>, reason: &ExitReason) {
    if !reason.is_normal() {
        tracing::debug!(actor = ?cx.id(), %reason, "an actor ended");
    }
    cx.end_monitors();
    cx.cell().end(batch, reason);
}

fn failed(error: Error) -> ExitReason {
    ExitReason::Failed(error.into_text())
}

fn reason_of(stop: Stop) -> ExitReason {
    match stop {
        Stop::Unreferenced => ExitReason::Unreferenced,
        Stop::Orderly => ExitReason::Stopped,
        Stop::Kill => ExitReason::Killed,
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (_, Some(text)) => text.clone(),
        _ => "a panic without a text".to_owned(),
    }
}
