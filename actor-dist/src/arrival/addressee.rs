//! For whom a message came, and how its failure is told: here as a dead letter, there to those who wait for an answer.

use std::{fmt, sync::Arc};

use actor_core::{
    ActorId, DeadLetter, NodeName, SentBy,
    route::DeliverError,
    wire::{DecodeError, Edge, describe},
};

use crate::{
    frame::{AnswerFailure, Receiver, Undelivered},
    proto::flow::Recipient,
    remote::{not_taken, words},
};

/// For whom a message came, and by which protocol.
#[derive(Debug, Clone)]
pub(super) struct Addressee {
    pub(super) whom: Whom,
    pub(super) edge: Edge,
}

#[derive(Debug, Clone)]
pub(super) enum Whom {
    Actor(ActorId),
    Name(Arc<str>),
    Group(Arc<str>),
}

impl Addressee {
    pub(super) fn dead_letter(&self, why: &dyn fmt::Display, from: SentBy) -> DeadLetter {
        let (receiver, to) = match &self.whom {
            Whom::Actor(actor) => ("actor".to_owned(), Some(*actor)),
            Whom::Name(name) => (format!("name `{name}`"), None),
            Whom::Group(group) => (format!("group `{group}`"), None),
        };
        let mut letter = DeadLetter::not_taken(receiver, protocol(self.edge), why, from);
        letter.to = to;
        letter
    }

    /// As its sender is told of it.
    pub(super) fn receiver(&self) -> Receiver {
        match &self.whom {
            Whom::Actor(actor) => Receiver::Actor(*actor),
            Whom::Name(name) => Receiver::Name(Arc::clone(name)),
            Whom::Group(group) => Receiver::Group(Arc::clone(group)),
        }
    }

    /// As its senders write to it, to be stopped; a broadcast misses whoever has no room.
    pub(super) fn recipient(&self) -> Option<Recipient<'static>> {
        match &self.whom {
            Whom::Actor(actor) => Some(Recipient::Actor(*actor)),
            Whom::Name(name) => Some(Recipient::Name(name.as_ref().to_owned().into())),
            Whom::Group(_) => None,
        }
    }
}

/// The protocol's name, for people.
fn protocol(edge: Edge) -> String {
    describe(edge).trim_matches('`').to_owned()
}

/// Tells from here that reached nobody there, as the peer says.
pub(super) fn of_the_peer(letter: &Undelivered, here: &NodeName, there: &NodeName) -> DeadLetter {
    let Undelivered { receiver, edge, why, .. } = letter;
    let receiver = format!("{receiver} of node `{there}`");
    DeadLetter::not_taken(receiver, protocol(*edge), words(why), SentBy::Node(here.clone()))
}

/// The same, of those that it did not tell apart.
pub(super) fn others_of_the_peer(here: &NodeName, there: &NodeName) -> DeadLetter {
    let why = "it was one of too many kinds of dead letters to be told apart";
    DeadLetter::not_taken(format!("others of node `{there}`"), "any", why, SentBy::Node(here.clone()))
}

/// A peer's count goes into sums, which it must not overturn.
pub(super) fn believed(count: u64) -> u64 {
    count.min(u32::MAX.into())
}

/// What a caller is told of a request that was not taken.
pub(super) fn failure(error: &DeliverError) -> AnswerFailure {
    match error {
        DeliverError::Undecodable(error @ DecodeError::WrongProtocol { .. }) => {
            AnswerFailure::WrongProtocol(error.to_string())
        }
        DeliverError::Undecodable(error) => AnswerFailure::Undecodable(error.to_string()),
        DeliverError::NotTaken(failure) => not_taken(failure),
        other => AnswerFailure::Other(other.to_string()),
    }
}
