//! A type has only the attributes that are known.
// says: unknown attribute `url`, did you mean `uri`?
// says: a type takes `uri = "team.Name"`

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(url = "bank.Money")]
struct Money {
    cents: u64,
}

fn main() {}
