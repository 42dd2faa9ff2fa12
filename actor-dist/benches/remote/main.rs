//! What another process costs beside a bare connection to it: every figure is the ratio to a limit line in the same round.
//! `cargo bench -p actor-dist --bench remote`; a number as argument sets the rounds, a word picks the rows; `only-ours` or
//! `only-limit` before it runs one side alone, for a profiler; `beside` measures calls beside large messages,
//! and `flood` what a flood of one actor does to others, for as many minutes.
//!
//! Settings of both sides: two processes on loopback, a runtime of two workers in each, `TCP_NODELAY`, rounds interleaved (limit,
//! ours, limit, ours, ...); printed are medians and the quartiles of the ratio. The limit is one connection with frames (a length,
//! a kind, a body by bincode with the same settings), written from a buffer of 64 KiB and read into one; large bodies are
//! written from where they are, and read to where they stay.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench prints its table, and measures tasks and time"
)]

mod beside;
mod flood;
mod limit;
mod ours;

use std::{
    env,
    future::Future,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    time::Instant,
};

use tokio::runtime::{Builder, Runtime};

/// Messages of a round of small ones.
const TELLS: u64 = 200_000;
/// Round trips of a round of calls.
const CALLS: u64 = 3_000;
/// Bytes of a round of large ones.
const BULK: usize = 256 << 20;

/// One kind of work, done by both sides; each gives nanoseconds, per message, per call, or per KiB.
struct Row {
    work: &'static str,
    /// The highest ratio that is aimed at.
    aim: f64,
    limit: fn(&Runtime, &mut limit::Peer) -> f64,
    ours: fn(&Runtime, &ours::Peer) -> f64,
}

/// At least 70 % of the limit's rate.
const SEVENTY: f64 = 1.0 / 0.7;

const ROWS: &[Row] = &[
    Row {
        work: "tell 32 B, one pair",
        aim: SEVENTY,
        limit: |r, p| limit::tell(r, p, 1),
        ours: |r, p| ours::tell(r, p, 1),
    },
    Row {
        work: "tell 32 B, 64 pairs",
        aim: SEVENTY,
        limit: |r, p| limit::tell(r, p, 64),
        ours: |r, p| ours::tell(r, p, 64),
    },
    Row { work: "call, p50", aim: 1.25, limit: limit::call, ours: ours::call },
    Row {
        work: "1 MiB bytes, per KiB",
        aim: SEVENTY,
        limit: |r, p| limit::bulk(r, p, 1 << 20),
        ours: |r, p| ours::bulk(r, p, 1 << 20),
    },
    Row {
        work: "64 MiB bytes, per KiB",
        aim: SEVENTY,
        limit: |r, p| limit::bulk(r, p, 64 << 20),
        ours: |r, p| ours::bulk(r, p, 64 << 20),
    },
];

fn main() {
    let arguments: Vec<_> = env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let rounds = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(15);
    let words: Vec<_> = arguments.iter().filter(|argument| argument.parse::<usize>().is_err()).collect();
    match words.first().map(|word| word.as_str()) {
        Some("serve-limit") => return limit::serve(&runtime()),
        Some("serve-ours") => return ours::serve(&runtime()),
        Some("beside") => return beside::run(&runtime(), rounds),
        Some("flood") => std::process::exit(i32::from(!flood::run(&runtime(), rounds))),
        _ => {}
    }
    let side = words.first().map(|word| word.as_str()).filter(|side| ["only-limit", "only-ours"].contains(side));
    let words = &words[usize::from(side.is_some())..];
    let wanted = |row: &&Row| words.is_empty() || words.iter().any(|word| row.work.contains(word.as_str()));

    let runtime = runtime();
    let (limit_server, ours_server) = (Server::start("serve-limit"), Server::start("serve-ours"));
    let mut limit = limit::Peer::connect(&runtime, &limit_server.address);
    let ours = ours::Peer::connect(&runtime, &ours_server.address);
    if let Some(side) = side {
        for row in ROWS.iter().filter(wanted) {
            let mut round =
                || if side == "only-ours" { (row.ours)(&runtime, &ours) } else { (row.limit)(&runtime, &mut limit) };
            println!("{:24} {:>9.1}", row.work, quantile((0..rounds).map(|_| round()), 0.5));
        }
        return;
    }
    println!("{:24} {:>9} {:>9} {:>7} {:>15} {:>6}", "ns", "limit", "ours", "ratio", "quartiles", "aim");
    for row in ROWS.iter().filter(wanted) {
        let mut round = || ((row.limit)(&runtime, &mut limit), (row.ours)(&runtime, &ours));
        round();
        let pairs: Vec<_> = (0..rounds).map(|_| round()).collect();
        let ratio = |at| quantile(pairs.iter().map(|(limit, ours)| ours / limit), at);
        let quartiles = format!("{:.2}..{:.2}", ratio(0.25), ratio(0.75));
        let limit = quantile(pairs.iter().map(|pair| pair.0), 0.5);
        let ours = quantile(pairs.iter().map(|pair| pair.1), 0.5);
        println!("{:24} {limit:>9.1} {ours:>9.1} {:>7.2} {quartiles:>15} {:>6.2}", row.work, ratio(0.5), row.aim);
    }
}

fn quantile(values: impl Iterator<Item = f64>, at: f64) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * at).round() as usize]
}

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("the runtime starts")
}

/// Runs the work as a task and gives nanoseconds for each of so many.
fn timed<F: Future + Send + 'static>(runtime: &Runtime, count: u64, work: F) -> (f64, F::Output)
where
    F::Output: Send,
{
    let begun = Instant::now();
    let output = runtime.block_on(async { tokio::spawn(work).await }).expect("the work does not panic");
    (begun.elapsed().as_nanos() as f64 / count as f64, output)
}

/// The other process. It ends when its input does, so that none is left behind.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(side: &str) -> Self {
        let program = env::current_exe().expect("the bench knows where it is");
        let mut process = Command::new(program)
            .arg(side)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the other process starts");
        let mut address = String::new();
        let output = process.stdout.take().expect("its output is read");
        BufReader::new(output).read_line(&mut address).expect("it says where it is");
        Server { process, address: address.trim().to_owned() }
    }
}

impl Server {
    fn id(&self) -> u32 {
        self.process.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _status = self.process.wait();
    }
}

/// Says where this process can be reached, and waits for the end of the input.
fn announce(address: &str) {
    println!("{address}");
    let _end = std::io::stdin().read_line(&mut String::new());
}
