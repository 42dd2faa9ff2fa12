//! What a variant includes is all that it holds.
// says: the variant's one field
// says: `#[wire(include)] Health(OtherProtocol)`

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
