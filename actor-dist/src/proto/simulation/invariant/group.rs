//! P2, P3, P5: of each node that is connected, and of no other, a node sees exactly the members that it has; and no dead
//! actor is a member.

use std::{collections::BTreeSet, sync::Arc};

use actor_core::{ActorId, NodeId};

use crate::proto::simulation::{World, node::Node};

pub(super) fn check(world: &World) -> Result<(), String> {
    for (_, node) in world.live() {
        let id = &node.id;
        for (group, member, actor) in members(node) {
            let owner = world.living(&member).filter(|owner| owner.id == *id || node.is_connected(&owner.id));
            match owner {
                None => return Err(format!("P5: {id} sees {actor:?} of {member} in `{group}`, and is not connected")),
                Some(owner) if !owner.actors.contains(&actor) => {
                    return Err(format!("P2: {id} sees {actor:?} of {member} in `{group}`, which has ended"));
                }
                Some(_) => {}
            }
        }
        for (_, peer) in world.live().filter(|(_, peer)| node.is_connected(&peer.id)) {
            let (here, there) = (owned(node, &peer.id), owned(peer, &peer.id));
            if here != there {
                return Err(format!("P3: {id} sees {here:?} of {}, which has {there:?}", peer.id));
            }
        }
    }
    Ok(())
}

/// When all are connected, all see the same.
pub(super) fn check_full(world: &World) -> Result<(), String> {
    let views: BTreeSet<_> = world.live().map(|(_, node)| members(node).collect::<Vec<_>>()).collect();
    match views.len() {
        0 | 1 => Ok(()),
        _ => Err(format!("P3: different nodes see different groups: {views:?}")),
    }
}

fn members(node: &Node) -> impl Iterator<Item = (Arc<str>, NodeId, ActorId)> {
    let groups = node.groups.iter();
    groups.flat_map(|(group, members)| members.iter().map(|(node, actor)| (group.clone(), node.clone(), *actor)))
}

fn owned(node: &Node, owner: &NodeId) -> Vec<(Arc<str>, ActorId)> {
    members(node).filter(|(_, of, _)| of == owner).map(|(group, _, actor)| (group, actor)).collect()
}
