//! Monitors: who is told of an actor's end, as a pure table, and what they are told. Knows no network: a watcher on
//! another node is a [`Watcher`] like any other.

use std::{collections::HashMap, fmt, sync::Arc};

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
    Watching(Box<Watching>),
    Ended,
}

/// Watchers by monitor and by who they are, since references of different watchers may be equal; with the turn in which each
/// began.
#[derive(Default)]
pub(crate) struct Watching {
    turns: u64,
    watchers: HashMap<(MonitorRef, usize), (u64, Arc<dyn Watcher>)>,
}

fn key(reference: MonitorRef, watcher: &Arc<dyn Watcher>) -> (MonitorRef, usize) {
    (reference, Arc::as_ptr(watcher).addr())
}

impl Watchers {
    /// Adds a watcher; gives it back if the actor has ended.
    pub(crate) fn add(&mut self, reference: MonitorRef, watcher: Arc<dyn Watcher>) -> Result<(), Arc<dyn Watcher>> {
        if let Watchers::Nobody = self {
            *self = Watchers::Watching(Box::default());
        }
        let Watchers::Watching(watching) = self else { return Err(watcher) };
        watching.turns += 1;
        watching.watchers.insert(key(reference, &watcher), (watching.turns, watcher));
        Ok(())
    }

    /// Takes one monitor of one watcher away.
    pub(crate) fn remove(&mut self, reference: MonitorRef, watcher: &Arc<dyn Watcher>) {
        if let Watchers::Watching(watching) = self {
            watching.watchers.remove(&key(reference, watcher));
        }
    }

    /// The actor has ended: everybody who is to be told, in the order in which they began to watch.
    pub(crate) fn end(&mut self) -> Vec<(MonitorRef, Arc<dyn Watcher>)> {
        let Watchers::Watching(watching) = std::mem::replace(self, Watchers::Ended) else { return Vec::new() };
        let mut told: Vec<_> = watching.watchers.into_iter().map(|((reference, _), told)| (reference, told)).collect();
        told.sort_by_key(|(_, (turn, _))| *turn);
        told.into_iter().map(|(reference, (_, watcher))| (reference, watcher)).collect()
    }
}
