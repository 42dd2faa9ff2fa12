//! A field has only the attributes that are known.
// says: unknown attribute `skip`
// says: a field takes `since = 2`

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Money")]
struct Money {
    #[wire(skip)]
    cents: u64,
}

fn main() {}
