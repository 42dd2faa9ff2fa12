//! What a variant includes is its one field, without a name.
// says: an included protocol has no field name
// says: `#[wire(include)] Health(Health)`

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
    Health { message: Health },
}

fn main() {}
