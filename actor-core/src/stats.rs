//! What a system has done so far, in numbers that only grow, and how it stands, in two that do not. Counted where it happens,
//! summed here.

use crate::system::System;

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
    pub dead_letters_ended: u64,
    /// How many messages from other nodes, and copies of broadcasts, no actor took.
    pub dead_letters_not_taken: u64,
    /// How many messages from here no actor of another node took, as far as that node said so.
    pub dead_letters_elsewhere: u64,
    /// How many requests of other nodes were dropped unhandled, because nobody waited for the answer any more.
    pub dead_letters_given_up: u64,
}

impl SystemStats {
    pub(crate) fn of(system: &System) -> Self {
        let (sums, running) = system.census().look();
        let actors: Vec<_> = running.iter().map(|cell| cell.info()).collect();
        SystemStats {
            running: running.len(),
            spawned: sums.ended + running.len() as u64,
            ended: sums.ended,
            failed: sums.failed,
            handled: sums.handled + actors.iter().map(|actor| actor.handled).sum::<u64>(),
            waiting: actors.iter().map(|actor| actor.mailbox).sum(),
            dead_letters_ended: system.dead_letters().ended(),
            dead_letters_not_taken: system.dead_letters().not_taken(),
            dead_letters_elsewhere: system.dead_letters().elsewhere(),
            dead_letters_given_up: system.dead_letters().given_up(),
        }
    }
}
