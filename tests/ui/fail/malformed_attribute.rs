//! An attribute has a value of its kind.
// says: write it as `uri = "team.Name"`

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = 5)]
struct Money {
    cents: u64,
}

fn main() {}
