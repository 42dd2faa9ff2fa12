//! S2, E3: what was sent arrives at most once and whole, and while the session stands it arrives, or is said to be refused; and
//! nothing is delivered when the end has been told.

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
    sent: BTreeMap<u64, (Who, bool)>,
    came: BTreeSet<(u64, Who)>,
    /// And nothing was said of it since.
    open: BTreeSet<(u64, Who)>,
    over: BTreeSet<usize>,
}

pub(super) fn check(facts: &[Fact], _: &Terms) -> Result<(), String> {
    let mut seen = Seen::default();
    facts.iter().try_for_each(|fact| check_one(&mut seen, fact))
}

fn check_one(seen: &mut Seen, fact: &Fact) -> Result<(), String> {
    match *fact {
        Fact::Sent { id, by, kind, .. } => {
            // A broadcast may find no members.
            let comes = kind.is_some_and(|kind| kind != Kind::Copy);
            seen.sent.insert(id, (by, comes));
        }
        Fact::NeverLeft { id } => {
            seen.sent.remove(&id);
        }
        Fact::Came { id, at, .. } => {
            let Some((by, _)) = seen.sent.get(&id) else { return Err(format!("S2: {id} came, and was not sent")) };
            if by.side == at.side || !seen.came.insert((id, at)) {
                return Err(format!("S2: {id} came twice for {at:?}"));
            }
            seen.open.insert((id, at));
        }
        Fact::Put { id, at, whole } => {
            if !seen.open.remove(&(id, at)) {
                return Err(format!("S2: {id} was delivered twice to {at:?}, or after it was refused"));
            }
            if !whole {
                return Err(format!("S2: {id} is not what was sent"));
            }
            if seen.over.contains(&at.side) {
                return Err(format!("E3: {id} was delivered after the end"));
            }
        }
        Fact::Refused { id, at, .. } if !seen.open.remove(&(id, at)) => {
            return Err(format!("S3: {id} was refused twice, or after it was delivered"));
        }
        Fact::Over { side } => {
            seen.over.insert(side);
        }
        Fact::Rest { side, .. } if seen.over.is_empty() => return all_came(seen, side),
        _ => {}
    }
    Ok(())
}

fn all_came(seen: &Seen, side: usize) -> Result<(), String> {
    if let Some((id, at)) = seen.open.iter().find(|(_, at)| at.side == side) {
        return Err(format!("S2: nobody knows what became of {id} for {at:?}"));
    }
    let came: BTreeSet<u64> = seen.came.iter().map(|(id, _)| *id).collect();
    let missing = |(id, (by, comes)): &(&u64, &(Who, bool))| *comes && by.side != side && !came.contains(id);
    match seen.sent.iter().find(missing) {
        Some((id, _)) => Err(format!("S2: {id} has not come, and the session stands")),
        None => Ok(()),
    }
}
