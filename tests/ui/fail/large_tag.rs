//! A tag is a `u32`.
// says: a tag is a number from 0 to 4294967295

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Kind")]
enum Kind {
    #[wire(tag = 4_294_967_296)]
    Savings,
}

fn main() {}
