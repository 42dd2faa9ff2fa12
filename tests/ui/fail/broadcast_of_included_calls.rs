//! A protocol that includes one with replies cannot be told to a group either.
// says: `Account` cannot be broadcast
// says: one of its messages, or of the protocols it includes, has a `Reply`

use actor_core::prelude::*;
use actor_dist::{GroupKey, Node};

#[derive(Protocol)]
#[wire(uri = "ops.Health")]
enum Health {
    Ping { reply: Reply<u64> },
}

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Deposit { cents: u64 },
    #[wire(include)]
    Health(Health),
}

const BANKS: GroupKey<Account> = GroupKey::new("banks");

fn pay(node: &Node) {
    let _ = BANKS.on(node).deposit(5);
}

fn main() {}
