//! S6: who waits for a reply that was passed on, here or to the other side, gets the answer to it, or fails as whoever it was passed
//! on to does; at once or when the session ends, but never not at all.

use std::collections::BTreeMap;

use super::{
    super::fact::{Fact, How},
    Terms,
};

pub(super) fn check(facts: &[Fact], _: &Terms) -> Result<(), String> {
    let (mut called, mut ended) = (BTreeMap::new(), BTreeMap::new());
    let (mut forwarded, mut over) = (BTreeMap::new(), false);
    for fact in facts {
        match *fact {
            Fact::Forwarded { port, by } => {
                forwarded.insert(by, port);
            }
            Fact::Called { port, id } => {
                called.insert(port, id);
            }
            Fact::Ended { port, how } => {
                ended.insert(port, how);
            }
            Fact::Over { .. } => over = true,
            _ => {}
        }
    }
    // What was handed back was not passed on.
    for (by, port) in forwarded.iter().filter(|(by, _)| called.contains_key(by)) {
        let (first, second) = (ended.get(port), ended.get(by));
        let (Some(first), Some(second)) = (first, second) else {
            return Err(format!("S6: call {port} was passed on as {by}; they ended as {first:?} and {second:?}"));
        };
        let answered = *second == How::Answered;
        if !over && *first != How::GaveUp && answered != (*first == How::Answered) {
            return Err(format!("S6: call {port} ended as {first:?}, and {by}, for it, as {second:?}"));
        }
    }
    Ok(())
}
