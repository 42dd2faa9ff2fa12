//! A wire type owns what it holds.
// says: takes no lifetimes
// says: use owned types

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Line")]
struct Line<'a> {
    text: &'a str,
}

fn main() {}
