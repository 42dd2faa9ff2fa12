//! The shape of a type over all its versions, as a constant, and the type's line in the schema table. Driven by `wire`.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::Type;

use super::{form::Form, wire::function};
use crate::{
    ast::{Contract, Data, Field, plain},
    attr::DefaultAttr,
    valid::{self, Life, Versions, Wire},
    words,
};

pub(super) fn expand(wire: &Wire<'_>) -> TokenStream {
    match &wire.item.data {
        Data::Struct(_, fields) => {
            let fields = list(fields);
            quote!(::actor_core::wire::Shape::Record(&[#fields]))
        }
        Data::Enum(variants) => {
            let variants = variants.iter().zip(&wire.tags).map(|(variant, tag)| {
                let (name, life) = (plain(&variant.ident), life(Life::of(&variant.attr.life)));
                let (fields, include) = (list(&variant.fields), variant.attr.include.is_some());
                let method = valid::renamed(variant).unwrap_or_default();
                quote! {
                    ::actor_core::wire::VariantShape {
                        name: #name,
                        tag: #tag,
                        method: #method,
                        life: #life,
                        fields: &[#fields],
                        include: #include,
                    }
                }
            });
            match wire.is_protocol {
                true => quote!(::actor_core::wire::Shape::Protocol(&[#(#variants),*])),
                false => quote!(::actor_core::wire::Shape::Choice(&[#(#variants),*])),
            }
        }
        Data::Union(_) => quote!(::actor_core::wire::Shape::Opaque),
    }
}

fn list(fields: &[Field]) -> TokenStream {
    fields.iter().map(one).collect()
}

/// A field whose type has changed is two: one before the change, and one from it on.
fn one(field: &Field) -> TokenStream {
    let now = Life::of(&field.attr.life);
    let default = match &field.attr.default {
        None => String::new(),
        Some(default) => default_words(default),
    };
    let of_now = entry(field, &field.ty, now, &default);
    match &field.attr.from {
        None => of_now,
        Some(old) => {
            let before = entry(field, old, Life { since: 1, until: Some(now.since) }, "");
            quote!(#before #of_now)
        }
    }
}

/// A default as contracts have it.
pub(super) fn default_words(default: &DefaultAttr) -> String {
    match (&default.words, &default.value) {
        (Some(words), _) => words.clone(),
        (None, Some(value)) => words::of(value.to_token_stream()),
        (None, None) => "default".to_owned(),
    }
}

fn entry(field: &Field, ty: &Type, of: Life, default: &str) -> TokenStream {
    let (name, life) = (field.name(), life(of));
    let form = Form::of(field, ty);
    let (edge, type_name) = (function(&form, "EDGE"), function(&form, "type_name"));
    quote! {
        ::actor_core::wire::FieldShape {
            name: #name,
            edge: #edge,
            type_name: #type_name,
            life: #life,
            default: #default,
        },
    }
}

fn life(life: Life) -> TokenStream {
    let (since, until) = (life.since, life.until.unwrap_or(0));
    match life.is_whole() {
        true => quote!(::actor_core::wire::Life::WHOLE),
        false => quote!(::actor_core::wire::Life { since: #since, until: #until }),
    }
}

/// The type with stand-ins for its parameters.
pub(super) fn stand_in(wire: &Wire<'_>) -> TokenStream {
    let ident = &wire.item.ident;
    let places = 0..wire.item.generics.type_params().count();
    match places.is_empty() {
        true => quote!(#ident),
        false => quote!(#ident<#(::actor_core::wire::Parameter<#places>),*>),
    }
}

/// The type's line in the table. A generic type stands there once, with stand-ins for its parameters; not if it asks more of
/// them than the stand-ins have.
pub(super) fn schema(wire: &Wire<'_>) -> Option<TokenStream> {
    let generics = &wire.item.generics;
    if wire.item.is_generic_with_bounds()
        || generics.lifetimes().next().is_some()
        || generics.const_params().next().is_some()
    {
        return None;
    }
    let (ident, uri, identity) = (&wire.item.ident, &wire.uri, &wire.identity);
    let Versions { oldest, newest, locked } = wire.versions;
    let path = format!("::{}", plain(ident));
    let this = stand_in(wire);
    let contract = match &wire.item.contract {
        None => quote!(::core::option::Option::None),
        Some(Contract { file, .. }) => quote!(::core::option::Option::Some(#file)),
    };
    Some(quote! {
        ::actor_core::private::inventory::submit! {
            ::actor_core::wire::Schema {
                uri: #uri,
                identity: #identity,
                oldest: #oldest,
                version: #newest,
                locked: #locked,
                edge: ::actor_core::wire::Edge::of(#identity, &[]),
                shape: <#this as ::actor_core::wire::Wire>::SHAPE,
                path: ::core::concat!(::core::module_path!(), #path),
                contract: #contract,
            }
        }
    })
}
