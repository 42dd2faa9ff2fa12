//! A foreign type of another version is another type.
// says: `changed.Path` version 1 is released, but the code differs
// says: wire.lock: struct { path: vec<option<geo.Point/1>> }
// says: the code:  struct { path: Vec<Option<geo.Point/2>> }
// lock: changed.Path 1 = struct { path: vec<option<geo.Point/1>> } #cd83795e772edfb6

use actor_core::prelude::*;

#[derive(serde::Serialize, serde::Deserialize)]
struct Point;

#[derive(Wire)]
#[wire(uri = "changed.Path", version = 1, locked = 1)]
struct Path {
    #[wire(foreign = "geo.Point/2")]
    path: Vec<Option<Point>>,
}

fn main() {}
