//! F3: a body waits for one chunk of each other body, and not for more.

use std::collections::BTreeMap;

use super::{super::fact::Fact, Terms};

pub(super) fn check(facts: &[Fact], _: &Terms) -> Result<(), String> {
    // How many chunks of which bodies each one that waits has waited for.
    let mut waits: [BTreeMap<u64, BTreeMap<u64, usize>>; 2] = Default::default();
    for fact in facts {
        match *fact {
            Fact::Body { side, body } => {
                waits[side].insert(body, BTreeMap::new());
            }
            Fact::Chunk { side, body, last, before } => {
                for (other, passed) in waits[side].iter_mut().filter(|(other, _)| **other != body) {
                    let chunks = passed.entry(body).or_default();
                    *chunks += 1;
                    // What is for the next connection waits for this one to close.
                    if *other >= before {
                        passed.clear();
                    } else if *chunks > 1 {
                        return Err(format!("F3: body {other} of side {side} waits for two chunks of {body}"));
                    }
                }
                match last {
                    true => waits[side].remove(&body),
                    false => waits[side].insert(body, BTreeMap::new()),
                };
            }
            _ => {}
        }
    }
    Ok(())
}
