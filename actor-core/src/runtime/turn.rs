//! One actor's turns: the messages it took from its mailbox, and the handler in progress under the eye of a kill and of a
//! panic. Written so that a future of an actor is small: it is most of what an idle actor costs.

use std::{
    collections::VecDeque,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context as Task, Poll},
};

use pin_project_lite::pin_project;

use crate::{
    actor::Actor,
    cell::Cell,
    context::Context,
    exit::{Error, ExitReason, Stop},
    mailbox::{Item, Urgency},
};

/// How many messages an actor handles before it lets others of its worker run.
const BUDGET: u32 = 64;

/// Why an actor ends; small, since every actor's future has room for it.
pub(super) type End = Box<ExitReason>;

/// Messages taken from the mailbox, and how many of them were handled since that was said there.
pub(super) struct Turn<A: Actor> {
    cell: Arc<Cell<A>>,
    batch: VecDeque<Item<A::Inbox>>,
    owed: u32,
    handled: u32,
}

impl<A: Actor> Turn<A> {
    pub(super) fn new(cell: Arc<Cell<A>>) -> Self {
        Turn { cell, batch: VecDeque::new(), owed: 0, handled: 0 }
    }

    /// Whether it is time to let others of the worker run.
    pub(super) fn is_over(&mut self) -> bool {
        self.handled = self.handled.wrapping_add(1);
        self.handled.is_multiple_of(BUDGET)
    }

    /// The next message to handle, or why there will be none.
    pub(super) fn next(&mut self, cx: &mut Context<A>, task: &Task<'_>) -> Poll<Result<A::Inbox, End>> {
        let mailbox = &self.cell.mailbox;
        loop {
            if let Some(stop) = mailbox.urgent_stop() {
                return Poll::Ready(Err(reason_of(stop)));
            }
            match self.batch.pop_front() {
                Some(Item::Message(message)) => {
                    self.owed += 1;
                    mailbox.release(&mut self.owed, Urgency::Soon);
                    return Poll::Ready(Ok(message));
                }
                Some(Item::Down(reference, down)) if cx.take_monitor(reference) => return Poll::Ready(Ok(down)),
                Some(Item::Down(..)) => {}
                None => {
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

    /// Watches over a handler until it is done; `Some` if its end is also the actor's.
    pub(super) fn watch_over<H>(&mut self, handler: H) -> Watched<'_, A, H> {
        Watched { turn: self, handler }
    }

    /// The actor's end, for this reason.
    pub(super) fn end(mut self, reason: &ExitReason) {
        if !reason.is_normal() {
            tracing::debug!(actor = ?self.cell.core.id, %reason, "an actor ended");
        }
        self.cell.end(std::mem::take(&mut self.batch), reason);
    }
}

/// An actor whose future is dropped, because its runtime shuts down or a destructor in it panics, was killed.
impl<A: Actor> Drop for Turn<A> {
    fn drop(&mut self) {
        self.cell.end(std::mem::take(&mut self.batch), &ExitReason::Killed);
    }
}

pin_project! {
    /// A handler in progress.
    pub(super) struct Watched<'a, A: Actor, H> {
        turn: &'a mut Turn<A>,
        #[pin]
        handler: H,
    }
}

impl<A: Actor, H: Future<Output = Result<(), Error>>> Future for Watched<'_, A, H> {
    type Output = Option<End>;

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Option<End>> {
        let this = self.project();
        match catch_unwind(AssertUnwindSafe(|| this.handler.poll(task))) {
            Ok(Poll::Ready(Ok(()))) => Poll::Ready(None),
            Ok(Poll::Ready(Err(error))) => Poll::Ready(Some(Box::new(ExitReason::Failed(error.into_text())))),
            Ok(Poll::Pending) => {
                let mailbox = &this.turn.cell.mailbox;
                mailbox.release(&mut this.turn.owed, Urgency::Now);
                mailbox.poll_kill(task).map(|()| Some(Box::new(ExitReason::Killed)))
            }
            Err(panic) => Poll::Ready(Some(Box::new(ExitReason::Panicked(panic_text(&*panic))))),
        }
    }
}

fn reason_of(stop: Stop) -> End {
    Box::new(match stop {
        Stop::Unreferenced => ExitReason::Unreferenced,
        Stop::Orderly => ExitReason::Stopped,
        Stop::Itself => ExitReason::Normal,
        Stop::Kill => ExitReason::Killed,
    })
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (_, Some(text)) => text.clone(),
        _ => "a panic without a text".to_owned(),
    }
}
