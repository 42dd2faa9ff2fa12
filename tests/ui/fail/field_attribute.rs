//! A field has no wire attributes.
// says: unknown attribute `skip`
// says: a field takes none

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Money")]
struct Money {
    #[wire(skip)]
    cents: u64,
}

fn main() {}
