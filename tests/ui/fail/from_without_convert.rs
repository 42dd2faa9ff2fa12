//! A field that had another type says how a value of that one becomes one of this.
// says: say how a value of the old type becomes one of the new
// says: `convert = function`

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Money", version = 2)]
struct Money {
    #[wire(since = 2, from = u32)]
    cents: u64,
}

fn main() {}
