//! Large values that nobody meant any harm with: the default budget lets them in.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    fmt::Debug,
    sync::Arc,
};

use actor_core::{
    prelude::*,
    wire::{DecodeError, Decoder, Limits, from_bytes, to_bytes},
};
use bytes::Bytes;

const MILLION: u64 = 1_000_000;

fn survives<T: Wire + PartialEq + Debug>(what: &str, value: &T) {
    let bytes = to_bytes(value).expect("it can be written");
    match from_bytes::<T>(&bytes) {
        Ok(read) => assert!(&read == value, "{what} is what it was"),
        Err(error) => panic!("{what} was refused: {error}"),
    }
}

/// DESIGN §4: a million, or the quarter of it, of anything that is not far larger in memory than on the wire.
#[test]
fn a_million_of_anything_is_let_in() {
    survives("bytes", &vec![7u8; MILLION as usize]);
    survives("small numbers", &(0..MILLION).map(|n| n % 200).collect::<Vec<u64>>());
    survives("numbers", &(0..MILLION / 2).collect::<VecDeque<u64>>());
    survives("nothing", &vec![(); MILLION as usize]);
    survives("flags", &vec![true; MILLION as usize]);
    survives("large ones", &(0..MILLION / 10).map(|n| [n; 16]).collect::<Vec<[u64; 16]>>());
    survives("texts", &(0..MILLION / 2).map(|n| format!("item {n}")).collect::<Vec<String>>());
    survives("boxes", &(0..MILLION / 4).map(Box::new).collect::<Vec<Box<u64>>>());
    survives("shares", &(0..MILLION / 4).map(Arc::new).collect::<Vec<Arc<u64>>>());
    survives("lists", &(0..MILLION / 10).map(|n| vec![n; 8]).collect::<Vec<Vec<u64>>>());
    survives("perhaps", &(0..MILLION / 4).map(Some).collect::<Vec<Option<u64>>>());
    survives("a table", &(0..MILLION).map(|n| (n, n * 2)).collect::<HashMap<u64, u64>>());
    survives("a hashed set", &(0..MILLION).collect::<HashSet<u64>>());
    let spread = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    survives("a map", &(0..MILLION / 4).map(|n| (spread(n), spread(n + 1))).collect::<BTreeMap<u64, u64>>());
    survives("a set", &(0..MILLION / 4).map(spread).collect::<BTreeSet<u64>>());
    survives("one large text", &"ü".repeat(MILLION as usize));
    survives("one large byte string", &Bytes::from(vec![1; 48 << 20]));
}

/// What is far larger in memory than on the wire needs a budget of that size, and the error says so.
#[test]
fn what_grows_in_memory_needs_a_larger_budget() {
    let empty = vec![String::new(); MILLION as usize];
    let bytes = to_bytes(&empty).expect("it can be written");
    let read = |memory| {
        let mut d = Decoder::new(&bytes, Limits { memory, ..Limits::default() });
        Vec::<String>::decode(&mut d).map(|read| read.len())
    };
    let refused = read(Limits::default().memory).expect_err("it takes 24 MB");
    assert_eq!(refused, DecodeError::OverBudget { limit: 16 << 20 });
    assert!(refused.to_string().contains("Limits"), "{refused}");
    assert_eq!(read(24 * MILLION as usize), Ok(empty.len()));
}

/// The budget is the larger of the two.
#[test]
fn a_decode_may_take_its_memory_or_four_times_its_input() {
    assert_eq!(Limits::default().memory, 16 << 20);
    let limit = |length: usize| {
        let bytes = vec![0xff; length];
        let mut d = Decoder::new(&bytes, Limits::default());
        match d.charge(usize::MAX) {
            Err(DecodeError::OverBudget { limit }) => limit,
            other => panic!("nobody has so much: {other:?}"),
        }
    };
    assert_eq!([limit(0), limit(4 << 20), limit((4 << 20) + 1)], [16 << 20, 16 << 20, (16 << 20) + 4]);
}
