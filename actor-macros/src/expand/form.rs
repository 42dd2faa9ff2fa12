//! In which form a field's type crosses: its own, or one in which the foreign types in it have theirs. Written with the user's
//! tokens, so that what is wrong with a type is shown where it stands. Driven by the writers of fields.

use std::collections::BTreeMap;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote, quote_spanned};
use syn::{GenericArgument, Ident, LitStr, PathArguments, Type, spanned::Spanned as _};

use crate::{
    ast::{Field, Item, plain},
    valid::foreign::{container, holds, text},
    words,
};

/// A field's type, of now or of before, with the form in which it crosses.
pub(crate) struct Form<'a> {
    pub(crate) ty: &'a Type,
    names: &'a [(Type, LitStr)],
}

impl<'a> Form<'a> {
    /// As written; checked by `valid`.
    pub(crate) fn of(field: &'a Field, ty: &'a Type) -> Self {
        let names = field.attr.foreign.as_ref().map_or(&[][..], |foreign| &foreign.named);
        Form { ty, names: if names.iter().any(|(name, _)| holds(ty, &text(name))) { names } else { &[] } }
    }

    /// `None` if it crosses in its own form.
    pub(crate) fn tokens(&self) -> Option<TokenStream> {
        (!self.names.is_empty()).then(|| self.form(self.ty))
    }

    /// The type in the words of the code, with the names of foreign types for them.
    pub(crate) fn words(&self) -> String {
        let mut words =
            words::of(self.place(self.ty, &|_, name| marker(name).into_token_stream(), &|ty| ty.to_token_stream()));
        for (_, name) in self.names {
            words = words.replace(&marker(name).to_string(), &name.value());
        }
        words
    }

    fn form(&self, ty: &Type) -> TokenStream {
        let foreign = |ty: &Type, name: &LitStr| {
            let (span, marker) = (ty.span(), marker(name));
            quote_spanned!(span=> ::actor_core::wire::Foreign<#ty, #marker>)
        };
        self.place(ty, &foreign, &|ty| quote!(::actor_core::wire::Own<#ty>))
    }

    /// The type with something else for the foreign types in it, and for what holds none of them.
    fn place(
        &self,
        ty: &Type,
        foreign: &dyn Fn(&Type, &LitStr) -> TokenStream,
        own: &dyn Fn(&Type) -> TokenStream,
    ) -> TokenStream {
        if let Some((_, name)) = self.names.iter().find(|(named, _)| text(named) == text(ty)) {
            return foreign(ty, name);
        }
        if !self.names.iter().any(|(name, _)| holds(ty, &text(name))) {
            return own(ty);
        }
        let inner = |ty: &Type| self.place(ty, foreign, own);
        match ty {
            Type::Array(array) => {
                let (element, length) = (inner(&array.elem), &array.len);
                quote!([#element; #length])
            }
            Type::Slice(slice) => {
                let element = inner(&slice.elem);
                quote!([#element])
            }
            Type::Group(group) => inner(&group.elem),
            Type::Paren(paren) => inner(&paren.elem),
            Type::Tuple(tuple) => {
                let elements = tuple.elems.iter().map(inner);
                quote!((#(#elements,)*))
            }
            Type::Path(path) => {
                let mut path = path.clone();
                if let Some(last) = path.path.segments.last_mut()
                    && let Some(count) = container(&plain(&last.ident))
                    && let PathArguments::AngleBracketed(arguments) = &mut last.arguments
                {
                    let types = arguments.args.iter_mut().filter_map(|argument| match argument {
                        GenericArgument::Type(ty) => Some(ty),
                        _ => None,
                    });
                    types.take(count).for_each(|ty| *ty = Type::Verbatim(inner(ty)));
                }
                path.into_token_stream()
            }
            other => own(other),
        }
    }
}

/// The type that stands for a name.
pub(crate) fn marker(name: &LitStr) -> Ident {
    let mut word = String::new();
    for c in name.value().chars() {
        match c.is_ascii_alphanumeric() {
            true => word.push(c),
            false => word.push_str(&format!("_{:x}_", u32::from(c))),
        }
    }
    format_ident!("__Foreign_{word}")
}

/// The types that stand for the names of forms, and the checks that what they are given to is foreign. Nothing if no field has
/// any.
pub(super) fn names(item: &Item) -> Option<TokenStream> {
    let given = || item.fields().filter_map(|field| field.attr.foreign.as_ref()).flat_map(|foreign| &foreign.named);
    let names: BTreeMap<String, &LitStr> = given().map(|(_, name)| (name.value(), name)).collect();
    if names.is_empty() {
        return None;
    }
    // A name stands in the attribute also where the type is found in the field.
    let types: BTreeMap<String, (&Type, Span)> = given().map(|(ty, name)| (text(ty), (ty, name.span()))).collect();
    let checks = types.into_iter().map(|(text, (ty, span))| {
        let span = span.resolved_at(Span::call_site());
        quote_spanned! {span=>
            const _: () = {
                use ::actor_core::private::NotWire as _;
                ::actor_core::private::is_foreign(#text, ::actor_core::private::Probe::<#ty>::IS_WIRE)
            };
        }
    });
    let names = names.into_values().map(|name| {
        let marker = marker(name);
        quote! {
            #[allow(non_camel_case_types)]
            enum #marker {}

            impl ::actor_core::wire::ForeignName for #marker {
                const NAME: &'static str = #name;

                fn first_use() -> &'static ::actor_core::wire::FirstUse {
                    static __FIRST: ::actor_core::wire::FirstUse = ::actor_core::wire::FirstUse::new();
                    &__FIRST
                }
            }
        }
    });
    Some(quote!(#(#names)* #(#checks)*))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attr::Errors;

    #[test]
    fn a_type_is_shown_with_the_names_of_what_is_foreign() {
        let item = "struct S(#[wire(foreign(Point = \"geo.Point/1\", Line = \"geo.Line/2\"))] \
                    std::vec::Vec<Option<(Point, HashMap<Line, [Point; 2], Hasher>, Result<u8, String>)>>);";
        let mut errors = Errors::default();
        let item = Item::new(syn::parse_str(item).expect("the item is Rust"), &mut errors);
        let field = item.fields().next().expect("it has a field");
        let words = Form::of(field, &field.ty).words();
        assert_eq!(
            words,
            "std::vec::Vec<Option<(geo.Point/1,HashMap<geo.Line/2,[geo.Point/1;2],Hasher>,Result<u8,String>,)>>"
        );
        assert!(errors.is_empty());
    }

    #[test]
    fn names_have_types_of_their_own() {
        let of = |name: &str| marker(&LitStr::new(name, Span::call_site())).to_string();
        assert_eq!(of("geo.Point/1"), "__Foreign_geo_2e_Point_2f_1");
        assert_ne!(of("geo.Point_2f_1"), of("geo.Point/1"));
    }
}
