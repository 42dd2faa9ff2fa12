//! A default is for versions that do not have the field.
// says: every version has `cents`
// says: say in which version `cents` came: `since = 2`

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Money", version = 2)]
struct Money {
    #[wire(default)]
    cents: u64,
}

fn main() {}
