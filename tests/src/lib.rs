//! What the suites and their helper processes share: the protocol by which a test drives another process, and how it starts
//! one. The suites are in `tests/`, the helper processes in `src/bin`.

/// The pages of `docs/`, whose examples run with the doc tests.
#[cfg(doctest)]
mod docs {
    #[doc = include_str!("../../docs/what-is-checked-when.md")]
    mod what_is_checked_when {}
}

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
};

use actor_core::{NodeName, prelude::*};
use actor_dist::GroupKey;

/// How a test drives a helper process.
#[derive(Debug, Protocol)]
#[wire(uri = "tests.Remote", version = 1)]
pub enum Remote {
    /// Says it back.
    Echo {
        /// What.
        text: String,
        /// Where to.
        reply: Reply<String>,
    },
    /// A handle to the actor.
    Handle {
        /// Where to.
        reply: Reply<Subject<Remote>>,
    },
    /// Blocks every worker thread of the process.
    BlockWorkers {
        /// For how long.
        milliseconds: u64,
        /// Answered when all are about to block.
        reply: Reply<u64>,
    },
    /// Joins [`MEMBERS`].
    Join {
        /// Answered when it has.
        reply: Reply<()>,
    },
    /// Never answers, and keeps the reply.
    Keep {
        /// Kept.
        reply: Reply<()>,
    },
    /// Connects to another node.
    Connect {
        /// Which.
        to: NodeName,
        /// `None`, or why not.
        reply: Reply<Option<String>>,
    },
}

/// The local name of a helper process's actor.
pub const REMOTE: LocalName<Remote> = LocalName::new("remote");
/// A group that helpers join.
pub const MEMBERS: GroupKey<Remote> = GroupKey::new("members");
/// The environment variable that holds the cookie of a helper process.
pub const COOKIE: &str = "ACTOR_TEST_COOKIE";

/// A helper process; killed when dropped.
#[derive(Debug)]
pub struct Helper {
    child: Child,
    /// The name of its node.
    pub name: NodeName,
}

impl Helper {
    /// Starts the program, which must be `src/bin/helper.rs`, and waits until its node runs.
    ///
    /// # Panics
    /// If it does not start.
    pub fn start(program: &str, short: &str, cookie: &str, window_ms: u64) -> Helper {
        let mut child = Command::new(program)
            .args([short, &window_ms.to_string()])
            .env(COOKIE, cookie)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the helper process starts");
        let mut line = String::new();
        let output = child.stdout.take().expect("invariant: it is piped");
        BufReader::new(output).read_line(&mut line).expect("the helper speaks");
        let name = line.trim().parse().expect("the helper's first line is its node's name");
        Helper { child, name }
    }

    /// Ends it as `kill -9` does.
    ///
    /// # Panics
    /// If the system refuses.
    pub fn kill(&mut self) {
        self.child.kill().expect("the process can be killed");
    }

    /// Sends it a signal by name, as `STOP` or `CONT`.
    ///
    /// # Panics
    /// If there is no shell.
    pub fn signal(&self, signal: &str) {
        let command = format!("kill -{signal} {}", self.child.id());
        let status = Command::new("sh").args(["-c", &command]).status().expect("there is a shell");
        assert!(status.success(), "`{command}` failed");
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        let ended = self.child.kill().and_then(|()| self.child.wait());
        if let Err(error) = ended {
            eprintln!("a helper process could not be ended: {error}");
        }
    }
}
