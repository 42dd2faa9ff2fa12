//! Waiting, outside of any handler, for an actor's start or its end. A watcher like any other; never keeps the actor alive.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Waker},
};

use crate::{
    exit::ExitReason,
    lock::lock,
    signal::{Down, MonitorRef, Monitored, Watcher},
};

/// The future of an actor's end; gives the reason.
#[must_use = "it gives the reason when it is awaited"]
pub struct Ended(Watch);

/// The future of an actor's start; gives the reason if it ends before.
#[must_use = "it says whether the actor started when it is awaited"]
pub struct Started(Watch);

/// A watch, taken away when it is dropped.
pub(crate) struct Watch {
    seen: Arc<Seen>,
    watcher: Arc<dyn Watcher>,
    reference: MonitorRef,
    monitored: Option<Monitored>,
}

#[derive(Default)]
struct Seen(Mutex<State>);

#[derive(Default)]
struct State {
    started: bool,
    ended: Option<ExitReason>,
    waker: Option<Waker>,
}

impl Watch {
    /// A watch that `begin` begins.
    pub(crate) fn begin(
        reference: MonitorRef,
        monitored: Monitored,
        begin: impl FnOnce(MonitorRef, Arc<dyn Watcher>),
    ) -> Self {
        let seen = Arc::<Seen>::default();
        let watcher: Arc<dyn Watcher> = Arc::clone(&seen) as _;
        begin(reference, Arc::clone(&watcher));
        Watch { seen, watcher, reference, monitored: Some(monitored) }
    }

    pub(crate) fn ended(self) -> Ended {
        Ended(self)
    }

    /// `already` if the start hook was done when the watch stood.
    pub(crate) fn started(self, already: bool) -> Started {
        lock(&self.seen.0).started |= already;
        Started(self)
    }

    fn poll<T>(&self, task: &Context<'_>, look: impl FnOnce(&State) -> Option<T>) -> Poll<T> {
        let mut state = lock(&self.seen.0);
        match look(&state) {
            Some(found) => Poll::Ready(found),
            None => {
                state.waker = Some(task.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(monitored) = self.monitored.take() {
            monitored.unwatch(self.reference, &self.watcher);
        }
    }
}

impl Seen {
    fn note(&self, change: impl FnOnce(&mut State)) {
        let mut state = lock(&self.0);
        change(&mut state);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Watcher for Seen {
    fn down(&self, down: Down) {
        self.note(|state| state.ended = Some(down.reason));
    }

    fn started(&self) {
        self.note(|state| state.started = true);
    }
}

impl Future for Ended {
    type Output = ExitReason;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<ExitReason> {
        self.0.poll(task, |state| state.ended.clone())
    }
}

impl Future for Started {
    type Output = Result<(), StartError>;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Result<(), StartError>> {
        self.0.poll(task, |state| match (&state.ended, state.started) {
            (_, true) => Some(Ok(())),
            (Some(reason), false) => Some(Err(StartError(reason.clone()))),
            (None, false) => None,
        })
    }
}

/// An actor ended before its start hook was done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the actor ended before it had started: {0}")]
pub struct StartError(
    /// Why it ended.
    pub ExitReason,
);

impl fmt::Debug for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Ended").field(&self.0.reference).finish()
    }
}

impl fmt::Debug for Started {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Started").field(&self.0.reference).finish()
    }
}
