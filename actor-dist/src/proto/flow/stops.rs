//! Whom the other node wants nothing more for at the moment, because their mailboxes are full there. Driven by the outlet;
//! `T` is what a stopped sender waits on.

use std::collections::BTreeMap;

/// The targets that are stopped. Looked at for each message that leaves, so it costs nothing while there are none.
#[derive(Debug)]
pub(crate) struct Stops<K, T>(BTreeMap<K, T>);

/// How many targets one node may stop: it holds more for none of them than for its own actors.
const BOUND: usize = 1 << 20;

impl<K, T> Default for Stops<K, T> {
    fn default() -> Self {
        Stops(BTreeMap::new())
    }
}

impl<K: Ord, T> Stops<K, T> {
    /// The other node wants no more for it; false if it has stopped too many, and this one is not.
    pub(crate) fn stop(&mut self, target: K, waits: impl FnOnce() -> T) -> bool {
        if self.0.len() >= BOUND {
            return false;
        }
        self.0.entry(target).or_insert_with(waits);
        true
    }

    /// It takes messages again; whom to tell.
    pub(crate) fn go(&mut self, target: &K) -> Option<T> {
        self.0.remove(target)
    }

    /// What to wait on, if the target is stopped.
    pub(crate) fn get(&self, target: &K) -> Option<&T> {
        if self.0.is_empty() { None } else { self.0.get(target) }
    }

    /// Everybody, to be told: the session is over.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = T> {
        std::mem::take(&mut self.0).into_values()
    }
}
