//! A field comes before it goes.
// says: `until` is the first version without `cents`
// says: `until = 3` or more

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Money", version = 3)]
struct Money {
    #[wire(since = 2, until = 2, default)]
    cents: u64,
}

fn main() {}
