//! A foreign type has serde's traits.
// says: `Point` cannot be `foreign`: it does not implement both `Serialize` and `Deserialize`
// says: turn on that crate's serde feature

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
