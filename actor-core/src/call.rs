//! A call: a request that is already on its way, and the future of its answer, which comes by a channel for one value from
//! whoever holds the `Reply`. Never sends: that is the address's.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::sync::oneshot::{self, Receiver};

use crate::{
    address::{CallAddress, SendFailure, Target},
    exit::NodeDownCause,
    identity::NodeName,
    patience::{Patience, Waiting},
    protocol::Message,
    reply::Reply,
    runtime::{self, Deadline},
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

/// What comes by the answer's channel. Errors are rare and large, and a call costs what its place costs.
pub(crate) type Answer<T> = Result<T, Box<CallError>>;

/// A request on its way; awaiting it gives the answer.
///
/// # Delivery
/// The request left when this was made, at most once. The error tells whether it may have run: see [`CallError`].
///
/// Made in a handler that has not answered a request of another node yet, it waits no longer than those who asked do, unless
/// [`timeout`](Self::timeout) says otherwise.
///
/// # Cancel safety
/// Dropping it gives up the answer: one that comes later is dropped before any mailbox. The request still runs;
/// whoever runs it can see it in [`Reply::is_abandoned`]. Of a call to another node whose deadline passes, that node hears, and does
/// not run the request if its turn has not come.
///
/// # Fairness
/// Counts as one of tokio's own channels against the budget of its task: one that is polled without end lets others run now and
/// then, though its answers are there.
///
/// # Panics
/// When it has to wait outside of a tokio runtime, or in one without time.
#[must_use = "the request is on its way, but its answer is ignored; await it"]
pub struct Call<T> {
    sent: Result<Receiver<Answer<T>>, Option<Box<CallError>>>,
    after: Duration,
    deadline: Deadline,
    /// Of a call to another node.
    waiting: Option<Waiting>,
    /// Whom a handler waits for; only while a watchdog wants to know.
    watched: Option<Box<Watched>>,
}

/// What a watchdog is told of a call.
enum Watched {
    /// It has not waited yet.
    Whom(Target),
    Waits(#[expect(dead_code, reason = "held until the call is over")] Wait),
}

impl<T> Call<T> {
    /// Waits at most this long, from the first poll, instead of five seconds. If that is longer than another node was told, it is told
    /// at the first poll. From a second on the deadline is kept to
    /// within 20 ms, below it to the millisecond; it never comes early.
    pub fn timeout(mut self, deadline: Duration) -> Self {
        self.after = deadline;
        self
    }

    /// Nothing is waited for any more, even if the future is kept.
    fn over(&mut self) {
        (self.sent, self.watched, self.deadline, self.waiting) = (Err(None), None, Deadline::Unarmed, None);
    }

    /// Says whom the handler waits for that polls this first.
    fn tell_watchdog(&mut self) {
        if let Some(Watched::Whom(whom)) = self.watched.as_deref() {
            let wait = runtime::current().and_then(|who| watchdog::waits_for(who, &whom.system, whom.actor));
            self.watched = wait.map(|wait| Box::new(Watched::Waits(wait)));
        }
    }
}

impl<T> Unpin for Call<T> {}

impl<T: Send + 'static> Future for Call<T> {
    type Output = Result<T, CallError>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let call = &mut *self;
        let place = match &mut call.sent {
            Ok(place) => place,
            Err(error) => return Poll::Ready(Err(error.take().map_or(CallError::NoReply, |error| *error))),
        };
        let mut answer = Pin::new(&mut *place).poll(task).map(|answer| answer.ok());
        if let (true, Deadline::Unarmed, Some(waiting)) = (answer.is_pending(), &call.deadline, &call.waiting) {
            waiting.begins(call.after);
        }
        if answer.is_ready() {
            call.waiting.take().into_iter().for_each(Waiting::answered);
        } else if call.deadline.poll(call.after, task).is_ready() {
            // The task's budget may have hidden an answer that came in time.
            place.close();
            call.waiting.take().into_iter().for_each(Waiting::late);
            let late = || Err(Box::new(CallError::Deadline(call.after)));
            answer = Poll::Ready(Some(place.try_recv().unwrap_or_else(|_| late())));
        }
        match answer {
            Poll::Pending => call.tell_watchdog(),
            Poll::Ready(_) => call.over(),
        }
        answer.map(|answer| answer.map_or(Err(CallError::NoReply), |answer| answer.map_err(|error| *error)))
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("deadline", &self.after).finish_non_exhaustive()
    }
}

/// Sends a request that `make` builds around a reply, and gives the future of the answer. What the generated methods of
/// calls are made of; useful by itself for messages built by hand.
///
/// # Delivery
/// As [`Call`]: the request has left when this returns. If it could not, the future says so.
pub fn call<P: Message, T: Send + 'static>(
    to: &(impl CallAddress<P> + ?Sized),
    make: impl FnOnce(Reply<T>) -> P,
) -> Call<T> {
    let (sender, place) = oneshot::channel();
    let after = runtime::left_to_serve().map_or(DEFAULT_DEADLINE, |left| left.min(DEFAULT_DEADLINE));
    let patience = if to.__is_away() { Some(Patience::new(after)) } else { None };
    let waiting = patience.as_ref().map(|patience| Waiting(Arc::clone(patience)));
    let sent = match to.tell(make(Reply::local(sender, patience))) {
        Ok(()) => Ok(place),
        Err(error) => Err(Some(Box::new(CallError::NotDelivered(error.split().1)))),
    };
    let watched = if watchdog::is_active() { to.__target().map(|whom| Box::new(Watched::Whom(whom))) } else { None };
    Call { sent, after, deadline: Deadline::Unarmed, waiting, watched }
}
