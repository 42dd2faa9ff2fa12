//! F2: senders to a name are stopped by who holds it. When it was looked where the names lead, those of a name that leads to nobody, or
//! to an actor for which nothing waits, may go on.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{
        fact::{Fact, Word},
        mail::Who,
    },
    Terms,
};
use crate::proto::flow::Recipient;

#[derive(Default)]
struct Seen {
    stopped: BTreeSet<(usize, Recipient<'static>)>,
    holders: BTreeMap<(usize, Recipient<'static>), Option<Who>>,
    /// Whose gates may be shut: they had no room, or were told of a body.
    shut: BTreeSet<Who>,
}

pub(super) fn check(facts: &[Fact], _: &Terms) -> Result<(), String> {
    let mut seen = Seen::default();
    for fact in facts {
        match fact {
            Fact::Came { at, apart: true, .. } | Fact::Full { at, .. } => {
                seen.shut.insert(*at);
            }
            Fact::Opened { at } => {
                seen.shut.remove(at);
            }
            Fact::Said { side, word: Word::Stop, to } => {
                seen.stopped.insert((*side, to.clone()));
            }
            Fact::Said { side, word: Word::Go, to } => {
                seen.stopped.remove(&(*side, to.clone()));
            }
            Fact::Named { side, name, actor } => {
                let holder = actor.map(|actor| Who { side: *side, number: actor.0 });
                seen.holders.insert((*side, Recipient::Name((*name).into())), holder);
            }
            Fact::Over { side } => seen.stopped.retain(|(stopped, _)| stopped != side),
            Fact::Looked { side } => looked(&seen, *side)?,
            _ => {}
        }
    }
    Ok(())
}

fn looked(seen: &Seen, side: usize) -> Result<(), String> {
    let moved = seen.stopped.iter().filter(|(stopped, _)| *stopped == side);
    for (name, holder) in moved.filter_map(|to| Some((&to.1, seen.holders.get(to)?))) {
        if !holder.is_some_and(|holder| seen.shut.contains(&holder)) {
            return Err(format!("F2: senders to {name} of side {side} are stopped, which leads to {holder:?}"));
        }
    }
    Ok(())
}
