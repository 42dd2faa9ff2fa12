//! An alias is a name of before.
// says: an alias is a former name of the type, but this is its present one; remove it

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Money", version = 2, alias = "bank.Money")]
struct Money {
    cents: u64,
}

fn main() {}
