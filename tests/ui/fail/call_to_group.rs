//! A group cannot be called: a call has exactly one receiver.
// says: cannot be called
// says: a call has exactly one receiver
// says: pick

use actor_core::prelude::*;
use actor_dist::{GroupKey, Node};

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Deposit { cents: u64 },
    Balance { reply: Reply<u64> },
}

const BANKS: GroupKey<Account> = GroupKey::new("banks");

fn ask(node: &Node) {
    drop(BANKS.on(node).balance());
}

fn main() {}
