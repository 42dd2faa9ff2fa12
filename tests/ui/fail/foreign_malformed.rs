//! A foreign type is given as a name, or as types with names.
// says: write it as `foreign = "geo.Point/1"`, or `foreign(Point = "geo.Point/1")`

use actor_core::prelude::*;

#[derive(serde::Serialize, serde::Deserialize)]
struct Point {
    x: i64,
}

#[derive(Wire)]
#[wire(uri = "map.Place")]
struct Place {
    #[wire(foreign(Point))]
    at: Point,
}

fn main() {}
