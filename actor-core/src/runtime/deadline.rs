//! The deadline of one wait, armed at its first poll. Kept coarsely from a second on. Never fires early; fires only while
//! polled.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::{Context, Poll},
    time::Duration,
};

use super::{
    timer::Timer,
    wheel::{self, Ticket},
};

/// From here on a deadline is kept coarsely.
const COARSE: Duration = Duration::from_secs(1);

/// A deadline, armed or not yet.
pub(crate) enum Deadline {
    Unarmed,
    /// By the runtime's wheel, which keeps a long one to within 20 ms and costs next to nothing.
    Coarse(Ticket),
    /// By a timer of its own, to the millisecond.
    Exact(Timer),
}

impl Deadline {
    /// Whether so long has passed since the first of these polls, which alone looks at `after`; if not, the task is woken then.
    ///
    /// # Panics
    /// At the first, outside of a tokio runtime and in one without time.
    pub(crate) fn poll(&mut self, after: Duration, task: &mut Context<'_>) -> Poll<()> {
        match self {
            Deadline::Coarse(ticket) => return ticket.poll(task),
            Deadline::Exact(timer) => return timer.poll(task),
            Deadline::Unarmed => {}
        }
        let ticket = if after >= COARSE { wheel::wait(after, task) } else { None };
        if let Some(ticket) = ticket {
            *self = Deadline::Coarse(ticket);
            return Poll::Pending;
        }
        let mut timer = Timer::after(after);
        let fired = timer.poll(task);
        *self = Deadline::Exact(timer);
        fired
    }
}

/// What the future gives, or `None` if it takes longer than this.
pub(crate) async fn before<F: Future>(after: Duration, deadline: &mut Deadline, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|task| match future.as_mut().poll(task) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => deadline.poll(after, task).map(|()| None),
    })
    .await
}
