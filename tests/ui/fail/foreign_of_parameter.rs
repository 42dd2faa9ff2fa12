//! The name of a form stands for one type.
// says: names one fixed form, but `Point<T>` has a different one for every `T`

use actor_core::prelude::*;

#[derive(serde::Serialize, serde::Deserialize)]
struct Point<T> {
    x: T,
}

#[derive(Wire)]
#[wire(uri = "map.Place")]
struct Place<T> {
    #[wire(foreign = "geo.Point/1")]
    path: Vec<Point<T>>,
    name: T,
}

fn main() {}
