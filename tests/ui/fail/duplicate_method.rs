//! Two messages of a protocol have two methods.
// says: `Deposit` and `Pay` both give the method `deposit`
// says: #[wire(method = "pay_account")]

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Deposit {
        cents: u64,
    },
    #[wire(method = "deposit")]
    Pay {
        cents: u64,
    },
}

fn main() {}
