//! G1, G4, G10: every registration is answered once and in time; a node sees the names of those that it is connected to and
//! of nobody else; no dead actor has one. On a full mesh all see the same, who was told Ok is who is found, and while it
//! stands no two are told Ok, all find the new owner at once, and terms grow.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use crate::proto::{
    Registered,
    simulation::{World, log::Holder, user::REGISTER},
};

/// How late an answer may be besides.
const SLACK: Duration = Duration::from_millis(50);

/// Notes an answer, and judges it by what stands at that moment.
pub(in crate::proto::simulation) fn answered(world: &mut World, at: usize, request: u64, result: Registered) {
    let (now, churn, id) = (world.now, world.log.churn, world.node(at).id.clone());
    world.log.note(now, &id, || format!("request {request} is answered {result:?}"));
    let Some(registration) = world.log.registration(&id, request) else { return };
    registration.answers.push((now, result.clone()));
    let (name, actor) = (registration.name.clone(), registration.actor);
    let stable = registration.stable == Some(churn);
    let Ok(term) = result else { return };
    let holder = Holder { owner: id, actor, term };
    if stable && let Err(wrong) = certain(world, &name, &holder) {
        world.log.wrong(now, wrong);
    }
    let holders = world.log.holders.entry(name).or_default();
    if !holders.contains(&holder) {
        holders.push(holder);
    }
}

/// On a view that stands.
fn certain(world: &World, name: &Arc<str>, holder: &Holder) -> Result<(), String> {
    let held = world.log.holders.get(name).into_iter().flatten();
    if let Some(other) = held.clone().find(|other| *other != holder) {
        return Err(format!("G1: `{name}` was given to {holder:?} while {other:?} held it"));
    }
    for (_, node) in world.live() {
        let found = node.names.get(name);
        if found.is_none_or(|(owner, entry)| (owner, entry.term) != (&holder.owner, holder.term)) {
            return Err(format!("G1: {holder:?} has `{name}`, and {} finds {found:?}", node.id));
        }
    }
    if held.clone().any(|held| held == holder) {
        return Ok(());
    }
    let known = |by| world.living(by).is_some();
    let registrations = world.log.registrations.iter().filter(|other| other.name == *name && known(&other.by));
    let answers = registrations.flat_map(|other| other.answers.iter().map(move |(_, answer)| (&other.by, answer)));
    let mut terms = answers.filter_map(|(by, answer)| Some((by, answer.as_ref().ok()?)));
    match terms.any(|(by, term)| (*term > holder.term) || (*term == holder.term && *by != holder.owner)) {
        true => Err(format!("G1: the term of {holder:?} is not above those of `{name}` before it")),
        false => Ok(()),
    }
}

pub(super) fn check(world: &World) -> Result<(), String> {
    check_answers(world)?;
    for (_, node) in world.live() {
        let id = &node.id;
        for (name, (owner, entry)) in &node.names {
            let known = world.living(owner).filter(|owner| owner.id == *id || node.is_connected(&owner.id));
            match known {
                None => return Err(format!("G10: {id} finds `{name}` with {owner}, and is not connected")),
                Some(owner) if !owner.actors.contains(&entry.actor) => {
                    return Err(format!("G4: {id} finds `{name}` with {entry:?} of {}, which has ended", owner.id));
                }
                Some(owner) if owner.names.get(name) != node.names.get(name) => {
                    let theirs = owner.names.get(name);
                    return Err(format!("G10: {id} finds `{name}` with {entry:?} of {}, it {theirs:?}", owner.id));
                }
                Some(_) => {}
            }
        }
        for (_, peer) in world.live().filter(|(_, peer)| node.is_connected(&peer.id)) {
            let mut owned = peer.names.iter().filter(|(_, (owner, _))| *owner == peer.id);
            if let Some((name, entry)) = owned.find(|(name, entry)| node.names.get(*name) != Some(*entry)) {
                return Err(format!("G1: {} holds `{name}` as {entry:?}, and {id} does not find it", peer.id));
            }
        }
    }
    Ok(())
}

fn check_answers(world: &World) -> Result<(), String> {
    for registration in world.log.registrations.iter().filter(|r| world.living(&r.by).is_some()) {
        match registration.answers.as_slice() {
            [(at, _)] if *at <= registration.deadline + SLACK => {}
            // Who is paused hears of its deadline late.
            [(at, _)] if paused_at(world, registration, *at) => {}
            _ => return Err(format!("G1: not one answer in time: {registration:?}")),
        }
    }
    Ok(())
}

fn paused_at(world: &World, registration: &super::super::log::Registration, at: Duration) -> bool {
    let host = world.host(&registration.by.name);
    let pause = super::super::log::OutageKind::Pause(host);
    let mut pauses = world.log.outages.iter().filter(|outage| outage.kind == pause);
    pauses.any(|outage| outage.from <= registration.deadline && outage.to.is_some_and(|to| at <= to + SLACK))
}

/// When all are connected.
pub(super) fn check_full(world: &World) -> Result<(), String> {
    let views: Vec<_> = world.live().map(|(_, node)| &node.names).collect();
    if views.windows(2).any(|pair| pair[0] != pair[1]) {
        return Err(format!("G1: different nodes see different names: {views:?}"));
    }
    let Some(view) = views.first() else { return Ok(()) };
    for (name, holders) in &world.log.holders {
        let owner = view.get(name).map(|(owner, entry)| (owner.clone(), entry.actor, entry.term));
        let held: Vec<_> = holders.iter().map(|held| (held.owner.clone(), held.actor, held.term)).collect();
        if held != Vec::from_iter(owner.clone()) {
            return Err(format!("G1: `{name}` is found with {owner:?}, and {held:?} hold it"));
        }
    }
    Ok(())
}

/// Every name that nobody holds can be had, and every one that somebody holds cannot.
pub(in crate::proto::simulation) fn probe(world: &mut World) {
    let names: BTreeSet<Arc<str>> = world.log.registrations.iter().map(|r| r.name.clone()).collect();
    for name in names {
        let live: Vec<usize> = world.live().map(|(at, _)| at).collect();
        let Some(at) = world.chance.pick(&live) else { return };
        let Some(actor) = world.node(at).actors.first().copied() else { continue };
        let held = world.node(at).names.get(&name).map(|(owner, entry)| (owner.clone(), entry.actor));
        let expected = held.is_none_or(|held| held == (world.node(at).id.clone(), actor));
        world.register(at, &name, actor);
        world.run_for(REGISTER);
        let answers = world.log.registrations.last().map(|r| r.answers.clone()).unwrap_or_default();
        if answers.first().is_none_or(|(_, answer)| answer.is_ok() != expected) {
            let now = world.now;
            world.log.wrong(now, format!("G1: at rest `{name}` is answered {answers:?}, expected Ok: {expected}"));
        }
    }
}
