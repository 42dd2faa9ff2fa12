//! A foreign type is named as it stands in the field.
// says: `path` holds no `Dot`
// says: write the type's name as in the field

use actor_core::prelude::*;

#[derive(serde::Serialize, serde::Deserialize)]
struct Point {
    x: i64,
}

#[derive(Wire)]
#[wire(uri = "map.Place")]
struct Place {
    #[wire(foreign(Dot = "geo.Point/1"))]
    path: Vec<Point>,
}

fn main() {}
