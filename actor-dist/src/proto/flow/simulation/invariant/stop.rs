//! F2: as long as an actor's gate is shut because of a full mailbox, those who found it full are stopped, unless they wrote to a name
//! that it no longer has; so are those of whom more is held for one actor than may be.

use std::collections::{BTreeMap, BTreeSet};

use actor_core::ActorId;

use super::{
    super::{
        fact::{Fact, Kind, Word},
        mail::Who,
    },
    Terms,
};
use crate::proto::flow::{
    Recipient, SMALL,
    gates::{CROWDED, ITEM},
};

#[derive(Default)]
struct Seen {
    said: BTreeSet<(usize, Recipient<'static>)>,
    wanted: BTreeMap<Who, BTreeSet<Recipient<'static>>>,
    sent: BTreeMap<u64, Recipient<'static>>,
    /// What is small and waits for each.
    small: BTreeMap<Who, BTreeMap<u64, usize>>,
    /// For whom something has come in this step, to which recipient.
    came: Vec<(Who, Recipient<'static>)>,
    lost: BTreeSet<usize>,
    /// Where names lead that no longer lead where they did.
    moved: BTreeMap<(usize, Recipient<'static>), Option<ActorId>>,
}

impl Seen {
    fn leads(&self, to: &Recipient<'static>, at: Who) -> bool {
        self.moved.get(&(at.side, to.clone())).is_none_or(|actor| *actor == at.actor())
    }
}

pub(super) fn check(facts: &[Fact], _: &Terms) -> Result<(), String> {
    let mut seen = Seen::default();
    for fact in facts {
        match fact {
            Fact::Sent { id, to: Some(to), .. } => {
                seen.sent.insert(*id, to.clone());
            }
            Fact::Came { id, at, kind, bytes, apart: false, .. } if *kind != Kind::Answer => {
                seen.small.entry(*at).or_default().insert(*id, bytes + ITEM);
                seen.came.extend(seen.sent.get(id).map(|to| (*at, to.clone())));
            }
            Fact::Put { id, at, .. } | Fact::Refused { id, at, .. } => {
                seen.small.entry(*at).or_default().remove(id);
            }
            Fact::Named { side, name, actor } => {
                let name = Recipient::Name((*name).into());
                let others = seen.wanted.iter_mut().filter(|(at, _)| at.side == *side && at.actor() != *actor);
                others.for_each(|(_, wanted)| drop(wanted.take(&name)));
                seen.moved.insert((*side, name), *actor);
            }
            // What had to wait may have come by a name that leads elsewhere by now.
            Fact::Full { at, to: Some(to), .. } if seen.leads(to, *at) => {
                seen.wanted.entry(*at).or_default().insert(to.clone());
            }
            Fact::Opened { at } => {
                seen.wanted.remove(at);
            }
            Fact::Said { side, word: Word::Stop, to } => {
                seen.said.insert((*side, to.clone()));
            }
            Fact::Said { side, word: Word::Go, to } => {
                seen.said.remove(&(*side, to.clone()));
            }
            Fact::Lost { side } => {
                seen.lost.insert(*side);
            }
            Fact::Step => step(&mut seen)?,
            _ => {}
        }
    }
    Ok(())
}

fn step(seen: &mut Seen) -> Result<(), String> {
    for (at, to) in std::mem::take(&mut seen.came) {
        let waits: usize = seen.small.get(&at).map_or(0, |small| small.values().sum());
        // One of them may be at hand already.
        if waits > CROWDED + SMALL + ITEM && !seen.said.contains(&(at.side, to.clone())) {
            return Err(format!("F2: {waits} bytes wait for {at:?}, and senders to {to} were not stopped"));
        }
    }
    for (at, wanted) in seen.wanted.iter().filter(|(at, _)| !seen.lost.contains(&at.side)) {
        if let Some(to) = wanted.iter().find(|to| !seen.said.contains(&(at.side, (*to).clone()))) {
            return Err(format!("F2: {at:?} has no room, and senders to {to} may go on"));
        }
    }
    Ok(())
}
