//! What the actors of a program send each other, and a call of which the answer is not known yet. Never sends.

use std::{
    future::Future,
    pin::pin,
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::task::unconstrained;

use super::program::Treatment;
use crate::{Call, CallError, Reply};

/// With the number of the sender, and the number of the letter among those of its sender to its receiver.
pub(super) enum Play {
    /// Take the next turn.
    Turn(usize, u32),
    Note(usize, u32),
    Request(usize, u32, Treatment, Reply<u64>),
}

/// A call whose answer is not known yet.
pub(super) struct Calling {
    pub(super) to: usize,
    pub(super) number: u32,
    pub(super) call: Call<u64>,
}

/// Longer than any program takes: a call that is over by it was forgotten.
pub(super) const HOUR: Duration = Duration::from_secs(3600);

impl Calling {
    /// What is known of the answer now, also late in a long turn: tokio hides answers from a task that has had its share.
    pub(super) fn look(&mut self) -> Option<Result<u64, CallError>> {
        match pin!(unconstrained(&mut self.call)).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => Some(outcome),
            Poll::Pending => None,
        }
    }
}
