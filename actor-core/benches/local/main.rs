//! What an actor costs beside a bare channel: every figure is the ratio to a limit line of tokio alone in the same round.
//! `cargo bench -p actor-core --bench local`; a number as argument sets the rounds, a word picks the rows;
//! `only-ours` or `only-limit` before it runs one side alone, for a profiler.
//!
//! Settings of both sides: a runtime of two workers, default features, messages of eight bytes, rounds interleaved (limit,
//! ours, limit, ours, ...); printed are medians and the quartiles of the ratio.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench prints its table, and measures tasks and time"
)]

mod limit;
mod ours;

use std::{future::Future, time::Instant};

use tokio::runtime::{Builder, Runtime};

/// One kind of work, done by both sides; each gives nanoseconds per operation.
struct Row {
    work: &'static str,
    aim: f64,
    limit: fn(&Runtime) -> f64,
    ours: fn(&Runtime) -> f64,
}

const ROWS: &[Row] = &[
    Row { work: "tell 1->1 unbounded", aim: 1.25, limit: |r| limit::tell(r, 1), ours: |r| ours::tell(r, 1) },
    Row { work: "tell 1->1 bounded", aim: 1.25, limit: |r| limit::send(r, 1), ours: |r| ours::send(r, 1) },
    Row { work: "tell 8->1 unbounded", aim: 1.25, limit: |r| limit::tell(r, 8), ours: |r| ours::tell(r, 8) },
    Row { work: "tell 8->1 bounded", aim: 1.25, limit: |r| limit::send(r, 8), ours: |r| ours::send(r, 8) },
    Row { work: "call", aim: 1.4, limit: limit::call, ours: ours::call },
    Row { work: "call, 64 under way", aim: 1.75, limit: limit::calls, ours: ours::calls },
    Row { work: "ring of 10 000, per hop", aim: 1.25, limit: limit::ring, ours: ours::ring },
    Row { work: "100 ping-pong pairs", aim: 1.5, limit: limit::pairs, ours: ours::pairs },
    Row { work: "spawn + first message, warm", aim: 1.0, limit: limit::spawn, ours: ours::spawn },
    Row { work: FRESH, aim: 0.6, limit: |_| in_fresh_process("fresh-limit"), ours: |_| in_fresh_process("fresh-ours") },
];

/// What it costs to look on: ours unobserved is the limit line of ours observed.
const OBSERVED: &[Row] = &[
    Row { work: "call, with a watchdog", aim: 2.0, limit: ours::call_from_handler, ours: ours::call_watched },
    Row { work: "tell 1->1, with a watchdog", aim: 4.5, limit: |r| ours::tell(r, 1), ours: ours::tell_watched },
    Row {
        work: "tell 1->1, with spans",
        aim: 6.0,
        limit: |_| in_fresh_process("untraced"),
        ours: |_| in_fresh_process("traced"),
    },
];

/// Each round in a process of its own and nothing ends, so that all its memory is new.
const FRESH: &str = "spawn + first message, fresh";

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let rounds = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(15);
    let words: Vec<_> = arguments.iter().filter(|argument| argument.parse::<usize>().is_err()).collect();
    match words.first().map(|word| word.as_str()) {
        Some("idle-limit") => return println!("{}", idle(|| limit::idle(MILLION))),
        Some("idle-ours") => return println!("{}", idle(|| ours::idle(MILLION))),
        Some("fresh-limit") => return println!("{}", limit::spawn_kept(&runtime())),
        Some("fresh-ours") => return println!("{}", ours::spawn_kept(&runtime())),
        Some("untraced") => return println!("{}", ours::tell(&runtime(), 1)),
        Some("traced") => {
            tracing::subscriber::set_global_default(tracing_subscriber::registry()).expect("it is the first");
            return println!("{}", ours::tell(&runtime(), 1));
        }
        _ => {}
    }
    if let Some((side, words)) =
        words.split_first().filter(|(side, _)| ["only-limit", "only-ours"].contains(&side.as_str()))
    {
        for row in ROWS.iter().filter(|row| words.iter().any(|word| row.work.contains(word.as_str()))) {
            let (runtime, work) = (runtime(), if *side == "only-ours" { row.ours } else { row.limit });
            let median = quantile((0..rounds).map(|_| work(&runtime)), 0.5);
            println!("{:28} {median:>9.1}", row.work);
        }
        return;
    }
    let wanted = |row: &&Row| words.is_empty() || words.iter().any(|word| row.work.contains(word.as_str()));
    println!("{:28} {:>9} {:>9} {:>7} {:>15} {:>6}", "ns per operation", "limit", "ours", "ratio", "quartiles", "aim");
    ROWS.iter().filter(wanted).for_each(|row| measure(row, rounds));
    if words.is_empty() || words.iter().any(|word| *word == "idle") {
        let (limit, ours) = (in_fresh_process("idle-limit"), in_fresh_process("idle-ours"));
        println!(
            "{:28} {limit:>9} {ours:>9} {:>7.2} {:>15} {:>6}",
            "idle actor, bytes resident",
            ours / limit,
            "",
            700
        );
    }
    println!("{:28} {:>9} {:>9}", "what looking on costs", "without", "with");
    OBSERVED.iter().filter(wanted).for_each(|row| measure(row, rounds));
}

fn measure(row: &Row, rounds: usize) {
    let runtime = runtime();
    (row.limit)(&runtime);
    (row.ours)(&runtime);
    let pairs: Vec<_> = (0..rounds).map(|_| ((row.limit)(&runtime), (row.ours)(&runtime))).collect();
    let limit = quantile(pairs.iter().map(|pair| pair.0), 0.5);
    let ours = quantile(pairs.iter().map(|pair| pair.1), 0.5);
    let ratio = |at| quantile(pairs.iter().map(|(limit, ours)| ours / limit), at);
    let quartiles = format!("{:.2}..{:.2}", ratio(0.25), ratio(0.75));
    println!("{:28} {limit:>9.1} {ours:>9.1} {:>7.2} {quartiles:>15} {:>6}", row.work, ratio(0.5), row.aim);
}

fn quantile(values: impl Iterator<Item = f64>, at: f64) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * at).round() as usize]
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("the runtime starts")
}

/// Runs the work on the runtime and gives nanoseconds per operation.
fn timed<F: Future + Send + 'static>(runtime: &Runtime, operations: u64, work: F) -> f64
where
    F::Output: Send,
{
    let begun = Instant::now();
    let done = runtime.block_on(async { tokio::spawn(work).await });
    assert!(done.is_ok(), "the work does not panic");
    begun.elapsed().as_nanos() as f64 / operations as f64
}

const MILLION: usize = 1_000_000;

/// Bytes resident for each of a million things that stay idle.
fn idle<T>(make: impl FnOnce() -> T) -> u64 {
    let runtime = runtime();
    let _inside = runtime.enter();
    let before = resident();
    let kept = make();
    // Every task has been polled once when a task spawned after them has.
    runtime.block_on(async {
        for _ in 0..100 {
            tokio::spawn(tokio::task::yield_now()).await.expect("it does not panic");
        }
    });
    let bytes = resident().saturating_sub(before) / MILLION as u64;
    drop(kept);
    bytes
}

fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or_default() * 4096
}

fn in_fresh_process(what: &str) -> f64 {
    let this = std::env::current_exe().expect("the bench knows its path");
    let output = std::process::Command::new(this).arg(what).output().expect("the bench can run itself");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("it prints a number")
}
