//! The logical clock of a run: says what surely happened before what. Knows no time.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

/// Ticks at every beginning and end of everything. What happened before something else has the lower moment, since every
/// tick writes the one counter.
#[derive(Default)]
pub(super) struct Clock(AtomicU64);

impl Clock {
    pub(super) fn tick(&self) -> Moment {
        Moment(self.0.fetch_add(1, Ordering::SeqCst))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment(u64);

impl Moment {
    pub(super) const START: Moment = Moment(0);
    pub(super) const NEVER: Moment = Moment(u64::MAX);
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Moment::NEVER => f.write_str("never"),
            Moment(number) => write!(f, "{number}"),
        }
    }
}

/// Something took effect at once, some time between these moments.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) from: Moment,
    pub(super) until: Moment,
}

impl Window {
    pub(super) fn is_before(self, other: Window) -> bool {
        self.until < other.from
    }
}
