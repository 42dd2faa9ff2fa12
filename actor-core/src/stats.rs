//! What a system has done so far, in numbers that only grow and one that does not. Counted where it happens, summed here.

use crate::{info::ActorInfo, system::System};

/// A system in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct SystemStats {
    /// How many actors run.
    pub running: usize,
    /// How many were spawned.
    pub spawned: u64,
    /// How many have ended, whatever the reason.
    pub ended: u64,
    /// Of those, how many did not end normally.
    pub failed: u64,
    /// How many messages and signals were begun to be handled.
    pub handled: u64,
    /// How many messages and signals wait in mailboxes.
    pub waiting: usize,
    /// How many messages waited when their actor ended.
    pub dead_letters: u64,
    /// How many messages from other nodes, and copies of broadcasts, no actor took.
    pub undelivered: u64,
}

impl SystemStats {
    pub(crate) fn of(system: &System, actors: &[ActorInfo]) -> Self {
        let sums = system.census().sums();
        SystemStats {
            running: sums.running,
            spawned: sums.ended + sums.running as u64,
            ended: sums.ended,
            failed: sums.failed,
            handled: sums.handled + actors.iter().map(|actor| actor.handled).sum::<u64>(),
            waiting: actors.iter().map(|actor| actor.mailbox).sum(),
            dead_letters: system.dead_letters().stopped(),
            undelivered: system.dead_letters().undelivered(),
        }
    }
}
