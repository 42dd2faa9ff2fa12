//! Everything in a protocol can cross between nodes.
// says: `Guard` cannot cross between nodes
// says: not a wire type

use actor_core::prelude::*;

struct Guard;

#[derive(Protocol)]
#[wire(uri = "bank.Account")]
enum Account {
    Enter { guard: Guard },
}

fn main() {}
