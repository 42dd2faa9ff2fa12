//! The rules of a stable name. Never invents one: a name that changes with the code is no name.
//! Driven by `valid`.

use syn::LitStr;

use crate::{
    ast::{Item, plain},
    attr::Errors,
};

pub(super) fn check(item: &Item, errors: &mut Errors) -> LitStr {
    let name = plain(&item.ident);
    let Some(uri) = &item.attr.uri else {
        // A broken `#[wire(..)]` may have held it: that error is enough.
        if errors.is_empty() {
            errors.at(
                item.ident.span(),
                format!(
                    "`{name}` needs a name that survives moves and renames of the code; \
                     add `#[wire(uri = \"team.{name}\", version = 1)]`"
                ),
            );
        }
        return LitStr::new("", item.ident.span());
    };
    well_formed(uri, &name, errors);
    uri.clone()
}

/// The name that the type had first, by which it stays known on the wire.
pub(super) fn alias(item: &Item, uri: &LitStr, errors: &mut Errors) -> LitStr {
    let Some(alias) = &item.attr.alias else { return uri.clone() };
    well_formed(alias, &plain(&item.ident), errors);
    if alias.value() == uri.value() {
        errors.at(alias.span(), "an alias is a former name of the type, but this is its present one; remove it");
    }
    alias.clone()
}

fn well_formed(uri: &LitStr, name: &str, errors: &mut Errors) {
    if let Some(wrong) = wrong(&uri.value()) {
        errors.at(
            uri.span(),
            format!(
                "{wrong}; a uri is two or more words of ASCII letters, digits, `_` and `-`, joined by dots, \
                 such as \"team.{name}\""
            ),
        );
    }
}

pub(super) fn wrong(uri: &str) -> Option<String> {
    if uri.len() > MAX {
        return Some(format!("this uri is {} bytes long, and {MAX} is the most", uri.len()));
    }
    let stray = |c: &char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    if let Some(stray) = uri.chars().find(stray) {
        return Some(format!("`{stray}` cannot stand in a uri"));
    }
    if !uri.contains('.') {
        return Some("this uri has no dot".to_owned());
    }
    uri.split('.').any(str::is_empty).then(|| "this uri has an empty word".to_owned())
}

const MAX: usize = 128;

#[cfg(test)]
mod tests {
    use super::wrong;

    #[test]
    fn names_of_words_and_dots_are_uris() {
        for uri in ["bank.Account", "a.b.c-d_e.F9", "9.9"] {
            assert_eq!(wrong(uri), None);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let long = format!("a.{}", "b".repeat(127));
        for uri in ["", "bank", ".a", "a.", "a..b", "a b.c", "bänk.Account", "a/b.c", &long] {
            assert!(wrong(uri).is_some(), "{uri}");
        }
        assert_eq!(wrong(&long[..128]), None);
    }
}
