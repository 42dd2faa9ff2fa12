//! A field that some versions do not have says what it is then.
// says: `cents` is missing in some versions
// says: add `default`

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Money", version = 2)]
struct Money {
    #[wire(since = 2)]
    cents: u64,
}

fn main() {}
