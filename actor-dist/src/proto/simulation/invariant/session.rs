//! N6, N7: of two nodes each has one session with the other or none, both over the same connections; nobody waits for a
//! connection any more, and nothing waits to be sent on one.

use crate::proto::{
    session_id::SessionId,
    simulation::{World, lane::Lane, node::Node},
};

pub(super) fn check(world: &World) -> Result<(), String> {
    for (at, node) in world.live() {
        let id = &node.id;
        if !node.connecting.is_empty() {
            return Err(format!("N7: {id} waits for connections since {:?}", node.connecting));
        }
        let pending = |lane: &usize| matches!(node.all_lanes[*lane], Lane::Pending(_));
        if let Some((peer, _)) = node.lanes.iter().find(|(_, lane)| pending(lane)) {
            return Err(format!("N7: {id} holds messages back for {peer}, whom nobody dials"));
        }
        let sessions: Vec<_> = node.proto.nodes().collect();
        if sessions.len() != node.links.len() {
            return Err(format!("N6: {id} has sessions {sessions:?}, and links {:?}", node.links));
        }
        for (session, peer) in sessions {
            let Some((to, other)) = world.live().find(|(_, other)| other.id == *peer) else {
                return Err(format!("N6: {id} has {session} with {peer}, which is gone"));
            };
            let Some(theirs) = other.session_with(id) else {
                return Err(format!("N6: {id} has {session} with {peer}, which knows nothing of it"));
            };
            if connections(node, session) != connections(other, theirs) {
                return Err(format!("N6: {at} and {to} mean different sessions, {session} and {theirs}"));
            }
        }
    }
    Ok(())
}

fn connections(node: &Node, session: SessionId) -> Vec<usize> {
    node.links.get(&session).into_iter().flat_map(|link| link.connections()).collect()
}
