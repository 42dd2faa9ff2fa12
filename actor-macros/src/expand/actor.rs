//! `impl Actor` with its inbox: one variant per message in the list, and the way of each message in, back and to its
//! handler. Every use of a message's type is written with that type's own tokens, so that a missing handler is one
//! error, at the message in the list. Driven by `expand`.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Ident, Type, spanned::Spanned as _};

use crate::{
    ast::{ActorItem, plain},
    attr::Mailbox,
};

pub(crate) fn expand(item: &ActorItem, messages: &[&Type]) -> TokenStream {
    let ident = &item.ident;
    let inbox = format_ident!("__{}Inbox", plain(ident));
    let names: Vec<Ident> = (0..messages.len()).map(|i| format_ident!("M{i}")).collect();
    let (impl_generics, ty_generics, where_clause) = item.generics.split_for_impl();
    let generics = &item.generics;
    let parameters: Vec<&Ident> = generics.type_params().map(|parameter| &parameter.ident).collect();
    let (unused, never) = match parameters.as_slice() {
        [] => (None, None),
        _ => (
            Some(
                quote!(__Never(::core::convert::Infallible, ::core::marker::PhantomData<fn() -> (#(#parameters,)*)>),),
            ),
            Some(quote!(#inbox::__Never(__never, _) => match __never {},)),
        ),
    };
    // One message: its handler's future is the dispatch's. More: one future around them, as large as the largest.
    let outcome = quote!(::core::result::Result<(), ::actor_core::Error>);
    let (asynchronous, output, wait) = match messages {
        [_] => (None, quote!(impl ::core::future::Future<Output = #outcome> + ::core::marker::Send), None),
        _ => (Some(quote!(async)), outcome, Some(quote!(.await))),
    };
    let calls = messages.iter().map(|message| call(message, wait.as_ref()));
    let others = (messages.len() > 1 || unused.is_some()).then(|| quote!(_ => ::core::option::Option::None,));
    let handles =
        messages.iter().zip(&names).map(|(message, name)| handles(item, message, &inbox, name, others.as_ref()));
    let (index, lifecycle) = (index(&inbox, &names, messages, !parameters.is_empty()), item.attr.lifecycle.as_ref());
    let hooks = lifecycle.map(hooks);
    let capacity = item.attr.mailbox.as_ref().map(capacity);
    let known = lifecycle.map(|_| {
        quote! {
            #[automatically_derived]
            impl #impl_generics ::actor_core::HasLifecycle for #ident #ty_generics #where_clause {}
        }
    });
    quote! {
        const _: () = {
            #[doc(hidden)]
            #[allow(
                missing_docs,
                missing_debug_implementations,
                private_interfaces,
                unreachable_pub
            )]
            pub enum #inbox #generics #where_clause {
                #(#names(#messages),)*
                #unused
            }

            #[automatically_derived]
            impl #impl_generics ::actor_core::Actor for #ident #ty_generics #where_clause {
                type Inbox = #inbox #ty_generics;
                #capacity

                #asynchronous fn dispatch(
                    &mut self,
                    __msg: Self::Inbox,
                    __cx: &mut ::actor_core::Context<Self>,
                ) -> #output {
                    match __msg {
                        #(#inbox::#names(__msg) => #calls,)*
                        #never
                    }
                }

                #index
                #hooks
            }

            #known
            #(#handles)*
        };
    }
}

/// The way of a message in and back.
fn handles(item: &ActorItem, message: &Type, inbox: &Ident, name: &Ident, others: Option<&TokenStream>) -> TokenStream {
    let ident = &item.ident;
    let (impl_generics, ty_generics, where_clause) = item.generics.split_for_impl();
    quote! {
        #[automatically_derived]
        impl #impl_generics ::actor_core::Handles<#message> for #ident #ty_generics #where_clause {
            fn wrap(__msg: #message) -> #inbox #ty_generics {
                #inbox::#name(__msg)
            }

            fn unwrap(__inbox: #inbox #ty_generics) -> ::core::option::Option<#message> {
                match __inbox {
                    #inbox::#name(__msg) => ::core::option::Option::Some(__msg),
                    #others
                }
            }
        }
    }
}

fn capacity(mailbox: &Mailbox) -> TokenStream {
    let capacity = match mailbox {
        Mailbox::Bounded(bound) => quote!(Bounded(#bound)),
        Mailbox::Unbounded => quote!(Unbounded),
    };
    quote!(const CAPACITY: ::actor_core::Capacity = ::actor_core::Capacity::#capacity;)
}

/// The call of the message's handler, all of it at the message's place in the list.
fn call(message: &Type, wait: Option<&TokenStream>) -> TokenStream {
    let span = message.span().resolved_at(Span::call_site());
    quote_spanned!(span=> <Self as ::actor_core::Handler<#message>>::handle(self, __msg, __cx) #wait)
}

/// The numbers and names of messages, which only a protocol knows more of than their type.
fn index(inbox: &Ident, names: &[Ident], messages: &[&Type], generic: bool) -> TokenStream {
    let never = generic.then(|| quote!(#inbox::__Never(__never, _) => match *__never {},));
    let places: Vec<u32> = (0..).take(messages.len()).collect();
    let probe = |message: &&Type| quote!((&::actor_core::private::Probe::<#message>(::core::marker::PhantomData)));
    let probes: Vec<TokenStream> = messages.iter().map(probe).collect();
    quote! {
        fn message_index(__msg: &Self::Inbox) -> u32 {
            use ::actor_core::private::NotProtocol as _;
            match __msg {
                #(#inbox::#names(__msg) => ::actor_core::private::index(#places, #probes.index(__msg)),)*
                #never
            }
        }

        fn message_name(__index: u32) -> &'static str {
            use ::actor_core::private::NotProtocol as _;
            match ::actor_core::private::place(__index) {
                #((#places, __index) => #probes.name(__index),)*
                _ => "",
            }
        }
    }
}

/// The hooks, all of them at the word that says that there are some.
fn hooks(lifecycle: &Ident) -> TokenStream {
    let span = lifecycle.span().resolved_at(Span::call_site());
    let deadline = quote_spanned!(span=> <Self as ::actor_core::Lifecycle>::STOP_DEADLINE);
    let started = quote_spanned!(span=> <Self as ::actor_core::Lifecycle>::started(self, __cx));
    let stopping = quote_spanned!(span=> <Self as ::actor_core::Lifecycle>::stopping(self, __reason, __cx));
    let outcome = quote!(
        impl ::core::future::Future<Output = ::core::result::Result<(), ::actor_core::Error>> + ::core::marker::Send
    );
    quote! {
        const LIFECYCLE: ::core::option::Option<::core::time::Duration> =
            ::core::option::Option::Some(#deadline);

        fn on_start(&mut self, __cx: &mut ::actor_core::Context<Self>) -> #outcome {
            #started
        }

        fn on_stop(
            &mut self,
            __reason: &::actor_core::ExitReason,
            __cx: &mut ::actor_core::Context<Self>,
        ) -> #outcome {
            #stopping
        }
    }
}
