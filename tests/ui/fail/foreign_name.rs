//! The form of a foreign type has a name of words and dots, and a version.
// says: this name has no version
// says: such as "geo.Point/1"

use actor_core::prelude::*;

#[derive(serde::Serialize, serde::Deserialize)]
struct Point {
    x: i64,
}

#[derive(Wire)]
#[wire(uri = "map.Place")]
struct Place {
    #[wire(foreign = "geo.Point")]
    at: Point,
}

fn main() {}
