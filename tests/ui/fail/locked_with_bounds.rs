//! A generic type is released for all that its parameters may be.
// says: remove the bounds

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Page", version = 1, locked = 1)]
struct Page<T: Clone> {
    items: Vec<T>,
}

fn main() {}
