//! A field that some versions do not have says what it is then.
// says: versions before 2 have no `cents`
// says: `default = value`

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Money", version = 2)]
struct Money {
    #[wire(since = 2)]
    cents: u64,
}

fn main() {}
