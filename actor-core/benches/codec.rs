//! What the bytes of a message cost beside a bare codec: every figure is the ratio to a limit line in the same round.
//! `cargo bench -p actor-core --bench codec`; a number as argument sets the rounds, a word picks the rows; `only-ours` or
//! `only-limit` before it runs one side alone, for a profiler.
//!
//! The limit is bincode 1.3.3 on its own, of the same struct through serde, with the options that this codec has and
//! no bound on anything; for what is large it is one copy of as many bytes. Both sides write into a buffer that is
//! used again, as a lane's is, and read a slice. Rounds are interleaved (limit, ours, limit, ours, ...); printed are medians
//! and the quartiles of the ratio.
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a bench prints its table, and measures time")]

use std::{collections::BTreeMap, hint::black_box, time::Instant};

use actor_core::{
    prelude::*,
    wire::{Decoder, Encoder, Limits},
};
use bincode::Options;
use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A message of five fields.
#[derive(Wire, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[wire(uri = "bench.Order", version = 1)]
struct Order {
    id: u64,
    name: String,
    cents: i64,
    tags: Vec<u32>,
    paid: bool,
}

/// The same, as a message of a protocol.
#[derive(Protocol, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[wire(uri = "bench.Shop", version = 1)]
enum Shop {
    Open { since: u64 },
    Buy { id: u64, name: String, cents: i64, note: Option<String>, paid: bool },
}

/// Values in values.
#[derive(Wire, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[wire(uri = "bench.Cart", version = 1)]
struct Cart {
    owner: Option<String>,
    orders: Vec<Order>,
    prices: BTreeMap<String, i64>,
}

fn order() -> Order {
    Order { id: 1_000_000, name: "vanilla ice".into(), cents: -450, tags: vec![1, 300, 70_000, 9], paid: true }
}

fn shop() -> Shop {
    let note = Some("by the door".to_owned());
    Shop::Buy { id: 1_000_000, name: "vanilla ice".into(), cents: -450, note, paid: true }
}

fn cart() -> Cart {
    let prices = (0..8).map(|n| (format!("article {n}"), n * 100)).collect();
    Cart { owner: Some("alice".into()), orders: vec![order(); 8], prices }
}

/// One kind of work, done by both sides; each gives nanoseconds per operation.
struct Row {
    work: &'static str,
    aim: f64,
    limit: Box<dyn Fn() -> f64>,
    ours: Box<dyn Fn() -> f64>,
}

const MIB: usize = 1 << 20;

fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    three(&mut rows, ["struct, both ways", "struct, encode", "struct, decode"], order(), 20_000);
    three(&mut rows, ["message, both ways", "message, encode", "message, decode"], shop(), 20_000);
    three(&mut rows, ["nested, both ways", "nested, encode", "nested, decode"], cart(), 1_000);
    large(&mut rows, ["1 MiB Bytes, encode", "1 MiB Vec<u8>, encode", "1 MiB Vec<u8>, decode"]);
    rows
}

fn options() -> impl Options {
    bincode::DefaultOptions::new()
}

fn three<T>(rows: &mut Vec<Row>, [both, out, back]: [&'static str; 3], value: T, times: u32)
where
    T: Wire + Serialize + DeserializeOwned + Clone + PartialEq + std::fmt::Debug + 'static,
{
    let theirs = options().serialize(&value).expect("it can be written");
    let ours = actor_core::wire::to_bytes(&value).expect("it can be written");
    assert_eq!(decode::<T>(&ours), value);
    let values = [value.clone(), value.clone(), value.clone(), value];
    let [a, b, c, d] = values;
    rows.push(Row {
        work: both,
        aim: 1.3,
        limit: timed(times, move |out| {
            options().serialize_into(&mut *out, &a).expect("it can be written");
            drop(black_box(options().deserialize::<T>(out).expect("it can be read")));
        }),
        ours: timed(times, move |out| {
            encode(black_box(&b), out);
            drop(black_box(decode::<T>(out)));
        }),
    });
    rows.push(Row {
        work: out,
        aim: 1.3,
        limit: timed(times, move |out| options().serialize_into(out, black_box(&c)).expect("it can be written")),
        ours: timed(times, move |out| encode(black_box(&d), out)),
    });
    rows.push(Row {
        work: back,
        aim: 1.3,
        limit: timed(times, move |_| {
            drop(black_box(options().deserialize::<T>(black_box(&theirs)).expect("it can be read")));
        }),
        ours: timed(times, move |_| drop(black_box(decode::<T>(black_box(&ours))))),
    });
}

fn large(rows: &mut Vec<Row>, [shared, owned, read]: [&'static str; 3]) {
    let (bytes, list) = (Bytes::from(vec![7; MIB]), vec![7u8; MIB]);
    let copy = |list: Vec<u8>| timed(50, move |out| out.extend_from_slice(black_box(&list)));
    let (from, to, back) = (list.clone(), list.clone(), actor_core::wire::to_bytes(&list).expect("it can be written"));
    rows.push(Row {
        work: shared,
        aim: 1.1,
        limit: copy(list.clone()),
        ours: timed(50, move |out| encode(black_box(&bytes), out)),
    });
    rows.push(Row {
        work: owned,
        aim: 1.1,
        limit: copy(list),
        ours: timed(50, move |out| encode(black_box(&to), out)),
    });
    rows.push(Row {
        work: read,
        aim: 1.1,
        limit: timed(50, move |_| drop(black_box(black_box(&from).to_vec()))),
        ours: timed(50, move |_| drop(black_box(decode::<Vec<u8>>(black_box(&back))))),
    });
}

fn encode(value: &impl Wire, out: &mut Vec<u8>) {
    value.encode(&mut Encoder::new(out)).expect("it can be written");
}

fn decode<T: Wire>(bytes: &[u8]) -> T {
    let mut d = Decoder::new(bytes, Limits::default());
    let value = T::decode(&mut d).expect("it can be read");
    d.finish().expect("it is all");
    value
}

/// The work so many times in a row, each time on an empty buffer with room, whose pages are there before the clock runs.
fn timed(times: u32, work: impl Fn(&mut Vec<u8>) + 'static) -> Box<dyn Fn() -> f64> {
    Box::new(move || {
        let mut out = vec![1; 2 * MIB];
        let begun = Instant::now();
        for _ in 0..times {
            out.clear();
            work(black_box(&mut out));
        }
        begun.elapsed().as_nanos() as f64 / f64::from(times)
    })
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let rounds = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(31);
    let words: Vec<_> = arguments.iter().filter(|argument| argument.parse::<usize>().is_err()).collect();
    let side = words.first().map(|word| word.as_str()).filter(|word| ["only-ours", "only-limit"].contains(word));
    let words = &words[usize::from(side.is_some())..];
    let rows = rows();
    let wanted = |row: &&Row| words.is_empty() || words.iter().any(|word| row.work.contains(word.as_str()));
    if let Some(side) = side {
        for row in rows.iter().filter(wanted) {
            let work = if side == "only-ours" { &row.ours } else { &row.limit };
            println!("{:24} {:>9.1}", row.work, quantile((0..rounds).map(|_| work()), 0.5));
        }
        return;
    }
    println!("{:24} {:>9} {:>9} {:>7} {:>13} {:>6}", "ns per operation", "limit", "ours", "ratio", "quartiles", "aim");
    rows.iter().filter(wanted).for_each(|row| measure(row, rounds));
}

fn measure(row: &Row, rounds: usize) {
    (row.limit)();
    (row.ours)();
    let pairs: Vec<_> = (0..rounds).map(|_| ((row.limit)(), (row.ours)())).collect();
    let limit = quantile(pairs.iter().map(|pair| pair.0), 0.5);
    let ours = quantile(pairs.iter().map(|pair| pair.1), 0.5);
    let ratio = |at| quantile(pairs.iter().map(|(limit, ours)| ours / limit), at);
    let quartiles = format!("{:.2}..{:.2}", ratio(0.25), ratio(0.75));
    println!("{:24} {limit:>9.1} {ours:>9.1} {:>7.2} {quartiles:>13} {:>6}", row.work, ratio(0.5), row.aim);
}

fn quantile(values: impl Iterator<Item = f64>, at: f64) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * at).round() as usize]
}
