//! What a type is when another type contains it: a hash of its URI and of its parameters' edges; and the hash of
//! one version's structure. Evaluated at compile time. Never looks into a nested type's fields: that keeps
//! recursion finite and a nested change from cascading.
//!
//! The hash is FNV-1a (Fowler, Noll, Vo; 64 bit) over framed items, finished with the 64-bit mixer of MurmurHash3
//! (Appleby). Every item is framed by its length or count, so that no two structures share one byte stream.

use std::fmt;

/// A type's identity when nested, and a protocol's identity in a handle.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Edge(u64);

impl Edge {
    /// The edge of the type named `uri`, with the edges of its type parameters.
    ///
    /// Users' URIs contain a dot and the built-in ones do not, so the two never meet.
    pub const fn of(uri: &str, parameters: &[Edge]) -> Edge {
        let mut hash = Hasher::new(b'E').text(uri).number(parameters.len() as u64);
        let mut i = 0;
        while i < parameters.len() {
            hash = hash.number(parameters[i].0);
            i += 1;
        }
        Edge(hash.finish())
    }

    /// The number that stands for it on the wire.
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// An edge as it came over the wire.
    pub const fn from_bits(bits: u64) -> Edge {
        Edge(bits)
    }
}

impl fmt::Debug for Edge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Edge({:016x})", self.0)
    }
}

/// The structure of one version of a type, hashed item by item: kind, arity, names, tags, edges.
///
/// ```
/// use actor_core::wire::{Body, Wire};
/// const POINT: u64 = Body::record(2).field("x", <i64 as Wire>::EDGE).field("y", <i64 as Wire>::EDGE).finish();
/// const OTHER: u64 = Body::record(2).field("y", <i64 as Wire>::EDGE).field("x", <i64 as Wire>::EDGE).finish();
/// assert_ne!(POINT, OTHER);
/// ```
#[derive(Debug)]
pub struct Body(Hasher);

impl Body {
    /// A struct of so many fields.
    pub const fn record(fields: usize) -> Body {
        Body(Hasher::new(b'S').number(fields as u64))
    }

    /// An enum of so many variants.
    pub const fn choice(variants: usize) -> Body {
        Body(Hasher::new(b'C').number(variants as u64))
    }

    /// The next variant: its name, its tag and how many fields follow.
    pub const fn variant(self, name: &str, tag: u32, fields: usize) -> Body {
        Body(self.0.text(name).number(tag as u64).number(fields as u64))
    }

    /// The next variant, which includes the protocol in the field that follows: its name, its tag and how many fields that is.
    pub const fn include(self, name: &str, tag: u32, fields: usize) -> Body {
        // No variant has so many fields, so that none is read as this.
        Body(self.0.text(name).number(tag as u64).number(u64::MAX).number(fields as u64))
    }

    /// The next field: its name (its index in digits where it has none) and the edge of its type.
    pub const fn field(self, name: &str, edge: Edge) -> Body {
        Body(self.0.text(name).number(edge.0))
    }

    /// What the field given last is in versions without it, as written; empty if that cannot be.
    pub const fn default(self, value: &str) -> Body {
        Body(self.0.text(value))
    }

    /// The hash of all that was given.
    pub const fn finish(self) -> u64 {
        self.0.finish()
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Hasher(u64);

impl Hasher {
    pub(super) const fn new(kind: u8) -> Hasher {
        Hasher(0xcbf2_9ce4_8422_2325).byte(kind)
    }

    const fn byte(self, byte: u8) -> Hasher {
        Hasher((self.0 ^ byte as u64).wrapping_mul(0x0000_0100_0000_01b3))
    }

    pub(super) const fn number(mut self, number: u64) -> Hasher {
        let bytes = number.to_le_bytes();
        let mut i = 0;
        while i < bytes.len() {
            self = self.byte(bytes[i]);
            i += 1;
        }
        self
    }

    pub(super) const fn text(self, text: &str) -> Hasher {
        let bytes = text.as_bytes();
        let mut hash = self.number(bytes.len() as u64);
        let mut i = 0;
        while i < bytes.len() {
            hash = hash.byte(bytes[i]);
            i += 1;
        }
        hash
    }

    pub(super) const fn finish(self) -> u64 {
        let mut h = self.0;
        h = (h ^ (h >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        h = (h ^ (h >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        h ^ (h >> 33)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by a second implementation. Edges stand in committed contracts and on the wire between builds: these numbers never change.
    #[test]
    fn edges_are_what_they_have_always_been() {
        assert_eq!(Edge::of("u64", &[]).bits(), 0xab72_1f54_12f7_739a);
        assert_eq!(Edge::of("bank.Account", &[]).bits(), 0x51a1_0926_66ae_7c7e);
        assert_eq!(Edge::of("vec", &[Edge::of("bank.Account", &[])]).bits(), 0xe852_2672_6674_0f40);
    }

    #[test]
    fn structures_that_differ_only_in_framing_differ() {
        let u = Edge::of("u64", &[]);
        let one = Body::choice(2).variant("A", 0, 1).field("b", u).variant("C", 1, 0).finish();
        let two = Body::choice(2).variant("A", 0, 0).variant("C", 1, 1).field("b", u).finish();
        assert_ne!(one, two);
        assert_ne!(Edge::of("ab", &[]), Edge::of("a", &[Edge::of("b", &[])]));
    }
}
