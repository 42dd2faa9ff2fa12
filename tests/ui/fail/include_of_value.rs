//! Only a protocol is included.
// says: `Limits` is not a protocol
// says: if this is a message that only carries a value, remove `#[wire(include)]`

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Limits")]
struct Limits {
    cents: u64,
}

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Deposit { cents: u64 },
    #[wire(include)]
    Limits(Limits),
}

fn main() {}
