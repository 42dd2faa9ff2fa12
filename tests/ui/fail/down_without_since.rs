//! Only what is new has an older form.
// says: `down` makes what an older peer gets
// says: `since = 2`

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "bank.Account", version = 2)]
enum Account {
    Deposit { cents: u64 },
    #[wire(down = older)]
    Gift { cents: u64 },
}

fn older(message: &Account) -> Option<Account> {
    match message {
        Account::Gift { cents } => Some(Account::Deposit { cents: *cents }),
        Account::Deposit { .. } => None,
    }
}

fn main() {}
