//! A protocol is an enum.
// says: a protocol is an enum with one variant per message

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
struct Account {
    cents: u64,
}

fn main() {}
