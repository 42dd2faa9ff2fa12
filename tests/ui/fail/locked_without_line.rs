//! What is released is written down.
// says: `without.Money` version 2 is released, but wire.lock has no line for it
// says: actor_core::wire_lock!();
// says: WIRE_LOCK=update cargo test -p ui wire_lock
// lock: without.Money 1 = struct { cents: u64 } #1f61ba20e067b0be

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "without.Money", version = 2, locked = 2)]
struct Money {
    cents: u64,
    #[wire(since = 2, default = "EUR".to_owned())]
    currency: String,
}

fn main() {}
