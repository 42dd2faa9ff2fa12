//! Versions count from 1.
// says: versions count from 1

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Money", version = 0)]
struct Money {
    cents: u64,
}

fn main() {}
