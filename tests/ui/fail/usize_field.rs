//! A number has one size on all machines, also inside of other types.
// says: `usize` is not the same size on every machine; use `u64` or `u32`

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Page")]
struct Page {
    rows: Vec<(String, Option<usize>)>,
}

fn main() {}
