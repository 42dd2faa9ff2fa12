//! What a protocol's includes are to handles: `impl Includes` for each, and the ways to their actors. Every use of an included
//! protocol is written with the user's own tokens, so that one that is none is one error, in its place. Driven by `protocol`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::{Ident, Type, spanned::Spanned as _};

use crate::{ast::Item, valid::Message};

/// The way of an included message in and back, for each.
pub(crate) fn expand(item: &Item, messages: &[Message<'_>]) -> TokenStream {
    let ident = &item.ident;
    let others = (item.variants().len() > 1).then(|| quote!(_ => ::core::option::Option::None,));
    let one = |message: &Message<'_>| {
        let (variant, ty) = (&message.variant.ident, message.included?);
        let narrow = function(ty, "__narrowed_from");
        Some(quote! {
            #[automatically_derived]
            impl ::actor_core::Includes<#ty> for #ident {
                fn wrap(__msg: #ty) -> Self {
                    Self::#variant(__msg)
                }

                fn unwrap(self) -> ::core::option::Option<#ty> {
                    match self {
                        Self::#variant(__msg) => ::core::option::Option::Some(__msg),
                        #others
                    }
                }

                fn __narrow(__subject: &::actor_core::Subject<Self>) -> ::actor_core::Subject<#ty> {
                    #narrow(__subject)
                }
            }
        })
    };
    messages.iter().filter_map(one).collect()
}

/// How the ways to included protocols are found, if there are any.
pub(crate) fn ways(messages: &[Message<'_>]) -> Option<TokenStream> {
    let included: Vec<_> = messages.iter().filter_map(|message| message.included).collect();
    let included: Vec<_> = included.into_iter().map(|ty| function(ty, "__included_in")).collect();
    (!included.is_empty()).then(|| {
        quote! {
            fn __included(
                __subject: &::actor_core::Subject<Self>,
                __way: ::actor_core::route::Way,
            ) -> ::core::option::Option<::std::sync::Arc<dyn ::actor_core::route::Inlet>> {
                #(
                    if let __inlet @ ::core::option::Option::Some(_) = #included(__subject, __way) {
                        return __inlet;
                    }
                )*
                ::core::option::Option::None
            }
        }
    })
}

/// The kind of a protocol that includes these, and is of the kind `own` without them.
pub(crate) fn kind(own: TokenStream, messages: &[Message<'_>]) -> TokenStream {
    let with = |own: TokenStream, ty: &Type| {
        let span = ty.span();
        quote_spanned!(span=> <#own as ::actor_core::private::With<<#ty as ::actor_core::Protocol>::Kind>>::Kind)
    };
    messages.iter().filter_map(|message| message.included).fold(own, with)
}

/// `<Type as Protocol>::name`, all of it at the type's place in the user's code.
fn function(ty: &Type, name: &str) -> TokenStream {
    let span = ty.span().resolved_at(Span::call_site());
    let (name, ty) = (Ident::new(name, span), ty.to_token_stream());
    quote_spanned!(span=> <#ty as ::actor_core::Protocol>::#name)
}
