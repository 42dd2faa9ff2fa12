//! One field in one version: written if the version has it, in its type of then; read, or made up, for the value of now.
//! Driven by `wire`.

use proc_macro2::TokenStream;
use quote::quote;

use super::{
    form::Form,
    wire::{condition, function, too_old},
};
use crate::{ast::Field, valid::Life};

/// Writes the field, which `value` is a reference to.
pub(super) fn encode(field: &Field, uri: &str, value: &TokenStream) -> TokenStream {
    let write = function(&Form::of(field, &field.ty), "encode");
    let life = Life::of(&field.attr.life);
    let Some(old) = &field.attr.from else {
        let write = quote!(#write(#value, __e)?;);
        return match condition(life) {
            None => write,
            Some(condition) => quote!(if #condition { #write }),
        };
    };
    let since = life.since;
    let error = too_old(uri, &format!("field `{}`", field.name()), since);
    let before = match &field.attr.down {
        None => quote!(#error;),
        Some(down) => {
            let write_old = function(&Form::of(field, old), "encode");
            quote! {
                let __old: ::core::option::Option<#old> = #down(#value);
                match &__old {
                    ::core::option::Option::Some(__old) => #write_old(__old, __e)?,
                    ::core::option::Option::None => #error,
                }
            }
        }
    };
    quote!(if __v >= #since { #write(#value, __e)?; } else { #before })
}

/// The field's value.
pub(super) fn decode(field: &Field) -> TokenStream {
    let read = function(&Form::of(field, &field.ty), "decode");
    let life = Life::of(&field.attr.life);
    if let (Some(old), Some(convert)) = (&field.attr.from, &field.attr.convert) {
        let (since, read_old) = (life.since, function(&Form::of(field, old), "decode"));
        return quote!(if __v >= #since { #read(__d)? } else { #convert(#read_old(__d)?) });
    }
    let Some(condition) = condition(life) else { return quote!(#read(__d)?) };
    let default = match field.attr.default.as_ref().and_then(|default| default.value.as_ref()) {
        Some(value) => quote!(#value),
        None => quote!(::core::default::Default::default()),
    };
    quote!(if #condition { #read(__d)? } else { #default })
}
