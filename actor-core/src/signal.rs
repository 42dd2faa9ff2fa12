//! Monitors: who is told of an actor's end, as a pure table, and what they are told. Knows no network: a watcher on
//! another node is a [`Watcher`] like any other.

use std::{fmt, sync::Arc};

use crate::exit::ExitReason;

/// One monitor: given by `Context::monitor`, found again in its [`Down`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MonitorRef(pub u64);

impl fmt::Debug for MonitorRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MonitorRef({})", self.0)
    }
}

/// A monitored actor has ended, or nothing is known of it any more. A local message: list `Down` in
/// `#[actor(handles(..))]` to monitor others.
///
/// # Delivery
/// Exactly one for each monitor, after every earlier message of the actor that ended, and after its names are gone.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Down {
    /// The monitor that this answers.
    pub reference: MonitorRef,
    /// Why.
    pub reason: ExitReason,
}

impl Down {
    /// The message that answers a monitor.
    pub fn new(reference: MonitorRef, reason: ExitReason) -> Self {
        Down { reference, reason }
    }
}

/// Somebody to be told of an actor's end.
pub trait Watcher: Send + Sync {
    /// The actor has ended. Called at most once for a reference, without any lock held; must not wait.
    fn down(&self, down: Down);
}

/// Who watches one actor.
#[derive(Default)]
pub(crate) enum Watchers {
    /// Most actors are watched by nobody.
    #[default]
    Nobody,
    Watching(Vec<(MonitorRef, Arc<dyn Watcher>)>),
    Ended,
}

impl Watchers {
    /// Adds a watcher; gives it back if the actor has ended.
    pub(crate) fn add(&mut self, reference: MonitorRef, watcher: Arc<dyn Watcher>) -> Result<(), Arc<dyn Watcher>> {
        match self {
            Watchers::Nobody => *self = Watchers::Watching(vec![(reference, watcher)]),
            Watchers::Watching(watching) => watching.push((reference, watcher)),
            Watchers::Ended => return Err(watcher),
        }
        Ok(())
    }

    /// Takes one monitor of one watcher away; references of different watchers may be equal.
    pub(crate) fn remove(&mut self, reference: MonitorRef, watcher: &Arc<dyn Watcher>) {
        if let Watchers::Watching(watching) = self {
            watching.retain(|(other, who)| *other != reference || !Arc::ptr_eq(who, watcher));
        }
    }

    /// The actor has ended: everybody who is to be told, in the order in which they began to watch.
    pub(crate) fn end(&mut self) -> Vec<(MonitorRef, Arc<dyn Watcher>)> {
        match std::mem::replace(self, Watchers::Ended) {
            Watchers::Watching(watching) => watching,
            Watchers::Nobody | Watchers::Ended => Vec::new(),
        }
    }
}
