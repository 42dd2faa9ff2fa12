//! What every version has says nothing of versions.
// says: what is there from 1 on needs no word

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Money", version = 2)]
struct Money {
    #[wire(since = 1, default)]
    cents: u64,
}

fn main() {}
