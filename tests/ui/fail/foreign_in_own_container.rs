//! A foreign type stands in the standard containers.
// says: `foreign` works only directly in a field or inside standard containers
// says: struct Mine(#[wire(foreign = "geo.Point/1")] Point);

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
