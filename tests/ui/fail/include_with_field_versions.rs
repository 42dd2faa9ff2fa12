//! An included protocol has versions of its own.
// says: an included protocol has versions of its own
// says: on the variant

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "ops.Health")]
enum Health {
    Ping,
}

#[derive(Protocol)]
#[wire(uri = "bank.Account", version = 2)]
enum Account {
    Deposit { cents: u64 },
    #[wire(include)]
    Health(#[wire(since = 2, default = Health::Ping)] Health),
}

fn main() {}
