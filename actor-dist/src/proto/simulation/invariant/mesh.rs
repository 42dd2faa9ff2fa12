//! N4: whoever is connected to one node connects to all of its peers. A node that joins is told of those that are there,
//! and dials them a bounded number of times; so it does with those that it loses without a goodbye. So of two peers of one
//! node there is a hole between them only if they left each other, or gave each other up, after the later of them joined, or
//! if one of them does not dial by itself.

use std::time::Duration;

use actor_core::{NodeDownCause, NodeId};

use crate::proto::{
    dialing::Mode,
    membership::{RETRIES_MAX, Topology},
    simulation::{World, log::Seen, node::Node},
};

pub(super) fn check(world: &World) -> Result<(), String> {
    for (_, node) in world.live() {
        for (_, one) in node.proto.nodes() {
            for (_, other) in node.proto.nodes().filter(|(_, other)| *other > one) {
                let (Some(a), Some(b)) = (world.living(one), world.living(other)) else { continue };
                let since = joined(world, &node.id, one).max(joined(world, &node.id, other));
                let unasked = [one, other].iter().all(|id| {
                    let host = &world.hosts[world.host(&id.name)];
                    host.connect == Mode::Always && host.topology == Topology::FullMesh
                });
                if unasked && !a.is_connected(other) && !left(world, a, b, since) && !left(world, b, a, since) {
                    let id = &node.id;
                    return Err(format!("N4: {id} is connected with {one} and {other}, and they not with each other"));
                }
            }
        }
    }
    Ok(())
}

/// When every node has mentioned every other one.
pub(super) fn check_full(world: &World) -> Result<(), String> {
    match world.is_meshed() {
        true => Ok(()),
        false => Err("N3: a node is not connected although it was mentioned".to_owned()),
    }
}

fn joined(world: &World, id: &NodeId, peer: &NodeId) -> Duration {
    let ups = world.log.seen_by(id).iter().rev();
    let mut ups = ups.filter(|(_, seen)| matches!(seen, Seen::Up { peer: up, .. } if up == peer));
    ups.next().map_or(Duration::ZERO, |(at, _)| *at)
}

/// Whether the one left the other, or gave it up, since then.
fn left(world: &World, one: &Node, other: &Node, since: Duration) -> bool {
    let seen = world.log.seen_by(&one.id).iter().filter(|(at, _)| *at >= since);
    let mut failures = 0;
    for (_, seen) in seen {
        match seen {
            Seen::Lost { peer, cause: NodeDownCause::Left } if peer.name == other.id.name => return true,
            Seen::Disconnected(peer) if *peer == other.id.name => return true,
            Seen::Failed(peer) if *peer == other.id.name => failures += 1,
            _ => {}
        }
    }
    failures > RETRIES_MAX
}
