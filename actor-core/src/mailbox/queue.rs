//! The queue before an actor: bounded by default, with a way past the bound for what must always arrive and past the
//! queue for what must not wait. Never runs a handler and never drops a message: what cannot be taken goes back to the
//! sender, what is left at the end goes to the caller of [`Mailbox::close`].
//!
//! One mutex orders every kind of signal. The consumer takes all that waits at once and handles it without the lock; the
//! room of a message is free again when its handler begins.

use std::{
    collections::VecDeque,
    task::{Context, Poll, Waker},
};

use super::{
    Stop,
    room::{Room, Rooms, Waiters, Waiting},
};
use crate::{
    address::SendFailure,
    lock::lock,
    sync::{AtomicBool, AtomicU8, AtomicUsize, Mutex, Ordering},
};

/// How many messages may wait before an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capacity {
    /// At most so many, at least one; a tell beyond it is handed back.
    Bounded(usize),
    /// As many as memory holds. For actors whose senders are few and known.
    Unbounded,
}

impl Capacity {
    /// 8192 messages: what an actor has that says nothing of it.
    pub const DEFAULT: Capacity = Capacity::Bounded(8192);
}

impl Default for Capacity {
    /// [`DEFAULT`](Self::DEFAULT).
    fn default() -> Self {
        Capacity::DEFAULT
    }
}

/// Whether freed room must be known at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// When there is enough of it, or somebody waits for it.
    Soon,
    /// The handler waits, who knows for how long.
    Now,
}

pub(crate) struct Mailbox<T> {
    state: Mutex<State<T>>,
    capacity: usize,
    /// Room given back by the actor, ever; wraps. What is in use is what was taken beyond that.
    freed: AtomicUsize,
    /// Whether anybody waits for room.
    crowded: AtomicBool,
    /// The stops asked for, a bit each. Read between messages without the lock.
    stop: AtomicU8,
}

struct State<T> {
    /// The one that has waited longest, in place: an actor that gets a message now and then allocates nothing for it. Empty
    /// only if `rest` is.
    first: Option<T>,
    rest: VecDeque<T>,
    /// How many were taken out of the queue, ever.
    taken: u64,
    /// Room taken by messages, or handed out to those who waited for it, ever; wraps. Of no meaning without a bound. Counted
    /// apart from what is given back, since a message comes under the lock anyway.
    filled: usize,
    waiters: Option<Box<Waiters>>,
    waker: Option<Waker>,
    /// A handler is in progress: the waker is for a kill alone.
    busy: bool,
    /// Nothing of what has a bound comes in any more.
    draining: bool,
    closed: bool,
}

impl<T> Mailbox<T> {
    pub(crate) fn new(capacity: Capacity) -> Self {
        let capacity = match capacity {
            Capacity::Bounded(bound) => bound.max(1),
            Capacity::Unbounded => usize::MAX,
        };
        let state = State {
            first: None,
            rest: VecDeque::new(),
            taken: 0,
            filled: 0,
            waiters: None,
            waker: None,
            busy: false,
            draining: false,
            closed: false,
        };
        Mailbox {
            state: Mutex::new(state),
            capacity,
            freed: AtomicUsize::new(0),
            crowded: AtomicBool::new(false),
            stop: AtomicU8::new(0),
        }
    }

    /// Queues a message if there is room and nobody waits for it.
    pub(crate) fn push(&self, msg: T) -> Result<(), (T, SendFailure)> {
        let mut state = lock(&self.state);
        if state.draining {
            return Err((msg, SendFailure::Stopped));
        }
        if self.capacity != usize::MAX {
            if self.is_full(&state) || self.crowded.load(Ordering::Relaxed) {
                return Err((msg, SendFailure::Overloaded));
            }
            state.filled = state.filled.wrapping_add(1);
        }
        state.queue(msg);
        let waker = state.wake();
        drop(state);
        wake(waker);
        Ok(())
    }

    /// Queues a message in room that was waited for.
    pub(crate) fn push_into(&self, room: Room<'_>, msg: T) -> Result<(), (T, SendFailure)> {
        let mut state = lock(&self.state);
        if state.draining {
            return Err((msg, SendFailure::Stopped));
        }
        room.fill();
        state.queue(msg);
        let waker = state.wake();
        drop(state);
        wake(waker);
        Ok(())
    }

    /// Queues a signal, past the bound: the tie that it comes by was the reservation. Given back if the actor has ended.
    pub(crate) fn push_signal(&self, signal: T) -> Result<(), T> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(signal);
        }
        state.queue(signal);
        let waker = state.wake();
        drop(state);
        wake(waker);
        Ok(())
    }

    /// Queues a signal before all that waits, where it does not belong.
    #[cfg(test)]
    pub(crate) fn push_signal_first(&self, signal: T) -> Result<(), T> {
        let mut state = lock(&self.state);
        if state.closed {
            return Err(signal);
        }
        if let Some(first) = state.first.replace(signal) {
            state.rest.push_front(first);
        }
        let waker = state.wake();
        drop(state);
        wake(waker);
        Ok(())
    }

    /// Waits for room, in turn with others who wait.
    pub(crate) fn room(&self) -> Waiting<'_>
    where
        T: Send,
    {
        Waiting::new(self)
    }

    /// Asks the actor to end; the strongest request counts.
    pub(crate) fn request_stop(&self, stop: Stop) {
        let mut state = lock(&self.state);
        self.stop.fetch_or(stop as u8, Ordering::Release);
        let refused = match stop {
            Stop::Drain => {
                self.crowded.store(false, Ordering::SeqCst);
                state.refuse()
            }
            _ => None,
        };
        let waker = match stop {
            Stop::Kill => state.waker.take(),
            _ => state.wake(),
        };
        drop(state);
        wake(waker);
        if let Some(refused) = refused {
            refused.wake_all();
        }
    }

    /// The actor ends itself, after the handler in progress.
    pub(crate) fn stop_self(&self) {
        self.stop.fetch_or(Stop::Itself as u8, Ordering::Release);
    }

    /// The exits that were asked for are to be looked at now.
    pub(crate) fn take_exit(&self) {
        self.stop.fetch_and(!(Stop::Exit as u8), Ordering::AcqRel);
    }

    /// A stop that does not wait for the queue.
    #[inline]
    pub(crate) fn urgent_stop(&self) -> Option<Stop> {
        match self.stop.load(Ordering::Acquire) & Stop::URGENT {
            0 => None,
            asked => Stop::strongest(asked),
        }
    }

    /// Whether a kill was asked for; if not, the handler in progress is woken when one is.
    pub(crate) fn poll_kill(&self, task: &Context<'_>) -> Poll<()> {
        let mut state = lock(&self.state);
        if self.stop.load(Ordering::Acquire) & Stop::Kill as u8 != 0 {
            return Poll::Ready(());
        }
        state.busy = true;
        state.register(task);
        Poll::Pending
    }

    /// Takes all that waits: the first, and the others into the empty `batch`; or says that the actor is to end.
    #[inline]
    pub(crate) fn poll_batch(&self, batch: &mut VecDeque<T>, task: &Context<'_>) -> Poll<Result<T, Stop>> {
        let mut state = lock(&self.state);
        let asked = self.stop.load(Ordering::Acquire);
        if asked & Stop::URGENT == 0
            && let Some(first) = state.first.take()
        {
            if !state.rest.is_empty() {
                std::mem::swap(&mut state.rest, batch);
            }
            state.taken += batch.len() as u64 + 1;
            return Poll::Ready(Ok(first));
        }
        if let Some(stop) = Stop::strongest(asked) {
            return Poll::Ready(Err(stop));
        }
        state.busy = false;
        state.register(task);
        Poll::Pending
    }

    /// How many wait in the queue, how many were taken out of it, ever, and whether all this is over.
    pub(crate) fn counts(&self) -> (usize, u64, bool) {
        let state = lock(&self.state);
        (usize::from(state.first.is_some()) + state.rest.len(), state.taken, state.closed)
    }

    /// The bound; `None` without one.
    pub(crate) fn bound(&self) -> Option<usize> {
        (self.capacity != usize::MAX).then_some(self.capacity)
    }

    /// Messages taken from batches are being handled: their room is free again. Said for several at once, so that the
    /// sender's cache line is not fought over for each; `owed` is what was not said yet, and is said at once when somebody
    /// waits or when `now` it must be. It may stay unsaid while the actor is idle: nobody comes to wait before as good as all
    /// room is used, and then messages come, or room is given back, that make the actor or the mailbox look again.
    #[inline]
    pub(crate) fn release(&self, owed: &mut u16, now: Urgency) {
        if self.capacity == usize::MAX {
            *owed = 0;
        }
        if *owed == 0 {
            return;
        }
        let enough = usize::from(*owed) >= (self.capacity / 8).clamp(1, 32);
        if enough || now == Urgency::Now || self.crowded.load(Ordering::SeqCst) {
            self.free(usize::from(std::mem::take(owed)));
        }
    }

    #[inline(never)]
    fn free(&self, room: usize) {
        // The two sides of a Dekker handshake: here room is freed and then the crowd looked for; who joins the crowd
        // raises the flag and then looks for room. One of the two sees the other.
        self.freed.fetch_add(room, Ordering::SeqCst);
        if self.crowded.load(Ordering::SeqCst) {
            let admitted = self.hand_out(&mut lock(&self.state));
            admitted.into_iter().for_each(Waker::wake);
        }
    }

    fn is_full(&self, state: &State<T>) -> bool {
        state.filled.wrapping_sub(self.freed.load(Ordering::SeqCst)) >= self.capacity
    }

    /// Gives free room to those who wait for it, first come first served, and says whom to wake.
    #[must_use = "who was admitted is to be woken, without the lock"]
    fn hand_out(&self, state: &mut State<T>) -> Vec<Waker> {
        let mut admitted = Vec::new();
        while !self.is_full(state) {
            let Some(waker) = state.waiters.as_mut().and_then(|waiters| waiters.admit()) else { break };
            state.filled = state.filled.wrapping_add(1);
            admitted.push(waker);
        }
        if let Some(waiters) = &state.waiters {
            self.crowded.store(!waiters.is_empty(), Ordering::SeqCst);
        }
        admitted
    }

    /// Whether messages are refused, because the actor has ended or is to end.
    pub(crate) fn is_closed(&self) -> bool {
        lock(&self.state).draining
    }

    /// Refuses everything from now on, tells those who wait for room, and gives back what was queued, the first of it apart;
    /// `None` if that was done before.
    pub(crate) fn close(&self) -> Option<(Option<T>, VecDeque<T>)> {
        let mut state = lock(&self.state);
        if std::mem::replace(&mut state.closed, true) {
            return None;
        }
        let waker = state.waker.take();
        let waiters = state.refuse();
        let left = (state.first.take(), std::mem::take(&mut state.rest));
        drop(state);
        drop(waker);
        if let Some(waiters) = waiters {
            waiters.wake_all();
        }
        Some(left)
    }
}

impl<T: Send> Rooms for Mailbox<T> {
    fn poll_room(&self, ticket: &mut Option<u64>, task: &Context<'_>) -> Poll<Result<(), SendFailure>> {
        let mut state = lock(&self.state);
        if state.draining {
            return Poll::Ready(Err(SendFailure::Stopped));
        }
        let waiters = state.waiters.get_or_insert_default();
        let number = match *ticket {
            None => waiters.join(task),
            Some(number) if waiters.take_admitted(number) => {
                *ticket = None;
                return Poll::Ready(Ok(()));
            }
            Some(number) => {
                waiters.register(number, task);
                number
            }
        };
        *ticket = Some(number);
        self.crowded.store(true, Ordering::SeqCst);
        let admitted = self.hand_out(&mut state);
        let mine = state.waiters.as_mut().is_some_and(|waiters| waiters.take_admitted(number));
        drop(state);
        admitted.into_iter().for_each(Waker::wake);
        match mine {
            true => {
                *ticket = None;
                Poll::Ready(Ok(()))
            }
            false => Poll::Pending,
        }
    }

    fn give_up(&self, ticket: u64) {
        let mut state = lock(&self.state);
        let admitted = state.waiters.as_mut().is_some_and(|waiters| waiters.leave(ticket));
        state.filled = state.filled.wrapping_sub(usize::from(admitted));
        let admitted = self.hand_out(&mut state);
        drop(state);
        admitted.into_iter().for_each(Waker::wake);
    }

    fn give_back(&self) {
        let mut state = lock(&self.state);
        state.filled = state.filled.wrapping_sub(1);
        let admitted = self.hand_out(&mut state);
        drop(state);
        admitted.into_iter().for_each(Waker::wake);
    }
}

impl<T> State<T> {
    fn queue(&mut self, item: T) {
        match self.first {
            None => self.first = Some(item),
            Some(_) => self.rest.push_back(item),
        }
    }

    /// The waker, if the actor is to know that something waits.
    fn wake(&mut self) -> Option<Waker> {
        if self.busy { None } else { self.waker.take() }
    }

    /// Takes no more messages, and says who waited to bring one.
    fn refuse(&mut self) -> Option<Box<Waiters>> {
        self.draining = true;
        self.waiters.take()
    }

    fn register(&mut self, task: &Context<'_>) {
        match &mut self.waker {
            Some(waker) => waker.clone_from(task.waker()),
            empty => *empty = Some(task.waker().clone()),
        }
    }
}

fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        waker.wake();
    }
}
