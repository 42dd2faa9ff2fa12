//! A uri is words and dots.
// says: this uri has no dot
// says: "team.Account"

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "account")]
enum Account {
    Deposit { cents: u64 },
}

fn main() {}
