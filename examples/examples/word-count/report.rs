//! What the user sees: progress while it counts, what happens to workers, and the tables at the end.
//! Only says; decides and computes nothing. A reader that has gone away is not an error.

use std::{
    collections::BTreeMap,
    fmt::{self, Display},
    io::{self, IsTerminal, Write},
    time::Duration,
};

use actor_core::{ExitReason, NodeName};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{outcome::Share, process::Ending, protocol::Skipped, roster::Member, schedule::Unfinished};

/// How many words the table has.
pub(crate) const TOP: usize = 15;

/// How many paths are listed for one reason.
const LISTED: usize = 10;

/// The count while it goes on: a bar on a terminal, otherwise a line for every tenth.
pub(crate) struct Report {
    bar: Option<ProgressBar>,
    whole: u64,
    done: u64,
    said: u64,
}

impl Report {
    /// A report on so many bytes.
    pub(crate) fn new(whole: u64) -> Self {
        let style = ProgressStyle::with_template("{bar:40} {decimal_bytes} of {decimal_total_bytes}").ok();
        let bar = style.filter(|_| io::stderr().is_terminal()).map(|style| ProgressBar::new(whole).with_style(style));
        Report { bar, whole, done: 0, said: 0 }
    }

    /// Says something without disturbing the bar.
    pub(crate) fn say(&self, line: impl Display) {
        match &self.bar {
            Some(bar) => bar.suspend(|| say(line)),
            None => say(line),
        }
    }

    pub(crate) fn gathered(&self, coordinator: &NodeName, members: &[Member]) {
        let joined = members.iter().filter(|member| member.is_joined()).count();
        self.say(format_args!("cluster: {coordinator} and {joined} of {} workers", members.len()));
    }

    pub(crate) fn progress(&mut self, bytes: u64) {
        self.done += bytes;
        match &self.bar {
            Some(bar) => bar.set_position(self.done),
            None if self.done.saturating_sub(self.said) * 10 >= self.whole => {
                self.said = self.done;
                say(format_args!("counted {} of {}", megabytes(self.done), megabytes(self.whole)));
            }
            None => {}
        }
    }

    pub(crate) fn killed(&self, worker: &str) {
        self.say(format_args!("killing {worker} (SIGKILL), because of --kill"));
    }

    pub(crate) fn lost(&self, worker: &str, reason: &ExitReason, unfinished: Unfinished) {
        let files = some_files(unfinished.files as u64, unfinished.bytes);
        self.say(format_args!("{worker} is down ({reason}): {files} handed over to the others"));
    }

    pub(crate) fn ended(&self, worker: &str, ending: &Ending) {
        self.say(format_args!("the process of {worker} ended: {ending}"));
    }

    pub(crate) fn absent(&self, worker: &str, ending: &Ending) {
        self.say(format_args!("{worker} could not start ({ending}): going on without it"));
    }

    pub(crate) fn late(&self, worker: &str, limit: Duration) {
        self.say(format_args!("{worker} did not answer for {limit:?}: killing it"));
    }

    pub(crate) fn close(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Writes a line to standard output.
pub(crate) fn say(line: impl Display) {
    // Whoever read it may have seen enough, as `head` does.
    let _closed = writeln!(io::stdout(), "{line}");
}

/// Writes a line to standard error, for what went wrong.
pub(crate) fn complain(line: impl Display) {
    let _closed = writeln!(io::stderr(), "word-count: {line}");
}

pub(crate) fn top_words(top: &[(String, u64)]) {
    say(format_args!("\n{:>12}  word", "times"));
    top.iter().for_each(|(word, times)| say(format_args!("{:>12}  {word}", grouped(*times))));
}

pub(crate) fn shares(shares: &[Share]) {
    let row = |name: &str, files: u64, bytes: u64, words: u64, fate: &str| {
        let (files, size, words) = (grouped(files), megabytes(bytes), grouped(words));
        let line = format!("{name:<12} {files:>10} {size:>12} {words:>14}  {fate}");
        say(line.trim_end());
    };
    say(format_args!("\n{:<12} {:>10} {:>12} {:>14}", "worker", "files", "size", "words"));
    shares
        .iter()
        .for_each(|share| row(&share.worker, share.done.files, share.done.bytes, share.done.words, share.fate));
    let sum = |of: fn(&Share) -> u64| shares.iter().map(of).sum();
    row("total", sum(|share| share.done.files), sum(|share| share.done.bytes), sum(|share| share.done.words), "");
}

/// Lists what was not counted, by reason.
pub(crate) fn skipped(skipped: &[Skipped]) {
    if skipped.is_empty() {
        return;
    }
    let mut by_reason: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for Skipped { reason, path } in skipped {
        by_reason.entry(reason.to_string()).or_default().push(path);
    }
    say(format_args!("\nnot counted: {}", paths(skipped.len())));
    for (reason, which) in by_reason {
        say(format_args!("  {reason}: {}", which.len()));
        which.iter().take(LISTED).for_each(|path| say(format_args!("    {path}")));
        if which.len() > LISTED {
            say(format_args!("    and {} more", which.len() - LISTED));
        }
    }
}

/// `12 files (3.4 MB)`.
pub(crate) fn some_files(files: u64, bytes: u64) -> impl Display {
    let noun = if files == 1 { "file" } else { "files" };
    format!("{} {noun} ({})", grouped(files), megabytes(bytes))
}

fn paths(count: usize) -> String {
    if count == 1 { "1 path".to_owned() } else { format!("{count} paths") }
}

/// Small sizes in full, the others in millions of bytes.
pub(crate) fn megabytes(bytes: u64) -> impl Display {
    if bytes < 100_000 { format!("{} bytes", grouped(bytes)) } else { format!("{:.1} MB", bytes as f64 / 1e6) }
}

/// A number with its digits in groups of three.
pub(crate) fn grouped(number: u64) -> impl Display {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Seconds with two digits.
pub(crate) struct Seconds(pub(crate) Duration);

impl Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} s", self.0.as_secs_f64())
    }
}
