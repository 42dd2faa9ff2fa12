//! A foreign type stands in the standard containers.
// says: `Point` has another form only inside of the standard containers
// says: put it into a wire type of your own

use actor_core::prelude::*;

#[derive(serde::Serialize, serde::Deserialize)]
struct Point {
    x: i64,
}

#[derive(Wire)]
#[wire(uri = "map.Page")]
struct Page<T> {
    items: Vec<T>,
}

#[derive(Wire)]
#[wire(uri = "map.Place")]
struct Place {
    #[wire(foreign(Point = "geo.Point/1"))]
    path: Page<Point>,
}

fn main() {}
