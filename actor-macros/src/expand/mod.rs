//! Writes the code. Makes no errors: what reaches it keeps the rules, or goes to `fallback`.
//! Driven by the derives.

pub(crate) mod actor;
pub(crate) mod protocol;
pub(crate) mod wire;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::{
    ast::{ActorItem, Item},
    attr::Errors,
    fallback, valid,
};

/// The version that this release writes.
const VERSION: u16 = 1;

pub(crate) fn wire(input: DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let item = Item::new(input, &mut errors);
    let wire = valid::wire(&item, &mut errors);
    valid::value(&item, &mut errors);
    if errors.is_empty() { wire::expand(&wire) } else { fallback::wire(&item, &errors) }
}

pub(crate) fn protocol(input: DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let item = Item::new(input, &mut errors);
    let wire = valid::wire(&item, &mut errors);
    let messages = valid::protocol(&item, &mut errors);
    if errors.is_empty() { protocol::expand(&wire, &messages) } else { fallback::protocol(&item, &messages, &errors) }
}

pub(crate) fn actor(input: DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let item = ActorItem::new(input, &mut errors);
    let messages = valid::actor(&item, &mut errors);
    if errors.is_empty() { actor::expand(&item, &messages) } else { fallback::actor(&item, &errors) }
}
