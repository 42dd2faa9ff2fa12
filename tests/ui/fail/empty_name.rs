//! A name written in the code is not empty, and not longer than a name may be.
// says: a name cannot be empty

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Deposit { cents: u64 },
}

const BANK: LocalName<Account> = LocalName::new("");

fn main() {}
