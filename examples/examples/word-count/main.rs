//! Counts the words of many files with several processes that talk as typed actors. `--help` says what it can do.
//!
//! This process is the coordinator's node; it starts the workers' nodes as processes of the same executable. Read
//! `protocol.rs` first: it is everything they say to each other.

mod args;
mod check;
mod cluster;
mod coordinator;
mod count;
mod input;
mod measure;
mod outcome;
mod process;
mod protocol;
mod report;
mod roster;
mod schedule;
mod tally;
mod worker;

use std::{error::Error, process::ExitCode, time::Instant};

use crate::{
    args::{HELP, Job, Options},
    check::Check,
    input::Input,
    report::{Seconds, complain, grouped, say, some_files},
};

/// The exit status for wrong usage.
const USAGE: u8 = 2;
/// The exit status when everything readable is counted, but not everything was readable.
const INCOMPLETE: u8 = 3;

fn main() -> ExitCode {
    let job = match Job::parse(lexopt::Parser::from_env()) {
        Ok(job) => job,
        Err(error) => {
            complain(format_args!("{error}; --help says what is possible"));
            return ExitCode::from(USAGE);
        }
    };
    let ran = match job {
        Job::Worker => return worker::main(),
        Job::Count(options) => count(&options),
        Job::Measure(options) => measure::compare(&options).map(|()| ExitCode::SUCCESS).map_err(Into::into),
        Job::Alone(options, method) => measure::alone(&options, method).map(|_| ExitCode::SUCCESS).map_err(Into::into),
        Job::Help => {
            say(HELP.trim_end());
            Ok(ExitCode::SUCCESS)
        }
    };
    ran.unwrap_or_else(|error| {
        complain(error);
        ExitCode::FAILURE
    })
}

/// The main job, from the search for files to the check.
fn count(options: &Options) -> Result<ExitCode, Box<dyn Error>> {
    // What ran in this process before this program did, as `cargo run` and its compiler, does not count.
    let (started, spent) = (Instant::now(), measure::cpu_time()?);
    let input = Input::find(&options.paths)?;
    let size = input.files.iter().map(|file| file.bytes).sum();
    let times = if options.repeat == 1 { String::new() } else { format!(", counted {} times", options.repeat) };
    say(format_args!("input: {}, {}{times}", some_files(input.files.len() as u64, size), input.about));
    if input.files.is_empty() {
        report::skipped(&input.skipped);
        return Err("no file is left to count".into());
    }

    let runtime = tokio::runtime::Runtime::new()?;
    let outcome = runtime.block_on(cluster::count(options, &input))?;
    let (wall, cpu) = (started.elapsed(), measure::cpu_time()?.saturating_sub(spent));

    let mut skipped = [&input.skipped[..], &outcome.skipped].concat();
    skipped.sort_unstable();
    skipped.dedup();
    report::top_words(&outcome.tally.top(report::TOP));
    report::shares(&outcome.shares);
    report::skipped(&skipped);
    let (words, distinct) = (grouped(outcome.tally.total()), grouped(outcome.tally.distinct()));
    say(format_args!(
        "\nthe total, {words} words, {distinct} of them different, was heard by {} workers",
        outcome.heard
    ));
    say(format_args!("time: {}, CPU time of all processes: {}", Seconds(wall), Seconds(cpu)));

    if options.check {
        Check::count(&input.files).compare(&outcome.claim(), options.repeat as u64)?;
        say("check: the totals equal a single-process count, merged by sorting");
    }
    let complete = !skipped.iter().any(|skipped| skipped.reason.is_failure());
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::from(INCOMPLETE) })
}
