//! A field that had another type has a value to convert in every version.
// says: no default is needed
// says: remove `default`

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Money", version = 2)]
struct Money {
    #[wire(since = 2, from = u32, convert = u64::from, default)]
    cents: u64,
}

fn main() {}
