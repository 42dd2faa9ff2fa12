//! The oldest version of a build is not newer than its newest.
// says: `min_version` is the oldest version
// says: it is 2 at most

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Money", version = 2, min_version = 3)]
struct Money {
    cents: u64,
}

fn main() {}
