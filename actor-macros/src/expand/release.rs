//! The checks of a type that is released: that what its released versions hold is released too, and that each of them is
//! what its line in `wire.lock` says. They run while compiling. Looks whether that file is there, and nothing else of the
//! world. Driven by `wire`.

use std::{env, path::Path};

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::Type;

use super::{
    form::Form,
    shape::{default_words, stand_in},
    wire::function,
};
use crate::{
    ast::{Contract, Data, Field, Variant, plain},
    valid::{self, Life, Versions, Wire},
    words,
};

pub(super) fn expand(wire: &Wire<'_>) -> Option<TokenStream> {
    let written = wire.item.attr.locked.as_ref()?;
    if let Some(contract) = &wire.item.contract {
        return Some(stub(wire, contract));
    }
    let Versions { oldest, locked, .. } = wire.versions;
    let (identity, this) = (&wire.identity, stand_in(wire));
    let parameters = wire.item.generics.type_params().map(|parameter| &parameter.ident);
    let places = 0usize..;
    let holds = holds(wire);
    let code = (oldest..=locked).map(|version| code(wire, version));
    let file = match is_there() {
        true => {
            quote!(::core::include_bytes!(::core::concat!(::core::env!("CARGO_MANIFEST_DIR"), "/wire.lock")))
        }
        // So that what is missing is said as of a file without the line.
        false => quote!(&[]),
    };
    let span = written.span().resolved_at(Span::call_site());
    let check = quote_spanned!(span=> __release.check());
    Some(quote! {
        #[allow(long_running_const_eval)]
        const _: () = {
            #(
                #[allow(dead_code, non_camel_case_types)]
                type #parameters = ::actor_core::wire::Parameter<#places>;
            )*
            #holds
            let __release = ::actor_core::private::Release {
                order: ::core::option_env!("WIRE_LOCK"),
                package: ::core::env!("CARGO_PKG_NAME"),
                file: #file,
                name: #identity,
                oldest: #oldest,
                shape: &<#this as ::actor_core::wire::Wire>::SHAPE,
                code: &[#(#code),*],
            };
            #check
        };
    })
}

/// The check of a stub against the contract that it was generated from.
fn stub(wire: &Wire<'_>, Contract { file, lines }: &Contract) -> TokenStream {
    let (oldest, identity, this) = (wire.versions.oldest, &wire.identity, stand_in(wire));
    let lines = lines.iter().map(|(number, hash)| quote!((#number, #hash)));
    let check = quote_spanned!(file.span()=> __stub.check());
    quote! {
        const _: () = {
            let __stub = ::actor_core::private::Stub {
                file: #file,
                name: #identity,
                oldest: #oldest,
                shape: &<#this as ::actor_core::wire::Wire>::SHAPE,
                lines: &[#(#lines),*],
            };
            #check
        };
    }
}

/// What the fields of released versions hold is released.
fn holds(wire: &Wire<'_>) -> TokenStream {
    match &wire.item.data {
        Data::Struct(_, fields) => fields.iter().map(|field| hold(wire, field, "", WHOLE)).collect(),
        Data::Enum(variants) => {
            let of = |variant: &Variant| -> TokenStream {
                let (owner, life) = (format!("{}.", plain(&variant.ident)), Life::of(&variant.attr.life));
                variant.fields.iter().map(|field| hold(wire, field, &owner, life)).collect()
            };
            variants.iter().map(of).collect()
        }
        Data::Union(_) => TokenStream::new(),
    }
}

/// The checks of a field's types, of now and of before.
fn hold(wire: &Wire<'_>, field: &Field, owner: &str, within: Life) -> TokenStream {
    let Versions { oldest, locked, .. } = wire.versions;
    let life = Life::of(&field.attr.life);
    let before = field.attr.from.as_ref().map(|old| (old, Life { since: 1, until: Some(life.since) }));
    let types = [Some((&field.ty, life)), before].into_iter().flatten();
    let is_released = |life| (oldest..=locked).any(|version| has(life, version) && has(within, version));
    types.filter(|(_, life)| is_released(*life)).map(|(ty, _)| of_type(wire, owner, field, ty)).collect()
}

/// The check of a type, all of it at the type's place in the user's code.
fn of_type(wire: &Wire<'_>, owner: &str, field: &Field, ty: &Type) -> TokenStream {
    let (uri, released, name) = (&wire.uri, wire.versions.locked, format!("{owner}{}", field.name()));
    let (locked, text) = (function(&Form::of(field, ty), "LOCKED"), words::of(ty.to_token_stream()));
    let span = syn::spanned::Spanned::span(ty).resolved_at(Span::call_site());
    quote_spanned!(span=> ::actor_core::private::holds(#uri, #released, #name, #text, #locked);)
}

/// A version in the words of the code, for the message that shows it beside its line.
fn code(wire: &Wire<'_>, version: u16) -> String {
    match &wire.item.data {
        Data::Struct(_, fields) => format!("struct{}", list(fields, version)),
        Data::Enum(variants) => {
            let live =
                variants.iter().zip(&wire.tags).filter(|(variant, _)| has(Life::of(&variant.attr.life), version));
            let variants = live.map(|(variant, tag)| {
                let fields = match variant.fields.as_slice() {
                    [] => String::new(),
                    [Field { ty, .. }] if variant.attr.include.is_some() => {
                        format!("(include {})", words::of(ty.to_token_stream()))
                    }
                    fields => list(fields, version),
                };
                let method = valid::renamed(variant).map(|method| format!(" as {method}")).unwrap_or_default();
                format!("{tag} {}{method}{fields}", plain(&variant.ident))
            });
            let kind = if wire.is_protocol { "protocol" } else { "enum" };
            format!("{kind} {{ {} }}", variants.collect::<Vec<_>>().join(", "))
        }
        Data::Union(_) => String::new(),
    }
}

fn list(fields: &[Field], version: u16) -> String {
    let live = fields.iter().filter_map(|field| {
        let life = Life::of(&field.attr.life);
        let ty = match &field.attr.from {
            Some(old) if version < life.since => old,
            _ if has(life, version) => &field.ty,
            _ => return None,
        };
        let brings = field.attr.default.as_ref().filter(|_| life.since > 1 && life.since == version);
        let default = brings.map(|default| format!(" = {}", default_words(default)));
        Some(format!("{}: {}{}", field.name(), Form::of(field, ty).words(), default.unwrap_or_default()))
    });
    format!(" {{ {} }}", live.collect::<Vec<_>>().join(", "))
}

fn has(life: Life, version: u16) -> bool {
    version >= life.since && life.until.is_none_or(|until| version < until)
}

/// Whether the package has a `wire.lock`.
fn is_there() -> bool {
    env::var_os("CARGO_MANIFEST_DIR").is_some_and(|folder| Path::new(&folder).join("wire.lock").exists())
}

const WHOLE: Life = Life { since: 1, until: None };
