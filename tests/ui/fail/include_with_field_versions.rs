//! An included protocol has versions of its own.
// says: that protocol has its own versions
// says: `#[wire(include, since = 2)]`

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
