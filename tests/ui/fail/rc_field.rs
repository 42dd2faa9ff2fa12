//! What moves between threads is not counted by one.
// says: `Rc` cannot move between threads
// says: use `Arc` or `Box`

use actor_core::prelude::*;
use std::rc::Rc;

#[derive(Wire)]
#[wire(uri = "bank.Page")]
struct Page {
    rows: Vec<Rc<str>>,
}

fn main() {}
