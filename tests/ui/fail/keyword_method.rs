//! A generated method has a name that can be written.
// says: `yield` is a Rust keyword
// says: #[wire(method = "yield_account")]

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Yield { percent: u8 },
}

fn main() {}
