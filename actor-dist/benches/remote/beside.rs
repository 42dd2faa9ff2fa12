//! Small calls beside large messages to another actor of the same node: how long they take, and what is left of the rate of the
//! large ones. `cargo bench -p actor-dist --bench remote -- beside [rounds]`. Three that take turns: one bare connection that sends
//! in chunks with the calls between them, ours, and distributed Erlang where `erl` is found (Debian's `erlang-base` is enough).
//!
//! In each round and for each size a bulk sender runs alone and is measured, then runs on while calls are made one after the
//! other. Printed are medians over the rounds, of each round's mean, median and 99th percentile, and quartiles.

use std::{
    env, fs,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use tokio::runtime::Runtime;

use super::{Server, limit, ours, quantile};

/// How long each of the two parts of a round takes.
pub(crate) const TIME: Duration = Duration::from_millis(1500);

/// How long the bulk sender runs before the calls begin.
pub(crate) const WARM: Duration = Duration::from_millis(200);

const SIZES: [usize; 2] = [64 << 20, 8 << 20];

/// What one round gives.
pub(crate) struct Beside {
    /// Large messages alone, in MB/s.
    pub(crate) alone: f64,
    /// The same beside calls.
    pub(crate) rate: f64,
    /// Of the calls, in nanoseconds.
    pub(crate) times: Vec<f64>,
}

/// Bytes in nanoseconds as MB/s.
pub(crate) fn rate(bytes: usize, time: Duration) -> f64 {
    bytes as f64 * 1e3 / time.as_nanos() as f64
}

pub(crate) fn run(runtime: &Runtime, rounds: usize) {
    let (limit_server, ours_server) = (Server::start("serve-limit"), Server::start("serve-ours"));
    let mut limit = limit::Peer::connect(runtime, &limit_server.address);
    let ours = ours::Peer::connect(runtime, &ours_server.address);
    let beam = Beam::start();
    if beam.is_none() {
        eprintln!(
            "`erl` or `erlc` was not found: without distributed Erlang beside; `apt-get install erlang-base` brings it"
        );
    }
    println!(
        "{:20} {:14} {:>8} {:>8} {:>13} {:>8} {:>13} {:>8} {:>9}",
        "small calls beside", "", "mean ms", "p50 ms", "quartiles", "p99 ms", "quartiles", "MB/s", "of alone"
    );
    for size in SIZES {
        let mut found: [Vec<Beside>; 3] = Default::default();
        for round in 1..=rounds {
            eprint!("\r{} MiB, round {round} of {rounds} ", size >> 20);
            found[0].push(limit::beside(runtime, &mut limit, size));
            found[1].push(ours::beside(runtime, &ours, size));
            found[2].extend(beam.as_ref().map(|beam| beam.beside(size)));
        }
        eprint!("\r");
        for (name, rounds) in ["chunked loop", "ours", "Erlang"].into_iter().zip(found).filter(|(_, r)| !r.is_empty()) {
            print(size, name, &rounds);
        }
    }
}

fn print(size: usize, name: &str, rounds: &[Beside]) {
    let median = |value: &dyn Fn(&Beside) -> f64| quantile(rounds.iter().map(value), 0.5);
    let mean = median(&|round| round.times.iter().sum::<f64>() / round.times.len() as f64) / 1e6;
    let over_rounds = |place: f64, at: f64| {
        quantile(rounds.iter().map(|round| quantile(round.times.iter().copied(), place)), at) / 1e6
    };
    let quartiles = |place: f64| format!("{:.2}..{:.2}", over_rounds(place, 0.25), over_rounds(place, 0.75));
    let (rate, left) = (median(&|round| round.rate), median(&|round| round.rate / round.alone));
    let what = format!("{} MiB", size >> 20);
    println!(
        "{what:20} {name:14} {mean:>8.2} {:>8.2} {:>13} {:>8.2} {:>13} {rate:>8.0} {left:>9.2}",
        over_rounds(0.5, 0.5),
        quartiles(0.5),
        over_rounds(0.99, 0.5),
        quartiles(0.99)
    );
}

/// Where two nodes of Erlang find each other without a daemon.
const PORT: &str = "45411";

/// The other node of Erlang, and the module that both run.
struct Beam {
    server: Child,
    place: PathBuf,
}

impl Beam {
    fn start() -> Option<Self> {
        let place = env::temp_dir().join(format!("actor-bench-{}", std::process::id()));
        fs::create_dir_all(&place).ok()?;
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/remote/beam.erl");
        let compiled = Command::new("erlc").arg("-o").arg(&place).arg(source).status().ok()?;
        let mut server = compiled.success().then(|| Self::node(&place, "server")).flatten()?;
        let output = server.stdout.take().expect("its output is read");
        BufReader::new(output).read_line(&mut String::new()).expect("it says that it is ready");
        Some(Beam { server, place })
    }

    fn node(place: &PathBuf, role: &str) -> Option<Child> {
        let mut node = Command::new("erl");
        node.current_dir(place).args([
            "-noshell",
            "-setcookie",
            "bench",
            "-start_epmd",
            "false",
            "-erl_epmd_port",
            PORT,
        ]);
        match role {
            "server" => node.args(["-name", "server@127.0.0.1", "-s", "beam", "serve"]),
            job => node
                .args(["-name", "client@127.0.0.1", "-dist_listen", "false", "-run", "beam", "measure"])
                .args(job.split(' ')),
        };
        node.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()
    }

    fn beside(&self, size: usize) -> Beside {
        let job = format!("server@127.0.0.1 {size} {}", TIME.as_millis());
        let client = Self::node(&self.place, &job).expect("it started before");
        let output = client.wait_with_output().expect("it runs to its end").stdout;
        let text = String::from_utf8(output).expect("it prints numbers");
        let mut lines = text.lines().map(|line| line.split_whitespace().map(|n| n.parse().expect("it prints numbers")));
        let mut rates = lines.next().expect("it prints the rates");
        let (alone, rate) = (rates.next().expect("one alone"), rates.next().expect("one beside calls"));
        Beside { alone, rate, times: lines.next().expect("it prints the calls' times").collect() }
    }
}

impl Drop for Beam {
    fn drop(&mut self) {
        drop(self.server.stdin.take());
        let _status = self.server.wait();
        let _left_behind = fs::remove_dir_all(&self.place);
    }
}
