//! E3: of each peer, `Up` and `Down` take turns, each connection id has one of each, and what comes by a session comes
//! between the two. N6: where nothing breaks no session is lost and no attempt fails, however many there are at once.

use std::collections::{BTreeMap, BTreeSet};

use actor_core::{NodeId, NodeName};

use crate::proto::{
    session_id::SessionId,
    simulation::{World, log::Seen},
};

pub(super) fn check(world: &World) -> Result<(), String> {
    world.log.seen.keys().try_for_each(|id| check_one(world, id))
}

fn check_one(world: &World, id: &NodeId) -> Result<(), String> {
    let (mut up, mut used) = (BTreeMap::<NodeName, (SessionId, NodeId)>::new(), BTreeSet::new());
    for (at, seen) in &world.log.seen[id] {
        match seen {
            Seen::Down { .. } | Seen::Failed(_) if world.log.harmless => {
                return Err(format!("N6: {id} saw {seen:?} at {at:?}, and nothing broke"));
            }
            Seen::Up { peer, session } => {
                if !used.insert(*session) {
                    return Err(format!("E3: {id} saw {session} begin twice, at {at:?}"));
                }
                if let Some(old) = up.insert(peer.name.clone(), (*session, peer.clone())) {
                    return Err(format!("E3: {id} saw {peer} come up at {at:?}, and {old:?} was not down"));
                }
            }
            Seen::Down { peer, session, .. } if up.remove(&peer.name) != Some((*session, peer.clone())) => {
                return Err(format!("E3: {id} saw {peer} go down with {session} at {at:?}, which was not up"));
            }
            Seen::Frame(session) if !up.values().any(|(standing, _)| standing == session) => {
                return Err(format!("E3: {id} read a frame of {session} at {at:?}, which was not up"));
            }
            _ => {}
        }
    }
    let standing: BTreeSet<_> = up.into_values().collect();
    match world.living(id) {
        Some(node) if node.proto.nodes().any(|(session, peer)| !standing.contains(&(session, peer.clone()))) => {
            Err(format!("E5: {id} is connected with others than it was told"))
        }
        _ => Ok(()),
    }
}
