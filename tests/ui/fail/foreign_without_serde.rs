//! A foreign type has serde's traits.
// says: `Point` cannot cross between nodes as a foreign type: it has not both of serde's traits
// says: many crates have them behind a feature

use actor_core::prelude::*;

struct Point {
    x: i64,
}

#[derive(Wire)]
#[wire(uri = "map.Place")]
struct Place {
    #[wire(foreign = "geo.Point/1")]
    path: Vec<Option<Point>>,
}

fn main() {}
