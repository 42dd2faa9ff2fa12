//! S5: what cannot be decoded is never delivered. Its call fails; while the session stands its sender's side hears of each tell, in
//! sums.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::fact::{Fact, How, Why},
    Terms,
};

#[derive(Default)]
struct Seen {
    garbled: BTreeSet<u64>,
    /// The calls, by what was sent.
    calls: BTreeMap<u64, u64>,
    /// Those that could not be, and have not ended.
    unread: BTreeSet<u64>,
    ended: BTreeSet<u64>,
    /// How many tells each side could not read, of which the other has not heard.
    untold: [u64; 2],
    over: bool,
}

pub(super) fn check(facts: &[Fact], _: &Terms) -> Result<(), String> {
    let mut seen = Seen::default();
    facts.iter().try_for_each(|fact| check_one(&mut seen, fact))
}

fn check_one(seen: &mut Seen, fact: &Fact) -> Result<(), String> {
    match *fact {
        Fact::Called { id, port } => {
            seen.calls.insert(id, port);
        }
        Fact::Came { id, garbled: true, .. } => {
            seen.garbled.insert(id);
        }
        Fact::Put { id, at, .. } if seen.garbled.contains(&id) => {
            return Err(format!("S5: {id} cannot be decoded, and was given to {at:?}"));
        }
        Fact::Refused { id, at, why: Why::Unreadable } => match seen.calls.get(&id) {
            Some(port) if seen.ended.contains(port) => {}
            Some(port) => drop(seen.unread.insert(*port)),
            None => seen.untold[at.side] += 1,
        },
        Fact::Ended { port, how } => {
            if seen.unread.remove(&port) && how == How::Answered {
                return Err(format!("S5: call {port} could not be decoded, and was answered"));
            }
            seen.ended.insert(port);
        }
        Fact::Noticed { side, count } => match seen.untold[1 - side].checked_sub(count) {
            Some(left) => seen.untold[1 - side] = left,
            None => return Err(format!("S5: side {side} heard of {count} messages that nobody failed to decode")),
        },
        Fact::Over { .. } => seen.over = true,
        Fact::Rest { side, .. } if !seen.over && seen.untold[side] > 0 => {
            return Err(format!("S5: nobody heard of {} messages that side {side} did not decode", seen.untold[side]));
        }
        Fact::Rest { .. } if !seen.over && !seen.unread.is_empty() => {
            return Err(format!("S5: calls {:?} could not be decoded, and nobody was told", seen.unread));
        }
        _ => {}
    }
    Ok(())
}
