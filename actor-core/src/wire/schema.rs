//! Which named types are in this binary, with their versions and structure: collected by inventory, injectable for
//! tests. Never consulted to deliver a message.

use std::collections::BTreeMap;

use super::{Edge, Shape, edge::Hasher};

/// One named type as this build knows it.
#[derive(Debug, Clone)]
pub struct Schema {
    /// Its stable name.
    pub uri: &'static str,
    /// The name it had first, by which contracts know it.
    pub identity: &'static str,
    /// The oldest version this build knows.
    pub oldest: u16,
    /// The newest version this build knows.
    pub version: u16,
    /// The newest version that is released; 0 for none.
    pub locked: u16,
    /// What its name is, without parameters: the edge of the name it had first.
    pub edge: Edge,
    /// The structure of every version.
    pub shape: Shape,
    /// The Rust path of the type, for messages to people.
    pub path: &'static str,
    /// The contract that the type was generated from, if it is a stub.
    pub contract: Option<&'static str>,
}

impl Schema {
    /// Every type whose derive was linked into this binary, in no promised order.
    pub fn linked() -> impl Iterator<Item = &'static Schema> {
        inventory::iter::<Schema>.into_iter()
    }

    /// Both as one entry, if they are one type or if one of them is a stub of the other: the versions that both know.
    fn with(self, other: Schema) -> Result<Self, SchemaConflict> {
        let conflict = SchemaConflict { uri: self.uri, paths: [self.path, other.path] };
        if self.path == other.path {
            return Ok(other);
        }
        let oldest = self.oldest.max(other.oldest);
        let mut common = oldest..=self.version;
        // What is written to a peer is agreed on once for both, so that both end with the same version.
        let is_one = self.edge == other.edge
            && self.version == other.version
            && common.all(|version| self.shape.body(version) == other.shape.body(version));
        match (self.contract, other.contract) {
            (None, None) => Err(conflict),
            _ if !is_one => Err(conflict),
            (Some(_), _) => Ok(Schema { oldest, ..other }),
            (None, Some(_)) => Ok(Schema { oldest, ..self }),
        }
    }

    /// The versions that this build knows, each with the hash of its structure.
    pub fn bodies(&self) -> impl Iterator<Item = (u16, u64)> {
        (self.oldest..=self.version).map(|version| (version, self.shape.body(version)))
    }
}

inventory::collect!(Schema);

/// The named types of a build.
#[derive(Debug, Clone, Default)]
pub struct SchemaTable(BTreeMap<&'static str, Schema>);

impl SchemaTable {
    /// The types whose derives were linked into this binary.
    ///
    /// # Errors
    /// [`SchemaConflict`] when two types share a URI.
    pub fn linked() -> Result<Self, SchemaConflict> {
        Self::of(Schema::linked().cloned())
    }

    /// A table of these types. A type and its stubs are one entry, if their newest versions are the same.
    ///
    /// # Errors
    /// [`SchemaConflict`] when two types share a URI.
    pub fn of(schemas: impl IntoIterator<Item = Schema>) -> Result<Self, SchemaConflict> {
        let mut table: BTreeMap<_, Schema> = BTreeMap::new();
        for schema in schemas {
            // A stub has the name that its type had first.
            let other = table.values().find(|other| other.uri == schema.uri || other.edge == schema.edge);
            let entry = match other.map(|other| other.uri).and_then(|uri| table.remove(uri)) {
                None => schema,
                Some(other) => other.with(schema)?,
            };
            table.insert(entry.uri, entry);
        }
        Ok(SchemaTable(table))
    }

    /// The types, in the order of their URIs.
    pub fn iter(&self) -> impl Iterator<Item = &Schema> {
        self.0.values()
    }

    /// The URI behind an edge.
    pub fn name(&self, edge: Edge) -> Option<&'static str> {
        self.0.values().find(|schema| schema.edge == edge).map(|schema| schema.uri)
    }

    /// One number for the whole table: equal tables have equal roots.
    pub fn root(&self) -> u64 {
        self.0
            .values()
            .fold(Hasher::new(b'T').number(self.0.len() as u64), |hash, schema| {
                let named = hash.number(schema.edge.bits()).number(schema.oldest.into()).number(schema.version.into());
                schema.bodies().fold(named, |hash, (_, body)| hash.number(body))
            })
            .finish()
    }
}

/// Two types in one binary claim one URI.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` and `{}` in this binary both have the uri `{uri}`; give one of them another `#[wire(uri = \"…\")]`, or, if one is a stub \
     of the other, generate it from a contract with the same newest version",
    paths[0],
    paths[1]
)]
pub struct SchemaConflict {
    /// The URI claimed twice.
    pub uri: &'static str,
    /// The Rust paths of the two types.
    pub paths: [&'static str; 2],
}

/// The stable name of a protocol by its edge, in quotes, or that this build does not contain it. For messages to people.
pub fn describe(edge: Edge) -> std::borrow::Cow<'static, str> {
    match inventory::iter::<Schema>.into_iter().find(|schema| schema.edge == edge) {
        Some(schema) => format!("`{}`", schema.uri).into(),
        None => "a protocol that this build does not contain".into(),
    }
}
