//! Foreign values against the codec itself, and against what a stranger may send for them.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::*;
use crate::wire::codec;

const NAME: &str = "geo.Shape/1";

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
enum Shape {
    Empty,
    Round(f64),
    Line(Point, Point),
    Named { name: String, points: Vec<Point>, inner: Option<Box<Shape>> },
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Point {
    x: i64,
    y: i64,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Everything {
    numbers: (u8, u16, u32, u64, u128, i8, i16, i32, i64, i128),
    floats: [f64; 2],
    marks: (bool, char, (), Unit),
    texts: BTreeMap<String, Option<u16>>,
    shapes: Vec<Shape>,
    meters: Meters,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Unit;

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Meters(f32);

fn written<T: Serialize>(value: &T) -> Result<Vec<u8>, EncodeError> {
    let mut bytes = Vec::new();
    Encoder::new(&mut bytes).foreign(NAME, value)?;
    Ok(bytes)
}

fn read_within<T: DeserializeOwned>(bytes: &[u8], limits: Limits) -> Result<T, DecodeError> {
    let mut d = Decoder::new(bytes, limits);
    let value = d.foreign(NAME)?;
    assert_eq!(d.depth(), 0);
    d.finish().map(|_| value)
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, DecodeError> {
    read_within(bytes, Limits::default())
}

fn everything() -> Everything {
    let named = Shape::Named {
        name: "häuser".to_owned(),
        points: vec![Point { x: -1, y: i64::MAX }; 20],
        inner: Some(Box::new(Shape::Line(Point { x: 0, y: 251 }, Point { x: 65536, y: i64::MIN }))),
    };
    Everything {
        numbers: (u8::MAX, 251, 70_000, u64::MAX, u128::MAX, -1, -300, i32::MIN, 1 << 40, i128::MIN),
        floats: [0.1, f64::NEG_INFINITY],
        marks: (true, '🦀', (), Unit),
        texts: [("a".to_owned(), None), ("b".to_owned(), Some(3))].into(),
        shapes: vec![Shape::Empty, Shape::Round(1.5), named],
        meters: Meters(2.5),
    }
}

/// DESIGN §4: through serde into the same codec.
#[test]
fn foreign_values_are_the_bytes_of_the_codec() {
    let value = everything();
    let mut expected = Vec::new();
    codec::write(&mut expected, &value).unwrap();
    let bytes = written(&value).unwrap();
    assert_eq!(bytes, expected);
    assert_eq!(read::<Everything>(&bytes).unwrap(), value);
    assert_eq!(codec::read::<Everything>(&mut codec::Input(&bytes)).unwrap(), value);
}

#[test]
fn bytes_that_end_early_or_are_no_value_are_errors() {
    let bytes = written(&everything()).unwrap();
    for end in 0..bytes.len() {
        let error = read::<Everything>(&bytes[..end]).unwrap_err();
        // To the codec, half a character is none.
        let is_char = matches!(&error, DecodeError::Invalid { what, .. } if what == "char");
        assert!(is_char || error == DecodeError::UnexpectedEnd, "{end}: {error}");
    }
    assert!(matches!(read::<Shape>(&[9]), Err(DecodeError::Invalid { what, .. }) if what == NAME));
    assert!(matches!(read::<Option<u8>>(&[2]), Err(DecodeError::Invalid { .. })));
    assert!(matches!(read::<String>(&[1, 0xff]), Err(DecodeError::Invalid { .. })));
    assert!(matches!(read::<char>(&[0xff]), Err(DecodeError::Invalid { .. })));
}

/// Every byte of a value replaced by every other: a value or an error, and no more memory than allowed.
#[test]
fn mutated_bytes_never_panic() {
    let bytes = written(&everything()).unwrap();
    let mut readable = 0;
    for place in 0..bytes.len() {
        for change in [1, 0x80, 0xfb, 0xfc, 0xfd, 0xff] {
            let mut bytes = bytes.clone();
            bytes[place] ^= change;
            readable += usize::from(read::<Everything>(&bytes).is_ok());
        }
    }
    assert!(readable > 0);
}

fn long(length: u64) -> Vec<u8> {
    let mut bytes = vec![0xfd];
    bytes.extend(length.to_le_bytes());
    bytes
}

#[test]
fn a_length_is_only_a_claim() {
    for length in [u64::MAX, 1 << 40, (16 << 20) + 1] {
        let over = |error| assert_eq!(error, DecodeError::OverBudget { limit: 16 << 20 }, "{length}");
        over(read::<Vec<()>>(&long(length)).unwrap_err());
        over(read::<Vec<u64>>(&long(length)).unwrap_err());
        over(read::<HashMap<(), ()>>(&long(length)).unwrap_err());
    }
    assert_eq!(read::<Vec<u64>>(&long(1 << 20)).unwrap_err(), DecodeError::UnexpectedEnd);
    assert_eq!(read::<String>(&long(u64::MAX)).unwrap_err(), DecodeError::UnexpectedEnd);
    assert_eq!(read::<Vec<()>>(&long(1 << 20)).unwrap().len(), 1 << 20);
}

/// Much larger in memory than on the wire, in place or behind a pointer.
#[derive(Serialize, Deserialize, Debug)]
struct Room {
    #[serde(skip, default = "room")]
    _room: [u64; 512],
}

fn room() -> [u64; 512] {
    [0; 512]
}

#[test]
fn memory_is_charged_by_what_is_made() {
    let limits = Limits { memory: 1 << 20, depth: 8 };
    let many = |count: u8| [vec![0xfb, count, 0x1], vec![1; usize::from(count) + 256]].concat();
    let over = DecodeError::OverBudget { limit: 1 << 20 };
    assert_eq!(read_within::<Vec<Option<Box<Room>>>>(&many(44), limits).unwrap_err(), over);
    assert_eq!(read_within::<Vec<Option<Room>>>(&many(44), limits).unwrap_err(), over);
    assert_eq!(read_within::<Vec<Option<Box<Room>>>>(&[vec![200], vec![1; 200]].concat(), limits).unwrap().len(), 200);
    let text = |length: usize| written(&vec!["x".repeat(length); 5]).unwrap();
    assert_eq!(read_within::<Vec<String>>(&text(1 << 17), limits).unwrap().len(), 5);
}

#[derive(Serialize, Deserialize, Debug)]
struct Chain(Option<Box<Chain>>);

#[derive(Serialize, Deserialize, Debug)]
enum Tree {
    Branches(Vec<Tree>),
}

#[test]
fn depth_is_counted_in_foreign_values_too() {
    let deep = DecodeError::TooDeep { limit: 128 };
    assert_eq!(read::<Chain>(&[1; 30_000]).unwrap_err(), deep);
    assert_eq!(read::<Tree>(&[0, 1].repeat(30_000)).unwrap_err(), deep);
    let chain = [vec![1; 63], vec![0]].concat();
    assert!(read::<Chain>(&chain).is_ok());
    assert_eq!(
        read_within::<Chain>(&chain, Limits { depth: 20, ..Limits::default() }).unwrap_err(),
        DecodeError::TooDeep { limit: 20 }
    );
}

/// Takes whatever goes wrong inside for nothing.
#[derive(Debug)]
struct Lenient;

impl<'de> Deserialize<'de> for Lenient {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let _ignored = Vec::<u64>::deserialize(d);
        Ok(Lenient)
    }
}

/// Has an error text as long as what it was sent.
#[derive(Debug)]
struct Talkative;

impl<'de> Deserialize<'de> for Talkative {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom(String::deserialize(d)?))
    }
}

/// Reads one item of however many there are.
#[derive(Debug)]
struct First;

impl<'de> Deserialize<'de> for First {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = First;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("items")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<First, A::Error> {
                items.next_element::<u8>().map(|_| First)
            }
        }
        d.deserialize_seq(Visitor)
    }
}

/// Says for how many items it would take memory, and what comes after a failure.
#[derive(Debug)]
struct Greedy;

impl<'de> Deserialize<'de> for Greedy {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Greedy;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("items")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Greedy, A::Error> {
                let hint = items.size_hint();
                let failed = items.next_element::<char>().is_err();
                let after = items.next_element::<u8>().is_err();
                Err(serde::de::Error::custom(format!("{hint:?} {failed} {after}")))
            }
        }
        d.deserialize_seq(Visitor)
    }
}

fn greedy(bytes: &[u8]) -> String {
    let mut d = Decoder::new(bytes, Limits::default());
    Greedy::deserialize(&mut super::read::Reader::of::<Greedy>(&mut d)).unwrap_err().to_string()
}

#[test]
fn no_hint_is_given_and_a_failure_is_final() {
    let many = |count: usize| [vec![0xfc, 0, 0, 1, 0], vec![b'a'; count]].concat();
    assert_eq!(greedy(&many(3)), "None false false");
    assert_eq!(greedy(&many(5_000)), "None false false");
    assert_eq!(greedy(&[2, 0xff, 1]), "None true true");
}

#[test]
fn what_foreign_code_makes_of_an_error_does_not_count() {
    assert_eq!(read::<(Lenient, u8)>(&[3, 1, 1]).unwrap_err(), DecodeError::UnexpectedEnd);
    let error = read::<Talkative>(&written(&"ä".repeat(5_000)).unwrap()).unwrap_err();
    assert_eq!(error, DecodeError::invalid(NAME, format!("{}…", "ä".repeat(200))));
    let error = read::<First>(&[2, 7, 7]).unwrap_err();
    assert_eq!(error.to_string(), "no valid geo.Shape/1: it does not take all of its items");
    assert!(read::<First>(&[1, 7]).is_ok());
}

/// Types that these bytes cannot carry.
mod unfit {
    use super::*;

    #[derive(Serialize, Deserialize, Debug, Default)]
    pub(super) struct Flat {
        #[serde(flatten)]
        pub(super) point: BTreeMap<String, i64>,
    }

    #[derive(Serialize, Deserialize, Debug)]
    pub(super) struct Sparse {
        #[serde(skip_serializing_if = "Option::is_none")]
        pub(super) note: Option<u8>,
        pub(super) n: u8,
    }

    #[derive(Serialize, Deserialize, Debug)]
    #[serde(untagged)]
    pub(super) enum Untagged {
        Number(u64),
    }

    #[derive(Serialize, Deserialize, Debug)]
    #[serde(tag = "kind")]
    pub(super) enum Tagged {
        Point { x: u8 },
    }

    #[derive(Serialize, Debug)]
    pub(super) struct Panicking;

    impl<'de> Deserialize<'de> for Panicking {
        fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
            panic!("a foreign type panics, on purpose")
        }
    }

    #[derive(Serialize, Debug)]
    pub(super) struct Liar;

    impl<'de> Deserialize<'de> for Liar {
        fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
            u64::deserialize(d).map(|_| Liar)
        }
    }
}

enum Name {}

impl ForeignName for Name {
    const NAME: &'static str = NAME;

    fn first_use() -> &'static FirstUse {
        static FIRST: FirstUse = FirstUse::new();
        &FIRST
    }
}

/// A form with a first use of its own.
fn sent<T: ForeignType>(value: &T, first: &FirstUse) -> Result<Vec<u8>, EncodeError> {
    let bytes = written(value)?;
    first.read_back::<T>(NAME, &bytes).map(|()| bytes)
}

/// What cannot be read again is an error where it is written, and says what it is about the type.
#[test]
fn types_without_a_form_are_refused_where_they_are_sent() {
    fn refused<T: ForeignType>(value: &T, why: &str) {
        let first = FirstUse::new();
        for _ in 0..2 {
            let error = sent(value, &first).unwrap_err().to_string();
            assert!(error.starts_with("`geo.Shape/1` cannot cross: ") && error.contains(why), "{error}");
        }
    }
    refused(&unfit::Flat::default(), "`#[serde(flatten)]`");
    refused(&unfit::Sparse { note: None, n: 1 }, "leaves out its field `note`");
    refused(&unfit::Untagged::Number(3), "asks what comes next");
    refused(&unfit::Tagged::Point { x: 3 }, "asks what comes next");
    refused(&unfit::Panicking, "code that reads it panicked");
    refused(&unfit::Liar, "not read as it is written");
    assert!(sent(&unfit::Sparse { note: Some(1), n: 1 }, &FirstUse::new()).is_ok());
}

/// Only the first value is read back; what is too large for this side's bounds may be fine for the reader.
#[test]
fn values_are_read_back_until_one_was_good() {
    let first = FirstUse::new();
    let chain = (0..200).fold(Chain(None), |inner, _| Chain(Some(Box::new(inner))));
    sent(&chain, &first).unwrap();
    assert!(!first.0.load(Ordering::Relaxed));
    sent(&Chain(None), &first).unwrap();
    assert!(first.0.load(Ordering::Relaxed));
    assert!(sent(&unfit::Untagged::Number(3), &first).is_ok(), "nothing was read back");
    let error = read::<unfit::Untagged>(&[3]).unwrap_err().to_string();
    assert!(error.starts_with("no valid geo.Shape/1: it asks what comes next"), "{error}");
}

#[test]
fn a_foreign_type_is_its_name() {
    type Path = Vec<Option<Foreign<Point, Name>>>;
    let mut name = String::new();
    <Path as Form<Vec<Option<Point>>>>::type_name(&mut name);
    assert_eq!(name, "vec<option<geo.Shape/1>>");
    let option = Edge::of("option", &[Edge::of("geo.Shape/1", &[])]);
    assert_eq!(<Path as Form<Vec<Option<Point>>>>::EDGE, Edge::of("vec", &[option]));
    assert_eq!(<Path as Form<Vec<Option<Point>>>>::LOCKED, u16::MAX);
}
