//! A protocol with replies cannot be told to a group: many would answer one reply.
// says: `Account` cannot be broadcast
// says: a group takes only protocols in which no message at all has a `Reply`

use actor_core::prelude::*;
use actor_dist::{GroupKey, Node};

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Deposit { cents: u64 },
    Balance { reply: Reply<u64> },
}

const BANKS: GroupKey<Account> = GroupKey::new("banks");

fn pay(node: &Node) {
    let _ = BANKS.on(node).deposit(5);
}

fn main() {}
