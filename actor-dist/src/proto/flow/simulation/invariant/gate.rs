//! F2: what comes for an actor for which nothing waits is delivered in the step in which it comes, whatever others have no room; and
//! a gate does not open with anything behind it.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{
        fact::{Fact, Kind},
        mail::Who,
    },
    Terms,
};

#[derive(Default)]
struct Seen {
    /// What waits, for each.
    waits: BTreeMap<Who, BTreeSet<u64>>,
    shut: BTreeSet<Who>,
    /// What has come in this step.
    came: BTreeSet<u64>,
    /// What of that found its gate open.
    straight: Vec<(u64, Who)>,
    full: BTreeSet<Who>,
}

pub(super) fn check(facts: &[Fact], _: &Terms) -> Result<(), String> {
    let mut seen = Seen::default();
    for fact in facts {
        match *fact {
            Fact::Came { id, at, kind, apart, .. } if at.actor().is_some() && kind != Kind::Answer => {
                seen.came.insert(id);
                seen.waits.entry(at).or_default().insert(id);
                if !apart && !seen.shut.contains(&at) {
                    seen.straight.push((id, at));
                }
            }
            Fact::Put { id, at, .. } | Fact::Refused { id, at, .. } => {
                seen.waits.entry(at).or_default().remove(&id);
            }
            Fact::Full { at, .. } => {
                seen.full.insert(at);
            }
            Fact::Opened { at } => {
                let behind = seen.waits.get(&at).and_then(|waits| waits.difference(&seen.came).next());
                if let Some(id) = behind {
                    return Err(format!("F2: the gate of {at:?} opens before {id} is in"));
                }
                seen.shut.remove(&at);
            }
            Fact::Step => step(&mut seen)?,
            _ => {}
        }
    }
    Ok(())
}

fn step(seen: &mut Seen) -> Result<(), String> {
    for (id, at) in std::mem::take(&mut seen.straight) {
        if !seen.full.contains(&at) && seen.waits.get(&at).is_some_and(|waits| waits.contains(&id)) {
            return Err(format!("F2: {id} waits, and nothing waited for {at:?}"));
        }
    }
    let waiting = seen.waits.iter().filter(|(_, waits)| waits.iter().any(|id| seen.came.contains(id)));
    seen.shut.extend(waiting.map(|(at, _)| *at));
    seen.came.clear();
    seen.full.clear();
    Ok(())
}
