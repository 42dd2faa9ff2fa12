//! The queue before an actor: bounded by default, with a way past the bound for what must always arrive and past the
//! queue for what must not wait. Never runs a handler and never drops a message: what cannot be taken goes back to the
//! sender, what is left at the end goes to the caller of [`Mailbox::close`].
//!
//! One mutex orders every kind of signal; a semaphore in front of it hands out the room, first come first served.

use std::{
    collections::VecDeque,
    sync::{
        Mutex,
        atomic::{AtomicU8, Ordering},
    },
    task::{Context, Poll, Waker},
};

use tokio::sync::{Semaphore, SemaphorePermit, TryAcquireError};

use crate::{address::SendFailure, exit::Stop, lock::lock, signal::MonitorRef};

/// How many messages may wait before an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capacity {
    /// At most so many, at least one; a tell beyond it is handed back.
    Bounded(usize),
    /// As many as memory holds. For actors whose senders are few and known.
    Unbounded,
}

impl Default for Capacity {
    /// 8192 messages.
    fn default() -> Self {
        Capacity::Bounded(8192)
    }
}

/// What stands in the queue.
pub(crate) enum Item<T> {
    Message(T),
    /// A down that is still wanted if its monitor still stands when its turn comes.
    Down(MonitorRef, T),
}

pub(crate) struct Mailbox<T> {
    state: Mutex<State<T>>,
    /// `None`: unbounded.
    room: Option<Semaphore>,
    /// The strongest stop asked for: 0 none, else as in `level`. Read between messages without the lock.
    stop: AtomicU8,
}

struct State<T> {
    queue: VecDeque<Item<T>>,
    waker: Option<Waker>,
    /// Set while a handler is waiting: wakes it for a kill alone.
    kill_waker: Option<Waker>,
    closed: bool,
}

/// Room for one message, held.
#[derive(Debug, Default)]
pub(crate) struct Room<'a>(Option<SemaphorePermit<'a>>);

impl<T> Mailbox<T> {
    pub(crate) fn new(capacity: Capacity) -> Self {
        let room = match capacity {
            Capacity::Bounded(bound) => Some(Semaphore::new(bound.clamp(1, Semaphore::MAX_PERMITS))),
            Capacity::Unbounded => None,
        };
        let state = State { queue: VecDeque::new(), waker: None, kill_waker: None, closed: false };
        Mailbox { state: Mutex::new(state), room, stop: AtomicU8::new(0) }
    }

    /// Queues a message if there is room.
    pub(crate) fn push(&self, msg: T) -> Result<(), (T, SendFailure)> {
        let room = match self.room.as_ref().map(Semaphore::try_acquire) {
            None => Room(None),
            Some(Ok(permit)) => Room(Some(permit)),
            Some(Err(TryAcquireError::NoPermits)) => return Err((msg, SendFailure::Overloaded)),
            Some(Err(TryAcquireError::Closed)) => return Err((msg, SendFailure::Stopped)),
        };
        self.push_into(room, msg)
    }

    /// Queues a message in room that was waited for.
    pub(crate) fn push_into(&self, room: Room<'_>, msg: T) -> Result<(), (T, SendFailure)> {
        match self.enqueue(Item::Message(msg)) {
            Ok(()) => {
                if let Some(permit) = room.0 {
                    permit.forget();
                }
                Ok(())
            }
            Err(Item::Message(msg) | Item::Down(_, msg)) => Err((msg, SendFailure::Stopped)),
        }
    }

    /// Queues a down, past the bound: the monitor it answers was the reservation. Dropped if the actor has ended.
    pub(crate) fn push_down(&self, reference: MonitorRef, down: T) {
        let _ended = self.enqueue(Item::Down(reference, down));
    }

    fn enqueue(&self, item: Item<T>) -> Result<(), Item<T>> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(item);
        }
        state.queue.push_back(item);
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        Ok(())
    }

    /// Waits for room, in turn with others who wait.
    pub(crate) async fn room(&self) -> Result<Room<'_>, SendFailure> {
        match &self.room {
            None => Ok(Room(None)),
            Some(room) => room.acquire().await.map(|permit| Room(Some(permit))).map_err(|_| SendFailure::Stopped),
        }
    }

    /// Asks the actor to end; the strongest request counts.
    pub(crate) fn request_stop(&self, stop: Stop) {
        let mut state = lock(&self.state);
        self.stop.fetch_max(level(stop), Ordering::Release);
        let waker = state.waker.take();
        let kill_waker = state.kill_waker.take_if(|_| stop == Stop::Kill);
        drop(state);
        for waker in [waker, kill_waker].into_iter().flatten() {
            waker.wake();
        }
    }

    /// A stop that does not wait for the queue.
    pub(crate) fn urgent_stop(&self) -> Option<Stop> {
        match self.stop.load(Ordering::Acquire) {
            2 => Some(Stop::Orderly),
            3 => Some(Stop::Kill),
            _ => None,
        }
    }

    /// Whether a kill was asked for; if not, the handler in progress is woken when one is.
    pub(crate) fn poll_kill(&self, task: &Context<'_>) -> Poll<()> {
        let mut state = lock(&self.state);
        if self.stop.load(Ordering::Acquire) == level(Stop::Kill) {
            return Poll::Ready(());
        }
        match &mut state.kill_waker {
            Some(waker) => waker.clone_from(task.waker()),
            empty => *empty = Some(task.waker().clone()),
        }
        Poll::Pending
    }

    /// Takes all that waits into the empty `batch`, or says that the actor is to end.
    pub(crate) fn poll_batch(&self, batch: &mut VecDeque<Item<T>>, task: &Context<'_>) -> Poll<Option<Stop>> {
        let mut state = lock(&self.state);
        if let Some(stop) = self.urgent_stop() {
            return Poll::Ready(Some(stop));
        }
        if !state.queue.is_empty() {
            std::mem::swap(&mut state.queue, batch);
            return Poll::Ready(None);
        }
        if self.stop.load(Ordering::Acquire) == level(Stop::Unreferenced) {
            return Poll::Ready(Some(Stop::Unreferenced));
        }
        match &mut state.waker {
            Some(waker) => waker.clone_from(task.waker()),
            empty => *empty = Some(task.waker().clone()),
        }
        Poll::Pending
    }

    /// Whether the actor has ended.
    pub(crate) fn is_closed(&self) -> bool {
        lock(&self.state).closed
    }

    /// One message taken from a batch is being handled: its room is free again.
    pub(crate) fn release(&self) {
        if let Some(room) = &self.room {
            room.add_permits(1);
        }
    }

    /// Refuses everything from now on, tells those who wait for room, and gives back what was queued.
    pub(crate) fn close(&self) -> VecDeque<Item<T>> {
        if let Some(room) = &self.room {
            room.close();
        }
        let mut state = lock(&self.state);
        state.closed = true;
        state.waker = None;
        state.kill_waker = None;
        std::mem::take(&mut state.queue)
    }
}

fn level(stop: Stop) -> u8 {
    match stop {
        Stop::Unreferenced => 1,
        Stop::Orderly => 2,
        Stop::Kill => 3,
    }
}
