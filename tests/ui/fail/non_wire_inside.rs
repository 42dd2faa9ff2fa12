//! A container crosses if what it holds does.
// says: `Guard` cannot cross between nodes
// says: not a wire type

use actor_core::prelude::*;

struct Guard;

#[derive(Wire)]
#[wire(uri = "bank.Doors")]
struct Doors {
    guards: Vec<Option<Guard>>,
}

fn main() {}
