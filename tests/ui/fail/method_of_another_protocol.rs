//! An address has the methods of its own protocol only.
// says: does not take messages of `Account`
// says: not an address of this protocol

use actor_core::prelude::*;

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

fn pay(admin: Subject<Admin>) {
    let _ = admin.deposit(5);
}

fn main() {}
