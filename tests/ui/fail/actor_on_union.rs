//! An actor is a struct or an enum.
// says: an actor is a struct or an enum

use actor_core::prelude::*;

#[derive(Actor)]
#[actor(handles(Down))]
union Bits {
    signed: i64,
    unsigned: u64,
}

fn main() {}
