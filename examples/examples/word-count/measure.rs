//! What the cluster costs: CPU time of whole program runs, several processes against one that counts the same input.
//! Every run is a fresh child of this process, so that each pays for its own start, its memory and the search for files.

use std::{
    env,
    ffi::OsString,
    io,
    process::{Command, ExitStatus, Stdio},
    time::Duration,
};

use hashbrown::HashMap;
use nix::sys::resource::{UsageWho, getrusage};

use crate::{
    args::{Method, Options},
    count::Reader,
    input::{Input, NoInput},
    report::{Seconds, say},
    tally::Tally,
};

#[derive(Debug, thiserror::Error)]
pub(crate) enum MeasureError {
    #[error("cannot run this program again: {0}")]
    NotStarted(#[from] io::Error),
    #[error("a run failed: {0}")]
    Failed(ExitStatus),
    #[error("the system does not tell CPU times: {0}")]
    NoUsage(#[from] nix::Error),
}

/// CPU time of this process and of its children that have ended.
pub(crate) fn cpu_time() -> Result<Duration, nix::Error> {
    Ok(used(UsageWho::RUSAGE_SELF)? + used(UsageWho::RUSAGE_CHILDREN)?)
}

fn used(who: UsageWho) -> Result<Duration, nix::Error> {
    let usage = getrusage(who)?;
    let micros = |time: nix::sys::time::TimeVal| {
        use nix::sys::time::TimeValLike;
        Duration::from_micros(u64::try_from(time.num_microseconds()).unwrap_or(0))
    };
    Ok(micros(usage.user_time()) + micros(usage.system_time()))
}

/// Runs the three ways to count in turn, several times, and says what each took.
pub(crate) fn compare(options: &Options) -> Result<(), MeasureError> {
    let nodes = options.nodes.to_string();
    let ways: [(String, Vec<&str>); 3] = [
        ("one process".to_owned(), vec!["--alone"]),
        (format!("{nodes} workers"), vec!["--no-check", "--nodes", &nodes]),
        ("one process, plain loop".to_owned(), vec!["--alone-plain"]),
    ];
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..options.rounds {
        for ((_, flags), times) in ways.iter().zip(&mut times) {
            times.push(run(flags, options)?);
        }
    }
    say(format_args!("CPU time, median of {} (least to most), relative to one process:", options.rounds));
    times.iter_mut().for_each(|times| times.sort_unstable());
    let base = times[0][times[0].len() / 2].as_secs_f64();
    for ((name, _), times) in ways.iter().zip(&times) {
        let median = times[times.len() / 2];
        let (least, most) = (Seconds(times[0]), Seconds(times[times.len() - 1]));
        let ratio = median.as_secs_f64() / base;
        say(format_args!("{name:<24} {} ({least} to {most})  {ratio:.2}", Seconds(median)));
    }
    Ok(())
}

/// The CPU time of one run of this program and of all the processes it starts.
fn run(flags: &[&str], options: &Options) -> Result<Duration, MeasureError> {
    let before = used(UsageWho::RUSAGE_CHILDREN)?;
    let repeat = ["--repeat".to_owned(), options.repeat.to_string()];
    let paths = options.paths.iter().map(OsString::from);
    let status = Command::new(env::current_exe()?)
        .args(flags)
        .args(repeat)
        .arg("--")
        .args(paths)
        .stdout(Stdio::null())
        .status()?;
    // Paths that cannot be read cost the same in every way.
    if !status.success() && status.code() != Some(crate::INCOMPLETE.into()) {
        return Err(MeasureError::Failed(status));
    }
    Ok(used(UsageWho::RUSAGE_CHILDREN)? - before)
}

/// Counts in this process; returns how many words there were.
pub(crate) fn alone(options: &Options, method: Method) -> Result<u64, NoInput> {
    let input = Input::find(&options.paths)?;
    let paths = (0..options.repeat).flat_map(|_| &input.files).map(|file| file.path.as_str());
    Ok(match method {
        Method::Same => {
            let (mut reader, mut tally) = (Reader::default(), Tally::default());
            for path in paths {
                // What is not text is for the main job to say; here only the time counts.
                let _skipped = reader.count(path, &mut tally);
            }
            tally.total()
        }
        Method::Plain => plain(paths),
    })
}

/// The simplest program that could do it, made as fast as it can be without other code: no allocation for a known word,
/// and the same fast hasher.
fn plain<'a>(paths: impl Iterator<Item = &'a str>) -> u64 {
    let mut counts: HashMap<String, u64> = HashMap::new();
    for text in paths.filter_map(|path| std::fs::read_to_string(path).ok()) {
        for word in text.split_whitespace() {
            *counts.entry_ref(word).or_insert(0) += 1;
        }
    }
    counts.values().sum()
}
