//! A field that had another type says until when.
// says: say in which version `cents` got its present type
// says: `since = 2`

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Money", version = 2)]
struct Money {
    #[wire(from = u32, convert = u64::from)]
    cents: u64,
}

fn main() {}
