//! An actor handles something.
// says: an actor that handles nothing can never be reached

use actor_core::prelude::*;

#[derive(Actor)]
#[actor(handles())]
struct Bank;

fn main() {}
