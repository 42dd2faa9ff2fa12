//! What a variant includes is all that it holds.
// says: an included protocol is the only field of its variant
// says: remove this one

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "ops.Health")]
enum Health {
    Ping,
}

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Deposit { cents: u64 },
    #[wire(include)]
    Health(Health, u64),
}

fn main() {}
