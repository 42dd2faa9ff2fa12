//! A wire type has values.
// says: no value that could cross

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Nothing")]
enum Nothing {}

fn main() {}
