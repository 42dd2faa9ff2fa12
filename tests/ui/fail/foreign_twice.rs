//! A foreign type has one form in a field.
// says: `Point` is given twice; keep one

use actor_core::prelude::*;

#[derive(serde::Serialize, serde::Deserialize)]
struct Point {
    x: i64,
}

#[derive(Wire)]
#[wire(uri = "map.Place")]
struct Place {
    #[wire(foreign(Point = "geo.Point/1", Point = "geo.Point/2"))]
    path: Vec<Point>,
}

fn main() {}
