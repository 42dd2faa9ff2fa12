//! How often and how long senders found no room in a lane. Touched only where one did.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use crate::net;

/// The counts of one lane.
#[derive(Debug, Default)]
pub(crate) struct Stalls {
    refused: AtomicU64,
    waits: AtomicU64,
    nanos: AtomicU64,
}

/// Somebody who waits for room; counted however the wait ends.
pub(crate) struct Waiting<'a> {
    stalls: &'a Stalls,
    since: std::time::Instant,
}

impl Stalls {
    /// A frame was not taken.
    pub(crate) fn refused(&self) {
        self.refused.fetch_add(1, Ordering::Relaxed);
    }

    /// Somebody waits, until this is dropped.
    pub(crate) fn wait(&self) -> Waiting<'_> {
        self.waits.fetch_add(1, Ordering::Relaxed);
        Waiting { stalls: self, since: net::now() }
    }

    /// How often a frame was not taken; how often somebody waited, and how long all of them together.
    pub(crate) fn read(&self) -> (u64, u64, Duration) {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (of(&self.refused), of(&self.waits), Duration::from_nanos(of(&self.nanos)))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let waited = net::now().saturating_duration_since(self.since).as_nanos();
        self.stalls.nanos.fetch_add(u64::try_from(waited).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}
