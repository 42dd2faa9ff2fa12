//! S1: what one sends to one actor gets into its mailbox in the order in which it was sent, messages by handle and by name, copies of
//! broadcasts, downs and exits alike. A watcher that is no actor is told of an end after all answers of the one that ended.

use std::collections::BTreeMap;

use super::{
    super::{
        fact::{Fact, Kind},
        mail::Who,
    },
    Terms,
};

pub(super) fn check(facts: &[Fact], _: &Terms) -> Result<(), String> {
    let mut came: BTreeMap<(u64, Who), (Who, Kind)> = BTreeMap::new();
    let mut last: BTreeMap<(Who, Who), u64> = BTreeMap::new();
    for fact in facts {
        match *fact {
            Fact::Came { id, by, at, kind, .. } if at.actor().is_none() || kind != Kind::Answer => {
                came.insert((id, at), (by, kind));
            }
            Fact::Put { id, at, .. } => {
                let Some((by, kind)) = came.get(&(id, at)).copied() else { continue };
                let last = last.entry((by, at)).or_default();
                if *last > id {
                    return Err(format!("S1: {id} of {by:?} for {at:?} came after {last}"));
                }
                // Answers are of different calls, and may overtake each other.
                if kind != Kind::Answer {
                    *last = id;
                }
            }
            _ => {}
        }
    }
    Ok(())
}
