//! Maps and sets. Ordered ones are written in order, hashed ones in their own; a key sent twice is an error, so that
//! nothing is dropped silently. What a map takes is more than what is in it, and is charged as what it is.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    hash::{BuildHasher, Hash},
    mem::MaybeUninit,
};

use crate::wire::{
    DecodeError, Decoder, Edge, EncodeError, Encoder, Form, Own, Wire, form::of_own, lock::release::least,
};

fn twice(what: &'static str) -> DecodeError {
    DecodeError::invalid(what, "a key is there twice")
}

/// What a hash table for so many entries takes, in bytes: a power of two of places, of which an eighth stays free, and a byte
/// for each beside them.
fn table<T>(entries: usize) -> usize {
    let places = match entries {
        0 => return 0,
        1..15 => [4, 8, 16][usize::from(entries > 3) + usize::from(entries > 7)].max(LEAST / size_of::<T>().max(1)),
        _ => (entries.saturating_mul(8) / 7).checked_next_power_of_two().unwrap_or(usize::MAX),
    };
    places.saturating_mul(size_of::<T>() + 1).saturating_add(GROUP + align_of::<T>())
}

/// What an ordered map of so many entries may take, in bytes. A node that was divided keeps at least five entries of eleven, and
/// one more stands above it.
fn tree<K, V>(entries: usize) -> usize {
    let leaf = size_of::<Leaf<K, V>>();
    let leaves = match entries {
        0 => 0,
        1..=FULL => 1,
        _ => entries.saturating_add(1) / 6,
    };
    let (mut inner, mut level) = (0, leaves);
    while level > 1 {
        level = (level / 6).max(1);
        inner += level;
    }
    leaves.saturating_mul(leaf).saturating_add(inner.saturating_mul(leaf + (FULL + 1) * size_of::<usize>()))
}

/// The entries of a full node of an ordered map.
const FULL: usize = 11;

/// As large as a node of an ordered map without what is below it.
#[expect(dead_code, reason = "it is there for its size")]
struct Leaf<K, V> {
    above: usize,
    place: u16,
    filled: u16,
    keys: [MaybeUninit<K>; FULL],
    values: [MaybeUninit<V>; FULL],
}

/// The bytes that a hash table looks at in one step, which stand behind it once more.
const GROUP: usize = 16;
/// A table of small entries has as many places as are looked at in one step.
const LEAST: usize = 16;

fn encode_pairs<'a, K: 'a, V: 'a, F: Form<K>, G: Form<V>>(
    pairs: impl ExactSizeIterator<Item = (&'a K, &'a V)>,
    e: &mut Encoder<'_>,
) -> Result<(), EncodeError> {
    e.length(pairs.len())?;
    for (key, value) in pairs {
        F::encode(key, e)?;
        G::encode(value, e)?;
    }
    Ok(())
}

fn encode_items<'a, T: 'a, F: Form<T>>(
    items: impl ExactSizeIterator<Item = &'a T>,
    e: &mut Encoder<'_>,
) -> Result<(), EncodeError> {
    e.length(items.len())?;
    for item in items {
        F::encode(item, e)?;
    }
    Ok(())
}

impl<K: Ord, V, F: Form<K>, G: Form<V>> Form<BTreeMap<K, V>> for BTreeMap<F, G> {
    const EDGE: Edge = Edge::of("map", &[F::EDGE, G::EDGE]);
    const LOCKED: u16 = least(&[F::LOCKED, G::LOCKED]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "map", &[F::type_name, G::type_name]);
    }

    fn encode(map: &BTreeMap<K, V>, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        encode_pairs::<K, V, F, G>(map.iter(), e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<BTreeMap<K, V>, DecodeError> {
        let count = d.count()?;
        d.charge(tree::<K, V>(count))?;
        let mut map = BTreeMap::new();
        for _ in 0..count {
            if map.insert(F::decode(d)?, G::decode(d)?).is_some() {
                return Err(twice("map"));
            }
        }
        Ok(map)
    }
}

impl<K: Wire + Ord, V: Wire> Wire for BTreeMap<K, V> {
    of_own!(BTreeMap<Own<K>, Own<V>>);
}

impl<K: Eq + Hash, V, S: BuildHasher + Default, F: Form<K>, G: Form<V>> Form<HashMap<K, V, S>> for HashMap<F, G, S> {
    const EDGE: Edge = Edge::of("map", &[F::EDGE, G::EDGE]);
    const LOCKED: u16 = least(&[F::LOCKED, G::LOCKED]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "map", &[F::type_name, G::type_name]);
    }

    fn encode(map: &HashMap<K, V, S>, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        encode_pairs::<K, V, F, G>(map.iter(), e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<HashMap<K, V, S>, DecodeError> {
        let count = d.count()?;
        d.charge(table::<(K, V)>(count))?;
        let mut map = HashMap::with_capacity_and_hasher(d.believed(count), S::default());
        for _ in 0..count {
            let (key, value) = (F::decode(d)?, G::decode(d)?);
            // Only entries that take no bytes come here; they move once, and both tables are there meanwhile.
            if map.len() == map.capacity() {
                d.charge(table::<(K, V)>(map.capacity()))?;
                map.reserve(count - map.len());
            }
            if map.insert(key, value).is_some() {
                return Err(twice("map"));
            }
        }
        Ok(map)
    }
}

impl<K: Wire + Eq + Hash, V: Wire, S: BuildHasher + Default> Wire for HashMap<K, V, S> {
    of_own!(HashMap<Own<K>, Own<V>, S>);
}

impl<T: Ord, F: Form<T>> Form<BTreeSet<T>> for BTreeSet<F> {
    const EDGE: Edge = Edge::of("set", &[F::EDGE]);
    const LOCKED: u16 = F::LOCKED;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "set", &[F::type_name]);
    }

    fn encode(set: &BTreeSet<T>, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        encode_items::<T, F>(set.iter(), e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<BTreeSet<T>, DecodeError> {
        let count = d.count()?;
        d.charge(tree::<T, ()>(count))?;
        let mut set = BTreeSet::new();
        for _ in 0..count {
            if !set.insert(F::decode(d)?) {
                return Err(twice("set"));
            }
        }
        Ok(set)
    }
}

impl<T: Wire + Ord> Wire for BTreeSet<T> {
    of_own!(BTreeSet<Own<T>>);
}

impl<T: Eq + Hash, S: BuildHasher + Default, F: Form<T>> Form<HashSet<T, S>> for HashSet<F, S> {
    const EDGE: Edge = Edge::of("set", &[F::EDGE]);
    const LOCKED: u16 = F::LOCKED;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "set", &[F::type_name]);
    }

    fn encode(set: &HashSet<T, S>, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        encode_items::<T, F>(set.iter(), e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<HashSet<T, S>, DecodeError> {
        let count = d.count()?;
        d.charge(table::<T>(count))?;
        let mut set = HashSet::with_capacity_and_hasher(d.believed(count), S::default());
        for _ in 0..count {
            let item = F::decode(d)?;
            // As in a map.
            if set.len() == set.capacity() {
                d.charge(table::<T>(set.capacity()))?;
                set.reserve(count - set.len());
            }
            if !set.insert(item) {
                return Err(twice("set"));
            }
        }
        Ok(set)
    }
}

impl<T: Wire + Eq + Hash, S: BuildHasher + Default> Wire for HashSet<T, S> {
    of_own!(HashSet<Own<T>, S>);
}
