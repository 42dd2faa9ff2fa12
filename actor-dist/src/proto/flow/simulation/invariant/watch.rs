//! M1, S2: a watch fires once, because its actor has ended or with the session; and at rest one of an actor that has ended has
//! fired, and so has every one of a session that is over.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{fact::Fact, mail::Who},
    Terms,
};

pub(super) fn check(facts: &[Fact], _: &Terms) -> Result<(), String> {
    let mut watches: BTreeMap<u64, (Who, Who)> = BTreeMap::new();
    let (mut gone, mut over) = (BTreeSet::new(), BTreeSet::new());
    for fact in facts {
        match fact {
            Fact::Watched { reference, by, actor } => {
                watches.insert(*reference, (*by, *actor));
            }
            Fact::Gone { actor } => {
                gone.insert(*actor);
            }
            Fact::Over { side } => {
                over.insert(*side);
            }
            Fact::Fired { reference, session } => {
                let Some((by, actor)) = watches.remove(reference) else {
                    return Err(format!("M1: watch {reference} fired twice"));
                };
                let true_reason = if *session { over.contains(&by.side) } else { gone.contains(&actor) };
                if !true_reason {
                    return Err(format!("M1: watch {reference} fired for a reason that is not so"));
                }
            }
            _ => {}
        }
    }
    let due = |(_, (by, actor)): &(&u64, &(Who, Who))| gone.contains(actor) || over.contains(&by.side);
    watches.iter().find(due).map_or(Ok(()), |(reference, _)| Err(format!("M1: watch {reference} has not fired")))
}
