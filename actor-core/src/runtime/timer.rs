//! One-shot deadlines. Never fires early; fires only while polled.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::{Context, Poll},
    time::Duration,
};

/// A deadline that was armed.
pub(crate) struct Timer(Pin<Box<tokio::time::Sleep>>);

impl Timer {
    /// Armed for so long from now.
    pub(crate) fn after(duration: Duration) -> Self {
        Timer(Box::pin(tokio::time::sleep(duration)))
    }

    pub(crate) fn poll(&mut self, task: &mut Context<'_>) -> Poll<()> {
        self.0.as_mut().poll(task)
    }
}

/// What the future gives, or `None` if the timer fires first.
pub(crate) async fn before<F: Future>(timer: &mut Timer, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|task| match future.as_mut().poll(task) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => timer.poll(task).map(|()| None),
    })
    .await
}
