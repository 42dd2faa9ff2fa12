//! A reply answers once.
// says: use of moved value: `reply`

use actor_core::prelude::*;

fn answer(reply: Reply<u64>) {
    reply.send(1);
    reply.send(2);
}

fn main() {}
