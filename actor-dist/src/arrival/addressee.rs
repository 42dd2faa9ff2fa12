//! For whom a message came, and how its failure is told: here as a dead letter, there to those who wait for an answer.

use std::{fmt, sync::Arc};

use actor_core::{
    ActorId, DeadLetter, SentBy,
    route::DeliverError,
    wire::{DecodeError, Edge, describe},
};

use crate::{frame::AnswerFailure, proto::flow::Recipient, remote::not_taken};

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
        let mut letter = DeadLetter::not_taken(receiver, describe(self.edge).trim_matches('`'), why, from);
        letter.to = to;
        letter
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
