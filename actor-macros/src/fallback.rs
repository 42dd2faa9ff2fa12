//! What stands in for the code of a derive that found errors: the errors, and implementations that are never run, so
//! that the rest of the user's code still type-checks and one mistake gives one error. Never checks anything.
//! Driven by `expand`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::parse_quote;

use crate::{
    ast::{ActorItem, Item},
    attr::Errors,
    expand,
    valid::Message,
};

pub(crate) fn wire(item: &Item, errors: &Errors) -> TokenStream {
    let (ident, errors) = (&item.ident, errors.to_compile_errors());
    let (impl_generics, ty_generics, where_clause) = item.generics.split_for_impl();
    quote! {
        #errors

        #[automatically_derived]
        impl #impl_generics ::actor_core::wire::Wire for #ident #ty_generics #where_clause {
            const EDGE: ::actor_core::wire::Edge = ::actor_core::wire::Edge::from_bits(0);

            fn encode(
                &self,
                _: &mut ::actor_core::wire::Encoder<'_>,
            ) -> ::core::result::Result<(), ::actor_core::wire::EncodeError> {
                ::core::unreachable!()
            }

            fn decode(
                _: &mut ::actor_core::wire::Decoder<'_>,
            ) -> ::core::result::Result<Self, ::actor_core::wire::DecodeError> {
                ::core::unreachable!()
            }
        }
    }
}

/// The methods of the messages that are in order stay. What borrows cannot be a protocol, not even for show.
pub(crate) fn protocol(item: &Item, messages: &[Message<'_>], errors: &Errors) -> TokenStream {
    let ident = &item.ident;
    let (wire, kind) = (wire(item, errors), expand::protocol::kind(messages));
    let is_plain = item.generics.params.is_empty();
    let client = is_plain.then(|| expand::protocol::client(item, messages));
    let includes = is_plain.then(|| expand::include::expand(item, messages));
    if item.generics.lifetimes().next().is_some() {
        return wire;
    }
    let mut generics = item.generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(parse_quote!(::actor_core::Message));
    }
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    quote! {
        #wire

        #[automatically_derived]
        impl #impl_generics ::actor_core::Protocol for #ident #ty_generics #where_clause {
            const URI: &'static str = "";
            const VERSION: u16 = 1;
            type Kind = #kind;
        }

        #includes
        #client
    }
}

/// An actor that handles every message and may have hooks. What borrows cannot be an actor, not even for show.
pub(crate) fn actor(item: &ActorItem, errors: &Errors) -> TokenStream {
    let (ident, errors) = (&item.ident, errors.to_compile_errors());
    if item.generics.lifetimes().next().is_some() {
        return errors;
    }
    let (impl_generics, ty_generics, where_clause) = item.generics.split_for_impl();
    let mut generics = item.generics.clone();
    let message = format_ident!("__M");
    generics.params.push(parse_quote!(#message: ::actor_core::Message));
    let (handles_generics, ..) = generics.split_for_impl();
    quote! {
        #errors

        #[automatically_derived]
        impl #impl_generics ::actor_core::Actor for #ident #ty_generics #where_clause {
            type Inbox = ::core::convert::Infallible;

            async fn dispatch(
                &mut self,
                __msg: Self::Inbox,
                _: &mut ::actor_core::Context<Self>,
            ) -> ::core::result::Result<(), ::actor_core::Error> {
                match __msg {}
            }
        }

        #[automatically_derived]
        impl #impl_generics ::actor_core::HasLifecycle for #ident #ty_generics #where_clause {}

        #[automatically_derived]
        impl #handles_generics ::actor_core::Handles<#message> for #ident #ty_generics #where_clause {
            fn wrap(_: #message) -> Self::Inbox {
                ::core::unreachable!()
            }

            fn unwrap(__inbox: Self::Inbox) -> ::core::option::Option<#message> {
                match __inbox {}
            }
        }
    }
}
