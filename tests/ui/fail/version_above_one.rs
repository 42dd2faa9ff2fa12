//! The only version is 1 until there is schema evolution.
// says: schema evolution
// says: write `version = 1`

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Money", version = 2)]
struct Money {
    cents: u64,
}

fn main() {}
