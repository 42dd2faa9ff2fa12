//! The derives of actor-core: [`Wire`], [`Protocol`], [`Actor`]. No I/O, and nothing that could not be written by hand:
//! the expansions are short and call generic code in actor-core by absolute paths. Use them through
//! `actor_core::prelude`.
//!
//! The way of an item: `ast` reads it, with `attr` for its attributes; `valid` holds it against the rules; `expand`
//! writes the code, or `fallback` the errors with stand-in implementations, so that one mistake gives one error.
//!
//! # Rules
//!
mod ast;
mod attr;
mod expand;
mod fallback;
mod valid;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct or enum a value that can cross between nodes.
///
/// ```ignore
/// #[derive(Wire)]
/// #[wire(uri = "shop.Item", version = 1)]
/// struct Item { name: String, cents: u64 }
///
/// #[derive(Wire)]
/// #[wire(uri = "shop.Shape")]
/// enum Shape { Circle(u32), #[wire(tag = 7)] Square { side: u32 } }
/// ```
///
/// - `uri` names the type for good, whatever module it moves to: words of ASCII letters, digits, `_` and `-`, joined by
///   dots, 128 bytes at most.
/// - `version` is 1, which is also the default.
/// - `tag` on a variant is its number on the wire; without it, its place in the enum.
///
/// Type parameters are bound by `Wire`. Lifetimes and const parameters are refused.
#[proc_macro_derive(Wire, attributes(wire))]
pub fn wire(input: TokenStream) -> TokenStream {
    expand::wire(parse_macro_input!(input as DeriveInput)).into()
}

/// Makes an enum a protocol: all the messages that an address of it takes. Implies [`Wire`].
///
/// ```ignore
/// #[derive(Protocol)]
/// #[wire(uri = "bank.Account", version = 1)]
/// pub enum Account {
///     Deposit { cents: u64 },
///     Balance { reply: Reply<u64> },
///     #[wire(method = "close_account")]
///     Stop,
/// }
/// ```
///
/// Writes the trait `AccountClient` next to the enum, with a method per variant on every address of the protocol:
/// `account.deposit(500)` tells; a variant with a field of type `Reply<T>` is a call, `account.balance().await`. Import the
/// trait where the methods are used. The methods are named after the variants in snake case; `#[wire(method = "..")]`
/// names one otherwise. The fields are the parameters, by their names; those of a tuple variant are `value`, or `value0`,
/// `value1` and so on.
#[proc_macro_derive(Protocol, attributes(wire))]
pub fn protocol(input: TokenStream) -> TokenStream {
    expand::protocol(parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a struct or enum an actor that handles these messages and no others.
///
/// ```ignore
/// #[derive(Actor)]
/// #[actor(handles(Account, Down))]
/// struct Bank { cents: u64 }
///
/// impl Handler<Account> for Bank { /* .. */ }
/// impl Handler<Down> for Bank { /* .. */ }
/// ```
///
/// Bounds that the handlers of a generic actor need go on the type's own parameters.
#[proc_macro_derive(Actor, attributes(actor))]
pub fn actor(input: TokenStream) -> TokenStream {
    expand::actor(parse_macro_input!(input as DeriveInput)).into()
}
