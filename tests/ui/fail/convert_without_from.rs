//! What is converted has a type of its own.
// says: `convert` needs the old type of `cents`
// says: write `from = OldType` and remove `default`

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Money", version = 2)]
struct Money {
    #[wire(since = 2, default, convert = u64::from)]
    cents: u64,
}

fn main() {}
