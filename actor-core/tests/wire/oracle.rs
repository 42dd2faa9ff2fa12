//! A second implementation of the codec's bytes, bincode 2.0.1 over serde, held against this one: what one writes the other
//! reads as the same, and of changed bytes both make the same or nothing. Where they differ on purpose stands here, in
//! [`Difference`].

use std::{
    collections::{BTreeMap, BTreeSet, LinkedList, VecDeque},
    fmt::Debug,
    net::{IpAddr, SocketAddr},
    num::Wrapping,
    ops::Range,
    sync::Arc,
    time::Duration,
};

use actor_core::{
    prelude::*,
    wire::{DecodeError, from_bytes, to_bytes},
};
use bytes::Bytes;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::chance::Chance;

/// A value by chance.
trait Random {
    fn random(chance: &mut Chance) -> Self;
}

macro_rules! random_numbers {
    ($($number:ty),*) => {$(
        impl Random for $number {
            /// Of all lengths, and often near a bound of one.
            fn random(chance: &mut Chance) -> Self {
                let bits = u128::from(chance.number()) << 64 | u128::from(chance.number());
                let near = [0u128, 250, 251, 252, 1 << 16, 1 << 32, 1 << 64][chance.below(7)];
                match chance.below(3) {
                    0 => (bits >> chance.below(128)) as $number,
                    1 => (near as $number).wrapping_add(bits as u8 as $number % 3).wrapping_sub(1),
                    _ => (0 as $number).wrapping_sub((bits >> chance.below(128)) as $number),
                }
            }
        }
    )*};
}

random_numbers!(u8, u16, u32, u64, u128, i8, i16, i32, i64, i128);

macro_rules! random_others {
    ($($type:ty: |$chance:ident| $value:expr;)*) => {$(
        impl Random for $type {
            fn random($chance: &mut Chance) -> Self {
                $value
            }
        }
    )*};
}

random_others! {
    (): |_chance| ();
    bool: |chance| chance.below(2) == 0;
    // Never what is not a number, which is not equal to itself.
    f32: |chance| i32::random(chance) as f32 / 7.0;
    f64: |chance| i64::random(chance) as f64 / 7.0;
    char: |chance| char::from_u32(chance.number() as u32 % 0x11_0000).unwrap_or('ü');
    String: |chance| (0..chance.below(300)).map(|_| char::random(chance)).collect();
    Duration: |chance| Duration::new(u64::random(chance), chance.below(1_000_000_000) as u32);
    IpAddr: |chance| match bool::random(chance) {
        true => IpAddr::from(chance.number().to_le_bytes().first_chunk::<4>().copied().unwrap_or_default()),
        false => IpAddr::from(u128::random(chance).to_le_bytes()),
    };
    SocketAddr: |chance| SocketAddr::new(IpAddr::random(chance), u16::random(chance));
}

impl<T: Random> Random for Option<T> {
    fn random(chance: &mut Chance) -> Self {
        bool::random(chance).then(|| T::random(chance))
    }
}

impl<T: Random> Random for Box<T> {
    fn random(chance: &mut Chance) -> Self {
        Box::new(T::random(chance))
    }
}

impl<T: Random, const N: usize> Random for [T; N] {
    fn random(chance: &mut Chance) -> Self {
        std::array::from_fn(|_| T::random(chance))
    }
}

macro_rules! random_collections {
    ($($collection:ident)*) => {$(
        impl<T: Random + Ord> Random for $collection<T> {
            fn random(chance: &mut Chance) -> Self {
                let most = if chance.below(16) == 0 { 300 } else { [2, 5, 20][chance.below(3)] };
                (0..chance.below(most)).map(|_| T::random(chance)).collect()
            }
        }
    )*};
}

random_collections!(Vec VecDeque BTreeSet LinkedList);

impl<T: Random + Ord> Random for Box<[T]> {
    fn random(chance: &mut Chance) -> Self {
        Vec::random(chance).into()
    }
}

impl<T: Random + Ord> Random for Arc<[T]> {
    fn random(chance: &mut Chance) -> Self {
        Vec::random(chance).into()
    }
}

macro_rules! random_tuples {
    ($(($($name:ident)*))*) => {$(
        impl<$($name: Random),*> Random for ($($name,)*) {
            fn random(chance: &mut Chance) -> Self {
                ($($name::random(chance),)*)
            }
        }
    )*};
}

random_tuples!((A B) (A B C) (A B C D) (A B C D E) (A B C D E F));

impl<K: Random + Ord, V: Random> Random for BTreeMap<K, V> {
    fn random(chance: &mut Chance) -> Self {
        (0..chance.below(20)).map(|_| (K::random(chance), V::random(chance))).collect()
    }
}

impl<T: Random> Random for Range<T> {
    fn random(chance: &mut Chance) -> Self {
        T::random(chance)..T::random(chance)
    }
}

impl<T: Random> Random for Wrapping<T> {
    fn random(chance: &mut Chance) -> Self {
        Wrapping(T::random(chance))
    }
}

/// As the derive writes it, beside what serde sees of it.
#[derive(Wire, Serialize, Deserialize, Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[wire(uri = "test.Line", version = 300, min_version = 300)]
struct Line {
    id: u64,
    name: String,
    cents: i64,
    tags: Vec<u32>,
    note: Option<String>,
}

impl Random for Line {
    fn random(chance: &mut Chance) -> Self {
        let (id, name, cents) = Random::random(chance);
        Line { id, name, cents, tags: Random::random(chance), note: Random::random(chance) }
    }
}

/// Its variants have their places as tags, as serde has.
#[derive(Wire, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[wire(uri = "test.Figure", version = 1)]
enum Figure {
    Nothing,
    Point(i32, i32),
    Named { name: String, code: [u8; 16] },
    Ratio(f64, f32),
}

impl Random for Figure {
    fn random(chance: &mut Chance) -> Self {
        match chance.below(4) {
            0 => Figure::Nothing,
            1 => Figure::Point(Random::random(chance), Random::random(chance)),
            2 => Figure::Named { name: Random::random(chance), code: Random::random(chance) },
            _ => Figure::Ratio(Random::random(chance), Random::random(chance)),
        }
    }
}

/// A type with a past, in its newest version.
#[derive(Wire, Debug, Clone, PartialEq)]
#[wire(uri = "test.Grown", version = 3)]
enum Grown {
    #[wire(tag = 7)]
    Kept {
        id: u32,
        #[wire(since = 2, from = u32, convert = u64::from)]
        size: u64,
        #[wire(until = 3, default)]
        old: u8,
        #[wire(since = 3, default)]
        items: Vec<Line>,
    },
}

/// How bytes can be read that are no value to both.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Difference {
    /// Ours refuses what stands for no value of its own: a key that is there twice, of which serde keeps the last; and a
    /// second's worth of nanoseconds, which serde carries over.
    Stricter,
    /// Ours refuses a flag that is neither 0 nor 1; before an address the other has the number of a variant there, which it reads in
    /// the form of a larger type too.
    Flag,
    /// Ours refuses a version that it does not know, which is a number to the other.
    Version,
    /// Ours reads a number that fits, though it is written in the form of a larger type than its own.
    Wider,
}

/// `T` as this codec has it, and `S` as the other one sees the same bytes.
fn agree<T, S>(what: &str, of: impl Fn(&T) -> S)
where
    T: Wire + Random + PartialEq + Debug,
    S: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let mut chance = Chance::new(0x5eed ^ what.len() as u64);
    let mut values = 0;
    for _ in 0..300 {
        let value = T::random(&mut chance);
        let (ours, theirs) = (to_bytes(&value).expect("it can be written"), written(&of(&value)));
        assert_eq!(ours, theirs, "{what}: {value:?}");
        assert_eq!(from_bytes::<T>(&theirs).as_ref(), Ok(&value), "{what}");
        assert_eq!(read::<S>(&ours).as_ref(), Some(&of(&value)), "{what}");
        for _ in 0..20 {
            let changed = chance.changed(std::slice::from_ref(&ours));
            values += usize::from(same(what, &changed, from_bytes::<T>(&changed).map(|value| of(&value))));
        }
    }
    assert!(values > 0 || ["unit", "text"].contains(&what), "{what}: some changed bytes are values");
}

/// Whether the bytes are a value to both.
fn same<S: Serialize + DeserializeOwned + PartialEq + Debug>(
    what: &str,
    bytes: &[u8],
    ours: Result<S, DecodeError>,
) -> bool {
    match (ours, read::<S>(bytes)) {
        (Ok(ours), Some(theirs)) => {
            // What is not a number is compared as bytes.
            assert!(
                ours == theirs || written(&ours) == written(&theirs),
                "{what}: {bytes:?} is {ours:?} or {theirs:?}"
            );
            true
        }
        (Err(_), None) => false,
        (ours, theirs) => {
            let difference = difference(&ours, bytes);
            assert!(difference.is_some(), "{what}: {bytes:?} is {ours:?} here and {theirs:?} there");
            false
        }
    }
}

/// Which difference explains that only one of the two read the bytes.
fn difference<S>(ours: &Result<S, DecodeError>, bytes: &[u8]) -> Option<Difference> {
    let stricter = ["a key is there twice", "there are more nanoseconds than a second has"];
    match ours {
        Err(DecodeError::Invalid { why, .. }) if stricter.contains(&why.as_ref()) => Some(Difference::Stricter),
        Err(DecodeError::Invalid { what, .. }) if what == "bool" => Some(Difference::Flag),
        Err(DecodeError::UnknownVersion { .. }) => Some(Difference::Version),
        // The marks of numbers of four and eight bytes.
        Ok(_) if bytes.iter().any(|byte| [252, 253].contains(byte)) => Some(Difference::Wider),
        _ => None,
    }
}

fn written(value: &impl Serialize) -> Vec<u8> {
    bincode2::serde::encode_to_vec(value, bincode2::config::standard()).expect("it can be written")
}

/// All of the bytes as a value.
fn read<S: DeserializeOwned>(bytes: &[u8]) -> Option<S> {
    // Without a limit it takes a length at its word, and panics.
    let bounded = bincode2::config::standard().with_limit::<{ 1 << 20 }>();
    let (value, length) = bincode2::serde::decode_from_slice(bytes, bounded).ok()?;
    (length == bytes.len()).then_some(value)
}

fn itself<T: Clone>(value: &T) -> T {
    value.clone()
}

/// DESIGN §4: the bytes of built-in types.
#[test]
fn built_in_types_are_what_the_other_codec_writes() {
    agree::<(u8, u16, u32, u64, u128), _>("unsigned", itself);
    agree::<(i8, i16, i32, i64, i128), _>("signed", itself);
    agree::<(f32, f64, bool, char), _>("others", itself);
    agree::<(), _>("unit", itself);
    agree::<String, _>("text", itself);
    agree::<Vec<u8>, _>("bytes", itself);
    agree::<Vec<u64>, _>("list", itself);
    agree::<VecDeque<i32>, _>("queue", itself);
    agree::<Vec<Vec<Vec<u16>>>, _>("nested", itself);
    agree::<BTreeMap<u32, String>, _>("map", itself);
    agree::<BTreeSet<i16>, _>("set", itself);
    agree::<[u32; 7], _>("array", itself);
    agree::<Option<Option<Box<u64>>>, _>("option", itself);
    agree::<(Duration, IpAddr, SocketAddr), _>("net and time", itself);
    agree::<(u64, (String, [Option<i8>; 3])), _>("tuple", itself);
}

/// The sequences that came later, and wrappers.
#[test]
fn other_sequences_are_what_the_other_codec_writes() {
    agree::<LinkedList<u64>, _>("linked", itself);
    agree::<Box<[u32]>, _>("slice", itself);
    agree::<Arc<[i16]>, _>("shared", |shared| shared.to_vec());
    agree::<Range<u32>, _>("range", itself);
    agree::<Wrapping<i64>, _>("wrapping", itself);
}

/// Foreign values are written by a serializer of our own.
#[derive(Wire, Debug, Clone, PartialEq)]
#[wire(uri = "test.Foreigner", version = 1)]
struct Foreigner {
    #[wire(foreign = "test.Abroad/1")]
    list: Vec<Abroad>,
    #[wire(foreign = "test.Abroad/1")]
    one: Option<Box<Abroad>>,
}

/// As of another crate, with all that serde has.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Abroad {
    Unit,
    New(i32),
    Pair(u128, char),
    Fields { texts: BTreeMap<u16, String>, next: Option<Box<Abroad>> },
}

impl Random for Abroad {
    fn random(chance: &mut Chance) -> Self {
        match chance.below(4) {
            0 => Abroad::Unit,
            1 => Abroad::New(Random::random(chance)),
            2 => Abroad::Pair(Random::random(chance), Random::random(chance)),
            _ => Abroad::Fields { texts: Random::random(chance), next: Random::random(chance) },
        }
    }
}

impl Random for Foreigner {
    fn random(chance: &mut Chance) -> Self {
        Foreigner { list: Random::random(chance), one: Random::random(chance) }
    }
}

/// DESIGN §4: a foreign value is what serde says of it, in the same bytes.
#[test]
fn foreign_values_are_what_the_other_codec_writes() {
    agree::<Foreigner, _>("foreign", |foreign| (1u16, foreign.list.clone(), foreign.one.clone()));
}

/// DESIGN §4: a versioned value is its version, then the fields of that version.
#[test]
fn derived_types_are_their_version_and_their_fields() {
    agree::<Line, _>("struct", |line| (300u16, line.clone()));
    agree::<Figure, _>("enum", |figure| (1u16, figure.clone()));
    agree::<Vec<Line>, _>("structs", |lines| lines.iter().map(|line| (300u16, line.clone())).collect::<Vec<_>>());
}

impl Random for Grown {
    fn random(chance: &mut Chance) -> Self {
        Grown::Kept { id: Random::random(chance), size: Random::random(chance), old: 0, items: Random::random(chance) }
    }
}

/// DESIGN §4: tags are as they were given, and each version has its fields.
#[test]
fn every_version_is_its_fields() {
    type Newest = (u16, u32, u32, u64, Vec<(u16, Line)>);
    let newest = |Grown::Kept { id, size, items, .. }: &Grown| -> Newest {
        (3, 7, *id, *size, items.iter().map(|line| (300, line.clone())).collect())
    };
    let mut chance = Chance::new(0x5eed);
    for _ in 0..300 {
        let value = Grown::random(&mut chance);
        let bytes = written(&newest(&value));
        assert_eq!(to_bytes(&value).as_ref(), Ok(&bytes));
        assert_eq!(from_bytes::<Grown>(&bytes), Ok(value));
        let (id, size, old) = <(u32, u32, u8)>::random(&mut chance);
        let kept = |size: u64, old| Ok(Grown::Kept { id, size, old, items: Vec::new() });
        assert_eq!(from_bytes::<Grown>(&written(&(1u16, 7u32, id, size, old))), kept(size.into(), old));
        let size = u64::random(&mut chance);
        assert_eq!(from_bytes::<Grown>(&written(&(2u16, 7u32, id, size, old))), kept(size, old));
    }
}

/// The forms that are our own, and what they are in the other's terms.
#[test]
fn forms_of_our_own_are_what_they_are_said_to_be() {
    let mut chance = Chance::new(0x5eed);
    for _ in 0..300 {
        let (number, text) = <(u64, String)>::random(&mut chance);
        let (fine, wrong): (Result<u64, String>, Result<u64, String>) = (Ok(number), Err(text.clone()));
        assert_eq!(to_bytes(&fine), Ok(written(&(true, number))), "a result says first whether it is one");
        assert_eq!(to_bytes(&wrong), Ok(written(&(false, &text))));
        let bytes = Bytes::from(text.clone().into_bytes());
        assert_eq!(to_bytes(&bytes), Ok(written(&text.as_bytes())), "bytes are a list of them");
        let span = Duration::from_millis(number >> 20);
        let (after, before) = (std::time::UNIX_EPOCH + span, std::time::UNIX_EPOCH - span);
        assert_eq!(to_bytes(&after), Ok(written(&(false, span))), "a time says first whether it is before 1970");
        assert_eq!(to_bytes(&before), Ok(written(&(!span.is_zero(), span))));
    }
}
