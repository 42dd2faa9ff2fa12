//! What is released is made of what is released.
// says: `draft.Account` is released up to version 1
// says: its field `Deposit.coins` has the type `Vec<Option<Coin>>`
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
