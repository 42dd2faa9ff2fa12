//! That a variant includes a protocol is one word.
// says: write it as `include`, without a value

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
    #[wire(include = true)]
    Health(Health),
}

fn main() {}
