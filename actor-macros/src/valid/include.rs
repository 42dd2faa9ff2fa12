//! The rules of a variant that includes another protocol. Whether what it holds is one is the compiler's to say.
//! Driven by `valid::protocol`.

use std::collections::BTreeMap;

use proc_macro2::Ident;
use quote::ToTokens as _;
use syn::{Member, Type};

use crate::{
    ast::{Field, Variant},
    attr::Errors,
};

/// The protocol that the variant includes, if it keeps all rules of one that does. `included` are those of the variants before.
pub(super) fn check<'a>(
    variant: &'a Variant,
    included: &mut BTreeMap<String, &'a Ident>,
    errors: &mut Errors,
) -> Option<&'a Type> {
    let (word, name) = (variant.attr.include.as_ref()?, &variant.ident);
    let (ty, attr) = match variant.fields.as_slice() {
        [Field { member: Member::Unnamed(_), ty, attr, .. }] => (ty, attr),
        [_, surplus, ..] => {
            let message = "an included protocol is the only field of its variant; remove this one, or send it in a message \
                           of its own";
            errors.on(&surplus.ty, message);
            return None;
        }
        [Field { ty, .. }] => {
            let ty = ty.to_token_stream();
            let message = format!("an included protocol has no field name; write `#[wire(include)] {name}({ty})`");
            errors.at(word.span(), message);
            return None;
        }
        [] => {
            let message = format!("say which protocol is included: `#[wire(include)] {name}(OtherProtocol)`");
            errors.at(word.span(), message);
            return None;
        }
    };
    if let Some(down) = &variant.attr.down {
        let message = "a narrowed subject sends the included message itself, so `down` cannot replace it for older peers; \
                       remove `down`, or `include`";
        errors.on(down, message);
        return None;
    }
    if let Some(given) = attr.given() {
        let message = "the field of an included protocol takes no attributes: that protocol has its own versions; say on the \
                       variant which versions include it: `#[wire(include, since = 2)]`";
        errors.at(given, message);
        return None;
    }
    let protocol = ty.to_token_stream().to_string();
    if let Some(other) = included.insert(protocol.clone(), name) {
        let message = format!(
            "`{other}` and `{name}` both include `{protocol}`, so a narrowed subject would not know which one to send; \
             remove one `include`"
        );
        errors.at(word.span(), message);
        return None;
    }
    Some(ty)
}
