//! The rules of an item that take more than one token to see: each is an error at the user's token that says what to
//! write instead, and what passes becomes a value that `expand` can trust. Never writes code.
//! Driven by `expand`; the rules are listed in the crate's docs, and each has a file in `tests/ui/fail`.

mod actor;
mod evolution;
pub(crate) mod foreign;
mod include;
mod method;
mod protocol;
mod serde;
mod uri;

pub(crate) use actor::actor;
pub(crate) use evolution::{Life, Versions};
pub(crate) use method::{is_usable, renamed, snake};
pub(crate) use protocol::{Message, protocol};

use std::collections::BTreeMap;

use proc_macro2::Ident;
use syn::{GenericArgument, GenericParam, LitStr, PathArguments, Type, spanned::Spanned as _};

use crate::{
    ast::{Data, Item, Variant},
    attr::Errors,
};

/// An item that keeps all rules of a wire type.
pub(crate) struct Wire<'a> {
    pub(crate) item: &'a Item,
    pub(crate) uri: LitStr,
    /// The name by which it is known on the wire: the one it had first.
    pub(crate) identity: LitStr,
    pub(crate) versions: Versions,
    /// The tags of the variants, in order.
    pub(crate) tags: Vec<u32>,
    /// Whether its variants are the messages of a protocol.
    pub(crate) is_protocol: bool,
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
    let identity = uri::alias(item, &uri, errors);
    let versions = evolution::check(item, errors);
    for field in item.fields() {
        let foreign = field.attr.foreign.as_ref().map_or(&[][..], |foreign| &foreign.named);
        sent(&field.ty, foreign, errors);
    }
    serde::check(item, errors);
    Wire { item, uri, identity, versions, tags: tags(item.variants(), errors), is_protocol: false }
}

/// The rules of a value that is no protocol.
pub(crate) fn value(item: &Item, errors: &mut Errors) {
    parameters(item, errors);
    for variant in item.variants() {
        if let Some(method) = &variant.attr.method {
            errors.at(
                method.span(),
                "only a protocol has methods; derive `Protocol` instead of `Wire`, or remove `method`",
            );
        }
        if let Some(include) = &variant.attr.include {
            errors.at(
                include.span(),
                "only a protocol includes another; derive `Protocol` instead of `Wire`, or remove `include`",
            );
        }
    }
}

fn parameters(item: &Item, errors: &mut Errors) {
    for parameter in &item.generics.params {
        match parameter {
            GenericParam::Type(_) => {}
            GenericParam::Lifetime(lifetime) => errors.at(
                lifetime.span(),
                "a value from another node has nobody to borrow from, so a wire type takes no lifetimes; \
                 use owned types, such as `String`",
            ),
            GenericParam::Const(constant) => errors.at(
                constant.ident.span(),
                "a wire type takes no const parameters; use `Vec<u8>` instead of `[u8; N]`, or write one type per length, \
                 such as `struct Key32 { bytes: [u8; 32] }`",
            ),
        }
    }
}

/// Refuses what means something to one machine or one thread, also inside of `Option<..>` and the like; not inside of foreign
/// types, whose form is serde's.
fn sent(ty: &Type, foreign: &[(Type, LitStr)], errors: &mut Errors) {
    match ty {
        Type::Array(array) => sent(&array.elem, foreign, errors),
        Type::Slice(slice) => sent(&slice.elem, foreign, errors),
        Type::Group(group) => sent(&group.elem, foreign, errors),
        Type::Paren(paren) => sent(&paren.elem, foreign, errors),
        Type::Tuple(tuple) => tuple.elems.iter().for_each(|ty| sent(ty, foreign, errors)),
        Type::Path(path) => {
            let Some(last) = path.path.segments.last() else {
                return;
            };
            let (name, is_plain) = (&last.ident, last.arguments.is_none());
            let instead = match name.to_string().as_str() {
                "usize" => Some("is not the same size on every machine; use `u64` or `u32`"),
                "isize" => Some("is not the same size on every machine; use `i64` or `i32`"),
                "Rc" if !is_plain => Some("cannot move between threads, and messages do; use `Arc` or `Box`"),
                _ => None,
            };
            if let Some(instead) = instead {
                errors.at(name.span(), format!("`{name}` {instead}"));
            }
            if foreign.iter().any(|(other, _)| foreign::text(other) == foreign::text(ty)) {
                return;
            }
            if let PathArguments::AngleBracketed(arguments) = &last.arguments {
                for argument in &arguments.args {
                    if let GenericArgument::Type(ty) = argument {
                        sent(ty, foreign, errors);
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
            errors.at(
                span,
                format!(
                    "`{owner}` and `{name}` both have tag {tag}; give one of them a different `#[wire(tag = ..)]` \
                     (without it, the tag is the place in the enum, from 0)"
                ),
            );
        }
        tags.push(tag);
    }
    tags
}
