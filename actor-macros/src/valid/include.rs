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
    let [Field { member: Member::Unnamed(_), ty, attr, .. }] = variant.fields.as_slice() else {
        let message = "what is included is the variant's one field, and has no name; write";
        errors.at(word.span(), format!("{message} `#[wire(include)] {name}(OtherProtocol)`"));
        return None;
    };
    if let Some(down) = &variant.attr.down {
        let message = "what is sent to a narrowed handle is the included message itself, and is never turned into another; \
                       remove `down`, or `include`";
        errors.at(syn::spanned::Spanned::span(down), message);
        return None;
    }
    if attr.is_given() {
        let message = "an included protocol has versions of its own; write `since` or `until` on the variant";
        errors.at(word.span(), message);
        return None;
    }
    let protocol = ty.to_token_stream().to_string();
    if let Some(other) = included.insert(protocol.clone(), name) {
        let message = format!(
            "`{other}` and `{name}` both include `{protocol}`, and a narrowed handle has one of them to send to; \
             remove `include` from one"
        );
        errors.at(word.span(), message);
        return None;
    }
    Some(ty)
}
