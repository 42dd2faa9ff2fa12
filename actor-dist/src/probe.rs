//! One ping after the other on a session's control connection, to measure the way there and back. Says nothing itself, and
//! reads no clock; `driver::links` does both.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{frame::Control, proto::round_trip::RoundTrip};

/// What is measured of one session.
#[derive(Debug, Default)]
pub(crate) struct Probe(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The ping whose echo is awaited.
    awaited: Option<u64>,
    asked: Option<Instant>,
    trip: Option<RoundTrip>,
}

impl Probe {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for an echo. The one before is not awaited any more: it would count for this one.
    pub(crate) fn ask(&self, token: u64, now: Instant, say: impl FnOnce(Control) -> bool) {
        let mut state = self.lock();
        state.awaited = say(Control::Ping { token }).then_some(token);
        state.asked = Some(now);
    }

    /// Whether nothing was asked for so long.
    pub(crate) fn is_due(&self, now: Instant, every: Duration) -> bool {
        self.lock().asked.is_none_or(|asked| now.saturating_duration_since(asked) >= every)
    }

    /// An echo; whether it is the one that is awaited.
    pub(crate) fn echo(&self, token: u64, now: Instant) -> bool {
        let mut state = self.lock();
        let is_awaited = state.awaited.take_if(|awaited| *awaited == token).is_some();
        if let Some(asked) = state.asked.filter(|_| is_awaited) {
            state.trip = Some(RoundTrip::after(state.trip, now.saturating_duration_since(asked)));
        }
        is_awaited
    }

    /// What was measured.
    pub(crate) fn round_trip(&self) -> Option<RoundTrip> {
        self.lock().trip
    }
}
