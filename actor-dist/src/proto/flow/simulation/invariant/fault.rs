//! F5: who keeps to the rules is never taken for somebody who does not.

use super::{super::fact::Fact, Terms};

pub(super) fn check(facts: &[Fact], _: &Terms) -> Result<(), String> {
    facts.iter().try_for_each(|fact| match fact {
        Fact::Fault { side, what } => Err(format!("F5: {side} ends the session for nothing: {what}")),
        _ => Ok(()),
    })
}
