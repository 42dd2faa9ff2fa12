//! S2: what is lost is lost with the session; of what one sent to one actor nothing arrives after something that was lost, but that
//! somebody has ended.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{
        fact::{Fact, Kind, Why},
        mail::Who,
    },
    Terms,
};

pub(super) fn check(facts: &[Fact], _: &Terms) -> Result<(), String> {
    let mut came: BTreeMap<(u64, Who), (Who, Kind)> = BTreeMap::new();
    let mut first_lost: BTreeMap<(Who, Who), u64> = BTreeMap::new();
    let mut lost = BTreeSet::new();
    for fact in facts {
        match *fact {
            Fact::Came { id, by, at, kind, .. } => {
                came.insert((id, at), (by, kind));
            }
            Fact::Lost { side } => {
                lost.insert(side);
            }
            Fact::Refused { id, at, why: Why::Disconnected } => {
                if !lost.contains(&at.side) {
                    return Err(format!("S2: {id} was given up, and the session stands"));
                }
                if let Some((by, Kind::Message | Kind::Copy)) = came.get(&(id, at)) {
                    let first = first_lost.entry((*by, at)).or_insert(id);
                    *first = id.min(*first);
                }
            }
            Fact::Put { id, at, .. } => {
                let Some((by, Kind::Message | Kind::Copy)) = came.get(&(id, at)) else { continue };
                if let Some(first) = first_lost.get(&(*by, at)).filter(|first| **first < id) {
                    return Err(format!("S2: {id} of {by:?} got to {at:?}, and {first} before it was lost"));
                }
            }
            _ => {}
        }
    }
    Ok(())
}
