//! A generated method takes what the variant declares.
// says: mismatched types
// says: expected `u64`, found `&str`
// says: method defined here

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Deposit { cents: u64 },
    Balance { reply: Reply<u64> },
}

fn pay(account: &Subject<Account>) {
    let _ = account.deposit("5");
}

fn main() {}
