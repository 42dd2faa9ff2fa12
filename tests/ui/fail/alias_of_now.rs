//! An alias is a name of before.
// says: this one is its name of now

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Money", version = 2, alias = "bank.Money")]
struct Money {
    cents: u64,
}

fn main() {}
