//! Whom a message of another node is for, as its sender says it.

use std::{borrow::Cow, fmt};

use actor_core::ActorId;

/// For whom a message is, on another node.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Recipient<'a> {
    /// This actor.
    Actor(ActorId),
    /// Whoever holds the name there.
    Name(Cow<'a, str>),
}

impl Recipient<'_> {
    pub(crate) fn to_owned(&self) -> Recipient<'static> {
        match self {
            Recipient::Actor(actor) => Recipient::Actor(*actor),
            Recipient::Name(name) => Recipient::Name(Cow::Owned(name.clone().into_owned())),
        }
    }
}

impl fmt::Display for Recipient<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Recipient::Actor(actor) => write!(f, "actor {}", actor.0),
            Recipient::Name(name) => write!(f, "name `{name}`"),
        }
    }
}
