//! All types of a contract by their names, each with its versions, its Rust name and its parameters; what is found here is
//! known to fit together. Never writes code. Driven by `stub`.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Ident, Path};

use super::{
    contract::{Line, Wrong},
    history::{self, Field, History, Whole},
    input::{Input, Named},
    words::{Structure, Word, is_foreign},
};

/// The types of a contract.
pub(crate) struct Catalog<'a> {
    pub(crate) types: BTreeMap<&'a str, Type<'a>>,
    /// Names for which the user has types.
    pub(crate) given: BTreeMap<&'a str, &'a Path>,
    pub(crate) input: &'a Input,
}

/// A type that a stub is made of.
pub(crate) struct Type<'a> {
    pub(crate) name: &'a str,
    /// As Rust has it.
    pub(crate) ident: String,
    pub(crate) parameters: usize,
    pub(crate) history: History<'a>,
}

impl<'a> Type<'a> {
    /// Its fields, those of all variants.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field<'a>> {
        let (own, variants): (&[_], &[_]) = match &self.history.whole {
            Whole::Struct(fields) => (fields, &[]),
            Whole::Enum { variants, .. } => (&[], variants),
        };
        own.iter().chain(variants.iter().flat_map(|variant| &variant.fields))
    }

    /// Every word in its fields, however deep.
    pub(crate) fn words(&self) -> impl Iterator<Item = &'a Word> {
        self.fields().flat_map(|field| field.ty.all())
    }

    pub(crate) fn is_protocol(&self) -> bool {
        matches!(self.history.whole, Whole::Enum { is_protocol: true, .. })
    }

    /// The number of its newest version's line.
    pub(crate) fn number(&self) -> u32 {
        self.history.lines.last().map_or(0, |line| line.number)
    }
}

impl<'a> Catalog<'a> {
    /// The types of these lines that are not removed and that the user has no types for.
    pub(crate) fn of(lines: &'a [Line], input: &'a Input) -> Result<Self, Vec<Wrong>> {
        let given = input.named.iter().filter_map(|(name, (_, named))| match named {
            Named::Is(path) => Some((name.as_str(), path)),
            Named::As(_) => None,
        });
        let given: BTreeMap<_, _> = given.collect();
        let mut live: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
        for line in lines.iter().filter(|line| !line.removed && !given.contains_key(line.name.as_str())) {
            live.entry(&line.name).or_default().push(line);
        }
        let known: BTreeSet<&str> = live.keys().chain(given.keys()).copied().collect();
        let (mut types, mut wrong) = (BTreeMap::new(), Vec::new());
        for (name, lines) in &mut live {
            lines.sort_by_key(|line| line.version);
            match Self::history(lines, &known, input) {
                Ok(history) => {
                    let ident = rust_name(name, input);
                    types.insert(*name, Type { name, ident, parameters: 0, history });
                }
                Err(what) => wrong.push(what),
            }
        }
        for ty in types.values_mut() {
            let places =
                ty.words().filter_map(|word| if let Word::Parameter(place) = word { Some(*place) } else { None });
            let places: BTreeSet<usize> = places.collect();
            ty.parameters = places.len();
            if places.iter().enumerate().any(|(i, place)| i != *place) {
                let what = format!(
                    "`{}` has a parameter that it does not use, which Rust does not allow; write that type yourself, with the \
                     same uri, and name it: {}",
                    ty.name,
                    input.give(ty.name)
                );
                wrong.push(Wrong::new(ty.number(), what));
            }
        }
        let catalog = Catalog { types, given, input };
        if wrong.is_empty() {
            wrong.extend(
                catalog
                    .types
                    .values()
                    .filter_map(|ty| catalog.misfit(ty).err().map(|what| Wrong::new(ty.number(), what))),
            );
            wrong.extend(catalog.clash());
        }
        if wrong.is_empty() { Ok(catalog) } else { Err(wrong) }
    }

    /// The versions whose words are all known.
    fn history(lines: &[&'a Line], known: &BTreeSet<&str>, input: &Input) -> Result<History<'a>, Wrong> {
        let stranger = |line: &Line| {
            let words = line.structure.fields().flat_map(|field| field.ty.all());
            let mut names =
                words.filter_map(|word| if let Word::Named(name, _) = word { Some(name.clone()) } else { None });
            names.find(|name| !known.contains(name.as_str()))
        };
        let first = lines.iter().rposition(|line| stranger(line).is_some()).map_or(0, |place| place + 1);
        let Some(newest) = lines.last() else { return Err(Wrong::new(0, "it has no versions")) };
        if let Some(name) = stranger(newest) {
            let what = match is_foreign(&name) {
                true => format!(
                    "`{name}` is a type of another crate, and a contract has only its name; add that crate and name the type: {}",
                    input.give(&name)
                ),
                false => format!(
                    "`{name}` is used here but has no line, or its line is marked as removed; if a different contract has it, make \
                     stubs of that one too and name the type: {}; if none has it, the file is incomplete: {EDITED}",
                    input.give(&name)
                ),
            };
            return Err(Wrong::new(newest.number, what));
        }
        if newest.structure == Structure::Opaque {
            let what = format!(
                "`{0}` has a codec written by hand, so no stub can be generated from the contract; use the type of the crate that \
                 has it, or implement `Wire` by hand with the same uri, and name it: {1}",
                newest.name,
                input.give(&newest.name)
            );
            return Err(Wrong::new(newest.number, what));
        }
        let what = || {
            format!(
                "two variants of `{}` have the same name or the same tag, so no type can be made of it; {EDITED}",
                newest.name
            )
        };
        history::of(&lines[first..]).ok_or_else(|| Wrong::new(newest.number, what()))
    }

    /// What does not fit the other types.
    fn misfit(&self, ty: &Type<'a>) -> Result<(), String> {
        let name = ty.name;
        if ty.is_protocol() && ty.parameters > 0 {
            return Err(format!("`{name}` is a protocol and has parameters; {EDITED}"));
        }
        if ty.parameters == 1 && ty.ident == "Reply" {
            return Err(format!(
                "`{name}` would be taken for the reply of a call; rename it: {}",
                self.input.rename(name, "OtherReply")
            ));
        }
        if matches!(&ty.history.whole, Whole::Enum { variants, .. } if variants.is_empty()) {
            return Err(format!("`{name}` has no variants; {EDITED}"));
        }
        if let Whole::Enum { variants, is_protocol } = &ty.history.whole {
            let included = variants.iter().filter(|variant| variant.include).flat_map(|variant| &variant.fields);
            if let Some(field) = included.into_iter().find(|field| !is_protocol || !self.is_protocol(field.ty)) {
                return Err(format!(
                    "`{}` is included in `{name}`, and one of them is not a protocol; {EDITED}",
                    field.ty
                ));
            }
        }
        for word in ty.words() {
            if let Word::Named(other, inner) = word
                && let Some(other) = self.types.get(other.as_str()).filter(|other| other.parameters != inner.len())
            {
                let (named, takes, has) = (other.name, other.parameters, inner.len());
                return Err(format!("`{named}` takes {takes} parameters, and has {has} here; {EDITED}"));
            }
            if word.is("subject") && !word.inner().iter().all(|inner| self.is_protocol(inner)) {
                return Err(format!("`{word}` is a subject of a type that is not a protocol; {EDITED}"));
            }
        }
        Ok(())
    }

    fn is_protocol(&self, word: &Word) -> bool {
        let Word::Named(name, _) = word else { return false };
        self.types.get(name.as_str()).is_none_or(Type::is_protocol)
    }

    /// Two types of one Rust name.
    fn clash(&self) -> Option<Wrong> {
        let mut owners: BTreeMap<String, &str> = BTreeMap::new();
        let most = self.types.values().map(|ty| ty.parameters).max().unwrap_or(0);
        owners.extend((0..most).map(|place| (parameter(place), "a type parameter")));
        for ty in self.types.values() {
            let client = ty.is_protocol().then(|| format!("{}Client", ty.ident));
            for ident in [Some(ty.ident.clone()), client].into_iter().flatten() {
                if let Some(owner) = owners.insert(ident.clone(), ty.name) {
                    let name = ty.name;
                    let what = format!(
                        "`{owner}` and `{name}` would both be `{ident}` in Rust; rename one of them: {}",
                        self.input.rename(name, &new_name(name, &ty.ident))
                    );
                    return Some(Wrong::new(ty.number(), what));
                }
            }
        }
        None
    }
}

/// The name with the word before it in the uri: `ShopItem` for `shop.Item`.
fn new_name(uri: &str, ident: &str) -> String {
    let family = uri.rsplit('.').nth(1).unwrap_or("other").replace('-', "_");
    let mut letters = family.chars();
    let first = letters.next().filter(char::is_ascii_alphabetic).map_or('O', |first| first.to_ascii_uppercase());
    format!("{first}{}{ident}", letters.as_str())
}

/// The name of a type parameter.
pub(crate) fn parameter(place: usize) -> String {
    format!("T{place}")
}

/// The last word of the uri, or what the user has given.
fn rust_name(uri: &str, input: &Input) -> String {
    if let Some((_, Named::As(ident))) = input.named.get(uri) {
        return ident.to_string();
    }
    let mut ident = uri.rsplit('.').next().unwrap_or(uri).replace('-', "_");
    if ident.starts_with(|c: char| c.is_ascii_digit()) {
        ident.insert(0, '_');
    }
    match syn::parse_str::<Ident>(&ident) {
        Ok(_) => ident,
        Err(_) => ident + "_",
    }
}

pub(crate) const EDITED: &str = "copy the file again from its owner";
