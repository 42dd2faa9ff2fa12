//! One actor that handles one message a second, and 64 senders on another node that flood it with `send().await`:
//! `cargo bench -p actor-dist --bench remote -- flood [minutes]`. Meanwhile calls go to another actor of that node, a thousand a
//! second. A line a minute, and at the end what has to hold: nobody's calls suffer, memory stays flat, no node is marked
//! down, and each message that was taken is handled, each other one came back. Ends with status 1 if any of it does not.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use actor_core::prelude::*;
use actor_dist::NodeEvent;
use tokio::runtime::Runtime;

use super::{
    Server,
    ours::{self, SinkClient as _},
    quantile,
};

/// Who floods.
const SENDERS: usize = 64;

/// Between two calls.
const EACH: Duration = Duration::from_millis(1);

/// Of a node's memory, beside what it had before. What may wait for one actor is a mebibyte in the lane, what the system holds of a
/// connection, and at the gates what came before the word to stop was heard; a session may hold 192 MiB and two of the
/// largest messages in all, whoever it is for.
const MEMORY: u64 = 128 << 20;

/// How much more it may be at the end than after two minutes: what this bench keeps of each call, and no more.
const FLAT: u64 = 1 << 20;

#[derive(Protocol)]
#[wire(uri = "bench.Slow", version = 1)]
pub(crate) enum Slow {
    Item {
        data: [u8; 32],
    },
    /// How many were handled.
    Handled {
        reply: Reply<u64>,
    },
}

/// Handles one message a second, until it may hurry.
#[derive(Actor)]
#[actor(handles(Slow))]
pub(crate) struct Slowly {
    pub(crate) hurry: Arc<AtomicBool>,
    pub(crate) handled: u64,
}

impl Handler<Slow> for Slowly {
    async fn handle(&mut self, msg: Slow, _: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Slow::Item { .. } => {
                let until = Instant::now() + Duration::from_secs(1);
                while !self.hurry.load(Ordering::Relaxed) && Instant::now() < until {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                self.handled += 1;
            }
            Slow::Handled { reply } => reply.send(self.handled),
        }
        Ok(())
    }
}

#[derive(Default)]
struct Counts {
    taken: AtomicU64,
    back: AtomicU64,
    over: AtomicBool,
}

pub(crate) fn run(runtime: &Runtime, minutes: usize) -> bool {
    let server = Server::start("serve-ours");
    let ours = ours::Peer::connect(runtime, &server.address);
    runtime.block_on(flood(&server, ours, minutes))
}

async fn flood(server: &Server, ours: ours::Peer, minutes: usize) -> bool {
    let (slow, caller) = (ours.slow().await, ours.caller());
    let mut events = ours.node().events();
    let alone = calls(&caller, Duration::from_secs(10)).await;
    let before = (memory("self"), memory(&server.id().to_string()));
    println!(
        "{:>6} {:>12} {:>12} {:>12} {:>12} {:>10} {:>10}",
        "minute", "taken", "came back", "here MiB", "there MiB", "p99 us", "alone us"
    );
    let counts = Arc::<Counts>::default();
    let senders: Vec<_> = (0..SENDERS).map(|_| tokio::spawn(send(slow.clone(), Arc::clone(&counts)))).collect();
    let (mut worst, mut all, mut early) = ((0, 0), Vec::new(), None);
    for minute in 1..=minutes {
        let times = calls(&caller, Duration::from_secs(60)).await;
        let now = (memory("self"), memory(&server.id().to_string()));
        worst = (now.0.max(worst.0), now.1.max(worst.1));
        early = early.or((minute >= 2).then_some(now));
        let (taken, back) = (counts.taken.load(Ordering::Relaxed), counts.back.load(Ordering::Relaxed));
        println!(
            "{minute:>6} {taken:>12} {back:>12} {:>12} {:>12} {:>10.0} {:>10.0}",
            now.0 >> 20,
            now.1 >> 20,
            p99(&times),
            p99(&alone)
        );
        all.extend(times);
    }
    counts.over.store(true, Ordering::Relaxed);
    for sender in senders {
        sender.await.expect("it does not panic");
    }
    ours.hurry().await;
    let taken = counts.taken.load(Ordering::Relaxed);
    let mut handled = 0;
    while handled < taken {
        match slow.handled().timeout(Duration::from_secs(60)).await {
            Ok(now) if now == handled => break,
            Ok(now) => handled = now,
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
    let mut downs = 0;
    while let Ok(Some(event)) = tokio::time::timeout(Duration::from_millis(100), events.next()).await {
        downs += usize::from(!matches!(event, NodeEvent::Up { .. }));
    }
    let grown = (worst.0.saturating_sub(before.0), worst.1.saturating_sub(before.1));
    let early = early.unwrap_or(worst);
    let rise = (worst.0.saturating_sub(early.0), worst.1.saturating_sub(early.1));
    let later = minutes.saturating_sub(1) as u64;
    let holds = [
        ("calls' 99th percentile within twice that of calls alone", p99(&all) <= 2.0 * p99(&alone)),
        ("memory here within its bound", grown.0 < MEMORY),
        ("memory there within its bound", grown.1 < MEMORY),
        ("memory flat from the second minute on", rise.0 <= later * FLAT && rise.1 <= later * FLAT),
        ("nobody marked down", downs == 0),
        ("all that was taken was handled", handled == taken),
    ];
    println!("{taken} taken, {handled} handled; grown by {} and {} MiB", grown.0 >> 20, grown.1 >> 20);
    for (what, holds) in holds {
        println!("{} {what}", if holds { "ok  " } else { "FAIL" });
    }
    holds.iter().all(|(_, holds)| *holds)
}

async fn send(slow: Subject<Slow>, counts: Arc<Counts>) {
    while !counts.over.load(Ordering::Relaxed) {
        let sent = slow.send(Slow::Item { data: [1; 32] }).await;
        let count = if sent.is_ok() { &counts.taken } else { &counts.back };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// The times of calls in nanoseconds.
async fn calls(caller: &Subject<ours::Sink>, time: Duration) -> Vec<f64> {
    let (begun, mut times) = (Instant::now(), Vec::new());
    let mut ticks = tokio::time::interval(EACH);
    while begun.elapsed() < time {
        ticks.tick().await;
        let call = Instant::now();
        caller.echo([1; 32]).await.expect("it answers");
        times.push(call.elapsed().as_nanos() as f64);
    }
    times
}

fn p99(times: &[f64]) -> f64 {
    quantile(times.iter().copied(), 0.99) / 1e3
}

/// The resident memory of a process, in bytes.
fn memory(process: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).expect("the system tells of its processes");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has memory");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("it is a number") << 10
}
