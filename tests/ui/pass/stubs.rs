//! Stubs compile without a warning, with whatever names stand around them, and are what the contract says.
// contract: b.Account 1 = protocol { 0 Clone { as: b.String }, 1 type, 2 Ask { 0: reply<b.Option> } } #92fdf933969cdf9f
// contract: b.Option 1 = enum { 0 None, 1 Some { 0: option<b.Option> } } #60b71bd47a450187
// contract: b.Result 1 = struct { box: vec<$0>, dyn: option<b.Result<$0>> } #7f163c029cc7636c
// contract: b.String 1 = struct { 0: text, 1: bytes, 2: b.u64, 3: b.Result<b.u64> } #1d3121041371be31
// contract: b.fn 1 = struct { } #9b343e82829a058a
// contract: b.u64 1 = struct { 0: u64, 1: array<u8; 4>, 2: tuple<u8, bool>, 3: map<b.fn, set<text>> } #280a3cd3b0a1f1ed
#![deny(warnings, missing_docs, unreachable_pub, missing_debug_implementations)]

/// In a module of its own.
pub mod bank {
    actor_core::stubs!("contracts/stubs.lock");
}

use actor_core::Subject;
use bank::{Account, AccountClient as _};

fn speak(account: &Subject<Account>, words: bank::String) {
    let _told = account.clone_account(words);
    let _told = account.type_account();
    let _call = account.ask();
}

fn main() {
    let _compiles = speak;
    let option = bank::Option::Some(Some(Box::new(bank::Option::None)));
    assert!(option == option.clone());
    let _unit = bank::fn_;
}
