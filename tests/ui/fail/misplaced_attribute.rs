//! An attribute stands where it belongs.
// says: `tag` goes on a variant
// says: a type takes

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Kind", tag = 1)]
enum Kind {
    Savings,
}

fn main() {}
