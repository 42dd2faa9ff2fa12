//! Only a subject of a protocol can be shipped, not one of a message that stays on its node.
// says: Down` is not a protocol

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Watch { to: Subject<Down> },
}

fn main() {}
