//! A message to a group is copied for each member, so its protocol is `Clone`.
// says: ChatEvent
// says: derive(Clone

use actor_core::prelude::*;
use actor_dist::{GroupKey, Node};

#[derive(Protocol)]
#[wire(uri = "chat.Event")]
enum ChatEvent {
    Said { text: String },
}

const ROOM: GroupKey<ChatEvent> = GroupKey::new("room:42");

fn greet(node: &Node) {
    let _ = ROOM.on(node).said("hi".to_owned());
}

fn main() {}
