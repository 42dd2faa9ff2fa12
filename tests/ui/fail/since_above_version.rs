//! A field is there since a version that the type has.
// says: the newest version of this type is 2
// says: `version = 3`

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Money", version = 2)]
struct Money {
    #[wire(since = 3, default)]
    cents: u64,
}

fn main() {}
