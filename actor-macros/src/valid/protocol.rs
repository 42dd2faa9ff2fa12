//! The rules of a protocol and of its messages. Whether the fields can cross is the compiler's to say.
//! Driven by `expand`, after the rules of a wire type.

use std::collections::BTreeMap;

use proc_macro2::Ident;
use syn::{GenericArgument, Member, PathArguments, Type, spanned::Spanned as _};

use super::{include, method};
use crate::{
    ast::{Data, Field, Item, Variant, plain},
    attr::Errors,
};

/// A variant of a protocol that keeps all rules of a message.
pub(crate) struct Message<'a> {
    pub(crate) variant: &'a Variant,
    pub(crate) method: Ident,
    /// The field that takes the answer, and the answer's type.
    pub(crate) reply: Option<(&'a Member, &'a Type)>,
    /// The protocol that it includes.
    pub(crate) included: Option<&'a Type>,
}

/// The rules of a protocol: its messages that keep them all.
pub(crate) fn protocol<'a>(item: &'a Item, errors: &mut Errors) -> Vec<Message<'a>> {
    if let Data::Struct(span, _) = item.data {
        let name = &item.ident;
        let message = format!(
            "a protocol is an enum with one variant per message; write `enum {name}`, \
             or derive `Wire` for a value inside a message"
        );
        errors.at(span, message);
        return Vec::new();
    }
    if !item.generics.params.is_empty() {
        let message = "a protocol takes no generic parameters; write one enum per type, each with its own uri";
        errors.at(item.generics.params.span(), message);
        return Vec::new();
    }
    let (mut taken, mut included) = (BTreeMap::new(), BTreeMap::new());
    let mut messages = Vec::new();
    for variant in item.variants() {
        let included = include::check(variant, &mut included, errors);
        let message = message(item, variant, &mut taken, errors);
        messages.extend(message.map(|message| Message { included, ..message }));
    }
    messages
}

fn message<'a>(
    item: &Item,
    variant: &'a Variant,
    taken: &mut BTreeMap<String, &'a Ident>,
    errors: &mut Errors,
) -> Option<Message<'a>> {
    let mut replies = variant.fields.iter().filter_map(|field| Some((&field.member, reply(field)?)));
    let reply = replies.next();
    if let Some((_, second)) = replies.next() {
        let name = &variant.ident;
        errors.at(
            second.span(),
            format!(
                "`{name}` has two replies, and a call waits for one; \
                 answer with one type that holds both, or split the message"
            ),
        );
    }
    let method = method::check(&item.ident, variant, errors)?;
    if let Some(other) = taken.insert(method.to_string(), &variant.ident) {
        let (name, fix) = (&variant.ident, method::other(&item.ident, variant));
        errors.at(
            method.span(),
            format!(
                "`{other}` and `{name}` both give the method `{method}`; \
                 rename one of them: `#[wire(method = \"{fix}\")]`"
            ),
        );
        return None;
    }
    Some(Message { variant, method, reply, included: None })
}

/// The answer's type, if the field is a `Reply` of one.
fn reply(field: &Field) -> Option<&Type> {
    let mut ty = &field.ty;
    loop {
        match ty {
            Type::Group(group) => ty = &group.elem,
            Type::Paren(paren) => ty = &paren.elem,
            Type::Path(path) => {
                let last = path.path.segments.last()?;
                let PathArguments::AngleBracketed(arguments) = &last.arguments else {
                    return None;
                };
                return match arguments.args.first() {
                    Some(GenericArgument::Type(answer))
                        if arguments.args.len() == 1 && plain(&last.ident) == "Reply" =>
                    {
                        Some(answer)
                    }
                    _ => None,
                };
            }
            _ => return None,
        }
    }
}
