//! Which version of each type a peer is written to, and stand-ins for the parameters of generic types. A value: negotiated by
//! whoever connects nodes, asked by the encoder.

use std::{collections::HashMap, sync::Arc};

use super::{DecodeError, Decoder, Edge, EncodeError, Encoder, Wire};

/// The versions in which a peer understands types, as far as they are not the newest of this build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Versions(HashMap<Edge, Agreed>);

/// What was agreed on for a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Agreed {
    Version(u16),
    /// The two builds contradict each other about it, or about something in it: what each of them means, in words.
    Quarantined(Arc<str>),
}

impl Versions {
    /// Every type in its newest version.
    pub fn newest() -> Self {
        Versions::default()
    }

    /// This type in this version from now on; the edge is that of the name alone, without parameters.
    pub fn set(&mut self, name: Edge, version: u16) {
        self.0.insert(name, Agreed::Version(version));
    }

    /// Nothing of this type crosses, because of a contradiction, which is told to whoever tries.
    pub fn quarantine(&mut self, name: Edge, contradiction: Arc<str>) {
        self.0.insert(name, Agreed::Quarantined(contradiction));
    }

    /// Whether every type is written in its newest version.
    #[inline]
    pub fn is_newest(&self) -> bool {
        self.0.is_empty()
    }

    /// The version in which a type is written, whose newest is known; the edge is that of the name alone.
    #[inline]
    pub fn written(&self, name: Edge, newest: u16) -> u16 {
        if self.is_newest() {
            return newest;
        }
        match self.get(name) {
            Some(Agreed::Version(version)) => (*version).min(newest),
            Some(Agreed::Quarantined(_)) | None => newest,
        }
    }

    pub(crate) fn get(&self, name: Edge) -> Option<&Agreed> {
        self.0.get(&name)
    }
}

/// Stands for the type parameter of that place in the contract of a generic type. Never a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Parameter<const PLACE: usize> {}

impl<const PLACE: usize> Wire for Parameter<PLACE> {
    const EDGE: Edge = Edge::of("parameter", &[Edge::from_bits(PLACE as u64)]);

    fn type_name(out: &mut String) {
        out.push_str(&format!("${PLACE}"));
    }

    fn encode(&self, _: &mut Encoder<'_>) -> Result<(), EncodeError> {
        match *self {}
    }

    fn decode(_: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Err(DecodeError::invalid("parameter", "it stands for a type"))
    }
}
