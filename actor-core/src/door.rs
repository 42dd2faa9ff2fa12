//! The last step of what a session brought, into a mailbox, against the end of that session: whoever shuts the door learns when
//! nothing goes through it any more. Never waits.
//!
//! Dekker's handshake: who passes says so and then looks whether the door is shut; who shuts it says so and then looks whether
//! somebody passes. One of the two sees the other.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// By which the messages of one session go into mailboxes, until its end is told.
#[derive(Debug, Default)]
pub struct Door {
    shut: AtomicBool,
    passing: AtomicBool,
}

/// Somebody goes through a door.
pub(crate) struct Passing<'a>(&'a AtomicBool);

impl Door {
    /// How long to wait before [`is_passed`](Self::is_passed) is asked again.
    pub const MOMENT: Duration = Duration::from_millis(1);

    /// Nobody begins to go through it any more.
    pub fn shut(&self) {
        self.shut.store(true, Ordering::SeqCst);
    }

    /// Whether it was shut.
    #[inline]
    pub fn is_shut(&self) -> bool {
        self.shut.load(Ordering::Acquire)
    }

    /// Whether somebody still goes through it after it was shut; what they put in is there once nobody does. Never for long: no code
    /// of users runs there.
    pub fn is_passed(&self) -> bool {
        self.passing.load(Ordering::SeqCst)
    }

    /// Goes through it, unless it is shut. For one thread at a time.
    #[inline]
    pub(crate) fn pass(&self) -> Option<Passing<'_>> {
        // Looked at before too, so that nobody is seen to pass who finds it shut.
        if self.is_shut() {
            return None;
        }
        self.passing.store(true, Ordering::SeqCst);
        let passing = Passing(&self.passing);
        (!self.shut.load(Ordering::SeqCst)).then_some(passing)
    }
}

impl Drop for Passing<'_> {
    #[inline]
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// E3: who was let in is seen until all is put in; nobody is let in after that.
    #[test]
    fn who_passes_is_seen_and_nobody_passes_a_shut_door() {
        let door = Door::default();
        drop(door.pass().expect("it is open"));
        let passing = door.pass().expect("it is open");
        door.shut();
        assert!(door.is_shut() && door.is_passed());
        drop(passing);
        assert!(!door.is_passed());
        assert!(door.pass().is_none() && !door.is_passed());
    }
}
