//! What every version has says nothing of versions.
// says: every version has `cents` if it is there since 1; remove `since` and `default`

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Money", version = 2)]
struct Money {
    #[wire(since = 1, default)]
    cents: u64,
}

fn main() {}
