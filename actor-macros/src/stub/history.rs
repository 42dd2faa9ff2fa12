//! The versions of a type as one: which fields and variants each of them has. As far as words can tell: what a value of an older
//! version becomes where they do not say (a field that went, or whose type changed) only its author knows, and a stub begins
//! after that version. Driven by `stub`.

use super::{
    contract::Line,
    value,
    words::{self, Structure, Word},
};

/// The versions that a stub has, the oldest first, and what they are made of together.
pub(crate) struct History<'a> {
    pub(crate) lines: Vec<&'a Line>,
    pub(crate) whole: Whole<'a>,
}

/// What versions are made of together.
pub(crate) enum Whole<'a> {
    Struct(Vec<Field<'a>>),
    Enum { is_protocol: bool, variants: Vec<Variant<'a>> },
}

/// A field from a version on.
pub(crate) struct Field<'a> {
    pub(crate) name: &'a str,
    pub(crate) ty: &'a Word,
    pub(crate) since: Option<Since<'a>>,
}

/// Which version brings a field.
pub(crate) struct Since<'a> {
    pub(crate) version: u16,
    /// What the field is before, as its author has written it.
    pub(crate) words: &'a str,
    /// The same as Rust; `None` if no version of the stub asks for it.
    pub(crate) value: Option<proc_macro2::TokenStream>,
}

/// A variant from a version on, and before another.
pub(crate) struct Variant<'a> {
    pub(crate) name: &'a str,
    pub(crate) tag: u32,
    pub(crate) method: Option<&'a str>,
    pub(crate) since: u16,
    pub(crate) until: Option<u16>,
    pub(crate) fields: Vec<Field<'a>>,
    pub(crate) include: bool,
}

/// The newest of these versions, with as many before it as can be one type with it; `None` if not even it can be one. They are of
/// one type, the oldest first.
pub(crate) fn of<'a>(lines: &[&'a Line]) -> Option<History<'a>> {
    let mut found = None;
    for first in (0..lines.len()).rev() {
        let lines = &lines[first..];
        let follows = lines.windows(2).all(|pair| pair[1].version - pair[0].version == 1);
        match whole(lines).filter(|_| follows) {
            Some(whole) => found = Some(History { lines: lines.to_vec(), whole }),
            None => break,
        }
    }
    found
}

fn whole<'a>(lines: &[&'a Line]) -> Option<Whole<'a>> {
    let newest = lines.last()?;
    if let Structure::Enum { is_protocol, .. } = &newest.structure {
        return variants(lines).map(|variants| Whole::Enum { is_protocol: *is_protocol, variants });
    }
    let list = |line: &&'a Line| match &line.structure {
        Structure::Struct(fields) => Some((line.version, fields.as_slice())),
        Structure::Enum { .. } | Structure::Opaque => None,
    };
    let lists: Option<Vec<_>> = lines.iter().map(list).collect();
    fields(&lists?).map(Whole::Struct)
}

/// Fields that come and stay.
fn fields<'a>(lists: &[(u16, &'a [words::Field])]) -> Option<Vec<Field<'a>>> {
    let ((oldest, _), (_, newest)) = (lists.first()?, lists.last()?);
    let mut found = Vec::new();
    for field in *newest {
        let has = |(_, list): &&(u16, &'a [words::Field])| list.iter().any(|other| other.name == field.name);
        let (first, list) = lists.iter().find(has)?;
        let default = list.iter().find(|other| other.name == field.name)?.default.as_deref();
        let since = match default {
            None if first == oldest => None,
            None => return None,
            Some(words) => {
                let value = value::of(words, &field.ty);
                // An older value never comes to where it would be asked for.
                if first != oldest && value.is_none() {
                    return None;
                }
                Some(Since { version: *first, words, value: value.filter(|_| first != oldest) })
            }
        };
        found.push((*first, Field { name: &field.name, ty: &field.ty, since }));
    }
    let is_told = |(version, list): &(u16, &'a [words::Field])| {
        let told = found.iter().filter(|(first, _)| first <= version);
        let of_field = |(first, field): &(u16, Field<'a>)| {
            let words = field.since.as_ref().filter(|_| first == version).map(|since| since.words);
            (field.name, field.ty, words)
        };
        let list = list.iter().map(|field| (field.name.as_str(), &field.ty, field.default.as_deref()));
        told.map(of_field).eq(list)
    };
    lists.iter().all(is_told).then(|| found.into_iter().map(|(_, field)| field).collect())
}

/// Variants that come and go.
fn variants<'a>(lines: &[&'a Line]) -> Option<Vec<Variant<'a>>> {
    let list = |line: &&'a Line| match &line.structure {
        Structure::Enum { variants, .. } => Some((line.version, variants.as_slice())),
        Structure::Struct(_) | Structure::Opaque => None,
    };
    let lists: Vec<(u16, &'a [words::Variant])> = lines.iter().map(list).collect::<Option<_>>()?;
    let newest = lists.last()?.0;
    let order = order(&lists);
    let found: Option<Vec<Variant<'a>>> = order.iter().map(|name| variant(name, &lists, newest)).collect();
    let found = found.filter(|found| {
        let mut tags: Vec<u32> = found.iter().map(|variant| variant.tag).collect();
        tags.sort_unstable();
        tags.windows(2).all(|pair| pair[0] != pair[1])
    })?;
    let is_told = |(version, list): &(u16, &'a [words::Variant])| {
        let is_there = |v: &&Variant<'a>| v.since <= *version && v.until.is_none_or(|until| *version < until);
        found.iter().filter(is_there).map(|variant| variant.name).eq(list.iter().map(|variant| variant.name.as_str()))
    };
    lists.iter().all(is_told).then_some(found)
}

/// The names of all variants: those of the newest version, with those that went behind what they stood behind.
fn order<'a>(lists: &[(u16, &'a [words::Variant])]) -> Vec<&'a str> {
    let mut order: Vec<&str> = Vec::new();
    for (_, list) in lists.iter().rev() {
        let mut place = 0;
        for variant in *list {
            match order.iter().position(|name| *name == variant.name) {
                Some(found) => place = found + 1,
                None => {
                    order.insert(place, &variant.name);
                    place += 1;
                }
            }
        }
    }
    order
}

fn variant<'a>(name: &str, lists: &[(u16, &'a [words::Variant])], newest: u16) -> Option<Variant<'a>> {
    let of = |(version, list): &(u16, &'a [words::Variant])| {
        let mut same = list.iter().filter(|variant| variant.name == name);
        same.next().map(|variant| (*version, variant)).filter(|_| same.next().is_none())
    };
    let there: Vec<(u16, &'a words::Variant)> = lists.iter().filter_map(of).collect();
    let ((since, _), (last, variant)) = (*there.first()?, *there.last()?);
    let is_one_run = usize::from(last - since) + 1 == there.len();
    if !is_one_run || there.iter().any(|(_, other)| other.tag != variant.tag || other.include != variant.include) {
        return None;
    }
    let lists: Vec<_> = there.iter().map(|(version, variant)| (*version, variant.fields.as_slice())).collect();
    let (method, until) = (variant.method.as_deref(), (last < newest).then_some(last.saturating_add(1)));
    Some(Variant {
        name: &variant.name,
        tag: variant.tag,
        method,
        since,
        until,
        fields: fields(&lists)?,
        include: variant.include,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::contract::read, *};

    /// The versions of `a.B` with these structures, from 1 on: from which on a stub has them, and how it tells of them.
    fn told(structures: &[&str]) -> (u16, String) {
        let text: String =
            (1..).zip(structures).map(|(v, words)| format!("a.B {v} = {words} #0123456789abcdef\n")).collect();
        let lines = read(&text).unwrap();
        let History { lines, whole } = of(&lines.iter().collect::<Vec<_>>()).unwrap();
        let field = |field: &Field<'_>| {
            let since = field.since.as_ref();
            let since =
                since.map(|s| format!("@{}={}", s.version, s.value.as_ref().map_or("?".into(), ToString::to_string)));
            format!("{}{}", field.name, since.unwrap_or_default())
        };
        let list = |fields: &[Field<'_>]| fields.iter().map(field).collect::<Vec<_>>().join(" ");
        let text = match &whole {
            Whole::Struct(fields) => list(fields),
            Whole::Enum { variants, .. } => {
                let variant = |v: &Variant<'_>| {
                    let until = v.until.map_or(String::new(), |until| until.to_string());
                    format!("{}@{}..{until}({})", v.name, v.since, list(&v.fields))
                };
                variants.iter().map(variant).collect::<Vec<_>>().join(" ")
            }
        };
        (lines[0].version, text)
    }

    #[test]
    fn fields_that_come_are_told_of() {
        let versions =
            ["struct { a: u8 }", "struct { b: u8 = 7, a: u8 }", "struct { b: u8, a: u8, c: text = default }"];
        assert_eq!(told(&versions), (1, "b@2=7 a c@3=:: core :: default :: Default :: default ()".to_owned()));
        assert_eq!(told(&["struct { }", "struct { 0: u8 = 1 }"]), (1, "0@2=1".to_owned()));
    }

    #[test]
    fn a_stub_begins_after_what_words_cannot_tell() {
        let since = |structures: &[&str]| told(structures).0;
        assert_eq!(since(&["struct { a: u8 }", "struct { }"]), 2, "a field went");
        assert_eq!(since(&["struct { a: u8 }", "struct { a: u16 }"]), 2, "its type changed");
        assert_eq!(since(&["struct { a: u8 }", "struct { a: u8, b: u8 }"]), 2, "what is it before?");
        assert_eq!(since(&["struct { a: u8, b: u8 }", "struct { b: u8, a: u8 }"]), 2, "they changed places");
        assert_eq!(since(&["struct { a: u8 }", "struct { a: u8 = 1 }"]), 2, "it is another");
        assert_eq!(since(&["enum { 0 A }", "struct { }", "struct { }"]), 2);
        assert_eq!(since(&["struct { a: u8 }", "struct { }", "struct { a: u8 = 1 }"]), 2);
        assert_eq!(told(&["struct { }", "struct { a: u8 = crate::TEN }"]), (2, "a@2=?".to_owned()));
        assert_eq!(told(&["struct { }", "struct { a: u8 = x() }", "struct { a: u8 }"]), (2, "a@2=?".to_owned()));
    }

    #[test]
    fn variants_come_and_go() {
        let versions = [
            "enum { 0 A, 1 B { x: u8 }, 2 C }",
            "protocol { 0 A, 1 B { x: u8, y: u8 = 3 }, 3 D { z: u8 } }",
            "protocol { 0 A, 3 D { z: u8 } }",
        ];
        assert_eq!(told(&versions), (1, "A@1..() B@1..3(x y@2=3) C@1..2() D@2..(z)".to_owned()));
        assert_eq!(told(&["enum { 0 A }", "enum { 1 A }"]).0, 2, "another tag");
        assert_eq!(told(&["enum { 0 A }", "enum { 0 B }"]).0, 2, "one tag for two");
        let included =
            ["protocol { 0 A { 0: a.C } }", "protocol { 0 A(include a.C) }", "protocol { 0 A(include a.C) }"];
        assert_eq!(told(&included), (2, "A@2..(0)".to_owned()), "handles are made of it");
        assert_eq!(told(&["enum { 0 A, 1 B }", "enum { 0 A }", "enum { 0 A, 1 B }"]).0, 2, "it came back");
        assert_eq!(told(&["enum { 0 A { x: u8 } }", "enum { 0 A { x: u16 } }", "enum { 0 A { x: u16 } }"]).0, 2);
        assert_eq!(told(&["enum { 0 A, 1 B }", "enum { 1 B, 0 A }"]).0, 2, "they changed places");
    }
}
