//! What a field calls foreign is there.
// says: all of it can cross already; remove `foreign`

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "map.Place")]
struct Place {
    #[wire(foreign = "geo.Point/1")]
    at: Vec<(u64, String)>,
}

fn main() {}
