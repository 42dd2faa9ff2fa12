//! L1, L2, S2, E4: both ends of a link agree on whether it stands, and so does what their nodes keep of it. It stands only
//! between actors that live, by the session by which it began; and it ends for each of them by one exit for a true reason,
//! before the end of the session is told, unless it was unlinked. (That no exit comes by a link that does not stand is judged
//! as it happens.)

use std::collections::BTreeSet;

use actor_core::NodeDownCause;

use crate::proto::{
    session_id::SessionId,
    simulation::{
        World,
        log::{Seen, Tie, Watch},
    },
};

pub(super) fn check(world: &World) -> Result<(), String> {
    let ties = world.log.ties.iter().enumerate();
    ties.filter(|(_, tie)| world.living(&tie.by).is_some()).try_for_each(|(place, tie)| {
        check_one(world, place, tie).map_err(|wrong| {
            let Tie { by, bond: (actor, (node, other)), since, .. } = tie;
            format!("{wrong}: tie {place} of {actor:?} on {by} with {other:?} on {node} since {since:?}")
        })
    })?;
    for (_, node) in world.live() {
        let kept: Vec<_> = node.proto.links.kept().collect();
        if let Some(unlinked) = kept.iter().find(|(.., stands)| !stands) {
            return Err(format!("L1: {} still waits for the end of {unlinked:?} to be acknowledged", node.id));
        }
        let kept: BTreeSet<_> = kept.into_iter().map(|(actor, on, other, _)| (actor, (on, other))).collect();
        if !kept.iter().eq(node.ties.keys()) {
            return Err(format!("L1: {} keeps {kept:?}, and its actors are linked as {:?}", node.id, node.ties));
        }
    }
    Ok(())
}

fn check_one(world: &World, place: usize, tie: &Tie) -> Result<(), String> {
    let seen = world.log.seen_by(&tie.by);
    let exits: Vec<_> = seen.iter().enumerate().filter(|(_, (_, seen))| is_of(place, seen)).collect();
    let session = session_of(world, tie);
    let told =
        seen.iter().position(|(_, seen)| matches!(seen, Seen::Down { session: over, cause, .. } if Some(*over) == session && *cause != NodeDownCause::Idle));
    match exits[..] {
        [] if tie.undone.is_some() => Ok(()),
        [] if told.is_some() => Err("L2: it stands, and its session was lost".to_owned()),
        [] => check_standing(world, tie),
        [_] if tie.undone.is_some() => Err("L1: an exit came by it, and it was undone".to_owned()),
        [(at, _)] if told.is_some_and(|told| told < at) => {
            Err("E4: its exit came after the end of its session was told".to_owned())
        }
        [(_, (at, Seen::Exit { reason, leftover, .. }))] => {
            if !leftover.is_empty() {
                return Err(format!("M5: its exit came at {at:?} while the actor still had {leftover:?} here"));
            }
            let (by, target) = (tie.by.clone(), tie.bond.1.clone());
            let as_watch = Watch { by, reference: 0, target, since: tie.since, session: tie.session, given_up: None };
            match super::monitor::is_true(world, &as_watch, *at, reason) {
                true => Ok(()),
                false => Err(format!("L2: its exit came at {at:?} because of {reason:?}, which is not so")),
            }
        }
        _ => Err("L2: two exits came by it".to_owned()),
    }
}

fn is_of(place: usize, seen: &Seen) -> bool {
    matches!(seen, Seen::Exit { tie, .. } if *tie == place)
}

/// The session that stood when it began, or the next one with that run of the node.
fn session_of(world: &World, tie: &Tie) -> Option<SessionId> {
    let up = |seen: &Seen| match seen {
        Seen::Up { peer, session } if *peer == tie.bond.1.0 => Some(*session),
        _ => None,
    };
    let later = world.log.seen_by(&tie.by).iter().filter(|(at, _)| *at >= tie.since);
    tie.session.or_else(|| later.filter_map(|(_, seen)| up(seen)).next())
}

fn check_standing(world: &World, tie: &Tie) -> Result<(), String> {
    let (actor, (node, other)) = &tie.bond;
    let Some(target) = world.living(node).filter(|node| node.actors.contains(other)) else {
        return Err("L2: it stands, and the other actor is gone".to_owned());
    };
    match target.ties.contains_key(&(*other, (tie.by.clone(), *actor))) {
        true => Ok(()),
        false => Err("L1: it stands here and not there".to_owned()),
    }
}
