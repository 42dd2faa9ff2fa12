//! What values of a stub can do: be copied, be compared, be keys; and where one would contain itself without an end. Found
//! over all types of a contract at once. Never writes code. Driven by `stub`.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    catalog::{Catalog, Type},
    contract::Wrong,
    input::Input,
    words::Word,
};

/// What the types of a contract can do.
pub(crate) struct Abilities<'a> {
    able: BTreeMap<&'a str, Able>,
    keys: BTreeSet<&'a str>,
    /// The types that a type contains without anything between that can be empty or leads elsewhere, through others too.
    contains: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

/// What a value can do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Able {
    pub(crate) copied: bool,
    pub(crate) compared: bool,
    /// Equality is total: it can be hashed, and put in order.
    pub(crate) total: bool,
}

impl Able {
    const ALL: Able = Able { copied: true, compared: true, total: true };
    const PARTIAL: Able = Able { total: false, ..Able::ALL };
    const COPIED: Able = Able { compared: false, ..Able::PARTIAL };
    const NONE: Able = Able { copied: false, ..Able::COPIED };

    fn and(self, other: Able) -> Able {
        Able {
            copied: self.copied && other.copied,
            compared: self.compared && other.compared,
            total: self.total && other.total,
        }
    }
}

impl<'a> Abilities<'a> {
    pub(crate) fn of(catalog: &Catalog<'a>) -> Result<Self, Vec<Wrong>> {
        let keys = keys(catalog);
        // What a type of the user's can do is not known; as a key, it is what keys are.
        let (able, trusting) = (ables(catalog, Able::PARTIAL), ables(catalog, Able::ALL));
        let mut wrong = Vec::new();
        for ty in catalog.types.values() {
            for key in ty.words().filter_map(key) {
                let is_open = key.all().iter().any(|word| matches!(word, Word::Parameter(_)));
                if is_open || !of_word(key, &trusting, Able::ALL).total {
                    wrong.push(Wrong::new(ty.number(), no_key(ty, key, is_open, catalog.input)));
                }
            }
        }
        match wrong.is_empty() {
            true => Ok(Abilities { able, keys, contains: contains(catalog) }),
            false => Err(wrong),
        }
    }

    pub(crate) fn able(&self, name: &str) -> Able {
        let able = self.able.get(name).copied().unwrap_or(Able::NONE);
        Able { total: able.total || self.keys.contains(name), ..able }
    }

    pub(crate) fn is_key(&self, name: &str) -> bool {
        self.keys.contains(name)
    }

    /// Whether a value of the type in one of its owner's fields would have no end.
    pub(crate) fn is_endless(&self, owner: &str, inner: &str) -> bool {
        self.contains.get(inner).is_some_and(|contained| contained.contains(owner))
    }
}

/// Why there is no stub of a type that has such a key, and which of the two types to write instead.
fn no_key(ty: &Type<'_>, key: &Word, is_open: bool, input: &Input) -> String {
    let owner = ty.name;
    let (why, own) = match key {
        _ if is_open => ("any type can stand there, also one that is neither `Eq` nor `Ord`", owner),
        Word::Named(name, _) => ("it holds a float or other value that is neither `Eq` nor `Ord`", name.as_str()),
        _ => ("it is or holds a float or other value that is neither `Eq` nor `Ord`", owner),
    };
    format!(
        "`{key}` is the key of a map or of a set in `{owner}`, and no stub can have it as a key: {why}; write `{own}` yourself, \
         with the same uri, and name it: {}",
        input.give(own)
    )
}

/// The key of a map, or what a set holds.
fn key(word: &Word) -> Option<&Word> {
    (word.is("map") || word.is("set")).then(|| word.inner().first()).flatten()
}

/// What of values stands in the place itself: the rest is behind a pointer.
pub(crate) fn is_in_place(word: &Word) -> bool {
    !["vec", "map", "set", "subject", "reply"].iter().any(|other| word.is(other))
}

fn ables<'a>(catalog: &Catalog<'a>, given: Able) -> BTreeMap<&'a str, Able> {
    let mut able: BTreeMap<&str, Able> = catalog.types.keys().map(|name| (*name, Able::ALL)).collect();
    loop {
        let next = |ty: &Type<'a>| {
            ty.fields().fold(Able::ALL, |able_so_far, field| able_so_far.and(of_word(field.ty, &able, given)))
        };
        let found: BTreeMap<&str, Able> = catalog.types.values().map(|ty| (ty.name, next(ty))).collect();
        if found == able {
            return able;
        }
        able = found;
    }
}

fn of_word(word: &Word, able: &BTreeMap<&str, Able>, given: Able) -> Able {
    let own = match word {
        Word::BuiltIn(built_in, _) => match built_in.word {
            "subject" => return Able::COPIED,
            "reply" => return Able::NONE,
            "f32" | "f64" | "exit_reason" | "range" | "json" => Able::PARTIAL,
            _ => Able::ALL,
        },
        Word::Named(name, _) => able.get(name.as_str()).copied().unwrap_or(given),
        Word::Array(..) | Word::Parameter(_) => Able::ALL,
    };
    word.inner().iter().fold(own, |own, inner| own.and(of_word(inner, able, given)))
}

/// The types whose values are keys, or parts of keys.
fn keys<'a>(catalog: &Catalog<'a>) -> BTreeSet<&'a str> {
    let mut keys = BTreeSet::new();
    let named = |word: &'a Word| if let Word::Named(name, _) = word { Some(name.as_str()) } else { None };
    let used = catalog.types.values().flat_map(Type::words).filter_map(key).flat_map(Word::all);
    let mut found: Vec<&str> = used.filter_map(named).collect();
    while let Some(name) = found.pop() {
        if keys.insert(name)
            && let Some(ty) = catalog.types.get(name)
        {
            found.extend(ty.words().filter_map(named));
        }
    }
    keys
}

fn contains<'a>(catalog: &Catalog<'a>) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let direct: BTreeMap<&str, BTreeSet<&str>> = catalog
        .types
        .values()
        .map(|ty| {
            let mut names = BTreeSet::new();
            ty.fields().for_each(|field| in_place(field.ty, &mut names));
            (ty.name, names)
        })
        .collect();
    let reach = |name: &'a str| {
        let (mut seen, mut found) = (BTreeSet::new(), vec![name]);
        while let Some(next) = found.pop() {
            found.extend(direct.get(next).into_iter().flatten().filter(|inner| seen.insert(**inner)));
        }
        // A type is where it itself is, too.
        seen.insert(name);
        (name, seen)
    };
    catalog.types.keys().map(|name| reach(name)).collect()
}

fn in_place<'a>(word: &'a Word, names: &mut BTreeSet<&'a str>) {
    if let Word::Named(name, _) = word {
        names.insert(name);
    }
    if is_in_place(word) {
        word.inner().iter().for_each(|inner| in_place(inner, names));
    }
}
