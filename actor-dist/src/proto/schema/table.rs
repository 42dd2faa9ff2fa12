//! A build's types as they are told to a peer: of every version its hash, its words and what it contains. Never holds a Rust
//! type: what a peer says of its build is a table as well.

use std::collections::BTreeMap;

use actor_core::wire::{Edge, SchemaTable};

/// The longest description of a version, in bytes; what is beyond is left out. The hash is of the whole.
pub(crate) const MAX_TEXT: usize = 4096;

/// The types of a build, by the edge of their names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Table(pub(crate) BTreeMap<Edge, Entry>);

/// One type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Its name in that build.
    pub(crate) uri: String,
    /// The oldest version known there, from 1 on.
    pub(crate) oldest: u16,
    /// That version and those after it; never empty.
    pub(crate) versions: Vec<Version>,
}

/// One version of a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Version {
    /// The hash of its structure.
    pub(crate) body: u64,
    /// Its structure in words.
    pub(crate) text: String,
    /// The names of the types in it, as edges.
    pub(crate) contains: Vec<Edge>,
}

impl Table {
    /// What this build knows.
    pub(crate) fn of(schemas: &SchemaTable) -> Table {
        let edges: BTreeMap<&str, Edge> = schemas.iter().map(|schema| (schema.uri, schema.edge)).collect();
        // A type that no table holds still has a name, which may be in the other's.
        let edge = |name: String| edges.get(name.as_str()).copied().unwrap_or_else(|| Edge::of(&name, &[]));
        let entries = schemas.iter().map(|schema| {
            let versions = schema.bodies().map(|(version, body)| Version {
                body,
                text: clip(&schema.shape.text(version)),
                contains: schema.shape.names(version).into_iter().map(edge).collect(),
            });
            (schema.edge, Entry { uri: schema.uri.to_owned(), oldest: schema.oldest, versions: versions.collect() })
        });
        Table(entries.collect())
    }

    /// The type of that name.
    pub(crate) fn edge(&self, uri: &str) -> Option<Edge> {
        self.0.iter().find(|(_, entry)| entry.uri == uri).map(|(edge, _)| *edge)
    }
}

impl Entry {
    /// The newest version known there.
    pub(crate) fn newest(&self) -> u16 {
        let later = u16::try_from(self.versions.len().saturating_sub(1)).unwrap_or(u16::MAX);
        self.oldest.saturating_add(later)
    }

    /// A version, if that build knows it.
    pub(super) fn version(&self, version: u16) -> Option<&Version> {
        self.versions.get(usize::from(version.checked_sub(self.oldest)?))
    }
}

/// A text short enough to send and harmless enough to log.
fn clip(text: &str) -> String {
    let mut clipped = String::new();
    for letter in text.chars().filter(|letter| !letter.is_control()) {
        if clipped.len() + letter.len_utf8() > MAX_TEXT {
            break;
        }
        clipped.push(letter);
    }
    clipped
}
