//! An address takes the messages of its own protocol only.
// says: mismatched types
// says: expected `Account`, found `Admin`

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

fn freeze(account: &Subject<Account>) {
    let _ = account.tell(Admin::Freeze);
}

fn main() {}
