//! A message has one reply at most.
// says: `Balance` has two replies
// says: one type that holds both

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Balance { cents: Reply<u64>, currency: Reply<String> },
}

fn main() {}
