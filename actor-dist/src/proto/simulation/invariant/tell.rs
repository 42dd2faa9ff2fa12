//! S1, S2, N3: a message arrives at most once, and in the order in which it was sent; it arrives, unless its sender lost a session
//! with the node, could not reach it, or one of the two is gone. The end of a session that nobody used is no loss: none is left at
//! rest where somebody looks for them.

use actor_core::{NodeDownCause, NodeId};

use crate::proto::{
    dialing::Mode,
    simulation::{World, log::Seen, node::Node, tell::Tell},
};

pub(super) fn check(world: &World) -> Result<(), String> {
    for (number, tell) in world.log.tells.iter().enumerate() {
        if tell.arrived.len() > 1 {
            return Err(format!("S2: message {number} arrived at {:?}", tell.arrived));
        }
        let earlier = world.log.tells[..number].iter().rev();
        let mut earlier = earlier.filter(|other| (&other.by, &other.to) == (&tell.by, &tell.to));
        let before = earlier.find_map(|other| other.arrived.first());
        if tell.arrived.first().is_some_and(|at| before.is_some_and(|before| before > at)) {
            return Err(format!(
                "S1: message {number} arrived at {:?}, before one that was sent earlier",
                tell.arrived
            ));
        }
        if tell.answered == Some(false) && !is_excused(world, tell) {
            return Err(format!("S2: message {number} was not answered: {tell:?}"));
        }
        if tell.arrived.is_empty() && !is_excused(world, tell) {
            return Err(format!("S2: message {number} was lost: {tell:?}"));
        }
    }
    Ok(())
}

fn is_excused(world: &World, tell: &Tell) -> bool {
    let gone = |id: &NodeId| world.living(id).is_none();
    let lost = |who: &NodeId, other: &NodeId| {
        world.log.seen_by(who).iter().filter(|(at, _)| *at >= tell.since).any(|(_, seen)| match seen {
            Seen::Lost { peer, cause } => peer.name == other.name && *cause != NodeDownCause::Idle,
            Seen::Failed(peer) => *peer == other.name,
            _ => false,
        })
    };
    gone(&tell.by) || gone(&tell.to) || lost(&tell.by, &tell.to) || lost(&tell.to, &tell.by)
}

/// At rest, nothing that could end stands.
pub(super) fn check_idle(world: &World) -> Result<(), String> {
    for (at, node) in world.live().filter(|(at, _)| world.hosts[*at].idle.is_some()) {
        for (session, peer) in node.proto.nodes() {
            let Some(other) = world.living(peer) else { continue };
            if !uses(world, node, peer) && !uses(world, other, &node.id) && !world.hosts[at].paused {
                return Err(format!("N3: {} still has {session} with {peer}, and nobody uses it", node.id));
            }
        }
    }
    Ok(())
}

/// Whether it has something to do with an actor there, or could not connect again.
fn uses(world: &World, node: &Node, peer: &NodeId) -> bool {
    if world.hosts[world.host(&node.id.name)].connect != Mode::Always {
        return true;
    }
    let fired = |reference| {
        let fired = |seen: &Seen| matches!(seen, Seen::Fired { reference: fired, .. } if *fired == reference);
        world.log.seen_by(&node.id).iter().any(|(_, seen)| fired(seen))
    };
    let watches = world.log.watches.iter().filter(|watch| watch.by == node.id && watch.target.0 == *peer);
    let watches = watches.into_iter().any(|watch| watch.given_up.is_none() && !fired(watch.reference));
    // A monitor that fired while it waited for a session still reaches the other side, and stays there.
    let session = node.session_with(peer);
    let watched = node.attached.keys().any(|(of, _)| Some(*of) == session);
    watches || watched || node.ties.keys().any(|(_, (other, _))| other == peer)
}
