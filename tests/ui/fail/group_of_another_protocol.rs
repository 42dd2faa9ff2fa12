//! A group takes subjects of its own protocol only.
// says: mismatched types
// says: expected `&Subject<ChatEvent>`, found `&Subject<Admin>`

use actor_core::prelude::*;
use actor_dist::{GroupKey, Node};

#[derive(Clone, Protocol)]
#[wire(uri = "chat.Event")]
enum ChatEvent {
    Said { text: String },
}

#[derive(Protocol)]
#[wire(uri = "bank.Admin")]
enum Admin {
    Freeze,
}

const ROOM: GroupKey<ChatEvent> = GroupKey::new("room:42");

fn enter(node: &Node, admin: &Subject<Admin>) {
    let _ = node.groups().join(&ROOM, admin);
}

fn main() {}
