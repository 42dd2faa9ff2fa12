//! F4: nobody finds a lane full but for what waits in it to be written: not for what has been, nor for what is for somebody else who
//! was stopped. And calls find room when tells have taken all of theirs.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{
        fact::{Fact, Full, Word},
        lane::HIGH_WATER,
    },
    Terms,
};

/// One side's lane.
#[derive(Default)]
struct Side {
    waits: BTreeMap<u64, usize>,
    bytes: usize,
    is_open: bool,
}

impl Side {
    fn gone(&mut self, id: u64) {
        self.bytes -= self.waits.remove(&id).unwrap_or_default();
    }
}

pub(super) fn check(facts: &[Fact], _: &Terms) -> Result<(), String> {
    let mut sides: [Side; 2] = Default::default();
    let mut stopped = BTreeSet::new();
    for fact in facts {
        match fact {
            Fact::Sent { id, by, size, .. } => {
                sides[by.side].waits.insert(*id, *size);
                sides[by.side].bytes += size;
            }
            Fact::Written { id, side } => sides[*side].gone(*id),
            Fact::NeverLeft { id } => sides.iter_mut().for_each(|side| side.gone(*id)),
            Fact::Began { side } => sides[*side].is_open = true,
            Fact::Again => sides.iter_mut().for_each(|side| side.is_open = false),
            Fact::Heard { side, word: Word::Stop, to } => {
                stopped.insert((*side, to.clone()));
            }
            Fact::Heard { side, word: Word::Go, to } => {
                stopped.remove(&(*side, to.clone()));
            }
            Fact::Declined { id, by, full: Some(Full { to, calls, crowded: false }) } => {
                let Side { bytes, is_open, .. } = sides[by.side];
                let bound = if *calls && is_open { 2 * HIGH_WATER } else { HIGH_WATER };
                let is_stopped = to.as_ref().is_some_and(|to| stopped.contains(&(by.side, to.clone())));
                if bytes < bound && !is_stopped {
                    return Err(format!("F4: {id} of {by:?} found no room, and {bytes} bytes of {bound} wait"));
                }
            }
            _ => {}
        }
    }
    Ok(())
}
