//! A name alone means the only type that may be foreign.
// says: this field holds `Point` and `Line`
// says: `foreign(Point = "geo.Point/1", Line = "geo.Line/1")`

use actor_core::prelude::*;

#[derive(serde::Serialize, serde::Deserialize)]
struct Point {
    x: i64,
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Line(Point, Point);

#[derive(Wire)]
#[wire(uri = "map.Place")]
struct Place {
    #[wire(foreign = "geo.Point/1")]
    path: Vec<Result<Point, Line>>,
}

fn main() {}
