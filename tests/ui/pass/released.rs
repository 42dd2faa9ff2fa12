//! What is released as it stands in the contract compiles: with drafts after it, generic, made of itself, and including others.
// lock: released.Health 1 = protocol { 0 Ping } #f4387ab06cce01f0
// lock: released.Path 1 = struct { path: vec<option<geo.Point/1>> } #cd83795e772edfb6
// lock: released.Page 1 = struct { items: vec<$0>, next: option<released.Page<$0>> } #3b2df7a425a5ec32
// lock: released.Tree 1 = protocol { 0 Leaf { 0: u64 }, 1 Node { 0: vec<released.Tree>, 1: subject<released.Tree> } } #85f660e79ce91f82
// lock: released.Tree 2 = protocol { 0 Leaf { 0: u64 }, 1 Node { 0: vec<released.Tree>, 1: subject<released.Tree> }, 2 Pages { 0: released.Page<released.Tree> } } #2156b5c806b078e8
// lock: released.Whole 1 = protocol { 0 Health(include released.Health) } #a87f8f78709d14f1

use actor_core::prelude::*;

#[derive(Protocol)]
#[wire(uri = "released.Tree", version = 3, locked = 2)]
enum Tree {
    Leaf(u64),
    Node(Vec<Tree>, Subject<Self>),
    #[wire(since = 2)]
    Pages(Page<Tree>),
    #[wire(since = 3)]
    Drafts(Page<Draft>),
}

#[derive(Wire)]
#[wire(uri = "released.Page", version = 2, locked = 1)]
struct Page<T> {
    items: Vec<T>,
    next: Option<Box<Page<T>>>,
    #[wire(since = 2, default)]
    draft: Option<Draft>,
}

#[derive(Wire)]
#[wire(uri = "released.Draft", version = 1)]
struct Draft;

#[derive(Protocol)]
#[wire(uri = "released.Health", version = 1, locked = 1)]
enum Health {
    Ping,
}

#[derive(Protocol)]
#[wire(uri = "released.Whole", version = 1, locked = 1)]
enum Whole {
    #[wire(include)]
    Health(Health),
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Point;

#[derive(Wire)]
#[wire(uri = "released.Path", version = 1, locked = 1)]
struct Path {
    #[wire(foreign = "geo.Point/1")]
    path: Vec<Option<Point>>,
}

fn main() {}
