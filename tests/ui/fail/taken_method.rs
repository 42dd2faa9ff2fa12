//! A generated method has no name that an address has already.
// says: `clone`
// says: #[wire(method = "clone_account")]

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Clone { name: String },
}

fn main() {}
