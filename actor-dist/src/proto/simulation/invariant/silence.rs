//! E1, E2: nobody is taken for dead who was not paused, cut off or gone without a word for most of the window; and who is
//! gone without a word is found in time.

use std::time::Duration;

use actor_core::{NodeDownCause, NodeId};

use crate::proto::simulation::{
    Run, World,
    log::{OutageKind, Seen},
};

/// What the network may add, and a late tick.
const SLACK: Duration = Duration::from_secs(2);

pub(super) fn check(world: &World) -> Result<(), String> {
    for (id, seen) in &world.log.seen {
        for (at, seen) in seen {
            if let Seen::Lost { peer, cause: NodeDownCause::Silent } = seen {
                check_declared(world, id, peer, *at)?;
            }
        }
    }
    for outage in &world.log.outages {
        if let OutageKind::Silence(run) = outage.kind {
            check_found(world, run, outage.from)?;
        }
    }
    Ok(())
}

fn check_declared(world: &World, me: &NodeId, peer: &NodeId, at: Duration) -> Result<(), String> {
    let (host, them) = (world.host(&me.name), world.host(&peer.name));
    let window = world.hosts[host].window;
    // Its own pauses count for nothing: they only make it look back further.
    let mine = away(world, Duration::ZERO, at, |kind| kind == OutageKind::Pause(host));
    let from = at.saturating_sub(window + window / 4 + SLACK + mine);
    let theirs = away(world, from, at, |kind| match kind {
        OutageKind::Pause(host) => host == them,
        OutageKind::Silence(run) => run.host == them && run.incarnation == peer.incarnation,
        // Who hears nothing may not know that the session stands, and say nothing on it.
        OutageKind::Cut(one, other) => (one, other) == (them, host) || (one, other) == (host, them),
    });
    match theirs + SLACK < window * 3 / 4 {
        true => Err(format!("E2: at {at:?} {me} took {peer} for dead, which was away for {theirs:?} only")),
        false => Ok(()),
    }
}

/// Whoever was connected with it has noticed.
fn check_found(world: &World, gone: Run, since: Duration) -> Result<(), String> {
    for (host, node) in world.live() {
        // What it had said before may have been held up by a cut.
        let cuts = world.log.outages.iter().filter(|outage| outage.kind == OutageKind::Cut(gone.host, host));
        let since = cuts.filter_map(|cut| cut.to).fold(since, Duration::max);
        let mine = away(world, since, world.now, |kind| kind == OutageKind::Pause(host));
        let window = world.hosts[host].window;
        let by = since + window + window / 4 + SLACK + mine;
        let is_gone = |peer: &NodeId| world.host(&peer.name) == gone.host && peer.incarnation == gone.incarnation;
        let mut standing = false;
        for (_, seen) in world.log.seen_by(&node.id).iter().take_while(|(at, _)| *at <= by) {
            match seen {
                Seen::Up { peer, .. } if is_gone(peer) => standing = true,
                Seen::Lost { peer, .. } if is_gone(peer) => standing = false,
                _ => {}
            }
        }
        if standing && by < world.now {
            return Err(format!("E1: {} has not noticed by {by:?} that {gone:?} is gone since {since:?}", node.id));
        }
    }
    Ok(())
}

/// For how long there was an outage of that kind.
fn away(world: &World, from: Duration, to: Duration, is_it: impl Fn(OutageKind) -> bool) -> Duration {
    let outages = world.log.outages.iter().filter(|outage| is_it(outage.kind));
    outages.map(|outage| outage.to.unwrap_or(to).min(to).saturating_sub(outage.from.max(from))).sum()
}
