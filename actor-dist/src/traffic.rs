//! What has moved over one session: counted where bytes are read and written, once for many messages. Moves nothing, and reads
//! no clock: it is told when something was heard.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// The counts of one session.
#[derive(Debug)]
pub(crate) struct Traffic {
    since: Instant,
    sent: AtomicU64,
    received: AtomicU64,
    messages: AtomicU64,
    /// Nanoseconds since `since`.
    heard: AtomicU64,
}

impl Traffic {
    /// Of a session that is being made.
    pub(crate) fn new(since: Instant) -> Self {
        let zero = || AtomicU64::new(0);
        Traffic { since, sent: zero(), received: zero(), messages: zero(), heard: zero() }
    }

    /// So many bytes were written to the lane.
    pub(crate) fn sent(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// So many bytes were read from the lane.
    pub(crate) fn received(&self, bytes: usize) {
        self.received.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// So many whole messages were among them.
    pub(crate) fn took(&self, messages: u64) {
        self.messages.fetch_add(messages, Ordering::Relaxed);
    }

    /// Something was read, from whichever connection.
    pub(crate) fn heard(&self, now: Instant) {
        let nanos = now.saturating_duration_since(self.since).as_nanos();
        self.heard.fetch_max(u64::try_from(nanos).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// A number that grows whenever something moves.
    pub(crate) fn moved(&self) -> u64 {
        self.bytes_sent().wrapping_add(self.bytes_received())
    }

    pub(crate) fn bytes_sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    pub(crate) fn bytes_received(&self) -> u64 {
        self.received.load(Ordering::Relaxed)
    }

    pub(crate) fn messages_received(&self) -> u64 {
        self.messages.load(Ordering::Relaxed)
    }

    /// For how long nothing was heard.
    pub(crate) fn silence(&self, now: Instant) -> Duration {
        let heard = Duration::from_nanos(self.heard.load(Ordering::Relaxed));
        now.saturating_duration_since(self.since).saturating_sub(heard)
    }
}
