//! A union does not cross.
// says: a union cannot cross between nodes
// says: use an enum

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Bits")]
union Bits {
    signed: i64,
    unsigned: u64,
}

fn main() {}
