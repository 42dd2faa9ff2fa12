//! S4: each call ends in exactly one way, and at rest there is none that has not ended.

use std::collections::BTreeSet;

use super::{super::fact::Fact, Terms};

pub(super) fn check(facts: &[Fact], _: &Terms) -> Result<(), String> {
    let mut waits = BTreeSet::new();
    for fact in facts {
        match fact {
            Fact::Called { port, .. } => {
                waits.insert(*port);
            }
            Fact::Ended { port, how } if !waits.remove(port) => {
                return Err(format!("S4: call {port} ended a second time: {how:?}"));
            }
            _ => {}
        }
    }
    waits.first().map_or(Ok(()), |port| Err(format!("S4: nobody was told what became of call {port}")))
}
