//! Maps and sets. Ordered ones are written in order, hashed ones in their own; a key sent twice is an error, so that
//! nothing is dropped silently.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    hash::{BuildHasher, Hash},
};

use crate::wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Wire, lock::release::least};

fn twice(what: &'static str) -> DecodeError {
    DecodeError::invalid(what, "a key is there twice")
}

fn encode_pairs<'a, K: Wire + 'a, V: Wire + 'a>(
    pairs: impl ExactSizeIterator<Item = (&'a K, &'a V)>,
    e: &mut Encoder<'_>,
) -> Result<(), EncodeError> {
    e.length(pairs.len())?;
    for (key, value) in pairs {
        key.encode(e)?;
        value.encode(e)?;
    }
    Ok(())
}

fn encode_items<'a, T: Wire + 'a>(
    items: impl ExactSizeIterator<Item = &'a T>,
    e: &mut Encoder<'_>,
) -> Result<(), EncodeError> {
    e.length(items.len())?;
    for item in items {
        item.encode(e)?;
    }
    Ok(())
}

impl<K: Wire + Ord, V: Wire> Wire for BTreeMap<K, V> {
    const EDGE: Edge = Edge::of("map", &[K::EDGE, V::EDGE]);
    const LOCKED: u16 = least(&[K::LOCKED, V::LOCKED]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "map", &[K::type_name, V::type_name]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        encode_pairs(self.iter(), e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let mut map = BTreeMap::new();
        for _ in 0..d.length(size_of::<(K, V)>())? {
            if map.insert(K::decode(d)?, V::decode(d)?).is_some() {
                return Err(twice("map"));
            }
        }
        Ok(map)
    }
}

impl<K: Wire + Eq + Hash, V: Wire, S: BuildHasher + Default> Wire for HashMap<K, V, S> {
    const EDGE: Edge = Edge::of("map", &[K::EDGE, V::EDGE]);
    const LOCKED: u16 = least(&[K::LOCKED, V::LOCKED]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "map", &[K::type_name, V::type_name]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        encode_pairs(self.iter(), e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let count = d.length(size_of::<(K, V)>())?;
        let mut map = HashMap::with_capacity_and_hasher(count, S::default());
        for _ in 0..count {
            if map.insert(K::decode(d)?, V::decode(d)?).is_some() {
                return Err(twice("map"));
            }
        }
        Ok(map)
    }
}

impl<T: Wire + Ord> Wire for BTreeSet<T> {
    const EDGE: Edge = Edge::of("set", &[T::EDGE]);
    const LOCKED: u16 = T::LOCKED;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "set", &[T::type_name]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        encode_items(self.iter(), e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let mut set = BTreeSet::new();
        for _ in 0..d.length(size_of::<T>())? {
            if !set.insert(T::decode(d)?) {
                return Err(twice("set"));
            }
        }
        Ok(set)
    }
}

impl<T: Wire + Eq + Hash, S: BuildHasher + Default> Wire for HashSet<T, S> {
    const EDGE: Edge = Edge::of("set", &[T::EDGE]);
    const LOCKED: u16 = T::LOCKED;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "set", &[T::type_name]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        encode_items(self.iter(), e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let count = d.length(size_of::<T>())?;
        let mut set = HashSet::with_capacity_and_hasher(count, S::default());
        for _ in 0..count {
            if !set.insert(T::decode(d)?) {
                return Err(twice("set"));
            }
        }
        Ok(set)
    }
}

impl<T: Wire> Wire for VecDeque<T> {
    const EDGE: Edge = Edge::of("vec", &[T::EDGE]);
    const LOCKED: u16 = T::LOCKED;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "vec", &[T::type_name]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        encode_items(self.iter(), e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Vec::decode(d).map(VecDeque::from)
    }
}
