//! A protocol has no type parameters.
// says: a protocol takes no generic parameters

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account<T> {
    Deposit { what: T },
}

fn main() {}
