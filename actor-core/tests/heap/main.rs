//! What a decode takes of the heap, counted: never more than its budget, whatever the bytes are; and what is large is not
//! copied more often than it must be.

#[path = "../wire/chance.rs"]
mod chance;
mod counting;
mod foreign;
mod honest;
#[path = "../wire/kind.rs"]
#[expect(dead_code, reason = "what is read is not written here")]
mod kind;
mod mail;
#[path = "../wire/nowhere.rs"]
mod nowhere;
#[cfg(all(feature = "serde_json", feature = "url"))]
mod of_features;
mod share;

use std::{
    borrow::Cow,
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque},
    ops::Range,
    sync::Arc,
};

use actor_core::{
    Incarnation, NodeId,
    prelude::*,
    wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Limits, to_bytes},
};
use chance::Chance;
use counting::taken;

/// What may come on top of the budget, in bytes: an error with its text.
const SLACK: usize = 512;

/// Decodes and drops; the peak of memory must not be above the budget. Returns how it ended.
fn within_budget<T: Wire>(what: &str, bytes: &[u8], memory: usize) -> Result<(), DecodeError> {
    let limits = Limits { memory, ..Limits::default() };
    let (read, taken) = taken(|| {
        let mut d = Decoder::new(bytes, limits);
        let value = T::decode(&mut d)?;
        d.finish().map(|_replies| drop(value))
    });
    let budget = memory.max(bytes.len() * 4);
    assert!(taken.peak <= budget + SLACK, "{what}: {} bytes at once, of {budget}: {read:?}", taken.peak);
    read
}

/// Every container kind, with so many elements of every kind that are all the same few bytes on the wire.
fn in_all_containers<T: Wire + Ord + std::hash::Hash + Clone + 'static>(what: &str, items: &[T]) {
    let (many, few) = (1 << 20, 1 << 10);
    for memory in [0, few, 16 * few, many] {
        for count in [0, 1, 2, 3, 5, 6, 7, 8, 11, 12, 14, 15, 28, 29, 57, 113, items.len()] {
            let items = &items[..count.min(items.len())];
            let bytes = to_bytes(&items.to_vec()).expect("it can be written");
            let what = format!("{count} of {what}");
            let _ = within_budget::<Vec<T>>(&what, &bytes, memory);
            let _ = within_budget::<VecDeque<T>>(&what, &bytes, memory);
            in_other_lists::<T>(&what, &bytes, memory);
            let _ = within_budget::<Vec<Box<T>>>(&what, &bytes, memory);
            let _ = within_budget::<Vec<Arc<T>>>(&what, &bytes, memory);
            let _ = within_budget::<Vec<Option<Box<T>>>>(&what, &bytes, memory);
            let _ = within_budget::<HashSet<T>>(&what, &bytes, memory);
            let _ = within_budget::<BTreeSet<T>>(&what, &bytes, memory);
            let pairs: Vec<_> = items.iter().map(|item| (item.clone(), item.clone())).collect();
            let bytes = to_bytes(&pairs).expect("it can be written");
            let _ = within_budget::<HashMap<T, T>>(&what, &bytes, memory);
            let _ = within_budget::<BTreeMap<T, T>>(&what, &bytes, memory);
            let single: Vec<_> = items.iter().map(|item| vec![item.clone()]).collect();
            let bytes = to_bytes(&single).expect("it can be written");
            let _ = within_budget::<Vec<Vec<T>>>(&what, &bytes, memory);
            let _ = within_budget::<Vec<VecDeque<T>>>(&what, &bytes, memory);
            let _ = within_budget::<Vec<LinkedList<T>>>(&what, &bytes, memory);
            let _ = within_budget::<LinkedList<Arc<[T]>>>(&what, &bytes, memory);
            let _ = within_budget::<Box<[Box<[T]>]>>(&what, &bytes, memory);
            let _ = within_budget::<Vec<HashSet<T>>>(&what, &bytes, memory);
            let _ = within_budget::<Vec<BTreeSet<T>>>(&what, &bytes, memory);
            let single: Vec<_> = items.iter().map(|item| vec![(item.clone(), item.clone())]).collect();
            let bytes = to_bytes(&single).expect("it can be written");
            let _ = within_budget::<Vec<HashMap<T, T>>>(&what, &bytes, memory);
            let _ = within_budget::<Vec<BTreeMap<T, T>>>(&what, &bytes, memory);
        }
    }
}

/// What is bytes as a list is.
fn in_other_lists<T: Wire + Ord + Clone + 'static>(what: &str, bytes: &[u8], memory: usize) {
    let _ = within_budget::<BinaryHeap<T>>(what, bytes, memory);
    let _ = within_budget::<BinaryHeap<Reverse<T>>>(what, bytes, memory);
    let _ = within_budget::<LinkedList<T>>(what, bytes, memory);
    let _ = within_budget::<LinkedList<Box<T>>>(what, bytes, memory);
    let _ = within_budget::<Box<[T]>>(what, bytes, memory);
    let _ = within_budget::<Arc<[T]>>(what, bytes, memory);
    let _ = within_budget::<Arc<[Arc<T>]>>(what, bytes, memory);
    let _ = within_budget::<Cow<'static, [T]>>(what, bytes, memory);
    let _ = within_budget::<Vec<Range<T>>>(what, bytes, memory);
    let _ = within_budget::<Vec<Result<Arc<str>, Box<str>>>>(what, bytes, memory);
    let _ = within_budget::<Vec<Arc<str>>>(what, bytes, memory);
    let _ = within_budget::<Vec<Box<str>>>(what, bytes, memory);
    let _ = within_budget::<LinkedList<Cow<'static, str>>>(what, bytes, memory);
}

/// DESIGN §4: what a decode takes is charged before it is allocated, in every container and for elements of every size.
#[test]
fn every_container_stays_within_its_budget() {
    in_all_containers("u8", &(0..=u8::MAX).collect::<Vec<_>>());
    in_all_containers("u16", &(0..3000).collect::<Vec<u16>>());
    in_all_containers("u64", &(0..3000).collect::<Vec<u64>>());
    in_all_containers("u64 backwards", &(0..3000).rev().collect::<Vec<u64>>());
    in_all_containers("u64 from the middle", &(0..3000).map(|n| n * 0x9e37_79b9 % 3001).collect::<Vec<u64>>());
    in_all_containers("texts", &(0..2000).map(|n| n.to_string()).collect::<Vec<_>>());
    in_all_containers("large", &(0..500).map(|n| [[n; 16]; 16]).collect::<Vec<[[u16; 16]; 16]>>());
    in_all_containers("digests", &(0..500u16).map(|n| [n.to_be_bytes(); 16]).collect::<Vec<[[u8; 2]; 16]>>());
    in_all_containers("nodes", &nodes(500));
    in_all_containers("units", &[(); 1000]);
}

fn nodes(count: u64) -> Vec<NodeId> {
    let node = |n| NodeId { name: format!("n{n}@h:1").parse().expect("it is a name"), incarnation: Incarnation(n) };
    (0..count).map(node).collect()
}

/// Takes 128 bytes of memory, and 18 on the wire.
type Wide = [u64; 16];

fn wide(n: u64) -> Wide {
    let mut wide = [0; 16];
    wide[0] = n;
    wide
}

/// The least budget under which it is read.
fn least<T: Wire>(what: &str, bytes: &[u8]) -> usize {
    let (mut low, mut high) = (bytes.len() * 4, 1 << 22);
    while low < high {
        let middle = usize::midpoint(low, high);
        match within_budget::<T>(what, bytes, middle) {
            Ok(()) => high = middle,
            Err(_) => low = middle + 1,
        }
    }
    low
}

/// What is charged is what it takes: no less, and not so much more that honest values are refused.
fn charges_what_it_takes<T: Wire>(what: &str, items: &impl Wire, slack: f64) {
    let bytes = to_bytes(items).expect("it can be written");
    let least = least::<T>(what, &bytes);
    let (_, taken) = taken(|| T::decode(&mut Decoder::new(&bytes, Limits { memory: least, depth: 128 })).map(drop));
    assert!(taken.peak <= least, "{what} took {} and was charged {least}", taken.peak);
    // An array is charged twice while it is read.
    let fair = (taken.peak as f64 * slack) as usize + size_of::<Wide>();
    assert!(least <= fair || least == bytes.len() * 4, "{what} took {} and was charged {least}", taken.peak);
}

/// DESIGN §4.
#[test]
fn what_is_charged_is_what_it_takes() {
    for count in (0..40).chain([56, 57, 100, 1792, 1793, 4000]) {
        let items: Vec<_> = (0..count).map(wide).collect();
        let pairs: Vec<_> = items.iter().map(|item| (item[0], *item)).collect();
        let what = |kind: &str| format!("{kind} of {count}");
        charges_what_it_takes::<Vec<Wide>>(&what("a list"), &items, 1.0);
        charges_what_it_takes::<VecDeque<Wide>>(&what("a queue"), &items, 1.0);
        charges_what_it_takes::<Vec<Box<Wide>>>(&what("a list of boxes"), &items, 1.0);
        charges_what_it_takes::<Vec<Arc<Wide>>>(&what("a list of shares"), &items, 1.0);
        charges_what_it_takes::<HashSet<Wide>>(&what("a hash set"), &items, 1.0);
        charges_what_it_takes::<HashMap<u64, Wide>>(&what("a hash map"), &pairs, 1.0);
        charges_what_it_takes::<BTreeSet<Wide>>(&what("a set"), &items, 1.5);
        charges_what_it_takes::<BTreeMap<u64, Wide>>(&what("a map"), &pairs, 1.5);
        let thin: Vec<_> = thinnest(count as usize).into_iter().map(|key| (key, wide(1))).collect();
        charges_what_it_takes::<BTreeMap<u64, Wide>>(&what("a thin map"), &thin, 1.5);
    }
}

/// Keys in the order in which an ordered map takes most: each insertion into a full last node leaves five of eleven behind.
fn thinnest(count: usize) -> Vec<u64> {
    let mut keys: Vec<u64> = (1..=11).map(|n| n << 32).collect();
    let mut last = keys.clone();
    while keys.len() < count {
        let (divider, next) = (last[5], last[6]);
        let middle = divider + (next - divider) / 2;
        last = [&[middle], &last[6..]].concat();
        keys.push(middle);
        let greatest = last[5];
        let more = (1..=5).map(|n| greatest + (n << 32));
        keys.extend(more.clone());
        last.extend(more);
    }
    keys.truncate(count);
    keys
}

/// A length before a few bytes.
fn claim(length: u64, rest: &[u8]) -> Vec<u8> {
    let mut bytes = to_bytes(&length).expect("it can be written");
    bytes.extend_from_slice(rest);
    bytes
}

/// DESIGN §4: a length is a claim; nothing is allocated for what is not there.
#[test]
fn a_length_without_what_it_promises_allocates_next_to_nothing() {
    fn refuses<T: Wire>(what: &str) {
        for length in [100, 1 << 10, 1 << 16, 1 << 19, 1 << 24, 1 << 32, 1 << 62, u64::MAX] {
            for rest in [&[][..], &[1; 7], &[0; 60]] {
                let bytes = claim(length, rest);
                let (read, taken) = taken(|| T::decode(&mut Decoder::new(&bytes, Limits::default())).map(drop));
                let error = read.expect_err("it is not there");
                let over = matches!(error, DecodeError::UnexpectedEnd | DecodeError::OverBudget { .. });
                assert!(over || !rest.is_empty(), "{what}: {error}");
                assert!(taken.peak < 64 << 10, "{what} of {length} took {}", taken.peak);
            }
        }
    }
    refuses::<Vec<u8>>("bytes");
    refuses::<String>("a text");
    refuses::<bytes::Bytes>("shared bytes");
    refuses::<Vec<u64>>("a list");
    refuses::<Vec<[u64; 32]>>("a list of large ones");
    refuses::<VecDeque<u32>>("a queue");
    refuses::<HashMap<u64, u64>>("a table");
    refuses::<BTreeMap<u64, u64>>("a map");
    refuses::<Vec<Vec<Vec<u16>>>>("a list of lists");
    refuses::<Vec<Box<Option<Vec<u8>>>>>("a list of boxes");
    refuses::<Vec<kind::Tree>>("a wood");
    refuses::<LinkedList<u64>>("a linked list");
    refuses::<BinaryHeap<u64>>("a heap");
    refuses::<Box<[u64]>>("a slice");
    refuses::<Arc<[[u64; 32]]>>("a shared slice");
    refuses::<Cow<'static, [u16]>>("a slice of a cow");
    refuses::<Arc<str>>("a shared text");
}

/// Takes memory and no bytes: its codec is written by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Silent([u64; 4]);

impl Wire for Silent {
    const EDGE: Edge = Edge::of("test.Silent", &[]);

    fn encode(&self, _: &mut Encoder<'_>) -> Result<(), EncodeError> {
        Ok(())
    }

    fn decode(_: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(Silent([7; 4]))
    }
}

/// What takes no bytes is counted by its length alone.
#[test]
fn values_without_bytes_stay_within_the_budget() {
    for length in [0, 1, 100, 1000, 4000, 5000, 6000, 100_000, 1 << 40] {
        for memory in [0, 1 << 12, 1 << 17] {
            let bytes = claim(length, &[]);
            let list = within_budget::<Vec<Silent>>("a list of silent ones", &bytes, memory);
            assert_eq!(list.is_ok(), length * 32 <= (memory.max(bytes.len() * 4)) as u64, "{length}, {memory}");
            let _ = within_budget::<VecDeque<Silent>>("a queue of silent ones", &bytes, memory);
            let _ = within_budget::<BTreeSet<Silent>>("a set of silent ones", &bytes, memory);
            let _ = within_budget::<HashSet<Silent>>("a set of silent ones", &bytes, memory);
            let _ = within_budget::<HashSet<()>>("a set of nothing", &bytes, memory);
            let units = within_budget::<Vec<()>>("a list of nothing", &bytes, memory);
            assert_eq!(units.is_ok(), length <= (memory.max(bytes.len() * 4)) as u64, "{length}, {memory}");
        }
    }
}

/// Bytes that differ by chance from those of honest values.
#[test]
fn changed_bytes_stay_within_the_budget() {
    let (kinds, mut chance) = (kind::all(), Chance::new(0x5eed));
    for round in 0..60_000 {
        let kind = &kinds[round % kinds.len()];
        let bytes = chance.changed(&kind.samples);
        let (read, taken) = taken(|| (kind.read)(&bytes));
        let budget = Limits::default().memory.max(bytes.len() * 4);
        assert!(taken.peak <= budget + SLACK, "{}: {} for {bytes:?}: {read:?}", kind.name, taken.peak);
    }
}
