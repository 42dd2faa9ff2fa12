//! Where tasks, timers and the clock enter: runs actors, and nothing else in this crate spawns or sleeps.
#![expect(clippy::disallowed_methods, reason = "time and tasks enter here")]

mod timer;

use std::{
    collections::VecDeque,
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    task::Poll,
};

use crate::{
    actor::Actor,
    cell::Cell,
    context::Context,
    exit::{Error, ExitReason, Stop},
    mailbox::Item,
};

pub(crate) use timer::{Timer, before};

/// How many messages an actor handles before it lets others of its worker run.
const BUDGET: usize = 64;

/// Runs an actor until it ends.
pub(crate) fn start<A: Actor>(actor: A, cell: Arc<Cell<A>>, cx: Context<A>) {
    tokio::spawn(run(actor, cell, cx));
}

async fn run<A: Actor>(mut actor: A, cell: Arc<Cell<A>>, mut cx: Context<A>) {
    let mut batch = VecDeque::new();
    let reason = drive(&mut actor, &cell, &mut cx, &mut batch).await;
    // What the actor holds goes before anybody hears of its end; a panic in its drop changes nothing about the reason.
    if catch_unwind(AssertUnwindSafe(|| drop(actor))).is_err() {
        tracing::error!(actor = ?cell.core.id, "an actor panicked while it was dropped");
    }
    if !reason.is_normal() {
        tracing::debug!(actor = ?cell.core.id, %reason, "an actor ended");
    }
    cx.end_monitors();
    cell.end(batch, &reason);
}

async fn drive<A: Actor>(
    actor: &mut A,
    cell: &Cell<A>,
    cx: &mut Context<A>,
    batch: &mut VecDeque<Item<A::Inbox>>,
) -> ExitReason {
    let mut handled = 0;
    loop {
        if let Some(stop) = cell.mailbox.urgent_stop() {
            return reason_of(stop);
        }
        let message = match batch.pop_front() {
            None => match poll_fn(|task| cell.mailbox.poll_batch(batch, task)).await {
                Some(stop) => return reason_of(stop),
                None => continue,
            },
            Some(Item::Message(message)) => {
                cell.mailbox.release();
                message
            }
            Some(Item::Down(reference, down)) if cx.take_monitor(reference) => down,
            Some(Item::Down(..)) => continue,
        };
        if let Some(reason) = handle(actor, message, cell, cx).await {
            return reason;
        }
        if cx.is_stopping() {
            return ExitReason::Normal;
        }
        handled += 1;
        if handled % BUDGET == 0 {
            tokio::task::yield_now().await;
        }
    }
}

/// Runs one handler to its end; `Some` if that is also the actor's.
async fn handle<A: Actor>(actor: &mut A, message: A::Inbox, cell: &Cell<A>, cx: &mut Context<A>) -> Option<ExitReason> {
    let mut handler = pin!(actor.dispatch(message, cx));
    poll_fn(|task| match catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(task))) {
        Ok(Poll::Ready(Ok(()))) => Poll::Ready(None),
        Ok(Poll::Ready(Err(error))) => Poll::Ready(Some(failed(error))),
        Ok(Poll::Pending) => cell.mailbox.poll_kill(task).map(|()| Some(ExitReason::Killed)),
        Err(panic) => Poll::Ready(Some(ExitReason::Panicked(panic_text(&*panic)))),
    })
    .await
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
