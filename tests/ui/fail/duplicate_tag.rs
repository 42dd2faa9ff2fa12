//! Two variants have two tags.
// says: `Savings` and `Shared` both have tag 0

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Kind")]
enum Kind {
    Savings,
    #[wire(tag = 0)]
    Shared,
}

fn main() {}
