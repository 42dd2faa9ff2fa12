//! Upgrades a running cluster node by node, from one build of a service to the next, under traffic. `--help` says more.
//!
//! This process is the operator's node; it starts the nodes of the service as processes of the same executable. Read `v1.rs`
//! and `v2.rs` first, side by side, then `story.rs`.

mod build;
mod clerk;
mod conflict;
mod control;
mod ledger;
mod operator;
mod report;
mod story;
mod v1;
mod v2;
mod v2_shop;
mod worker;

use std::{process::ExitCode, time::Duration};

use actor_core::prelude::*;
use lexopt::prelude::*;

use crate::report::{complain, say};

const HELP: &str = "\
Upgrades a cluster of processes from build v1 of a service to build v2, one node after the other, while
all of them go on talking. Then a build joins that contradicts the others about one type.

usage: cargo run --release --example rolling-upgrade

exit status: 0 nothing was lost or garbled; 1 something was, or it failed; 2 wrong usage
";

/// The exit status for wrong usage.
const USAGE: u8 = 2;
/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(90);

fn main() -> ExitCode {
    let mut args = lexopt::Parser::from_env();
    match args.next() {
        Ok(None) => upgrade(),
        Ok(Some(Short('h') | Long("help"))) => {
            say(HELP.trim_end());
            ExitCode::SUCCESS
        }
        // Started by the operator.
        Ok(Some(Long("node"))) => worker::main(),
        Ok(Some(other)) => usage(&other.unexpected()),
        Err(error) => usage(&error),
    }
}

fn usage(error: &lexopt::Error) -> ExitCode {
    complain(format_args!("{error}; --help says what is possible"));
    ExitCode::from(USAGE)
}

fn upgrade() -> ExitCode {
    let ran = tokio::runtime::Runtime::new().map_err(Error::from).and_then(|runtime| {
        let story = async { tokio::time::timeout(LIMIT, story::tell()).await };
        runtime.block_on(story).unwrap_or_else(|_| Err(Error::new(format_args!("not done within {LIMIT:?}"))))
    });
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain(error);
            ExitCode::FAILURE
        }
    }
}
