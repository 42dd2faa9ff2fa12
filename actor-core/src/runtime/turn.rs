//! One actor's turns: the messages it took from its mailbox, and the handler in progress under the eye of a kill and of a
//! panic. Written so that a future of an actor is small: it is most of what an idle actor costs.

use std::{
    any::type_name,
    collections::VecDeque,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::Arc,
    task::{Context as Task, Poll},
};

use pin_project_lite::pin_project;
use tracing::{Span, span::Entered};

use super::current::{self, Serving};
use crate::{
    actor::Actor,
    cell::{Cell, Core},
    context::Context,
    exit::{Error, ExitReason},
    letter::{Letter, Scene, Source},
    mailbox::{Stop, Urgency},
    watchdog::{self, Polled},
};

/// How many messages an actor handles before it lets others of its worker run: as many as tokio lets a task have of its own
/// channels. Each time may wake another worker, which then takes the actor over with a cold cache.
const BUDGET: u8 = 128;

/// A message, and what it is handled under.
type Next<A> = (<A as Actor>::Inbox, Option<Box<Scene>>);

/// Messages taken from the mailbox, and how many of them were handled since that was said there.
pub(super) struct Turn<A: Actor> {
    cell: Arc<Cell<A>>,
    batch: VecDeque<Letter<A::Inbox>>,
    /// Messages and signals begun, ever; wraps.
    begun: u32,
    owed: u16,
    /// Of this turn.
    handled: u8,
    ended: bool,
}

impl<A: Actor> Turn<A> {
    pub(super) fn new(cell: Arc<Cell<A>>) -> Self {
        Turn { cell, batch: VecDeque::new(), begun: 0, owed: 0, handled: 0, ended: false }
    }

    /// Whether it is time to let others of the worker run.
    pub(super) fn is_over(&mut self) -> bool {
        self.handled = (self.handled + 1) % BUDGET;
        self.handled == 0
    }

    /// The next message to handle, or why there will be none.
    #[inline]
    pub(super) fn next(&mut self, cx: &mut Context<A>, task: &Task<'_>) -> Poll<Result<Next<A>, ExitReason>> {
        loop {
            if let Some(reason) = self.cell.mailbox.urgent_stop().and_then(|stop| self.reason_of(stop)) {
                return Poll::Ready(Err(reason));
            }
            let letter = match self.batch.pop_front() {
                Some(letter) => letter,
                None => match self.poll_batch(task) {
                    Poll::Ready(Ok(first)) => first,
                    Poll::Ready(Err(stop)) => match self.reason_of(stop) {
                        Some(reason) => return Poll::Ready(Err(reason)),
                        None => continue,
                    },
                    Poll::Pending => return Poll::Pending,
                },
            };
            self.begun = self.begun.wrapping_add(1);
            let (message, source) = match letter {
                Letter::Message(message, source) => {
                    self.owed += 1;
                    self.cell.mailbox.release(&mut self.owed, Urgency::Soon);
                    if source.is_given_up() {
                        self.cell.given_up(message, &source);
                        continue;
                    }
                    (message, source)
                }
                Letter::Signal(signal) => match cx.take(*signal) {
                    Some(message) => (message, Source::Outside),
                    None => continue,
                },
            };
            let index = A::message_index(&message);
            let core = &self.cell.core;
            core.progress.enter(self.begun, index);
            let what = || (core.id, type_name::<A>(), A::message_name(index));
            let scene = source.scene(what, || core.system.trace_bridge());
            return Poll::Ready(Ok((message, scene)));
        }
    }

    /// Takes all that waits.
    fn poll_batch(&mut self, task: &Task<'_>) -> Poll<Result<Letter<A::Inbox>, Stop>> {
        let mailbox = &self.cell.mailbox;
        mailbox.release(&mut self.owed, Urgency::Soon);
        self.cell.core.progress.rest(self.begun);
        mailbox.poll_batch(&mut self.batch, task)
    }

    /// The reason of a stop that was asked for; none for exits all of which were unlinked meanwhile.
    #[cold]
    fn reason_of(&self, stop: Stop) -> Option<ExitReason> {
        Some(match stop {
            Stop::Unreferenced => ExitReason::Unreferenced,
            Stop::Drain => ExitReason::Stopped,
            Stop::Itself => ExitReason::Normal,
            Stop::Kill => ExitReason::Killed,
            Stop::Exit => {
                self.cell.mailbox.take_exit();
                self.cell.core.ties().take_fatal()?
            }
        })
    }

    /// Watches over a handler until it is done; `Some` if its end is also the actor's.
    pub(super) fn watch_over<H>(&mut self, scene: Option<Box<Scene>>, handler: H) -> Watched<'_, A, H> {
        Watched { turn: self, scene, handler }
    }

    /// Takes no messages any more; those that wait are dead letters.
    pub(super) fn close(&mut self, reason: &ExitReason) {
        self.cell.core.progress.rest(self.begun);
        self.cell.close(std::mem::take(&mut self.batch), reason);
    }

    /// The end of the closed actor, for this reason.
    pub(super) fn end(mut self, reason: &ExitReason) {
        if !reason.is_normal() {
            tracing::debug!(actor = ?self.cell.core.id, kind = type_name::<A>(), %reason, "an actor ended");
        }
        self.ended = true;
        self.cell.end(reason);
    }
}

/// An actor whose future is dropped, because its runtime shuts down or a destructor in it panics, was killed.
impl<A: Actor> Drop for Turn<A> {
    fn drop(&mut self) {
        if !self.ended {
            self.close(&ExitReason::Killed);
            self.cell.end(&ExitReason::Killed);
        }
    }
}

pin_project! {
    /// A handler in progress.
    pub(super) struct Watched<'a, A: Actor, H> {
        turn: &'a mut Turn<A>,
        scene: Option<Box<Scene>>,
        #[pin]
        handler: H,
    }
}

impl<A: Actor, H: Future<Output = Result<(), Error>>> Future for Watched<'_, A, H> {
    type Output = Option<ExitReason>;

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<Option<ExitReason>> {
        let this = self.project();
        let core = &this.turn.cell.core;
        let _entered = current::enter(core.id, core.system.number());
        let scene = this.scene.as_deref();
        let _observed = (scene.is_some() || watchdog::is_active()).then(|| Observed::begin::<A>(scene, core));
        match catch_unwind(AssertUnwindSafe(|| this.handler.poll(task))) {
            Ok(Poll::Ready(Ok(()))) => Poll::Ready(None),
            Ok(Poll::Ready(Err(error))) => Poll::Ready(Some(ExitReason::Failed(error.into_text()))),
            Ok(Poll::Pending) => {
                let mailbox = &this.turn.cell.mailbox;
                mailbox.release(&mut this.turn.owed, Urgency::Now);
                mailbox.poll_kill(task).map(|()| Some(ExitReason::Killed))
            }
            Err(panic) => Poll::Ready(Some(ExitReason::Panicked(panic_text(&*panic)))),
        }
    }
}

/// What looks on while a handler is polled, of what few want. In this order it ends.
struct Observed<'a> {
    _polled: Option<Polled>,
    _inside: Option<Entered<'a>>,
    _serving: Option<Serving>,
}

impl<'a> Observed<'a> {
    #[inline(never)]
    fn begin<A: Actor>(scene: Option<&'a Scene>, core: &Core) -> Self {
        let message = || core.progress.current().map_or("a hook", A::message_name);
        let watch = core.system.watch();
        Observed {
            _serving: scene.and_then(|scene| scene.request.as_ref()).map(current::serve),
            _inside: scene.and_then(|scene| scene.span.as_ref()).map(Span::enter),
            _polled: watch.map(|watch| watch.poll(core.id, type_name::<A>(), message())),
        }
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (_, Some(text)) => text.clone(),
        _ => "a panic without a text".to_owned(),
    }
}
