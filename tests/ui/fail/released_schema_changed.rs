//! What is released does not change.
// says: `changed.Account` version 1 is released, but the code differs
// says: wire.lock: protocol { 0 Deposit { cents: u64 }, 1 Balance { reply: reply<u64> } }
// says: the code:  protocol { 0 Deposit { cents: u32 }, 1 Balance { reply: Reply<u64> } }
// says: undo the change, or make it in a later version
// says: WIRE_LOCK=update cargo test -p ui wire_lock
// lock: changed.Account 1 = protocol { 0 Deposit { cents: u64 }, 1 Balance { reply: reply<u64> } } #0123456789abcdef

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "changed.Account", version = 2, locked = 1)]
enum Account {
    Deposit {
        cents: u32,
    },
    Balance {
        reply: Reply<u64>,
    },
    #[wire(since = 2)]
    Close,
}

fn main() {}
