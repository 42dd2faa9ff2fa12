//! F1, F5: what one side holds for its actors stays under its bound, a body that is for many counted once; so do bodies that come
//! before their tokens. And nothing is refused as too much that would have had room.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{
        fact::{Fact, Kind, Why},
        mail::{LONGEST, Who},
        node::ACTORS,
    },
    Terms,
};
use crate::proto::flow::gates::ITEM;

/// What one side holds.
#[derive(Default)]
struct Side {
    /// For each message, how long it is and who waits for it.
    held: BTreeMap<u64, (usize, BTreeSet<Who>)>,
    tokens: u64,
    /// Bodies that came before their tokens.
    early: BTreeMap<u64, usize>,
    is_read: bool,
}

impl Side {
    fn holds(&self) -> usize {
        let each = |(bytes, whom): &(usize, BTreeSet<Who>)| bytes + whom.len() * ITEM;
        self.held.values().map(each).sum()
    }

    fn over(&mut self, id: u64, at: Who) -> Option<usize> {
        let (bytes, whom) = self.held.get_mut(&id)?;
        let (bytes, _) = (*bytes, whom.remove(&at));
        if whom.is_empty() {
            self.held.remove(&id);
        }
        Some(bytes)
    }
}

/// What may have been delivered, of which the gates do not know yet.
const AT_HAND: usize = ACTORS as usize * (LONGEST + ITEM);

pub(super) fn check(facts: &[Fact], terms: &Terms) -> Result<(), String> {
    let mut sides: [Side; 2] = Default::default();
    for fact in facts {
        match *fact {
            Fact::Came { id, at, kind, bytes, .. } => {
                let side = &mut sides[at.side];
                if kind != Kind::Answer && at.actor().is_some() {
                    side.held.entry(id).or_insert((bytes, BTreeSet::new())).1.insert(at);
                }
            }
            Fact::Token { side } => {
                let side = &mut sides[side];
                side.early.remove(&side.tokens);
                side.tokens += 1;
            }
            // What the lane's reader found no room for is at hand, one for each actor, and small.
            Fact::Full { id, at, straight: true, .. } | Fact::Put { id, at, .. } => {
                sides[at.side].over(id, at);
            }
            Fact::Refused { id, at, why } => {
                let bytes = sides[at.side].over(id, at);
                let needs = sides[at.side].holds() + bytes.unwrap_or_default() + ITEM;
                let room = why == Why::Overloaded && bytes.is_some() && needs + AT_HAND <= terms.bound;
                if room {
                    return Err(format!("F1: {id} was refused with {needs} bytes of {}", terms.bound));
                }
            }
            Fact::Read { side, body, length, last: true } if body >= sides[side].tokens && !sides[side].is_read => {
                sides[side].early.insert(body, length);
            }
            // What no token announces any more is not kept.
            Fact::LaneRead { side } => {
                sides[side].early.clear();
                sides[side].is_read = true;
            }
            Fact::Again => sides = Default::default(),
            Fact::Step => within(&sides, terms)?,
            _ => {}
        }
    }
    Ok(())
}

fn within(sides: &[Side; 2], terms: &Terms) -> Result<(), String> {
    for side in sides {
        let (holds, early) = (side.holds(), side.early.values().sum::<usize>());
        // The one that goes over it is still taken.
        if holds > terms.bound || early > terms.bound + LONGEST {
            return Err(format!("F1: {holds} bytes are held, and {early} before their tokens, of {}", terms.bound));
        }
    }
    Ok(())
}
