//! What is released is made of what is released.
// says: `draft.Account` version 1 is released
// says: its field `Deposit.coins` holds a type that is not released
// says: `locked = 1`

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "draft.Account", version = 2, locked = 1)]
enum Account {
    Deposit {
        coins: Vec<Option<Coin>>,
    },
    #[wire(since = 2)]
    Pay {
        coin: Coin,
    },
}

#[derive(Wire)]
#[wire(uri = "draft.Coin", version = 1)]
struct Coin {
    cents: u64,
}

fn main() {}
