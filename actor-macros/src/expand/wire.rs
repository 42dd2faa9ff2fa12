//! `impl Wire`: the version, the tag, then the fields in order; and the type's line in the schema table.
//! Every use of a field's type is written with that type's own tokens, so that a type that cannot cross is one error,
//! at the type. Driven by `expand`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::{Generics, Ident, parse_quote, spanned::Spanned as _};

use super::VERSION;
use crate::{
    ast::{Data, Field, plain},
    valid::Wire,
};

pub(crate) fn expand(wire: &Wire<'_>) -> TokenStream {
    let (ident, uri) = (&wire.item.ident, &wire.uri);
    let generics = bounded(&wire.item.generics);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let parameters = generics.type_params().map(|parameter| &parameter.ident);
    let (encode, decode) = (encode(wire), decode(wire));
    let schema = wire.item.generics.params.is_empty().then(|| schema(wire));
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impl_generics ::actor_core::wire::Wire for #ident #ty_generics #where_clause {
            const EDGE: ::actor_core::wire::Edge = ::actor_core::wire::Edge::of(
                #uri,
                &[#(<#parameters as ::actor_core::wire::Wire>::EDGE),*],
            );

            fn encode(
                &self,
                __e: &mut ::actor_core::wire::Encoder<'_>,
            ) -> ::core::result::Result<(), ::actor_core::wire::EncodeError> {
                __e.begin(<Self as ::actor_core::wire::Wire>::EDGE, #VERSION)?;
                #encode
                ::core::result::Result::Ok(())
            }

            fn decode(
                __d: &mut ::actor_core::wire::Decoder<'_>,
            ) -> ::core::result::Result<Self, ::actor_core::wire::DecodeError> {
                __d.begin(#uri, #VERSION)?;
                let __value = #decode;
                __d.end();
                ::core::result::Result::Ok(__value)
            }
        }
        #schema
    }
}

fn bounded(generics: &Generics) -> Generics {
    let mut generics = generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(parse_quote!(::actor_core::wire::Wire));
    }
    generics
}

fn encode(wire: &Wire<'_>) -> TokenStream {
    match &wire.item.data {
        Data::Struct(_, fields) => fields
            .iter()
            .map(|field| {
                let (member, function) = (&field.member, function(field, "encode"));
                quote!(#function(&self.#member, __e)?;)
            })
            .collect(),
        Data::Enum(variants) => {
            let arms = variants.iter().zip(&wire.tags).map(|(variant, tag)| {
                let ident = &variant.ident;
                let members = variant.fields.iter().map(|field| &field.member);
                let names: Vec<Ident> = (0..variant.fields.len()).map(|i| format_ident!("__f{i}")).collect();
                let functions = variant.fields.iter().map(|field| function(field, "encode"));
                quote! {
                    Self::#ident { #(#members: #names),* } => {
                        __e.tag(#tag)?;
                        #(#functions(#names, __e)?;)*
                    }
                }
            });
            quote!(match self { #(#arms)* })
        }
        Data::Union(_) => TokenStream::new(),
    }
}

fn decode(wire: &Wire<'_>) -> TokenStream {
    let read = |fields: &[Field]| -> TokenStream {
        let members = fields.iter().map(|field| &field.member);
        let functions = fields.iter().map(|field| function(field, "decode"));
        quote!({ #(#members: #functions(__d)?),* })
    };
    match &wire.item.data {
        Data::Struct(_, fields) => {
            let fields = read(fields);
            quote!(Self #fields)
        }
        Data::Enum(variants) => {
            let arms = variants.iter().zip(&wire.tags).map(|(variant, tag)| {
                let (ident, fields) = (&variant.ident, read(&variant.fields));
                quote!(#tag => Self::#ident #fields,)
            });
            let uri = &wire.uri;
            quote! {
                match __d.tag()? {
                    #(#arms)*
                    __tag => {
                        return ::core::result::Result::Err(
                            ::actor_core::wire::DecodeError::UnknownVariant { uri: #uri, tag: __tag },
                        );
                    }
                }
            }
        }
        Data::Union(_) => TokenStream::new(),
    }
}

fn schema(wire: &Wire<'_>) -> TokenStream {
    let (ident, uri) = (&wire.item.ident, &wire.uri);
    let path = format!("::{}", plain(ident));
    let body = body(wire);
    quote! {
        ::actor_core::private::inventory::submit! {
            ::actor_core::wire::Schema {
                uri: #uri,
                version: #VERSION,
                edge: <#ident as ::actor_core::wire::Wire>::EDGE,
                body: #body,
                path: ::core::concat!(::core::module_path!(), #path),
            }
        }
    }
}

fn body(wire: &Wire<'_>) -> TokenStream {
    let list = |fields: &[Field]| -> TokenStream {
        let names = fields.iter().map(Field::name);
        let edges = fields.iter().map(|field| function(field, "EDGE"));
        quote!(#(.field(#names, #edges))*)
    };
    match &wire.item.data {
        Data::Struct(_, fields) => {
            let (arity, fields) = (fields.len(), list(fields));
            quote!(::actor_core::wire::Body::record(#arity) #fields.finish())
        }
        Data::Enum(variants) => {
            let count = variants.len();
            let list = variants.iter().zip(&wire.tags).map(|(variant, tag)| {
                let (name, arity, fields) = (plain(&variant.ident), variant.fields.len(), list(&variant.fields));
                quote!(.variant(#name, #tag, #arity) #fields)
            });
            quote!(::actor_core::wire::Body::choice(#count) #(#list)*.finish())
        }
        Data::Union(_) => TokenStream::new(),
    }
}

/// `<Type as Wire>::name`, all of it at the type's place in the user's code.
fn function(field: &Field, name: &str) -> TokenStream {
    let ty = &field.ty;
    let span = ty.span().resolved_at(Span::call_site());
    let name = Ident::new(name, span);
    let ty = ty.to_token_stream();
    quote_spanned!(span=> <#ty as ::actor_core::wire::Wire>::#name)
}
