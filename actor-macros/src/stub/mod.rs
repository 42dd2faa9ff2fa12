//! `stubs!`: the types of a contract, generated from its words. Reads its one file and nothing else of the world. What it
//! generates is what the derives would: the same items go the same way through `valid` and `expand`.
//!
//! The way of a file: `contract` and `words` read it; `history` finds the versions of each type that are one type, with `value`
//! for defaults; `catalog` and `ability` look at all types together; `item` writes each as the item that a derive stands on.

mod ability;
mod catalog;
mod contract;
mod history;
mod input;
mod item;
mod value;
mod words;

use std::{env, fs, io, path::Path};

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::LitStr;

use self::{ability::Abilities, catalog::Catalog, contract::Wrong, input::Input, item::Writer};
use crate::{
    attr::Errors,
    expand::{protocol, wire},
    valid,
};

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let input: Input = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut errors = Errors::default();
    let Some(text) = read(&input.file, &mut errors) else { return errors.to_compile_errors() };
    let span = Span::call_site().located_at(input.file.span());
    let path = LitStr::new(&format!("/{}", input.file.value()), span);
    // So that cargo knows what this was made of.
    let tracked = quote_spanned! {span=>
        const _: &[::core::primitive::u8] =
            ::core::include_bytes!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), #path));
    };
    let stubs = stubs(&text, &input, &mut errors);
    let errors = errors.to_compile_errors();
    [tracked, errors, stubs].into_iter().collect()
}

/// The text of the file.
fn read(file: &LitStr, errors: &mut Errors) -> Option<String> {
    let name = file.value();
    if name.is_empty() || Path::new(&name).has_root() {
        errors.at(file.span(), "the path of a contract begins in the folder of this package's Cargo.toml; write one such as \"contracts/bank.lock\"");
        return None;
    }
    let path = env::var_os("CARGO_MANIFEST_DIR").map(|folder| Path::new(&folder).join(&name));
    let read = path.ok_or_else(|| io::Error::other("only cargo says in which folder")).and_then(fs::read_to_string);
    let what = match &read {
        Ok(_) => return read.ok(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => format!(
            "there is no file `{name}` in the folder of this package's Cargo.toml; copy the `wire.lock` of the package that owns \
             the types to that place"
        ),
        Err(error) => format!("`{name}` cannot be read: {error}"),
    };
    errors.at(file.span(), what);
    None
}

/// The types that the text tells of, as far as it is in order.
fn stubs(text: &str, input: &Input, errors: &mut Errors) -> TokenStream {
    let mut tell = |wrong: Vec<Wrong>| {
        for Wrong { number, what } in wrong {
            let line = if number == 0 { String::new() } else { format!(", line {number}") };
            errors.at(input.file.span(), format!("{}{line}: {what}", input.file.value()));
        }
        TokenStream::new()
    };
    let lines = match contract::read(text) {
        Ok(lines) => lines,
        Err(wrong) => return tell(wrong),
    };
    if let Some(error) = strangers(&lines, input) {
        errors.add(error);
        return TokenStream::new();
    }
    let catalog = match Catalog::of(&lines, input) {
        Ok(catalog) => catalog,
        Err(wrong) => return tell(wrong),
    };
    let abilities = match Abilities::of(&catalog) {
        Ok(abilities) => abilities,
        Err(wrong) => return tell(wrong),
    };
    let span = Span::call_site().located_at(input.file.span());
    let writer = Writer { catalog: &catalog, abilities: &abilities, file: input.file.clone(), span };
    let mut code = TokenStream::new();
    for ty in catalog.types.values() {
        match writer.item(ty) {
            Ok(item) => {
                code.extend(writer.definition(ty, &item));
                code.extend(implementations(&item, ty.is_protocol(), errors));
            }
            Err(what) => {
                let number = ty.number();
                errors.at(input.file.span(), format!("{}, line {number}: {what}", input.file.value()));
            }
        }
    }
    code
}

/// What the derive would write.
fn implementations(item: &crate::ast::Item, is_protocol: bool, errors: &mut Errors) -> TokenStream {
    let wire = valid::Wire { is_protocol, ..valid::wire(item, errors) };
    match is_protocol {
        true => {
            let messages = valid::protocol(item, errors);
            protocol::expand(&wire, &messages)
        }
        false => {
            valid::value(item, errors);
            wire::expand(&wire)
        }
    }
}

/// A name that the user speaks of, and the contract does not.
fn strangers(lines: &[contract::Line], input: &Input) -> Option<syn::Error> {
    let is_told = |name: &str| {
        let words = lines.iter().flat_map(|line| line.structure.fields()).flat_map(|field| field.ty.all());
        let mut named = words.filter_map(|word| if let words::Word::Named(name, _) = word { Some(name) } else { None });
        lines.iter().any(|line| line.name == name) || named.any(|other| other == name)
    };
    let (_, (literal, _)) = input.named.iter().find(|(name, _)| !is_told(name))?;
    let what = format!("no line of `{}` has this name; correct it, or remove it", input.file.value());
    Some(syn::Error::new(literal.span(), what))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "a.A 1 = protocol { 0 Put { key: a.Key, x: u8 }, 1 Get { 0: reply<a.Page<a.Key>> }, 3 Old } #0123456789abcdef\n\
        a.A 2 = protocol { 0 Put { key: a.Key, x: u8, y: text = \"y\".to_owned() }, 1 Get { 0: reply<a.Page<a.Key>> } } #0123456789abcdef\n\
        a.Gone 1 = struct { } #0123456789abcdef removed\n\
        a.Key 1 = enum { 0 One { 0: u8 }, 7 Two { by: set<a.Key> } } #0123456789abcdef\n\
        a.Page 1 = struct { items: vec<$0>, next: option<a.Page<$0>>, to: option<subject<a.A>> } #0123456789abcdef\n\
        a.Page 2 = struct { items: vec<$0>, next: option<a.Page<$0>>, to: option<subject<a.A>>, z: b.Z = Z } #0123456789abcdef\n";

    fn expanded(text: &str, input: &str) -> (TokenStream, Errors) {
        let (input, mut errors) = (syn::parse_str(input).expect("it is an input"), Errors::default());
        let code = stubs(text, &input, &mut errors);
        (code, errors)
    }

    /// Whatever a file says, the macro says code or errors.
    #[test]
    fn no_contract_makes_the_macro_panic() {
        let input = "\"a.lock\", \"b.Z\" = crate::Z, \"a.Key\" as Key";
        let (code, errors) = expanded(TEXT, input);
        assert!(errors.is_empty() && !code.is_empty(), "{}", errors.to_compile_errors());
        let mut sound = 0;
        for text in contract::tests::mutations(TEXT, 4_000) {
            let (code, errors) = expanded(&text, input);
            assert!(!code.is_empty() || !errors.is_empty(), "{text}");
            sound += usize::from(errors.is_empty());
        }
        assert!(sound > 20, "some are still contracts: {sound}");
    }

    #[test]
    fn what_does_not_fit_is_one_error_with_its_line() {
        for (from, to, says) in [
            ("a.Page<a.Key>", "a.Page<a.Key, u8>", "line 2: `a.Page` takes 1 parameters, and has 2 here"),
            (
                "subject<a.A>",
                "subject<a.Key>",
                "line 6: `subject<a.Key>` is a subject of a type that is not a protocol",
            ),
            ("{ 0: u8 }", "{ 0: f64 }", "is the key of a map or of a set"),
            (
                "a.Gone 1 = struct { } #0123456789abcdef removed\n",
                "a.AClient 1 = struct { } #0123456789abcdef\n",
                "would both be `AClient`",
            ),
            ("1 Get { 0: reply<", "1 Get { x: u8, 0: reply<", "some fields have a name and some have a place"),
            ("vec<$0>, next: option<a.Page<$0>>", "vec<$1>", "has a parameter that it does not use"),
            ("by: set<a.Key>", "by: a.Gone", "`a.Gone` is used here but has no line, or its line is marked as removed"),
        ] {
            let (_, errors) = expanded(&TEXT.replace(from, to), "\"a.lock\", \"b.Z\" = crate::Z");
            let text = errors.to_compile_errors().to_string().replace("\\\"", "\"");
            assert!(text.contains(says) && text.matches("compile_error").count() == 1, "{from} -> {to}: {text}");
        }
    }
}
