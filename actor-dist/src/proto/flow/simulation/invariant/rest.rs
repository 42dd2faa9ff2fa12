//! F2: when all mailboxes are empty every gate is open, nobody is stopped, nobody waits to send, and nothing is under way.

use super::{
    super::fact::{Fact, Left},
    Terms,
};

pub(super) fn check(facts: &[Fact], _: &Terms) -> Result<(), String> {
    facts.iter().try_for_each(|fact| match fact {
        Fact::Rest { side, left } => {
            // What was not sent of a session that is over never will be.
            let (bodies, waits) = if left.is_over { (left.bodies, left.waits) } else { (0, 0) };
            let nothing = Left { is_over: left.is_over, is_open: true, bodies, waits, ..Left::default() };
            if *left == nothing { Ok(()) } else { Err(format!("F2: at rest, side {side} has {left:?}")) }
        }
        _ => Ok(()),
    })
}
