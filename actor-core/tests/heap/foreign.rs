//! Foreign values are charged as what serde makes of them: lists that grow, tables, boxes, texts, and the words of errors.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};

use actor_core::{
    prelude::*,
    wire::{DecodeError, Decoder, Encoder, FirstUse, Foreign, ForeignName, Form, Limits, to_bytes},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{chance::Chance, counting::taken};

/// What may come on top of the budget, in bytes: an error, and a copy of it, with a text of two hundred letters.
const SLACK: usize = 2048;

#[derive(Debug)]
enum Name {}

impl ForeignName for Name {
    const NAME: &'static str = "test.Foreign/1";

    fn first_use() -> &'static FirstUse {
        static FIRST: FirstUse = FirstUse::new();
        &FIRST
    }
}

/// Decodes and drops, under several budgets.
fn within_budgets<T: Serialize + DeserializeOwned>(what: &str, bytes: &[u8]) {
    for memory in [0, 1 << 10, 1 << 14, 1 << 18, 1 << 20] {
        let (read, taken) = taken(|| read::<T>(bytes, memory));
        let budget = memory.max(bytes.len() * 4);
        assert!(taken.peak <= budget + SLACK, "{what}: {} bytes at once, of {budget}: {read:?}", taken.peak);
    }
}

fn read<T: Serialize + DeserializeOwned>(bytes: &[u8], memory: usize) -> Result<(), DecodeError> {
    let mut d = Decoder::new(bytes, Limits { memory, ..Limits::default() });
    let value = Foreign::<T, Name>::decode(&mut d)?;
    d.finish().map(|_replies| drop(value))
}

fn written(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes).foreign("test.Foreign/1", value).expect("it can be written");
    bytes
}

/// The same items in every container that serde knows.
fn in_all_containers<T: Serialize + DeserializeOwned + Ord + std::hash::Hash + Clone>(what: &str, items: &[T]) {
    for count in [0, 1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 14, 15, 16, 17, 28, 29, 57, 113, 1024, 1025, 1793, items.len()] {
        let items = &items[..count.min(items.len())];
        let (what, bytes) = (format!("{count} of {what}"), written(&items));
        within_budgets::<Vec<T>>(&what, &bytes);
        within_budgets::<Box<[T]>>(&what, &bytes);
        within_budgets::<Vec<Box<T>>>(&what, &bytes);
        within_budgets::<VecDeque<T>>(&what, &bytes);
        within_budgets::<LinkedList<T>>(&what, &bytes);
        within_budgets::<BinaryHeap<T>>(&what, &bytes);
        within_budgets::<BTreeSet<T>>(&what, &bytes);
        within_budgets::<HashSet<T>>(&what, &bytes);
        let bytes = written(&items.iter().map(|item| (item, Some(item))).collect::<Vec<_>>());
        within_budgets::<BTreeMap<T, Option<T>>>(&what, &bytes);
        within_budgets::<HashMap<T, Option<Box<T>>>>(&what, &bytes);
        let bytes = written(&items.iter().map(|item| [item]).map(Vec::from).collect::<Vec<_>>());
        within_budgets::<Vec<Vec<T>>>(&what, &bytes);
        within_budgets::<Vec<Box<[T]>>>(&what, &bytes);
        within_budgets::<Vec<BTreeSet<T>>>(&what, &bytes);
        within_budgets::<Vec<HashSet<T>>>(&what, &bytes);
        within_budgets::<Vec<LinkedList<T>>>(&what, &bytes);
    }
}

/// DESIGN §4: foreign types are under the same budget.
#[test]
fn every_foreign_container_stays_within_its_budget() {
    in_all_containers("u8", &(0..=u8::MAX).collect::<Vec<_>>());
    in_all_containers("u64", &(0..3000).collect::<Vec<u64>>());
    in_all_containers("u64 backwards", &(0..3000).rev().collect::<Vec<u64>>());
    in_all_containers("pairs", &(0..3000u64).map(|n| (n as u8, u128::from(n))).collect::<Vec<(u8, u128)>>());
    in_all_containers("texts", &(0..3000).map(|n: u64| n.to_string()).collect::<Vec<_>>());
    in_all_containers("large", &(0..500).map(|n| [[n; 16]; 16]).collect::<Vec<[[u16; 16]; 16]>>());
}

#[derive(Serialize, Deserialize, Debug, Clone)]
enum Tree {
    Leaf,
    Text(String),
    Pair(Box<Tree>, Box<Tree>),
    Many { trees: Vec<Tree>, named: BTreeMap<String, Tree> },
    Next(Box<(u64, Tree)>),
    Wrapped(Wrapped),
}

#[derive(Serialize, Deserialize, Debug, Clone)]
struct Wrapped(Option<Box<u64>>);

/// Large in memory, little on the wire, and holds others.
#[derive(Serialize, Deserialize, Debug, Clone)]
struct Wide {
    #[serde(skip, default = "nothing")]
    _nothing: [u64; 128],
    inner: Vec<Wide>,
}

fn nothing() -> [u64; 128] {
    [0; 128]
}

fn trees() -> Vec<Tree> {
    let text = Tree::Text("x".repeat(300));
    let pair = Tree::Pair(Box::new(Tree::Leaf), Box::new(text.clone()));
    let named = [("one".to_owned(), pair.clone()), ("two".to_owned(), Tree::Leaf)].into();
    let many = Tree::Many { trees: vec![Tree::Leaf, text, pair.clone(), Tree::Leaf, Tree::Leaf], named };
    let next = Tree::Next(Box::new((7, many.clone())));
    vec![pair, many, next, Tree::Wrapped(Wrapped(Some(Box::new(5)))), Tree::Leaf]
}

/// What holds others of its type: in boxes, in lists, and in lists that claim to be long on every level.
#[test]
fn foreign_values_in_foreign_values_stay_within_the_budget() {
    within_budgets::<Vec<Tree>>("a wood", &written(&vec![trees(); 40]));
    within_budgets::<Vec<Vec<Tree>>>("woods", &written(&vec![trees(); 40]));
    within_budgets::<Vec<Wrapped>>("wrapped", &[vec![250], vec![1; 500]].concat());
    for level in [&[100][..], &[251, 0, 4], &[1]] {
        within_budgets::<Wide>("lists below lists", &level.repeat(3000));
    }
    within_budgets::<Wide>("wide ones", &[vec![100], vec![0; 100]].concat());
}

/// Bytes that differ by chance from those of honest values.
#[test]
fn changed_foreign_bytes_stay_within_the_budget() {
    let mut chance = Chance::new(0x5eed);
    let samples = [written(&trees()), written(&vec![trees(); 9].concat())];
    for _ in 0..5_000 {
        within_budgets::<Vec<Tree>>("a changed wood", &chance.changed(&samples));
    }
}

/// Says in its error what it was sent.
#[derive(Serialize, Debug)]
struct Talkative;

impl<'de> Deserialize<'de> for Talkative {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom(format_args!("{:?}", String::deserialize(d)?)))
    }
}

#[test]
fn the_words_of_foreign_code_stay_small() {
    within_budgets::<Talkative>("words", &written(&"\u{1}".repeat(100_000)));
}

#[derive(Wire, Debug)]
#[wire(uri = "test.Woods", version = 1)]
struct Woods {
    #[wire(foreign = "test.Tree/1")]
    named: HashMap<String, Vec<Tree>>,
    #[wire(foreign = "test.Wrapped/1")]
    boxed: LinkedList<Box<Wrapped>>,
}

/// Foreign values in containers of ours.
#[test]
fn fields_with_foreign_types_stay_within_the_budget() {
    let wrapped = || Box::new(Wrapped(Some(Box::new(7))));
    let woods = |count: usize| Woods {
        named: (0..count).map(|n| (n.to_string(), trees())).collect(),
        boxed: (0..count).map(|_| wrapped()).collect(),
    };
    let (samples, mut chance) =
        ([woods(1), woods(30)].map(|woods| to_bytes(&woods).expect("it can be written")), Chance::new(7));
    for round in 0..3_000 {
        let bytes = if round < 2 { samples[round].clone() } else { chance.changed(&samples) };
        for memory in [0, 1 << 12, 1 << 20] {
            let _ = crate::within_budget::<Woods>("woods", &bytes, memory);
        }
    }
}
