//! The derives do not care what the names around them mean.
#![no_implicit_prelude]
#![allow(dead_code, non_camel_case_types, non_snake_case, non_upper_case_globals)]

struct Result;
struct Option;
struct String;
struct Send;
struct Sized;
fn Ok() {}
fn Err() {}
fn Some() {}
struct None;
const tag: u8 = 0;
const msg: u8 = 0;
const cx: u8 = 0;
const never: u8 = 0;
const inbox: u8 = 0;

mod core {}
mod std {}
mod actor_core {}

#[derive(::actor_core::Wire)]
#[wire(uri = "t.Pair")]
struct Inbox<T>(T, u8);

#[derive(::serde::Serialize, ::serde::Deserialize)]
struct Foreign;

#[derive(::actor_core::Wire)]
#[wire(uri = "t.Holder")]
struct Holder(#[wire(foreign = "t.Foreign/1")] ::std::vec::Vec<::core::option::Option<Foreign>>);

#[derive(::actor_core::Protocol)]
#[wire(uri = "t.Asks")]
enum Asks {
    Inbox(Inbox<u8>),
    Foreign {
        #[wire(foreign = "t.Foreign/1")]
        value: Foreign,
        #[wire(foreign = "t.Foreign/1")]
        reply: ::actor_core::Reply<Foreign>,
    },
    Named { reply: u8, answer: ::actor_core::Reply<u8> },
    #[wire(include)]
    Tells(Tells),
}

#[derive(::actor_core::Protocol)]
#[wire(uri = "t.Tells")]
enum Tells {
    Ok,
}

#[derive(::actor_core::Actor)]
#[actor(handles(Asks, Tells), lifecycle)]
struct Taker<T: ::core::marker::Send + 'static>(T);

impl<T: ::core::marker::Send> ::actor_core::Lifecycle for Taker<T> {}

impl<T: ::core::marker::Send> ::actor_core::Handler<Asks> for Taker<T> {
    async fn handle(
        &mut self,
        _: Asks,
        _: &mut ::actor_core::Context<Self>,
    ) -> ::core::result::Result<(), ::actor_core::Error> {
        ::core::result::Result::Ok(())
    }
}

impl<T: ::core::marker::Send> ::actor_core::Handler<Tells> for Taker<T> {
    async fn handle(
        &mut self,
        _: Tells,
        _: &mut ::actor_core::Context<Self>,
    ) -> ::core::result::Result<(), ::actor_core::Error> {
        ::core::result::Result::Ok(())
    }
}

fn main() {}
