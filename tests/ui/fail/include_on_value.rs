//! Only a protocol includes another.
// says: only a protocol includes another
// says: derive `Protocol`

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "ops.Health")]
enum Health {
    Ping,
}

#[derive(Wire)]
#[wire(uri = "bank.Note")]
enum Note {
    #[wire(include)]
    Health(Health),
}

fn main() {}
