//! The rules of an item that take more than one token to see: each is an error at the user's token that says what to
//! write instead, and what passes becomes a value that `expand` can trust. Never writes code.
//! Driven by `expand`; the rules are listed in the crate's docs, and each has a file in `tests/ui/fail`.

mod method;
mod uri;

use std::collections::BTreeMap;

use proc_macro2::Ident;
use quote::ToTokens as _;
use syn::{GenericArgument, GenericParam, LitStr, Member, PathArguments, Type, spanned::Spanned as _};

use crate::{
    ast::{ActorItem, Data, Field, Item, Variant, plain},
    attr::Errors,
};

/// An item that keeps all rules of a wire type.
pub(crate) struct Wire<'a> {
    pub(crate) item: &'a Item,
    pub(crate) uri: LitStr,
    /// The tags of the variants, in order.
    pub(crate) tags: Vec<u32>,
}

/// A variant of a protocol that keeps all rules of a message.
pub(crate) struct Message<'a> {
    pub(crate) variant: &'a Variant,
    pub(crate) method: Ident,
    /// The field that takes the answer, and the answer's type.
    pub(crate) reply: Option<(&'a Member, &'a Type)>,
}

/// The rules of a wire type. Whether all were kept is for `errors` to say.
pub(crate) fn wire<'a>(item: &'a Item, errors: &mut Errors) -> Wire<'a> {
    if let Data::Union(span) = item.data {
        errors.at(span, "a union cannot cross between nodes: nobody knows which field is valid; use an enum");
    }
    if let Data::Enum(variants) = &item.data
        && variants.is_empty()
    {
        errors.at(item.ident.span(), "an enum without variants has no value that could cross; add a variant");
    }
    let uri = uri::check(item, errors);
    version(item, errors);
    parameters(item, errors);
    for field in item.fields() {
        machine_sized(&field.ty, errors);
    }
    Wire { item, uri, tags: tags(item.variants(), errors) }
}

/// The rules of a value that is no protocol.
pub(crate) fn value(item: &Item, errors: &mut Errors) {
    for variant in item.variants() {
        if let Some(method) = &variant.attr.method {
            errors.at(method.span(), "only a protocol has methods; derive `Protocol` instead of `Wire`, or remove `method`");
        }
    }
}

/// The rules of a protocol: its messages that keep them all.
pub(crate) fn protocol<'a>(item: &'a Item, errors: &mut Errors) -> Vec<Message<'a>> {
    if let Data::Struct(span, _) = item.data {
        let name = &item.ident;
        let message = format!("a protocol is an enum with one variant per message; write `enum {name}`, or derive `Wire` for a value inside a message");
        errors.at(span, message);
    }
    if !item.generics.params.is_empty() {
        let message = "a protocol takes no generic parameters; write one enum per type, each with a uri of its own";
        errors.at(item.generics.params.span(), message);
        return Vec::new();
    }
    let mut taken = BTreeMap::new();
    let messages = item.variants().iter().filter_map(|variant| message(item, variant, &mut taken, errors));
    messages.collect()
}

/// The rules of an actor: the messages it handles, each once.
pub(crate) fn actor<'a>(item: &'a ActorItem, errors: &mut Errors) -> Vec<&'a Type> {
    if let Some(span) = item.union {
        errors.at(span, "an actor is a struct or an enum");
    }
    if let Some(lifetime) = item.generics.lifetimes().next() {
        errors.at(lifetime.span(), "an actor outlives the function that spawns it, so it cannot borrow; give it owned fields");
    }
    let Some((name, types)) = &item.attr.handles else {
        let message = format!("`{}` handles nothing yet; add `#[actor(handles(MyProtocol))]` with the protocols it takes", item.ident);
        if errors.is_empty() {
            errors.at(item.ident.span(), message);
        }
        return Vec::new();
    };
    if types.is_empty() {
        errors.at(name.span(), "an actor that handles nothing can never be reached; write the protocols it takes: `handles(MyProtocol)`");
    }
    let mut seen = BTreeMap::new();
    let mut once = Vec::new();
    for ty in types {
        let text = ty.to_token_stream().to_string();
        match seen.insert(text.clone(), ()) {
            None => once.push(ty),
            Some(()) => errors.at(ty.span(), format!("`{text}` stands in the list twice; remove one")),
        }
    }
    once
}

fn version(item: &Item, errors: &mut Errors) {
    let Some(version) = &item.attr.version else { return };
    match version.base10_parse::<u16>() {
        Ok(1) => {}
        Ok(0) => errors.at(version.span(), "versions count from 1; write `version = 1`"),
        _ => errors.at(
            version.span(),
            "versions above 1 come with schema evolution, which this release does not have; write `version = 1`",
        ),
    }
}

fn parameters(item: &Item, errors: &mut Errors) {
    for parameter in &item.generics.params {
        match parameter {
            GenericParam::Type(_) => {}
            GenericParam::Lifetime(lifetime) => errors.at(
                lifetime.span(),
                "a value from another node has nobody to borrow from, so a wire type takes no lifetimes; use owned types, such as `String`",
            ),
            GenericParam::Const(constant) => errors.at(
                constant.ident.span(),
                "a wire type takes type parameters only; write the number as a field, or one type per number",
            ),
        }
    }
}

/// Refuses `usize` and `isize`, also inside of `Option<..>` and the like.
fn machine_sized(ty: &Type, errors: &mut Errors) {
    match ty {
        Type::Array(array) => machine_sized(&array.elem, errors),
        Type::Slice(slice) => machine_sized(&slice.elem, errors),
        Type::Group(group) => machine_sized(&group.elem, errors),
        Type::Paren(paren) => machine_sized(&paren.elem, errors),
        Type::Tuple(tuple) => tuple.elems.iter().for_each(|ty| machine_sized(ty, errors)),
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else { return };
            let instead = match last.ident.to_string().as_str() {
                "usize" => "use `u64` or `u32`",
                "isize" => "use `i64` or `i32`",
                _ => "",
            };
            if !instead.is_empty() {
                errors.at(last.ident.span(), format!("`{}` has another size on another machine; {instead}", last.ident));
            }
            if let PathArguments::AngleBracketed(arguments) = &last.arguments {
                for argument in &arguments.args {
                    if let GenericArgument::Type(ty) = argument {
                        machine_sized(ty, errors);
                    }
                }
            }
        }
        _ => {}
    }
}

fn tags(variants: &[Variant], errors: &mut Errors) -> Vec<u32> {
    let mut owners: BTreeMap<u32, &Ident> = BTreeMap::new();
    let mut tags = Vec::new();
    for (index, variant) in (0..).zip(variants) {
        let tag = match &variant.attr.tag {
            None => index,
            Some(tag) => tag.base10_parse().unwrap_or_else(|_| {
                errors.at(tag.span(), "a tag is a number from 0 to 4294967295");
                index
            }),
        };
        if let Some(owner) = owners.insert(tag, &variant.ident) {
            let span = variant.attr.tag.as_ref().map_or(variant.ident.span(), |tag| tag.span());
            let name = &variant.ident;
            errors.at(span, format!("`{owner}` and `{name}` both have tag {tag}; give one of them another `#[wire(tag = ..)]` (without it, the tag is the place in the enum, from 0)"));
        }
        tags.push(tag);
    }
    tags
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
        errors.at(second.span(), format!("`{name}` has two replies, and a call waits for one; answer with one type that holds both, or split the message"));
    }
    let method = method::check(&item.ident, variant, errors)?;
    if let Some(other) = taken.insert(method.to_string(), &variant.ident) {
        let (name, fix) = (&variant.ident, method::other(&item.ident, variant));
        errors.at(method.span(), format!("`{other}` and `{name}` both give the method `{method}`; name one of them: `#[wire(method = \"{fix}\")]`"));
        return None;
    }
    Some(Message { variant, method, reply })
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
                let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
                return match arguments.args.first() {
                    Some(GenericArgument::Type(answer)) if arguments.args.len() == 1 && plain(&last.ident) == "Reply" => Some(answer),
                    _ => None,
                };
            }
            _ => return None,
        }
    }
}
