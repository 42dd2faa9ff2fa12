//! An attribute is given once.
// says: `version` is given twice

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Money", version = 1)]
#[wire(version = 1)]
struct Money {
    cents: u64,
}

fn main() {}
