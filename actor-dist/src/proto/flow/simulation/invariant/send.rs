//! S3, F1: a message that was handed back never leaves. F2: nothing leaves for a recipient between stop and go.

use std::collections::BTreeSet;

use super::{
    super::fact::{Fact, Word},
    Terms,
};

pub(super) fn check(facts: &[Fact], _: &Terms) -> Result<(), String> {
    let (mut declined, mut stopped) = (BTreeSet::new(), BTreeSet::new());
    for fact in facts {
        match fact {
            Fact::Declined { id, .. } | Fact::NeverLeft { id } => {
                declined.insert(*id);
            }
            Fact::Came { id, .. } if declined.contains(id) => {
                return Err(format!("S3: {id} was handed back, and came all the same"));
            }
            Fact::Heard { side, word: Word::Stop, to } => {
                stopped.insert((*side, to.clone()));
            }
            Fact::Heard { side, word: Word::Go, to } => {
                stopped.remove(&(*side, to.clone()));
            }
            Fact::Sent { id, by, to: Some(to), .. } if stopped.contains(&(by.side, to.clone())) => {
                return Err(format!("F2: {id} left for {to}, which takes no more"));
            }
            _ => {}
        }
    }
    Ok(())
}
