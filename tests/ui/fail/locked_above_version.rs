//! Only a version that the type has is released.
// says: the newest version of this type is 1
// says: `locked = 1`

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Money", version = 1, locked = 2)]
struct Money {
    cents: u64,
}

fn main() {}
