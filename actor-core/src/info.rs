//! What can be seen of a running actor from outside: counted by its own turns, read by anybody. Never stops or slows it.

use std::{
    fmt,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::Duration,
};

use crate::{cell::Core, identity::ActorId, letter::Letter, mailbox::Mailbox};

/// A running actor, as it was a moment ago. The figures are read one after the other, not at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActorInfo {
    /// Its id.
    pub id: ActorId,
    /// The Rust type of the actor.
    pub kind: &'static str,
    /// How many messages and signals wait in its mailbox.
    pub mailbox: usize,
    /// The bound of the mailbox; `None` without one.
    pub capacity: Option<usize>,
    /// How long ago it was spawned.
    pub age: Duration,
    /// How many messages and signals it has begun to handle.
    pub handled: u64,
    /// The message it handles now, as `Protocol::Variant`; `None` while it waits for one.
    pub current: Option<&'static str>,
    /// How many links it has.
    pub links: usize,
    /// How many monitors of others it has.
    pub monitors: usize,
    /// How many monitor it.
    pub watchers: usize,
    /// Whether other nodes may know it.
    pub exported: bool,
    /// Whether its start hook is done; true for an actor without one.
    pub started: bool,
    /// Whether it takes no messages any more, because it drains or stops.
    pub stopping: bool,
}

impl ActorInfo {
    pub(crate) fn of<M>(
        core: &Core,
        kind: &'static str,
        mailbox: &Mailbox<Letter<M>>,
        name: fn(u32) -> &'static str,
    ) -> Self {
        let progress = &core.progress;
        let (links, monitors, watchers) = core.ties().count();
        let (handled, waiting) = progress.begun(|| mailbox.counts());
        ActorInfo {
            id: core.id,
            kind,
            mailbox: waiting,
            capacity: mailbox.bound(),
            age: core.system.age().saturating_sub(Duration::from_micros(progress.born)),
            handled,
            current: progress.current().map(name),
            links,
            monitors,
            watchers,
            exported: core.exported.load(Ordering::Relaxed),
            started: progress.is_started(),
            stopping: mailbox.is_closed(),
        }
    }
}

impl fmt::Display for ActorInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}: {} waiting, {} handled", self.id, self.kind, self.mailbox, self.handled)?;
        match self.current {
            Some(message) => write!(f, ", in `{message}`"),
            None => Ok(()),
        }
    }
}

/// What an actor's turns write down. Only they write the count, so that it costs one store for a message.
pub(crate) struct Progress {
    /// In microseconds of the system's age.
    born: u64,
    /// The low half of how many messages and signals were begun, and in the low bits the index of the message in its handler,
    /// plus one; 0 between messages.
    now: AtomicU64,
    started: AtomicBool,
}

impl Progress {
    pub(crate) fn new(born: Duration, started: bool) -> Self {
        Progress {
            born: born.as_secs().saturating_mul(1_000_000) + u64::from(born.subsec_micros()),
            now: AtomicU64::new(0),
            started: AtomicBool::new(started),
        }
    }

    /// The message or signal of this count was begun, and this message is in its handler.
    #[inline]
    pub(crate) fn enter(&self, begun: u32, message: u32) {
        self.now.store((u64::from(begun) << 32) | (u64::from(message.min(u32::MAX - 1)) + 1), Ordering::Relaxed);
    }

    /// So many were begun, and no message is in its handler.
    #[inline]
    pub(crate) fn rest(&self, begun: u32) {
        self.now.store(u64::from(begun) << 32, Ordering::Relaxed);
    }

    /// How many were begun, and how many wait, of a mailbox in which so many wait, and from which so many were taken. It is
    /// looked at after the count is read: nothing is begun that was not taken.
    pub(crate) fn begun(&self, counts: impl FnOnce() -> (usize, u64, bool)) -> (u64, usize) {
        let begun = (self.now.load(Ordering::Relaxed) >> 32) as u32;
        let (waiting, taken, over) = counts();
        let next = (taken as u32).wrapping_sub(begun);
        // What an actor that has ended took and did not begin are dead letters.
        let waiting = if over { 0 } else { waiting + next as usize };
        (taken.saturating_sub(next.into()), waiting)
    }

    pub(crate) fn current(&self) -> Option<u32> {
        (self.now.load(Ordering::Relaxed) as u32).checked_sub(1)
    }

    pub(crate) fn is_started(&self) -> bool {
        self.started.load(Ordering::Acquire)
    }

    pub(crate) fn set_started(&self) {
        self.started.store(true, Ordering::Release);
    }
}
