//! N3: nobody is dialed unasked where the mode forbids it; who could not be reached is not dialed unasked before the wait that
//! its failures make is half over at least.

use std::{collections::BTreeMap, time::Duration};

use actor_core::{NodeDownCause, NodeId, NodeName};

use crate::proto::{
    dialing::{CALM, Mode, longest},
    simulation::{World, log::Seen},
};

/// What was seen of one peer.
#[derive(Default)]
struct Past {
    /// Somebody asked for the session that is under way.
    asked: bool,
    /// It had a session, which is lost.
    lost: bool,
    failures: u32,
    /// It was disconnected, which is no failure.
    forgiven: Option<Duration>,
    failed: Option<Duration>,
}

pub(super) fn check(world: &World) -> Result<(), String> {
    world.log.seen.keys().try_for_each(|id| check_one(world, id))
}

fn check_one(world: &World, id: &NodeId) -> Result<(), String> {
    let mode = world.hosts[world.host(&id.name)].connect;
    let mut peers = BTreeMap::<NodeName, Past>::new();
    for (at, seen) in world.log.seen_by(id) {
        match seen {
            Seen::Asked(peer) => past(&mut peers, peer).asked = true,
            Seen::Up { peer, .. } => {
                let past = past(&mut peers, &peer.name);
                *past = Past { lost: past.lost, ..Past::default() };
            }
            Seen::Lost { peer, cause } => past(&mut peers, &peer.name).lost |= *cause != NodeDownCause::Idle,
            Seen::Disconnected(peer) => {
                let past = past(&mut peers, peer);
                (past.failures, past.forgiven) = (0, Some(*at));
            }
            Seen::Failed(peer) => {
                let past = past(&mut peers, peer);
                let anew = past.failed.is_some_and(|failed| *at >= failed + CALM);
                past.failures = match anew {
                    _ if past.forgiven == Some(*at) => 0,
                    true => 1,
                    false => past.failures + 1,
                };
                (past.asked, past.failed) = (false, Some(*at));
            }
            Seen::Dialed(peer) => check_dial(mode, past(&mut peers, peer), *at)
                .map_err(|wrong| format!("N3: {id} dialed {peer} at {at:?}, {wrong}"))?,
            _ => {}
        }
    }
    Ok(())
}

fn past<'a>(peers: &'a mut BTreeMap<NodeName, Past>, peer: &NodeName) -> &'a mut Past {
    peers.entry(peer.clone()).or_default()
}

fn check_dial(mode: Mode, past: &Past, at: Duration) -> Result<(), String> {
    if past.asked {
        return Ok(());
    }
    if mode == Mode::Never || (mode == Mode::Once && past.lost) {
        return Err(format!("unasked, which {mode:?} forbids"));
    }
    match past.failed.filter(|_| past.failures > 0) {
        Some(failed) if at < failed + longest(past.failures) / 2 => {
            Err(format!("unasked, and it had failed the {}. time at {failed:?}", past.failures))
        }
        _ => Ok(()),
    }
}
