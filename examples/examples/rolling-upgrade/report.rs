//! What the user reads: lines as things happen, and the books at the end.

use std::{
    collections::BTreeMap,
    fmt::Display,
    io::{self, Write},
};

use actor_core::prelude::*;

use crate::control::{Line, Tally, build_of};

/// Who must have traded with whom, both ways.
const PAIRS: [(&str, &str); 6] =
    [("v1", "v1"), ("v1", "v2"), ("v2", "v1"), ("v2", "v2"), ("v2", "v2-odd"), ("v2-odd", "v2")];

/// Writes a line to standard output.
pub(crate) fn say(line: impl Display) {
    // Whoever read it may have seen enough, as `head` does.
    let _closed = writeln!(io::stdout(), "{line}");
}

/// Writes a line to standard error, for what went wrong.
pub(crate) fn complain(line: impl Display) {
    let _closed = writeln!(io::stderr(), "rolling-upgrade: {line}");
}

/// What arrived of all this traffic, in words.
pub(crate) fn arrived(lines: &[Line]) -> String {
    let mut sum = Tally::default();
    lines.iter().for_each(|line| sum.add(line.received));
    format!("{} tells, {} calls, {} broadcasts", sum.tells, sum.calls, sum.news)
}

/// Shows the books, and compares what was sent with what has arrived, for every two nodes.
pub(crate) fn check(lines: &[Line]) -> Result<(), Error> {
    let mut builds: BTreeMap<(&str, &str), (Tally, Tally)> = BTreeMap::new();
    for line in lines {
        let (sent, received) = builds.entry((build_of(&line.from), build_of(&line.to))).or_default();
        sent.add(line.sent);
        received.add(line.received);
    }
    say("\nbuilds                 tells            calls            broadcasts");
    say("from      to           sent  received   sent  received   sent  received");
    for ((from, to), (sent, received)) in &builds {
        let tells = format_args!("{:>6} {:>9}", sent.tells, received.tells).to_string();
        let calls = format_args!("{:>6} {:>9}", sent.calls, received.calls).to_string();
        let news = format_args!("{:>6} {:>9}", sent.news, received.news).to_string();
        say(format_args!("{from:<9} {to:<10} {tells} {calls} {news}"));
    }
    for line in lines {
        if line.sent != line.received || line.sent.wrong > 0 {
            let Line { from, to, sent, received } = line;
            return Err(Error::new(format_args!("from {from} to {to}: {sent:?} was sent, {received:?} arrived")));
        }
    }
    for (from, to) in PAIRS {
        let sent = builds.get(&(from, to)).map_or_else(Tally::default, |(sent, _)| *sent);
        if sent.tells == 0 || sent.calls == 0 || sent.news == 0 {
            return Err(Error::new(format_args!("there was no traffic from {from} to {to}")));
        }
    }
    say("\ncheck: nothing was lost, nothing came twice, out of order or garbled");
    Ok(())
}
