//! The command line: what the user asks for, as one value.
//! Never looks at the files it names: that is `input`'s.

use std::path::PathBuf;

use lexopt::prelude::*;

pub(crate) const HELP: &str = "\
Counts words with several processes: one actor node each, one typed protocol between them.

usage: cargo run --release --example word-count -- [options] [paths..]

  paths            files and directories; without any, the sources of the crates in
                   this workspace's Cargo.lock
  --nodes N        worker processes to start, 1 to 64 (default 3)
  --kill           kill one worker (SIGKILL) about half way
  --wrong-cookie   give the last worker a wrong cookie: the cluster refuses it
  --repeat K       count the input K times
  --no-check       do not compare the totals with a single-process count
  --measure        compare CPU time with a single process that counts the same input
  --rounds R       rounds of --measure (default 5)

A word is the longest run of ASCII letters, digits, `_` and non-ASCII characters, in ASCII lower
case. A file with a NUL byte in its first 8 KiB, with invalid UTF-8, or with a word of 4 MiB is not
text. Symbolic links are not followed. What is not counted is said, with the reason. A file is
the smallest piece of work: one worker counts it, through a window of 4 MiB.

exit status: 0 counted; 1 failed, or the check found other totals; 2 wrong usage; 3 counted, but a
path is missing or could not be read
";

/// What this process is to do.
#[derive(Debug)]
pub(crate) enum Job {
    Help,
    /// Count with several processes: the main job.
    Count(Options),
    /// Compare the CPU time of the main job with a single process.
    Measure(Options),
    /// Be a worker; started by the main job.
    Worker,
    /// Count in this process and print nothing; started by `--measure`.
    Alone(Options, Method),
}

/// How a single process counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// With the workers' counting function.
    Same,
    /// With a plain loop into a hash map.
    Plain,
}

#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) nodes: usize,
    pub(crate) kill: bool,
    pub(crate) wrong_cookie: bool,
    pub(crate) repeat: usize,
    pub(crate) check: bool,
    pub(crate) rounds: usize,
    pub(crate) paths: Vec<PathBuf>,
}

impl Job {
    pub(crate) fn parse(mut args: lexopt::Parser) -> Result<Job, lexopt::Error> {
        let mut options = Options {
            nodes: 3,
            kill: false,
            wrong_cookie: false,
            repeat: 1,
            check: true,
            rounds: 5,
            paths: Vec::new(),
        };
        let (mut measure, mut worker, mut alone) = (false, false, None);
        while let Some(arg) = args.next()? {
            match arg {
                Short('h') | Long("help") => return Ok(Job::Help),
                Long("nodes") => options.nodes = number(&mut args, 64)?,
                Long("kill") => options.kill = true,
                Long("wrong-cookie") => options.wrong_cookie = true,
                Long("repeat") => options.repeat = number(&mut args, 10_000)?,
                Long("no-check") => options.check = false,
                Long("measure") => measure = true,
                Long("rounds") => options.rounds = number(&mut args, 1000)?,
                Long("worker") => worker = true,
                Long("alone") => alone = Some(Method::Same),
                Long("alone-plain") => alone = Some(Method::Plain),
                Value(path) => options.paths.push(path.into()),
                _ => return Err(arg.unexpected()),
            }
        }
        if options.kill && options.nodes < 2 {
            return Err("--kill needs at least --nodes 2: somebody has to finish the count".into());
        }
        Ok(match alone {
            _ if worker => Job::Worker,
            Some(method) => Job::Alone(options, method),
            None if measure => Job::Measure(options),
            None => Job::Count(options),
        })
    }
}

fn number(args: &mut lexopt::Parser, most: usize) -> Result<usize, lexopt::Error> {
    let number: usize = args.value()?.parse()?;
    if (1..=most).contains(&number) {
        return Ok(number);
    }
    Err(format!("{number} is not a number from 1 to {most}").into())
}
