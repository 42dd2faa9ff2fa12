//! A stub as the item that a derive would stand on: its definition in Rust, and the same as `ast` has it. Driven by `stub`.

use std::collections::BTreeMap;

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Expr, Ident, Index, LitInt, LitStr, Member, Type as RustType, parse_quote};

use super::{
    ability::{Abilities, is_in_place},
    catalog::{Catalog, EDITED, Type, parameter},
    history::{Field, Variant, Whole},
    words::{Word, is_foreign},
};
use crate::{
    ast::{self, Contract, Data, Item},
    attr::{DefaultAttr, FieldAttr, ForeignAttr, LifeAttr, TypeAttr, VariantAttr},
    valid,
};

/// What items are written with.
pub(crate) struct Writer<'a> {
    pub(crate) catalog: &'a Catalog<'a>,
    pub(crate) abilities: &'a Abilities<'a>,
    pub(crate) file: LitStr,
    /// The place of the file's name, seen from this crate.
    pub(crate) span: Span,
}

impl Writer<'_> {
    /// The item; or what of it no Rust can be made of.
    pub(crate) fn item(&self, ty: &Type<'_>) -> Result<Item, String> {
        let data = match &ty.history.whole {
            Whole::Struct(fields) => Data::Struct(self.span, self.fields(ty, fields)?),
            Whole::Enum { is_protocol, variants } => Data::Enum(self.variants(ty, *is_protocol, variants)?),
        };
        let lines = &ty.history.lines;
        let version = |line: Option<&&super::contract::Line>| line.map(|line| self.number(line.version));
        let (oldest, newest) = (lines.first().filter(|line| line.version > 1), lines.last());
        let (ident, parameters) =
            (self.ident(&ty.ident), (0..ty.parameters).map(|place| self.ident(&parameter(place))));
        let docs = self.docs(ty);
        Ok(Item {
            ident,
            vis: parse_quote!(pub),
            docs: vec![parse_quote!(#[doc = #docs])],
            attr: TypeAttr {
                uri: Some(LitStr::new(ty.name, self.span)),
                version: version(newest),
                ignore_serde: None,
                serde: Vec::new(),
                min_version: version(oldest),
                locked: version(newest),
                alias: None,
            },
            generics: match ty.parameters {
                0 => Default::default(),
                _ => parse_quote!(<#(#parameters),*>),
            },
            data,
            contract: Some(Contract {
                file: LitStr::new(&self.file.value(), self.span),
                lines: lines.iter().map(|line| (line.number, line.hash)).collect(),
            }),
        })
    }

    fn docs(&self, ty: &Type<'_>) -> String {
        let lines = &ty.history.lines;
        let (oldest, newest) =
            (lines.first().map_or(1, |line| line.version), lines.last().map_or(1, |line| line.version));
        let versions = match oldest == newest {
            true => format!("version {newest}"),
            false => format!("versions {oldest} to {newest}"),
        };
        format!("`{}`, {versions}, of `{}`.", ty.name, self.file.value())
    }

    /// The definition.
    pub(crate) fn definition(&self, ty: &Type<'_>, item: &Item) -> TokenStream {
        let (ident, generics, docs) = (&item.ident, &item.generics, &item.docs);
        let able = self.abilities.able(ty.name);
        let derives = [
            (true, quote!(::core::fmt::Debug)),
            (able.copied, quote!(::core::clone::Clone)),
            (able.compared, quote!(::core::cmp::PartialEq)),
            (able.total, quote!(::core::cmp::Eq, ::core::hash::Hash)),
            (self.abilities.is_key(ty.name), quote!(::core::cmp::PartialOrd, ::core::cmp::Ord)),
        ];
        let derives = derives.iter().filter_map(|(is_able, derive)| is_able.then_some(derive));
        let body = match &item.data {
            Data::Struct(_, fields) => {
                let is_open = !matches!(fields.first(), Some(ast::Field { member: Member::Named(_), .. }));
                let (fields, end) = (declared(fields, quote!(pub)), is_open.then(|| quote!(;)));
                quote!(pub struct #ident #generics #fields #end)
            }
            Data::Enum(variants) => {
                let variants = variants.iter().map(|variant| {
                    let (name, fields) = (&variant.ident, declared(&variant.fields, TokenStream::new()));
                    quote!(#name #fields)
                });
                quote!(pub enum #ident #generics { #(#variants,)* })
            }
            Data::Union(_) => TokenStream::new(),
        };
        quote! {
            #(#docs)*
            #[derive(#(#derives),*)]
            #[allow(missing_docs, non_camel_case_types, non_snake_case, dead_code, clippy::all)]
            #body
        }
    }

    fn variants(
        &self,
        ty: &Type<'_>,
        is_protocol: bool,
        variants: &[Variant<'_>],
    ) -> Result<Vec<ast::Variant>, String> {
        let mut methods = Vec::new();
        let one = |variant: &Variant<'_>| {
            let number = |version| self.number(version);
            // What every version of the stub has says nothing of versions; neither does what was there before the oldest.
            let is_first = ty.history.lines.first().is_none_or(|oldest| variant.since <= oldest.version);
            Ok(ast::Variant {
                ident: self.word(variant.name)?,
                docs: Vec::new(),
                attr: VariantAttr {
                    tag: Some(LitInt::new(&variant.tag.to_string(), self.span)),
                    method: is_protocol.then(|| self.method(ty, variant, &mut methods)),
                    life: LifeAttr {
                        since: (!is_first).then(|| number(variant.since)),
                        until: variant.until.map(number),
                    },
                    include: variant.include.then(|| self.ident("include")),
                    down: None,
                    serde: Vec::new(),
                },
                fields: self.fields(ty, &variant.fields)?,
            })
        };
        variants.iter().map(one).collect()
    }

    /// The name that the contract says, or that of the variant; with the protocol's behind it, where that cannot be.
    fn method(&self, ty: &Type<'_>, variant: &Variant<'_>, taken: &mut Vec<String>) -> LitStr {
        let snake = valid::snake(variant.name);
        let mut name = variant.method.map_or_else(|| snake.clone(), str::to_owned);
        let is_free = |name: &String| valid::is_usable(name) && !taken.contains(name);
        if !is_free(&name) {
            name = format!("{snake}_{}", valid::snake(&ty.ident));
        }
        while !is_free(&name) {
            name.push('_');
        }
        taken.push(name.clone());
        LitStr::new(&name, self.span)
    }

    fn fields(&self, ty: &Type<'_>, fields: &[Field<'_>]) -> Result<Vec<ast::Field>, String> {
        let is_place = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
        let places = fields.iter().filter(|field| is_place(field.name)).count();
        if places != 0 && places != fields.len() {
            return Err(format!("some fields have a name and some have a place; {EDITED}"));
        }
        let one = |(place, field): (usize, &Field<'_>)| {
            let is_unnamed = is_place(field.name);
            Ok(ast::Field {
                member: match is_unnamed {
                    true => Member::Unnamed(Index { index: place as u32, span: self.span }),
                    false => Member::Named(self.word(field.name)?),
                },
                alias: (is_unnamed && field.name != place.to_string()).then(|| field.name.to_owned()),
                ty: syn::parse2(self.ty(ty, field.ty, true)).unwrap_or(RustType::Verbatim(TokenStream::new())),
                attr: self.attr(field),
            })
        };
        fields.iter().enumerate().map(one).collect()
    }

    fn attr(&self, field: &Field<'_>) -> FieldAttr {
        let foreign = self.foreign(field.ty);
        let Some(since) = &field.since else { return FieldAttr { foreign, ..FieldAttr::default() } };
        // No stub reads a version before its oldest.
        let value = since.value.clone().unwrap_or_else(|| quote!(::core::unreachable!()));
        FieldAttr {
            life: LifeAttr { since: Some(self.number(since.version)), until: None },
            default: Some(DefaultAttr {
                span: self.span,
                value: Some(Expr::Verbatim(value)),
                words: Some(since.words.to_owned()),
            }),
            foreign,
            ..FieldAttr::default()
        }
    }

    /// The types that the user has for the foreign ones in it.
    fn foreign(&self, word: &Word) -> Option<ForeignAttr> {
        let mut named = BTreeMap::new();
        for word in word.all() {
            if let Word::Named(name, _) = word
                && is_foreign(name)
                && let Some(path) = self.catalog.given.get(name.as_str())
            {
                named.insert(name, (parse_quote!(#path), LitStr::new(name, self.span)));
            }
        }
        let named: Vec<_> = named.into_values().collect();
        (!named.is_empty()).then_some(ForeignAttr { span: self.span, alone: None, named })
    }

    /// The type in Rust, in a field of its owner: in its place, or behind what is a pointer already.
    fn ty(&self, owner: &Type<'_>, word: &Word, in_place: bool) -> TokenStream {
        let in_place_inside = in_place && is_in_place(word);
        let inner: Vec<TokenStream> = word.inner().iter().map(|inner| self.ty(owner, inner, in_place_inside)).collect();
        let with_parameters = |path: TokenStream| if inner.is_empty() { path } else { quote!(#path<#(#inner),*>) };
        match word {
            Word::Parameter(place) => {
                let ident = self.ident(&parameter(*place));
                quote!(#ident)
            }
            Word::Array(_, count) => {
                let count = proc_macro2::Literal::usize_unsuffixed(*count);
                quote!([#(#inner)*; #count])
            }
            Word::BuiltIn(built_in, _) if built_in.word == "tuple" => quote!((#(#inner,)*)),
            Word::BuiltIn(built_in, _) => with_parameters(built_in.path.parse().unwrap_or_default()),
            Word::Named(name, _) => {
                let path = match (self.catalog.types.get(name.as_str()), self.catalog.given.get(name.as_str())) {
                    (Some(ty), _) => {
                        let ident = self.ident(&ty.ident);
                        quote!(#ident)
                    }
                    (None, given) => quote!(#given),
                };
                let path = with_parameters(path);
                match in_place && self.abilities.is_endless(owner.name, name) {
                    true => quote!(::std::boxed::Box<#path>),
                    false => path,
                }
            }
        }
    }

    /// A name in Rust, which it had when it was released.
    fn word(&self, name: &str) -> Result<Ident, String> {
        let raw = format!("r#{name}");
        let ident = syn::parse_str::<Ident>(name).or_else(|_| syn::parse_str(&raw));
        match ident {
            Ok(mut ident) => {
                ident.set_span(self.span);
                Ok(ident)
            }
            Err(_) => Err(format!("`{name}` cannot be a name in Rust; {EDITED}")),
        }
    }

    fn ident(&self, name: &str) -> Ident {
        format_ident!("{name}", span = self.span)
    }

    fn number(&self, version: u16) -> LitInt {
        LitInt::new(&version.to_string(), self.span)
    }
}

fn declared(fields: &[ast::Field], vis: TokenStream) -> TokenStream {
    let types = fields.iter().map(|field| &field.ty);
    let named: Vec<&Ident> = fields
        .iter()
        .filter_map(|field| if let Member::Named(name) = &field.member { Some(name) } else { None })
        .collect();
    if fields.is_empty() {
        return TokenStream::new();
    }
    match named.len() == fields.len() {
        true => quote!({ #(#vis #named: #types,)* }),
        false => quote!((#(#vis #types,)*)),
    }
}
