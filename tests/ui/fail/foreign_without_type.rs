//! What a field calls foreign is there.
// says: what `at` holds crosses as it is; remove `foreign`

use actor_core::prelude::*;

#[derive(Wire)]
#[wire(uri = "map.Place")]
struct Place {
    #[wire(foreign = "geo.Point/1")]
    at: Vec<(u64, String)>,
}

fn main() {}
