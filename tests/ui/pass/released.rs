//! What is released as it stands in the contract compiles: with drafts after it, generic, and made of itself.
// lock: released.Page 1 = struct { items: vec<$0>, next: option<released.Page<$0>> } #3b2df7a425a5ec32
// lock: released.Tree 1 = protocol { 0 Leaf { 0: u64 }, 1 Node { 0: vec<released.Tree>, 1: subject<released.Tree> } } #85f660e79ce91f82
// lock: released.Tree 2 = protocol { 0 Leaf { 0: u64 }, 1 Node { 0: vec<released.Tree>, 1: subject<released.Tree> }, 2 Pages { 0: released.Page<released.Tree> } } #2156b5c806b078e8

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

fn main() {}
