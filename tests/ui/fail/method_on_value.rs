//! Only a protocol has methods.
// says: only a protocol has methods
// says: derive `Protocol`

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Kind")]
enum Kind {
    #[wire(method = "save")]
    Savings,
}

fn main() {}
