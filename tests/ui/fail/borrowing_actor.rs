//! An actor owns what it holds.
// says: it cannot borrow

use actor_core::prelude::*;

#[derive(Actor)]
#[actor(handles(Down))]
struct Watch<'a> {
    name: &'a str,
}

fn main() {}
