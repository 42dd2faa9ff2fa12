//! What the nodes say to each other. Everything that crosses between processes is here, and nothing else is.
//!
//! ```text
//! worker                         coordinator (the global name `word-count`)
//!    | -- Desk::Join ---------------> |   call, answered with `Welcome`
//!    | <---------- Counter::Count --- |   a batch of files
//!    | -- Desk::Part ---------------> |   its words, in parts of bounded size
//!    | -- Desk::Counted ------------> |   the batch is complete
//!    |            ...                 |
//!    | <------ Announcement::Total -- |   broadcast to the group `counters`
//!    | -- Desk::Heard --------------> |
//!    | <----- Announcement::Finish -- |   broadcast to the group `counters`
//! ```

use std::fmt;

use actor_core::prelude::*;
use actor_dist::{GlobalName, GroupKey};

/// Where workers find the coordinator.
pub(crate) const COORDINATOR: GlobalName<Desk> = GlobalName::new("word-count");

/// All workers.
pub(crate) const COUNTERS: GroupKey<Announcement> = GroupKey::new("counters");

/// What the coordinator takes.
#[derive(Protocol)]
#[wire(uri = "wordcount.Desk", version = 1)]
pub(crate) enum Desk {
    /// A worker is there, in the group, and counts what `counter` is told to.
    Join { worker: String, counter: Subject<Counter>, reply: Reply<Welcome> },
    /// Some of the words of a batch. It counts only when the batch is complete.
    Part { batch: u64, partial: Partial },
    /// All of a batch is counted and its parts are sent.
    Counted { batch: u64, summary: Summary },
    /// The worker has heard the total.
    Heard { worker: String, words: u64 },
}

/// What a worker takes.
#[derive(Protocol)]
#[wire(uri = "wordcount.Counter", version = 1)]
pub(crate) enum Counter {
    /// Count the words of these files.
    Count { batch: u64, files: Vec<String> },
}

/// What all workers are told at once. A broadcast is copied for every member, so it is `Clone`, and it has no replies.
#[derive(Protocol, Clone)]
#[wire(uri = "wordcount.Announcement", version = 1)]
pub(crate) enum Announcement {
    /// What all of them have counted.
    Total { words: u64, distinct: u64, files: u64 },
    /// Nothing more is to be done.
    Finish,
}

/// The answer to [`Desk::Join`].
#[derive(Wire)]
#[wire(uri = "wordcount.Welcome", version = 1)]
pub(crate) struct Welcome {
    /// Members of the group that the coordinator sees.
    pub(crate) members: u64,
}

/// Words and their counts, in columns: two large values instead of many small ones.
#[derive(Wire)]
#[wire(uri = "wordcount.Partial", version = 1)]
pub(crate) struct Partial {
    /// Different words, each ended by a newline.
    pub(crate) words: String,
    /// How often each was met.
    pub(crate) counts: Vec<u64>,
}

/// What one batch was, or a worker's share of the whole.
#[derive(Wire, Debug, Default)]
#[wire(uri = "wordcount.Summary", version = 1)]
pub(crate) struct Summary {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    pub(crate) words: u64,
    /// The files that were not counted.
    pub(crate) skipped: Vec<Skipped>,
}

/// A path that was not counted.
#[derive(Wire, Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[wire(uri = "wordcount.Skipped", version = 1)]
pub(crate) struct Skipped {
    pub(crate) reason: Reason,
    pub(crate) path: String,
}

/// Why a path was not counted.
#[derive(Wire, Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[wire(uri = "wordcount.Reason", version = 1)]
pub(crate) enum Reason {
    Missing,
    Unreadable { error: String },
    PathNotUtf8,
    Binary,
    LongWord,
    SymbolicLink,
    NotAFile,
}

impl Reason {
    /// Whether somebody may have wanted it counted: not a file that this program leaves out by its rules.
    pub(crate) fn is_failure(&self) -> bool {
        matches!(self, Reason::Missing | Reason::Unreadable { .. } | Reason::PathNotUtf8)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::Missing => "missing",
            Reason::Unreadable { error } => return write!(f, "unreadable ({error})"),
            Reason::PathNotUtf8 => "unreadable (its path is not UTF-8)",
            Reason::Binary => "binary",
            Reason::LongWord => "not text (a word of 4 MiB)",
            Reason::SymbolicLink => "a symbolic link, not followed",
            Reason::NotAFile => "not a regular file",
        })
    }
}
