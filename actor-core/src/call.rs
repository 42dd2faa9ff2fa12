//! A call: a request that is already on its way, and the future of its answer. One allocation holds the answer's place,
//! which the caller's [`Call`] and the callee's `Reply` share. Never sends: that is the address's.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use crate::{
    address::{CallAddress, SendFailure, Target},
    exit::NodeDownCause,
    identity::NodeName,
    lock::lock,
    protocol::Message,
    reply::Reply,
    runtime::{self, Ticket, Timer, Waits},
    watchdog::{self, Wait},
};

/// How long a call waits for its answer unless told otherwise.
pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(5);

/// Why a call has no answer. Tells what surely did not run from what may have run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The request did not reach the actor: it surely did not run, so trying again is safe.
    #[error("the request was not delivered: {0}")]
    NotDelivered(#[from] SendFailure),
    /// The actor got the request and dropped the reply unanswered, or ended before it answered. It may have run.
    #[error("the actor dropped the request without an answer, or ended first")]
    NoReply,
    /// The actor refused, and says why.
    #[error("the actor refused: {0}")]
    Refused(String),
    /// No answer within the deadline. It may have run, or may still.
    #[error("no answer within {0:?}; the request may have been executed")]
    Deadline(Duration),
    /// The connection to the actor's node was lost. It may have run.
    #[error("node `{node}` went down before it answered ({cause}); the request may have been executed")]
    NodeDown {
        /// The node that had the request.
        node: NodeName,
        /// What was seen of it.
        cause: NodeDownCause,
    },
    /// The actor's node could not decode the request: it surely did not run.
    #[error("the actor's node could not read the request: {0}")]
    Undecodable(String),
    /// The answer arrived and could not be decoded here, or could not be encoded there. It has run.
    #[error("the answer could not be read: {0}")]
    BadAnswer(String),
}

/// The answer's place, shared by the caller and by whoever holds the reply.
pub(crate) struct Slot<T> {
    state: Mutex<State<T>>,
    /// How many could still answer: the reply, and a port it left by.
    holders: AtomicUsize,
}

enum State<T> {
    Waiting(Option<Waker>),
    /// Errors are rare and large, and a call costs what its place costs.
    Done(Result<T, Box<CallError>>),
    /// The deadline passed first.
    Expired,
    /// The caller took the answer or went away.
    Closed,
}

impl<T> Slot<T> {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Slot { state: Mutex::new(State::Waiting(None)), holders: AtomicUsize::new(1) })
    }

    /// The first answer counts; the later ones, and those that nobody waits for, are dropped.
    pub(crate) fn complete(&self, answer: Result<T, CallError>) {
        let answer = answer.map_err(Box::new);
        let mut state = lock(&self.state);
        if let State::Waiting(waker) = &mut *state {
            let waker = waker.take();
            *state = State::Done(answer);
            drop(state);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }

    pub(crate) fn is_abandoned(&self) -> bool {
        matches!(*lock(&self.state), State::Closed)
    }

    pub(crate) fn hold(&self) {
        self.holders.fetch_add(1, Ordering::Relaxed);
    }

    /// One holder less; the last one to go without an answer tells the caller.
    pub(crate) fn release(&self) {
        if self.holders.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.complete(Err(CallError::NoReply));
        }
    }

    fn poll(&self, deadline: Duration, task: &mut Context<'_>) -> Poll<Result<T, CallError>> {
        let mut state = lock(&self.state);
        if let State::Waiting(waker) = &mut *state {
            match waker {
                Some(waker) => waker.clone_from(task.waker()),
                none => *none = Some(task.waker().clone()),
            }
            return Poll::Pending;
        }
        match std::mem::replace(&mut *state, State::Closed) {
            State::Done(answer) => Poll::Ready(answer.map_err(|error| *error)),
            State::Expired => Poll::Ready(Err(CallError::Deadline(deadline))),
            State::Closed | State::Waiting(_) => Poll::Ready(Err(CallError::NoReply)),
        }
    }

    fn close(&self) {
        let state = std::mem::replace(&mut *lock(&self.state), State::Closed);
        drop(state);
    }
}

impl<T: Send> Waits for Slot<T> {
    fn expire(&self) {
        let mut state = lock(&self.state);
        if let State::Waiting(waker) = &mut *state {
            let waker = waker.take();
            *state = State::Expired;
            drop(state);
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}

/// A request on its way; awaiting it gives the answer.
///
/// # Delivery
/// The request left when this was made, at most once. The error tells whether it may have run: see [`CallError`].
///
/// # Cancel safety
/// Dropping it gives up the answer: one that comes later is dropped before any mailbox. The request still runs.
///
/// # Panics
/// When it has to wait outside of a tokio runtime, or in one without time.
#[must_use = "the request is on its way, but its answer is ignored; await it"]
pub struct Call<T> {
    sent: Result<Arc<Slot<T>>, Option<Box<CallError>>>,
    deadline: Duration,
    armed: Armed,
    /// Whom a handler waits for; only while a watchdog wants to know.
    watched: Option<Box<Watched>>,
}

/// What a watchdog is told of a call.
enum Watched {
    /// It has not waited yet.
    Whom(Target),
    Waits(#[expect(dead_code, reason = "held until the call is over")] Wait),
}

/// How the deadline is kept. Armed only when the answer is not there at the first poll.
enum Armed {
    No,
    /// By the runtime's wheel, which keeps a long one to within 20 ms and costs next to nothing.
    Coarsely(#[expect(dead_code, reason = "held until the call is over")] Ticket),
    /// By a timer of its own, to the millisecond.
    Exactly(Timer),
}

/// From here on a deadline is kept coarsely.
const COARSE: Duration = Duration::from_secs(1);

impl<T> Call<T> {
    /// Waits at most this long, from the first poll, instead of five seconds. From a second on the deadline is kept to
    /// within 20 ms, below it to the millisecond; it never comes early.
    pub fn timeout(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Nothing is waited for any more, even if the future is kept.
    fn over(&mut self) {
        (self.sent, self.watched, self.armed) = (Err(None), None, Armed::No);
    }
}

impl<T> Unpin for Call<T> {}

impl<T: Send + 'static> Future for Call<T> {
    type Output = Result<T, CallError>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let call = &mut *self;
        let slot = match &mut call.sent {
            Ok(slot) => slot,
            Err(error) => return Poll::Ready(Err(error.take().map_or(CallError::NoReply, |error| *error))),
        };
        if let Poll::Ready(answer) = slot.poll(call.deadline, task) {
            call.over();
            return Poll::Ready(answer);
        }
        if matches!(call.armed, Armed::No) {
            let coarse = call.deadline >= COARSE;
            let ticket = coarse.then(|| runtime::expire(call.deadline, Arc::clone(slot) as Arc<dyn Waits>));
            call.armed = match ticket.flatten() {
                Some(ticket) => Armed::Coarsely(ticket),
                None => Armed::Exactly(Timer::after(call.deadline)),
            };
        }
        if let Some(Watched::Whom(whom)) = call.watched.as_deref() {
            let wait = runtime::current().and_then(|who| watchdog::waits_for(who, &whom.system, whom.actor));
            call.watched = wait.map(|wait| Box::new(Watched::Waits(wait)));
        }
        let Armed::Exactly(timer) = &mut call.armed else { return Poll::Pending };
        let fired = timer.poll(task).map(|()| slot.close());
        fired.map(|()| {
            call.over();
            Err(CallError::Deadline(call.deadline))
        })
    }
}

impl<T> Drop for Call<T> {
    fn drop(&mut self) {
        if let Ok(slot) = &self.sent {
            slot.close();
        }
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

/// Sends a request that `make` builds around a reply, and gives the future of the answer. What the generated methods of
/// calls are made of; useful by itself for messages built by hand.
pub fn call<P: Message, T: Send + 'static>(
    to: &(impl CallAddress<P> + ?Sized),
    make: impl FnOnce(Reply<T>) -> P,
) -> Call<T> {
    let slot = Slot::new();
    let message = make(Reply::local(Arc::clone(&slot)));
    let sent = match to.tell(message) {
        Ok(()) => Ok(slot),
        Err(error) => Err(Some(Box::new(CallError::NotDelivered(error.split().1)))),
    };
    let watched = if watchdog::is_active() { to.__target().map(|whom| Box::new(Watched::Whom(whom))) } else { None };
    Call { sent, deadline: DEFAULT_DEADLINE, armed: Armed::No, watched }
}
