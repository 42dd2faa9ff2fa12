//! What a count came to: all the words and everybody's share; or why it came to nothing.

use crate::{
    check::Claim,
    protocol::{Skipped, Summary},
    report::some_files,
    roster::Roster,
    schedule::Unfinished,
    tally::Tally,
};

/// What was counted, and by whom.
pub(crate) struct Outcome {
    pub(crate) tally: Tally,
    /// What workers could not count.
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) shares: Vec<Share>,
    /// How many workers said that they have heard the total.
    pub(crate) heard: usize,
}

/// What one worker did.
pub(crate) struct Share {
    pub(crate) worker: String,
    pub(crate) done: Summary,
    pub(crate) fate: &'static str,
}

/// Why the input was not counted to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("no worker could start")]
    NoWorkers,
    #[error("every worker is lost, and {} are not counted", some_files(.0.files as u64, .0.bytes))]
    WorkersLost(Unfinished),
    #[error("the coordinator failed: {0}")]
    Coordinator(String),
}

impl Outcome {
    pub(crate) fn new(tally: Tally, skipped: Vec<Skipped>, roster: Roster) -> Outcome {
        let members = roster.into_members();
        Outcome {
            tally,
            skipped,
            heard: members.iter().filter(|member| member.heard).count(),
            shares: members
                .into_iter()
                .map(|member| Share { fate: member.fate(), worker: member.name, done: member.done })
                .collect(),
        }
    }

    /// What the check compares.
    pub(crate) fn claim(&self) -> Claim<'_> {
        let mut words: Vec<(&[u8], u64)> = self.tally.iter().collect();
        words.sort_unstable();
        Claim {
            files: self.shares.iter().map(|share| share.done.files).sum(),
            bytes: self.shares.iter().map(|share| share.done.bytes).sum(),
            words,
            skipped: &self.skipped,
        }
    }
}
