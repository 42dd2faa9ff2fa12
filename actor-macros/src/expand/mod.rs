//! Writes the code. Makes no errors: what reaches it keeps the rules, or goes to `fallback`.
//! Driven by the derives.

pub(crate) mod actor;
mod field;
mod form;
pub(crate) mod include;
pub(crate) mod protocol;
mod release;
mod shape;
pub(crate) mod wire;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::{
    ast::{ActorItem, Item},
    attr::Errors,
    fallback, valid,
};

pub(crate) fn wire(input: DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let mut item = Item::new(input, &mut errors);
    valid::foreign::resolve(&mut item, &mut errors);
    let wire = valid::wire(&item, &mut errors);
    valid::value(&item, &mut errors);
    if errors.is_empty() { wire::expand(&wire) } else { fallback::wire(&item, &errors) }
}

pub(crate) fn protocol(input: DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let mut item = Item::new(input, &mut errors);
    valid::foreign::resolve(&mut item, &mut errors);
    let wire = valid::Wire { is_protocol: true, ..valid::wire(&item, &mut errors) };
    let messages = valid::protocol(&item, &mut errors);
    if errors.is_empty() { protocol::expand(&wire, &messages) } else { fallback::protocol(&item, &messages, &errors) }
}

pub(crate) fn actor(input: DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let item = ActorItem::new(input, &mut errors);
    let messages = valid::actor(&item, &mut errors);
    if errors.is_empty() { actor::expand(&item, &messages) } else { fallback::actor(&item, &errors) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DERIVES: [fn(DeriveInput) -> TokenStream; 3] = [wire, protocol, actor];

    /// Right, wrong and absurd: what a derive is given comes from an editor in the middle of a word.
    const ITEMS: &[&str] = &[
        "struct S;",
        "struct S();",
        "struct S {}",
        "enum E {}",
        "union U { a: u8 }",
        "struct r#type(r#fn<u8>);",
        "struct S<'a, T: Copy = u8, const N: usize = 3>(&'a [T; N]) where T: 'a;",
        "enum E { A(Self), B { r#move: fn(usize) -> isize }, r#C(<Self as T>::U, dyn X, m!(x), !, _) }",
        "#[wire] #[actor] struct S;",
        "#[wire = 3] #[actor = 3] struct S;",
        "#[wire()] #[actor()] struct S;",
        "#[wire(::a::b, 3)] #[actor(::a::b, 3)] struct S;",
        "#[wire(uri)] #[actor(handles)] struct S;",
        "#[wire(uri =)] #[actor(handles =)] struct S;",
        "#[wire(uri = \"a.b\" version)] #[actor(handles(,))] struct S;",
        "#[wire(uri = \"a.b\", version = 99999999999999999999999)] #[actor(handles(3))] struct S;",
        "#[wire(uri = b\"a.b\")] #[actor(handles(A), handles(B))] struct S;",
        "#[wire(uri = \"\")] #[actor(handles(A, A))] enum E { #[wire(tag = -1, method = \"\")] A }",
        "#[wire(uri = \"a.b\")] enum E { #[wire(method = \"r#a\")] A, #[wire(method = \" a\")] B, _C, Ö }",
        "#[wire(uri = \"a.b\")] enum E { #[wire(method = \"_\")] A, #[wire(method = \"1\")] B, #[wire(tag = 0)] C }",
        "#[wire(uri = \"a.b\")] enum E { A(Reply), B(Reply<>), C(Reply<u8, u8>), D(Reply<u8>, Reply<u8>), Clone }",
        "#[wire(uri = \"a.b\")] #[actor(handles(A<u8>, (B, C), [u8; 3]))] enum E<T> { A(T, #[wire(x)] u8) }",
        "#[wire(uri = \"a.b\", version = 3, min_version = 9, alias = \"\")] struct S { #[wire(since = 4)] a: u8 }",
        "#[wire(uri = \"a.b\", version = 3)] struct S(#[wire(since = 2, from = , convert)] u8, #[wire(default = )] T);",
        "#[wire(uri = \"a.b\", version = 3, min_version = 2, locked = 2)] struct S<T>(#[wire(since = 2, from = [T; 3], convert = f)] T);",
        "#[wire(uri = \"a.b\", locked = 1, locked = 0)] struct S<T: Copy>(T);",
        "#[wire(uri = \"a.b\", version = 65535, locked = 65535, min_version = 65535)] enum E { A(Self), B { x: () } }",
        "#[wire(uri = \"a.b\")] enum E { #[wire(include)] A, #[wire(include)] B(E), #[wire(include = 1)] C { x: E }, #[wire(include)] D(E), #[wire(include)] F(Reply<u8>) }",
        "#[wire(uri = \"a.b\")] struct S<T>(#[wire(foreign = \"\")] T, #[wire(foreign(T = \"a.b/1\", T = \"/\"))] (Vec, T), #[wire(foreign)] u8);",
        "#[wire(uri = \"a.b\")] struct S(#[wire(foreign = \"a.b/1\")] [m!(); 3], #[wire(foreign(<A as B>::C<D> = \"a.b/1\"))] Vec<<A as B>::C<D>>);",
        "#[wire(uri = \"a.b\")] struct S(#[wire(foreign())] A, #[wire(foreign(=))] A, #[wire(foreign(A = 3))] A, #[wire(foreign(A))] A);",
        "#[wire(uri = \"a.b\")] #[serde] struct S(#[serde(skip = , flatten)] #[serde = 3] u8, #[serde(with(\"a\"), ::a)] u8);",
        "#[wire(uri = \"a.b\", version = 3)] enum E { #[wire(down = f, until = 2, since = 2)] A(#[wire(from = !)] T) }",
    ];

    #[test]
    fn no_item_makes_a_derive_panic() {
        for item in ITEMS {
            for derive in DERIVES {
                let input = syn::parse_str(item).expect("the item is Rust");
                assert!(!derive(input).is_empty(), "{item}");
            }
        }
    }

    #[test]
    fn what_is_wrong_still_gets_its_implementations() {
        for (derive, implementation) in DERIVES.iter().zip(["wire :: Wire for", "Protocol for", "Actor for"]) {
            let input = syn::parse_str("enum Wrong { A(usize) }").expect("the item is Rust");
            let code = derive(input).to_string();
            assert!(code.contains("compile_error"), "{code}");
            assert!(code.contains(implementation), "{code}");
        }
    }

    #[test]
    fn tags_are_places_unless_given() {
        let item = "#[wire(uri = \"a.b\")] enum E { A, #[wire(tag = 7)] B, C }";
        let code = wire(syn::parse_str(item).expect("the item is Rust")).to_string();
        for part in ["name : \"A\" , tag : 0u32", "name : \"B\" , tag : 7u32", "name : \"C\" , tag : 2u32"] {
            assert!(code.contains(part), "{part} in {code}");
        }
    }
}
