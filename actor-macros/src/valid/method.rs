//! The names of generated methods: a variant in snake case, or what `method = ".."` says. Refuses the names that an
//! address has already. Driven by `valid`.

use proc_macro2::Ident;

use crate::{
    ast::{Variant, plain},
    attr::Errors,
};

/// Method names that every address has already, from the standard library or from this one. Sorted.
const TAKEN: &[&str] = &[
    "actor_info",
    "address",
    "as_mut",
    "as_ref",
    "borrow",
    "borrow_mut",
    "call",
    "clone",
    "clone_from",
    "clone_into",
    "cmp",
    "deref",
    "deref_mut",
    "drop",
    "encode",
    "ended",
    "eq",
    "export",
    "fmt",
    "from",
    "ge",
    "gt",
    "hash",
    "into",
    "is_local",
    "le",
    "local_id",
    "lt",
    "narrow",
    "ne",
    "partial_cmp",
    "same_actor",
    "send",
    "send_within",
    "tell",
    "to_owned",
    "to_string",
    "try_from",
    "try_into",
    "type_id",
];

pub(super) fn check(protocol: &Ident, variant: &Variant, errors: &mut Errors) -> Option<Ident> {
    let (name, span) = match &variant.attr.method {
        Some(method) => (method.value(), method.span()),
        None => (snake(&plain(&variant.ident)), variant.ident.span()),
    };
    let fix = other(protocol, variant);
    let wrong = match &name {
        _ if is_usable(&name) => return Some(Ident::new(&name, span)),
        _ if is_taken(&name) => format!("every address has a method `{name}` already"),
        _ if name.chars().all(char::is_alphanumeric) => format!("`{name}` is a Rust keyword"),
        _ => format!("{name:?} cannot be the name of a method"),
    };
    errors.at(span, format!("{wrong}; give this one a different name: `#[wire(method = \"{fix}\")]`"));
    None
}

/// Whether a method can be called so.
pub(crate) fn is_usable(name: &str) -> bool {
    let is_word = syn::parse_str::<Ident>(name).is_ok_and(|ident| ident == name && plain(&ident) == name);
    is_word && name != "gen" && !is_taken(name)
}

fn is_taken(name: &str) -> bool {
    TAKEN.binary_search(&name).is_ok()
}

/// The name of the variant's method, if it is not that of the variant in snake case.
pub(crate) fn renamed(variant: &Variant) -> Option<String> {
    let method = variant.attr.method.as_ref()?.value();
    (method != snake(&plain(&variant.ident))).then_some(method)
}

/// A name for the variant's method that is not taken.
pub(super) fn other(protocol: &Ident, variant: &Variant) -> String {
    format!("{}_{}", snake(&plain(&variant.ident)), snake(&plain(protocol)))
}

pub(crate) fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (i, c) in chars.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| chars.get(i)).is_some_and(|c| c.is_lowercase() || c.is_numeric());
        let inside = i > 0 && chars.get(i + 1).is_some_and(|c| c.is_lowercase());
        if c.is_uppercase() && (before || inside) && !out.ends_with('_') {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_become_snake_case() {
        for (variant, method) in [
            ("Deposit", "deposit"),
            ("GetBalance", "get_balance"),
            ("HTTPGet", "http_get"),
            ("GetURL", "get_url"),
            ("V2Get", "v2_get"),
            ("A", "a"),
            ("Old_Style", "old_style"),
        ] {
            assert_eq!(snake(variant), method);
        }
    }

    #[test]
    fn the_list_can_be_bisected() {
        assert!(TAKEN.is_sorted());
    }
}
