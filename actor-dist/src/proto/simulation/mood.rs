//! In what mood fate is: how often it breaks what.

use std::time::Duration;

/// How many moods there are.
pub(super) const MOODS: usize = 9;

/// What may happen besides what users do, out of a hundred acts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mood {
    /// Until when something happens.
    pub(super) until: Duration,
    /// The longest time between two acts, in milliseconds.
    pub(super) pace: u64,
    pub(super) connect: usize,
    pub(super) disconnect: usize,
    pub(super) tear: usize,
    pub(super) crash: usize,
    pub(super) silence: usize,
    pub(super) leave: usize,
    pub(super) pause: usize,
    pub(super) cut: usize,
}

impl Mood {
    /// Nothing breaks, and nobody connects.
    pub(super) fn calm(until: Duration, pace: u64) -> Self {
        let none = 0;
        Mood {
            until,
            pace,
            connect: none,
            disconnect: none,
            tear: none,
            crash: none,
            silence: none,
            leave: none,
            pause: none,
            cut: none,
        }
    }

    /// One of several, by number; in the first two nothing breaks.
    pub(super) fn of(number: usize, until: Duration, pace: u64) -> Self {
        let some = Mood { connect: 10, ..Mood::calm(until, pace) };
        match number {
            0 => Mood { connect: 0, ..some },
            1 => Mood { connect: 40, ..some },
            2 => Mood { connect: 30, disconnect: 15, ..some },
            3 => Mood { tear: 15, ..some },
            4 => Mood { crash: 8, leave: 8, ..some },
            5 => Mood { silence: 6, tear: 3, ..some },
            6 => Mood { pause: 10, ..some },
            7 => Mood { cut: 8, tear: 3, ..some },
            _ => Mood { disconnect: 4, tear: 4, crash: 3, silence: 3, leave: 3, pause: 4, cut: 4, ..some },
        }
    }
}
