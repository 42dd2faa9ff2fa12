//! The rules of an actor: what it is, and what it says it handles. Whether it has the handlers is the compiler's to say.
//! Driven by `expand`.

use std::collections::BTreeSet;

use quote::ToTokens as _;
use syn::{Type, spanned::Spanned as _};

use crate::{ast::ActorItem, attr::Errors};

/// The rules of an actor: the messages it handles, each once.
pub(crate) fn actor<'a>(item: &'a ActorItem, errors: &mut Errors) -> Vec<&'a Type> {
    if let Some(span) = item.union {
        errors.at(span, "an actor is a struct or an enum");
    }
    if let Some(lifetime) = item.generics.lifetimes().next() {
        errors.at(
            lifetime.span(),
            "an actor outlives the function that spawns it, so it cannot borrow; give it owned fields",
        );
    }
    let Some((name, types)) = &item.attr.handles else {
        let message = format!(
            "`{}` handles nothing yet; add `#[actor(handles(MyProtocol))]` with the protocols it takes",
            item.ident
        );
        if errors.is_empty() {
            errors.at(item.ident.span(), message);
        }
        return Vec::new();
    };
    if types.is_empty() {
        errors.at(
            name.span(),
            "an actor that handles nothing can never be reached; write the protocols it takes: `handles(MyProtocol)`",
        );
    }
    let mut seen = BTreeSet::new();
    let mut once = Vec::new();
    for ty in types {
        let text = ty.to_token_stream().to_string().replace(' ', "");
        if seen.insert(text.clone()) {
            once.push(ty);
        } else {
            errors.at(ty.span(), format!("`{text}` is in the list twice; remove one"));
        }
    }
    once
}
