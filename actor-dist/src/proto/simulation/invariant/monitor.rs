//! M1, M3, M4, M5, S2, E4: a monitor fires at most once, for a true reason, not after it was given up, and before the end
//! of its session is told; it has fired if its actor is gone or its session was lost, and else the other side knows of it.

use std::time::Duration;

use actor_core::{ExitReason, NodeDownCause, NodeId, NodeName};

use crate::proto::{
    dialing::{BACKOFF_MAX, Mode},
    simulation::{
        World,
        log::{Seen, Watch},
    },
};

pub(super) fn check(world: &World) -> Result<(), String> {
    check_attached(world)?;
    world.log.watches.iter().filter(|watch| world.living(&watch.by).is_some()).try_for_each(|watch| {
        check_one(world, watch).map_err(|wrong| {
            let Watch { by, reference, target: (node, actor), since, .. } = watch;
            format!("{wrong}: watch {reference} by {by} of {actor:?} on {node} since {since:?}")
        })
    })
}

/// Nobody is watched for a watcher who was told, or gave up.
fn check_attached(world: &World) -> Result<(), String> {
    for node in world.hosts.iter().filter_map(|host| host.node.as_ref()) {
        for (session, reference) in node.attached.keys() {
            let watcher = node.links.get(session).and_then(|link| link.open.as_ref()).map(|(watcher, _)| watcher);
            if !watcher.is_some_and(|watcher| world.log.is_waiting(watcher, *reference)) {
                return Err(format!("M1: {} still tells {watcher:?} of {reference} by {session}", node.id));
            }
        }
    }
    Ok(())
}

fn check_one(world: &World, watch: &Watch) -> Result<(), String> {
    let seen = world.log.seen_by(&watch.by);
    let fired: Vec<_> = seen.iter().enumerate().filter(|(_, (_, seen))| is_of(watch, seen)).collect();
    if fired.len() > 1 {
        return Err("M1: fired twice".to_owned());
    }
    let Some((place, (at, Seen::Fired { reason, leftover, .. }))) = fired.first() else {
        return check_waiting(world, watch);
    };
    if watch.given_up.is_some_and(|given_up| given_up <= *at) {
        return Err(format!("M4: fired at {at:?}, after it was given up"));
    }
    if !leftover.is_empty() {
        return Err(format!("M5: fired at {at:?} while the actor still had {leftover:?} here"));
    }
    let told = seen.iter().position(|(_, seen)| ends_session_of(watch, seen));
    if told.is_some_and(|told| told < *place) {
        return Err(format!("E4: fired at {at:?}, after the end of its session was told"));
    }
    match is_true(world, watch, *at, reason) {
        true => Ok(()),
        false => Err(format!("M1: fired at {at:?} because of {reason:?}, which is not so")),
    }
}

fn is_of(watch: &Watch, seen: &Seen) -> bool {
    matches!(seen, Seen::Fired { reference, .. } if *reference == watch.reference)
}

/// The end of one that nobody used is none: what was on its way goes by the next.
fn ends_session_of(watch: &Watch, seen: &Seen) -> bool {
    matches!(seen, Seen::Down { session, cause, .. } if Some(*session) == watch.session && *cause != NodeDownCause::Idle)
}

/// Whether what the watcher was told then is so.
pub(super) fn is_true(world: &World, watch: &Watch, at: Duration, reason: &ExitReason) -> bool {
    let (node, actor) = &watch.target;
    let ended = world.log.ended.get(&watch.target).filter(|(ended, _)| *ended <= at);
    let seen = world.log.seen_by(&watch.by);
    let mut since = seen.iter().filter(|(when, _)| (watch.since..=at).contains(when)).map(|(_, seen)| seen);
    match reason {
        ExitReason::NoSuchActor => {
            let never = world.living(node).is_some_and(|node| !node.actors.contains(actor));
            // Connected with another run of the node, the driver takes this one to be the earlier.
            let other_run = at <= watch.since + Duration::from_millis(5) && watch.session.is_none();
            ended.is_some() || never || other_run || is_earlier_run(world, node)
        }
        ExitReason::NodeDown(cause) => {
            since.any(|seen| match seen {
                Seen::Down { peer, .. } => peer == node,
                Seen::Failed(peer) => *peer == node.name,
                _ => false,
            }) || will_be_told(watch, node, seen, at)
                || (*cause == NodeDownCause::Refused && is_barred(world, &watch.by, &node.name, at))
        }
        other => ended.is_some_and(|(_, reason)| reason == other),
    }
}

/// Whether the node is not connected then, and is not to be: its mode forbids it, or it could not be reached lately.
fn is_barred(world: &World, by: &NodeId, peer: &NodeName, at: Duration) -> bool {
    let (mut standing, mut lost, mut failed) = (false, false, None);
    for (when, seen) in world.log.seen_by(by).iter().filter(|(when, _)| *when <= at) {
        match seen {
            Seen::Up { peer: up, .. } if up.name == *peer => (standing, failed) = (true, None),
            Seen::Lost { peer: down, cause } if down.name == *peer => {
                (standing, lost) = (false, lost || *cause != NodeDownCause::Idle);
            }
            Seen::Failed(unreached) if unreached == peer => failed = Some(*when),
            _ => {}
        }
    }
    let forbidden = match world.hosts[world.host(&by.name)].connect {
        Mode::Always => false,
        Mode::Once => lost,
        Mode::Never => true,
    };
    !standing && (forbidden || failed.is_some_and(|failed| at < failed + BACKOFF_MAX))
}

/// The monitors fire before the event is told, in the same moment.
fn will_be_told(watch: &Watch, node: &NodeId, seen: &[(Duration, Seen)], at: Duration) -> bool {
    seen.iter().any(|(when, seen)| {
        *when == at && *when >= watch.since && matches!(seen, Seen::Down { peer, .. } if peer == node)
    })
}

fn is_earlier_run(world: &World, node: &NodeId) -> bool {
    world.hosts[world.host(&node.name)].runs.last() != Some(node)
}

/// One that has not fired.
fn check_waiting(world: &World, watch: &Watch) -> Result<(), String> {
    if watch.given_up.is_some() {
        return Ok(());
    }
    let (node, actor) = &watch.target;
    let Some(target) = world.living(node).filter(|node| node.actors.contains(actor)) else {
        return Err("M1: has not fired, and the actor is gone".to_owned());
    };
    if world.log.seen_by(&watch.by).iter().any(|(_, seen)| ends_session_of(watch, seen)) {
        return Err("S2: has not fired, and its session was lost".to_owned());
    }
    let theirs = target.session_with(&watch.by);
    match theirs.is_some_and(|session| target.attached.get(&(session, watch.reference)) == Some(actor)) {
        true => Ok(()),
        false => Err("S2: has not fired, and nobody would tell it".to_owned()),
    }
}
