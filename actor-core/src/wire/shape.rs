//! What a named type is made of, over all its versions: the value that derives write and fingerprints, contracts and
//! negotiation are computed from. Hashes without allocating, so that it can be done while compiling; never looks into a nested
//! type.

use std::collections::BTreeSet;

use super::{Body, Edge};

/// The structure of a type over all its versions.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// A built-in type, or one whose codec was written by hand: it has no versions of its own.
    Opaque,
    /// A struct.
    Record(&'static [FieldShape]),
    /// An enum.
    Choice(&'static [VariantShape]),
    /// An enum whose variants are the messages of a protocol. On the wire it is as any other: the same variants, the same hash.
    Protocol(&'static [VariantShape]),
}

/// A field, in the versions that have it.
#[derive(Debug, Clone, Copy)]
pub struct FieldShape {
    /// Its name; its index in digits where it has none.
    pub name: &'static str,
    /// What its type is when nested.
    pub edge: Edge,
    /// Writes the name of its type.
    pub type_name: fn(&mut String),
    /// The versions that have it.
    pub life: Life,
    /// What it is in versions without it, as written; empty if that cannot be.
    pub default: &'static str,
}

/// A variant, in the versions that have it.
#[derive(Debug, Clone, Copy)]
pub struct VariantShape {
    /// Its name.
    pub name: &'static str,
    /// Its number on the wire.
    pub tag: u32,
    /// The name of its method, if that does not follow from its own; else empty. Not part of its hash.
    pub method: &'static str,
    /// The versions that have it.
    pub life: Life,
    /// Its fields.
    pub fields: &'static [FieldShape],
    /// Whether its one field is a protocol that handles can be narrowed to.
    pub include: bool,
}

/// A range of versions: from `since` on, and before `until`; 0 for no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Life {
    /// The first version that has it.
    pub since: u16,
    /// The first version again that does not; 0 if there is none.
    pub until: u16,
}

impl Life {
    /// Every version.
    pub const WHOLE: Life = Life { since: 1, until: 0 };

    /// Whether this version is one of them.
    pub const fn has(self, version: u16) -> bool {
        version >= self.since && (self.until == 0 || version < self.until)
    }
}

impl FieldShape {
    /// The default is part of the version that brings the field: later ones have it as any other field, so that its history
    /// can be forgotten when the versions before it are.
    const fn default_in(&self, version: u16) -> &'static str {
        if self.life.since > 1 && self.life.since == version { self.default } else { "" }
    }
}

impl Shape {
    /// The hash of one version's structure: kind, arity, names, tags, edges, defaults.
    pub const fn body(&self, version: u16) -> u64 {
        match self {
            Shape::Opaque => 0,
            Shape::Record(fields) => hash_fields(Body::record(count(fields, version)), fields, version).finish(),
            Shape::Choice(variants) | Shape::Protocol(variants) => {
                let (mut live, mut i) = (0, 0);
                while i < variants.len() {
                    live += variants[i].life.has(version) as usize;
                    i += 1;
                }
                let mut body = Body::choice(live);
                i = 0;
                while i < variants.len() {
                    let VariantShape { name, tag, life, fields, include, .. } = variants[i];
                    if life.has(version) {
                        let count = count(fields, version);
                        body = if include { body.include(name, tag, count) } else { body.variant(name, tag, count) };
                        body = hash_fields(body, fields, version);
                    }
                    i += 1;
                }
                body.finish()
            }
        }
    }

    /// One version's structure in words: one line, the same for the same structure.
    pub fn text(&self, version: u16) -> String {
        let mut out = String::new();
        match self {
            Shape::Opaque => out.push_str("opaque"),
            Shape::Record(fields) => {
                out.push_str("struct");
                write_fields(&mut out, fields, version);
            }
            Shape::Choice(variants) | Shape::Protocol(variants) => {
                out.push_str(if matches!(self, Shape::Protocol(_)) { "protocol {" } else { "enum {" });
                let live = variants.iter().filter(|variant| variant.life.has(version));
                for (i, variant) in live.enumerate() {
                    out.push_str(if i == 0 { " " } else { ", " });
                    out.push_str(&format!("{} {}", variant.tag, variant.name));
                    if !variant.method.is_empty() {
                        out.push_str(&format!(" as {}", variant.method));
                    }
                    match variant.fields {
                        [included] if variant.include => {
                            out.push_str("(include ");
                            (included.type_name)(&mut out);
                            out.push(')');
                        }
                        fields if count(fields, version) > 0 => write_fields(&mut out, fields, version),
                        _ => {}
                    }
                }
                out.push_str(" }");
            }
        }
        out
    }

    /// The names of the named types whose values a version contains, through containers and parameters too, once each. A
    /// handle contains no value of its protocol.
    pub fn names(&self, version: u16) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        let mut add = |fields: &[FieldShape]| {
            for field in fields.iter().filter(|field| field.life.has(version)) {
                let mut text = String::new();
                (field.type_name)(&mut text);
                add_names(&text, &mut names);
            }
        };
        match self {
            Shape::Opaque => {}
            Shape::Record(fields) => add(fields),
            Shape::Choice(variants) | Shape::Protocol(variants) => {
                variants.iter().filter(|variant| variant.life.has(version)).for_each(|variant| add(variant.fields));
            }
        }
        names
    }

    /// The edges of the types that a version contains, as they stand.
    pub fn edges(&self, version: u16) -> Vec<Edge> {
        let of = |fields: &'static [FieldShape]| {
            fields.iter().filter(move |field| field.life.has(version)).map(|field| field.edge)
        };
        match self {
            Shape::Opaque => Vec::new(),
            Shape::Record(fields) => of(fields).collect(),
            Shape::Choice(variants) | Shape::Protocol(variants) => variants
                .iter()
                .filter(|variant| variant.life.has(version))
                .flat_map(|variant| of(variant.fields))
                .collect(),
        }
    }
}

/// The names in the name of a type; those of users' types have a dot, and the built-in ones have none.
fn add_names(type_name: &str, names: &mut BTreeSet<String>) {
    // How deep the parameters are nested, and at which depth those of a handle began.
    let (mut depth, mut handle) = (0, None);
    for token in type_name.split_inclusive(['<', '>', ',', ';', ' ']) {
        let name = token.trim_end_matches(['<', '>', ',', ';', ' ']);
        // A foreign type's has a slash as well: it has no versions of its own that could disagree.
        if handle.is_none() && name.contains('.') && !name.contains('/') {
            names.insert(name.to_owned());
        }
        if token.ends_with('<') {
            handle = handle.or((name == "subject").then_some(depth));
            depth += 1;
        } else if token.ends_with('>') {
            depth -= 1;
            handle = handle.filter(|began| *began < depth);
        }
    }
}

const fn count(fields: &[FieldShape], version: u16) -> usize {
    let (mut live, mut i) = (0, 0);
    while i < fields.len() {
        live += fields[i].life.has(version) as usize;
        i += 1;
    }
    live
}

const fn hash_fields(mut body: Body, fields: &[FieldShape], version: u16) -> Body {
    let mut i = 0;
    while i < fields.len() {
        let FieldShape { name, edge, life, .. } = fields[i];
        if life.has(version) {
            body = body.field(name, edge).default(fields[i].default_in(version));
        }
        i += 1;
    }
    body
}

fn write_fields(out: &mut String, fields: &[FieldShape], version: u16) {
    out.push_str(" {");
    for (i, field) in fields.iter().filter(|field| field.life.has(version)).enumerate() {
        out.push_str(if i == 0 { " " } else { ", " });
        out.push_str(field.name);
        out.push_str(": ");
        (field.type_name)(out);
        if !field.default_in(version).is_empty() {
            out.push_str(" = ");
            out.push_str(field.default_in(version));
        }
    }
    out.push_str(" }");
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by a second implementation: such hashes stand in committed contracts.
    #[test]
    fn an_include_is_part_of_the_structure() {
        const HEALTH: &[FieldShape] = &[FieldShape {
            name: "0",
            edge: Edge::of("ops.Health", &[]),
            type_name: |out| out.push_str("ops.Health"),
            life: Life::WHOLE,
            default: "",
        }];
        let bank = |include| {
            const PLAIN: VariantShape =
                VariantShape { name: "Health", tag: 0, method: "", life: Life::WHOLE, fields: HEALTH, include: false };
            Shape::Protocol(match include {
                true => &[VariantShape { include: true, ..PLAIN }],
                false => &[PLAIN],
            })
        };
        assert_eq!(bank(true).text(1), "protocol { 0 Health(include ops.Health) }");
        assert_eq!(bank(false).text(1), "protocol { 0 Health { 0: ops.Health } }");
        assert_eq!((bank(true).body(1), bank(false).body(1)), (0x3a01_a5a6_922b_abf0, 0x128b_2312_d436_2876));
        assert_eq!(bank(true).names(1), bank(false).names(1), "it contains the protocol either way");
    }

    /// DESIGN §4: what a type contains is found through containers and parameters; a handle is only a handle.
    #[test]
    fn names_are_found_inside_of_other_types() {
        let found = |text: &str| {
            let mut names = BTreeSet::new();
            add_names(text, &mut names);
            names.into_iter().collect::<Vec<_>>().join(" ")
        };
        assert_eq!(found("map<text, vec<shop.Item>>"), "shop.Item");
        assert_eq!(found("array<shop.Page<shop.Item, option<a.B>>; 3>"), "a.B shop.Item shop.Page");
        assert_eq!(found("tuple<subject<shop.Order<a.B>>, a.C>"), "a.C");
        assert_eq!(found("result<reply<a.B>, vec<subject<a.C>>>"), "a.B");
        assert_eq!(found("option<u64>"), "");
        assert_eq!(found("a.B"), "a.B");
        assert_eq!(found("map<geo.Point/1, a.B>"), "a.B");
        assert_eq!(found(">>a.B<<"), "a.B");
    }
}
