//! A name takes subjects of its own protocol only.
// says: mismatched types
// says: expected `&Subject<Account>`, found `&Subject<Admin>`

use actor_core::prelude::*;
use actor_dist::{GlobalName, Node};

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Deposit { cents: u64 },
    Balance { reply: Reply<u64> },
}

#[derive(Protocol)]
#[wire(uri = "bank.Admin")]
enum Admin {
    Freeze,
}

const BANK: GlobalName<Account> = GlobalName::new("bank");

async fn publish(node: &Node, admin: &Subject<Admin>) {
    let _ = node.global().register(&BANK, admin).await;
}

fn main() {}
