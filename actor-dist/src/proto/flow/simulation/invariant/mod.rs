//! What must hold, one promise per file: each looks at what happened, and says what is wrong.

mod bound;
mod call;
mod fault;
mod flood;
mod forward;
mod gate;
mod loss;
mod name;
mod once;
mod order;
mod rest;
mod send;
mod stop;
mod turn;
mod unread;
mod watch;

use super::fact::Fact;

/// What is to be known of a run beside what happened.
pub(super) struct Terms {
    /// How much each side may hold.
    pub(super) bound: usize,
}

type Check = fn(&[Fact], &Terms) -> Result<(), String>;

const ALL: [Check; 16] = [
    bound::check,
    call::check,
    fault::check,
    flood::check,
    forward::check,
    gate::check,
    loss::check,
    name::check,
    once::check,
    order::check,
    rest::check,
    send::check,
    stop::check,
    turn::check,
    unread::check,
    watch::check,
];

pub(super) fn check(facts: &[Fact], terms: &Terms) -> Result<(), Vec<String>> {
    let wrong: Vec<String> = ALL.iter().filter_map(|check| check(facts, terms).err()).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}
