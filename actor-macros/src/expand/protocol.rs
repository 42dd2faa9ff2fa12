//! `impl Protocol`, and the trait with a method per message on every address of the protocol.
//! The trait stands beside the enum, so that it can be imported, and its parameters are the user's tokens, so that a
//! wrong argument is shown where the message was declared. Driven by `expand`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Ident, Member};

use super::{include, wire};
use crate::{
    ast::{Item, plain},
    valid::{Message, Wire},
};

pub(crate) fn expand(wire: &Wire<'_>, messages: &[Message<'_>]) -> TokenStream {
    let (ident, uri, version) = (&wire.item.ident, &wire.uri, wire.versions.newest);
    let value = wire::expand(wire);
    let (kind, client) = (kind(messages), client(wire.item, messages));
    let (includes, ways) = (include::expand(wire.item, messages), include::ways(messages));
    let duplicator = messages.iter().all(|message| message.reply.is_none()).then(duplicator);
    let variants: Vec<&Ident> = messages.iter().map(|message| &message.variant.ident).collect();
    let names = variants.iter().map(|variant| format!("{}::{}", plain(ident), plain(variant)));
    let places = 0u32..;
    quote! {
        #value

        #[automatically_derived]
        impl ::actor_core::Protocol for #ident {
            const URI: &'static str = #uri;
            const VERSION: u16 = #version;
            type Kind = #kind;
            const MESSAGES: &'static [&'static str] = &[#(#names),*];

            fn index(&self) -> u32 {
                match self {
                    #(Self::#variants { .. } => #places,)*
                }
            }

            #duplicator
            #ways
        }

        #includes
        #client
    }
}

/// Whether any message waits for an answer, of its own or of an included protocol.
pub(crate) fn kind(messages: &[Message<'_>]) -> TokenStream {
    match messages.iter().any(|message| message.reply.is_some()) {
        true => quote!(::actor_core::Calls),
        false => include::kind(quote!(::actor_core::Tells), messages),
    }
}

/// A message with a reply is never `Clone`; whether another is, its own traits say.
fn duplicator() -> TokenStream {
    quote! {
        fn duplicator() -> ::core::option::Option<fn(&Self) -> Self> {
            use ::actor_core::private::NotClone as _;
            (&::actor_core::private::Probe::<Self>(::core::marker::PhantomData)).duplicator()
        }
    }
}

/// The trait of generated methods.
pub(crate) fn client(item: &Item, messages: &[Message<'_>]) -> TokenStream {
    let (ident, vis, docs) = (&item.ident, &item.vis, &item.docs);
    let name = format_ident!("{}Client", plain(ident), span = ident.span());
    let title = format!("The messages of [`{}`] as methods, on every address of the protocol.", plain(ident));
    let methods = messages.iter().map(|message| method(ident, message));
    quote! {
        #[doc = #title]
        #[doc = ""]
        #(#docs)*
        #[allow(dead_code, deprecated, unreachable_pub)]
        #vis trait #name: ::actor_core::AddressOf<#ident> {
            #(#methods)*
        }

        #[automatically_derived]
        impl<__A: ::actor_core::AddressOf<#ident> + ?::core::marker::Sized> #name for __A {}
    }
}

fn method(protocol: &Ident, message: &Message<'_>) -> TokenStream {
    let (variant, method) = (&message.variant.ident, &message.method);
    let docs = match message.variant.docs.as_slice() {
        [] => {
            let verb = message.reply.map_or("Tells", |_| "Calls with");
            let line = format!("{verb} [`{}::{}`].", plain(protocol), plain(variant));
            quote!(#[doc = #line])
        }
        docs => quote!(#(#docs)*),
    };
    let answer = message.reply.map(|(member, _)| member);
    let given: Vec<_> = message.variant.fields.iter().filter(|field| Some(&field.member) != answer).collect();
    let members: Vec<_> = given.iter().map(|field| &field.member).collect();
    let types = given.iter().map(|field| &field.ty);
    let names: Vec<Ident> = (0..).zip(&members).map(|(i, member)| parameter(member, i, members.len())).collect();
    match message.reply {
        None => quote! {
            #docs
            fn #method(&self #(, #names: #types)*) -> ::core::result::Result<(), ::actor_core::SendError<#protocol>>
            where
                Self: ::actor_core::Address<#protocol>,
            {
                ::actor_core::Address::tell(self, #protocol::#variant { #(#members: #names),* })
            }
        },
        Some((member, ty)) => quote! {
            #docs
            fn #method(&self #(, #names: #types)*) -> ::actor_core::Call<#ty>
            where
                Self: ::actor_core::CallAddress<#protocol>,
            {
                ::actor_core::private::call(self, |__reply| #protocol::#variant { #member: __reply #(, #members: #names)* })
            }
        },
    }
}

fn parameter(member: &Member, index: usize, count: usize) -> Ident {
    match member {
        Member::Named(name) => name.clone(),
        Member::Unnamed(place) if count == 1 => Ident::new("value", place.span),
        Member::Unnamed(place) => format_ident!("value{index}", span = place.span),
    }
}
