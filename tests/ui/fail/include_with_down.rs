//! What is sent to a narrowed subject is never turned into another message.
// says: a narrowed subject sends the included message itself
// says: remove `down`, or `include`

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
    #[wire(include, since = 2, down = older)]
    Health(Health),
}

fn older(_: &Account) -> Option<Account> {
    None
}

fn main() {}
