//! What is ignored is there.
// says: there is no `#[serde(..)]` here to ignore; remove `ignore_serde`

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "bank.Person", ignore_serde)]
struct Person {
    name: String,
}

fn main() {}
