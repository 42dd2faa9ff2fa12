//! A type has only the attributes that are known.
// says: unknown attribute `url`
// says: `uri = "team.Name"` and `version = 1`

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(url = "bank.Money")]
struct Money {
    cents: u64,
}

fn main() {}
