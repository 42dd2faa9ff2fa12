//! A wire type has a stable name.
// says: `Account` needs a name
// says: #[wire(uri = "team.Account", version = 1)]

use actor_core::prelude::*;

#[derive(Protocol)]
enum Account {
    Deposit { cents: u64 },
    Balance { reply: Reply<u64> },
}

fn pay(account: &Subject<Account>) {
    let _ = account.deposit(5);
}

fn main() {}
