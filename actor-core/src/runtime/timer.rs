//! One-shot deadlines. Never fires early; fires only while polled.

use std::{
    future::Future,
    pin::Pin,
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
