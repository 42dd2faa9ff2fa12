//! The item a derive stands on: its variants, fields and attributes in one shape for structs and enums, named and
//! tuple fields. Checks nothing and keeps what is wrong, so that `fallback` can work with it. Driven by `expand`.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::{Attribute, DeriveInput, Generics, Ident, Index, LitStr, Member, Type, Visibility};

use crate::attr::{self, ActorAttr, Errors, FieldAttr, TypeAttr, VariantAttr};

/// The item of `Wire` and `Protocol`.
pub(crate) struct Item {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    pub(crate) docs: Vec<Attribute>,
    pub(crate) attr: TypeAttr,
    pub(crate) generics: Generics,
    pub(crate) data: Data,
    /// Where it was read, if it is a stub.
    pub(crate) contract: Option<Contract>,
}

/// The lines of a contract that a stub was generated from.
pub(crate) struct Contract {
    /// As the user has written it.
    pub(crate) file: LitStr,
    /// The number and the hash of each line, from the oldest version on.
    pub(crate) lines: Vec<(u32, u64)>,
}

pub(crate) enum Data {
    Struct(Span, Vec<Field>),
    Enum(Vec<Variant>),
    Union(Span),
}

pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) docs: Vec<Attribute>,
    pub(crate) attr: VariantAttr,
    pub(crate) fields: Vec<Field>,
}

pub(crate) struct Field {
    pub(crate) member: Member,
    /// Its name on the wire, if that is not the member's: a stub of a tuple leaves out the fields that are no more.
    pub(crate) alias: Option<String>,
    pub(crate) ty: Type,
    pub(crate) attr: FieldAttr,
}

/// The item of `Actor`.
pub(crate) struct ActorItem {
    pub(crate) ident: Ident,
    pub(crate) attr: ActorAttr,
    pub(crate) generics: Generics,
    /// The `union` keyword, if it is one.
    pub(crate) union: Option<Span>,
}

impl Item {
    pub(crate) fn new(input: DeriveInput, errors: &mut Errors) -> Self {
        let (ident, (_, ty_generics, _)) = (&input.ident, input.generics.split_for_impl());
        let this = quote!(#ident #ty_generics);
        Item {
            attr: attr::of_type(&input.attrs, errors),
            docs: docs(&input.attrs),
            data: match input.data {
                syn::Data::Struct(data) => Data::Struct(data.struct_token.span, fields(data.fields, &this, errors)),
                syn::Data::Enum(data) => {
                    Data::Enum(data.variants.into_iter().map(|variant| Variant::new(variant, &this, errors)).collect())
                }
                syn::Data::Union(data) => Data::Union(data.union_token.span),
            },
            ident: input.ident,
            vis: input.vis,
            generics: input.generics,
            contract: None,
        }
    }

    pub(crate) fn variants(&self) -> &[Variant] {
        match &self.data {
            Data::Enum(variants) => variants,
            Data::Struct(..) | Data::Union(_) => &[],
        }
    }

    /// Whether its type parameters are asked for more than to cross.
    pub(crate) fn is_generic_with_bounds(&self) -> bool {
        let is_bound = self.generics.type_params().any(|parameter| !parameter.bounds.is_empty());
        is_bound || self.generics.where_clause.is_some()
    }

    /// Every field of the item, of all variants.
    pub(crate) fn fields(&self) -> impl Iterator<Item = &Field> {
        let own: &[Field] = match &self.data {
            Data::Struct(_, fields) => fields,
            Data::Enum(_) | Data::Union(_) => &[],
        };
        own.iter().chain(self.variants().iter().flat_map(|variant| &variant.fields))
    }

    /// As [`fields`](Self::fields).
    pub(crate) fn fields_mut(&mut self) -> impl Iterator<Item = &mut Field> {
        let (own, variants): (&mut [Field], &mut [Variant]) = match &mut self.data {
            Data::Struct(_, fields) => (fields, &mut []),
            Data::Enum(variants) => (&mut [], variants),
            Data::Union(_) => (&mut [], &mut []),
        };
        own.iter_mut().chain(variants.iter_mut().flat_map(|variant| &mut variant.fields))
    }
}

impl Variant {
    fn new(variant: syn::Variant, this: &TokenStream, errors: &mut Errors) -> Self {
        Variant {
            attr: attr::of_variant(&variant.attrs, errors),
            docs: docs(&variant.attrs),
            ident: variant.ident,
            fields: fields(variant.fields, this, errors),
        }
    }
}

impl Field {
    /// Its name, or its index in digits.
    pub(crate) fn name(&self) -> String {
        match (&self.alias, &self.member) {
            (Some(alias), _) => alias.clone(),
            (None, Member::Named(ident)) => plain(ident),
            (None, Member::Unnamed(index)) => index.index.to_string(),
        }
    }
}

impl ActorItem {
    pub(crate) fn new(input: DeriveInput, errors: &mut Errors) -> Self {
        ActorItem {
            attr: attr::of_actor(&input.attrs, errors),
            ident: input.ident,
            generics: input.generics,
            union: match input.data {
                syn::Data::Union(data) => Some(data.union_token.span),
                syn::Data::Struct(_) | syn::Data::Enum(_) => None,
            },
        }
    }
}

/// An identifier without the `r#` of a raw one.
pub(crate) fn plain(ident: &Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix("r#").map(str::to_owned).unwrap_or(text)
}

fn docs(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("doc")).cloned().collect()
}

fn fields(fields: syn::Fields, this: &TokenStream, errors: &mut Errors) -> Vec<Field> {
    let own = |(index, field): (usize, syn::Field)| {
        let attr = attr::of_field(&field.attrs, errors);
        let member = match field.ident {
            Some(ident) => Member::Named(ident),
            None => Member::Unnamed(Index::from(index)),
        };
        let ty = match field.ty.to_token_stream() {
            // It is also written where `Self` is another: in the generated trait, and outside of any impl.
            tokens if tokens.to_string().contains("Self") => {
                syn::parse2(without_self(tokens, this)).unwrap_or(field.ty)
            }
            _ => field.ty,
        };
        Field { member, alias: None, ty, attr }
    };
    fields.into_iter().enumerate().map(own).collect()
}

/// The tokens with the type's name for `Self`.
fn without_self(tokens: TokenStream, this: &TokenStream) -> TokenStream {
    let named = |token| match token {
        TokenTree::Ident(ident) if ident == "Self" => {
            let place = |mut token: TokenTree| {
                token.set_span(ident.span());
                token
            };
            this.clone().into_iter().map(place).collect()
        }
        TokenTree::Group(group) => {
            let mut inner = Group::new(group.delimiter(), without_self(group.stream(), this));
            inner.set_span(group.span());
            TokenTree::Group(inner).into()
        }
        other => TokenStream::from(other),
    };
    tokens.into_iter().flat_map(named).collect()
}
