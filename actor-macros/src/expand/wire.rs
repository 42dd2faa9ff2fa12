//! `impl Wire`: the version, the tag, then the fields of that version in order; the shape of all versions; and the type's line
//! in the schema table. Every use of a field's type is written with that type's own tokens, so that a type that cannot cross
//! is one error, at the type. Driven by `expand`.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{Generics, Ident, parse_quote, spanned::Spanned as _};

use super::{
    field,
    form::{self, Form},
    release, shape,
};
use crate::{
    ast::{Data, Field, Variant, plain},
    valid::{Life, Versions, Wire},
};

pub(crate) fn expand(wire: &Wire<'_>) -> TokenStream {
    let code = implementation(wire);
    match form::names(wire.item) {
        None => code,
        // What stands for the names is seen by this code alone.
        Some(names) => quote!(const _: () = { #names #code };),
    }
}

fn implementation(wire: &Wire<'_>) -> TokenStream {
    let (ident, uri, identity) = (&wire.item.ident, &wire.uri, &wire.identity);
    let Versions { oldest, newest, locked } = wire.versions;
    let generics = bounded(&wire.item.generics);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let parameters: Vec<&Ident> = generics.type_params().map(|parameter| &parameter.ident).collect();
    let (shape, encode, decode) = (shape::expand(wire), encode(wire), decode(wire));
    let version = format_ident!("{}", if has_versions(wire) { "__v" } else { "_" });
    let (schema, release) = (shape::schema(wire), release::expand(wire));
    let locked = match parameters.as_slice() {
        [] => quote!(#locked),
        _ => quote! {
            ::actor_core::private::least(&[#locked #(, <#parameters as ::actor_core::wire::Wire>::LOCKED)*])
        },
    };
    quote! {
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impl_generics ::actor_core::wire::Wire for #ident #ty_generics #where_clause {
            const EDGE: ::actor_core::wire::Edge = ::actor_core::wire::Edge::of(
                #identity,
                &[#(<#parameters as ::actor_core::wire::Wire>::EDGE),*],
            );
            const SHAPE: ::actor_core::wire::Shape = #shape;
            const LOCKED: u16 = #locked;

            fn type_name(__out: &mut ::std::string::String) {
                ::actor_core::wire::named(__out, #identity, &[#(<#parameters as ::actor_core::wire::Wire>::type_name),*]);
            }

            fn encode(
                &self,
                __e: &mut ::actor_core::wire::Encoder<'_>,
            ) -> ::core::result::Result<(), ::actor_core::wire::EncodeError> {
                const __NAME: ::actor_core::wire::Edge = ::actor_core::wire::Edge::of(#identity, &[]);
                let #version = __e.begin(#uri, __NAME, #oldest, #newest)?;
                #encode
                ::core::result::Result::Ok(())
            }

            fn decode(
                __d: &mut ::actor_core::wire::Decoder<'_>,
            ) -> ::core::result::Result<Self, ::actor_core::wire::DecodeError> {
                let #version = __d.begin(#uri, #oldest, #newest)?;
                let __value = #decode;
                __d.end();
                ::core::result::Result::Ok(__value)
            }
        }
        #schema
        #release
    }
}

/// Whether any field or variant is not in all versions.
fn has_versions(wire: &Wire<'_>) -> bool {
    let fields = wire.item.fields().any(|field| !Life::of(&field.attr.life).is_whole());
    fields || wire.item.variants().iter().any(|variant| !Life::of(&variant.attr.life).is_whole())
}

fn bounded(generics: &Generics) -> Generics {
    let mut generics = generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(parse_quote!(::actor_core::wire::Wire));
    }
    generics
}

fn encode(wire: &Wire<'_>) -> TokenStream {
    let uri = &wire.uri;
    match &wire.item.data {
        Data::Struct(_, fields) => fields
            .iter()
            .map(|field| {
                let member = &field.member;
                field::encode(field, &uri.value(), &quote!(&self.#member))
            })
            .collect(),
        Data::Enum(variants) => {
            let (this, mapped) = mapped(wire, variants);
            let arms = variants.iter().zip(&wire.tags).map(|(variant, tag)| {
                let ident = &variant.ident;
                let members = variant.fields.iter().map(|field| &field.member);
                let names: Vec<Ident> = (0..variant.fields.len()).map(|i| format_ident!("__f{i}")).collect();
                let known = known(wire, variant);
                let fields =
                    variant.fields.iter().zip(&names).map(|(f, name)| field::encode(f, &uri.value(), &quote!(#name)));
                quote! {
                    Self::#ident { #(#members: #names),* } => {
                        #known
                        __e.tag(#tag)?;
                        #(#fields)*
                    }
                }
            });
            quote!(#mapped match #this { #(#arms)* })
        }
        Data::Union(_) => TokenStream::new(),
    }
}

/// What an older reader gets instead of variants that say so.
fn mapped(wire: &Wire<'_>, variants: &[Variant]) -> (TokenStream, Option<TokenStream>) {
    let arms: Vec<TokenStream> = variants
        .iter()
        .filter_map(|variant| {
            let (ident, down, Life { since, .. }) =
                (&variant.ident, variant.attr.down.as_ref()?, Life::of(&variant.attr.life));
            let error = too_old(&wire.uri.value(), &format!("variant `{}`", plain(ident)), since);
            Some(quote! {
                Self::#ident { .. } if __v < #since => {
                    __down = #down(self);
                    match &__down {
                        ::core::option::Option::Some(__other) => __other,
                        ::core::option::Option::None => #error,
                    }
                }
            })
        })
        .collect();
    match arms.is_empty() {
        true => (quote!(self), None),
        false => (
            quote!(__this),
            Some(quote! {
                let __down: ::core::option::Option<Self>;
                let __this: &Self = match self { #(#arms)* _ => self };
            }),
        ),
    }
}

/// Refuses a variant that the version which is written does not have.
fn known(wire: &Wire<'_>, variant: &Variant) -> TokenStream {
    let Life { since, until } = Life::of(&variant.attr.life);
    let what = format!("variant `{}`", plain(&variant.ident));
    let uri = &wire.uri;
    let early = (since > 1).then(|| {
        let error = too_old(&uri.value(), &what, since);
        quote!(if __v < #since { #error })
    });
    let late = until.map(|until| {
        quote! {
            if __v >= #until {
                return ::core::result::Result::Err(::actor_core::wire::EncodeError::PeerTooNew {
                    uri: #uri,
                    what: ::std::borrow::Cow::Borrowed(#what),
                    until: #until,
                    has: __v,
                });
            }
        }
    });
    quote!(#early #late)
}

/// Ends the encoding, because the reader's version has nothing for this.
pub(super) fn too_old(uri: &str, what: &str, needs: u16) -> TokenStream {
    quote! {
        return ::core::result::Result::Err(::actor_core::wire::EncodeError::PeerTooOld {
            uri: #uri,
            what: ::std::borrow::Cow::Borrowed(#what),
            needs: #needs,
            has: __v,
        })
    }
}

fn decode(wire: &Wire<'_>) -> TokenStream {
    let read = |fields: &[Field]| -> TokenStream {
        let members = fields.iter().map(|field| &field.member);
        let values = fields.iter().map(field::decode);
        quote!({ #(#members: #values),* })
    };
    match &wire.item.data {
        Data::Struct(_, fields) => {
            let fields = read(fields);
            quote!(Self #fields)
        }
        Data::Enum(variants) => {
            let arms = variants.iter().zip(&wire.tags).map(|(variant, tag)| {
                let (ident, fields) = (&variant.ident, read(&variant.fields));
                let guard = condition(Life::of(&variant.attr.life)).map(|condition| quote!(if #condition));
                quote!(#tag #guard => Self::#ident #fields,)
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

/// Whether the version at hand has it; `None` if every version has.
pub(super) fn condition(life: Life) -> Option<TokenStream> {
    let Life { since, until } = life;
    match (since, until) {
        (1, None) => None,
        (1, Some(until)) => Some(quote!(__v < #until)),
        (since, None) => Some(quote!(__v >= #since)),
        (since, Some(until)) => Some(quote!((#since..#until).contains(&__v))),
    }
}

/// `<Type as Wire>::name`, or that of the form in which the type crosses; all of it at the type's place in the user's code.
pub(super) fn function(form: &Form<'_>, name: &str) -> TokenStream {
    let ty = form.ty;
    let span = ty.span().resolved_at(Span::call_site());
    let name = Ident::new(name, span);
    match form.tokens() {
        None => quote_spanned!(span=> <#ty as ::actor_core::wire::Wire>::#name),
        Some(form) => quote_spanned!(span=> <#form as ::actor_core::wire::Form<#ty>>::#name),
    }
}
