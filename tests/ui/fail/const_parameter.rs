//! A wire type has type parameters only.
// says: a wire type takes no const parameters

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Key")]
struct Key<const N: usize> {
    bytes: [u8; N],
}

fn main() {}
