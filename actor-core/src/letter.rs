//! What stands in a mailbox: a message with where it came from, or a signal that keeps its place among messages.
//! Never queues or delivers.

use tracing::{Level, Span};

use crate::{identity::ActorId, runtime, signal::Signal};

pub(crate) enum Letter<M> {
    Message(M, Source),
    Signal(Box<Signal>),
}

impl<M> Letter<M> {
    /// A message from wherever this is called.
    pub(crate) fn here(message: M) -> Self {
        Letter::Message(message, Source::here())
    }
}

/// Where a message came from.
pub(crate) enum Source {
    /// Not from a handler of this process.
    Outside,
    Actor(ActorId),
    /// With the span in which it was sent; only while spans of messages are wanted.
    Traced(Box<Traced>),
}

pub(crate) struct Traced {
    pub(crate) from: Option<ActorId>,
    pub(crate) span: Span,
}

impl Source {
    fn here() -> Self {
        let from = runtime::current().map(|current| current.actor);
        if tracing::enabled!(target: "actor_core::handle", Level::TRACE) {
            let span = Span::current();
            if !span.is_none() {
                return Source::Traced(Box::new(Traced { from, span }));
            }
        }
        from.map_or(Source::Outside, Source::Actor)
    }

    /// A span for handling it, below the one in which it was sent, if spans of messages are wanted: those of level `TRACE` and
    /// target `actor_core::handle`.
    pub(crate) fn span(self, what: impl FnOnce() -> (ActorId, &'static str, &'static str)) -> Option<Box<Span>> {
        if !tracing::enabled!(target: "actor_core::handle", Level::TRACE) {
            return None;
        }
        let ((actor, kind, message), from) = (what(), self.actor());
        let cause = match &self {
            Source::Traced(traced) => traced.span.id(),
            Source::Outside | Source::Actor(_) => None,
        };
        Some(Box::new(tracing::trace_span!(
            target: "actor_core::handle",
            parent: cause,
            "handle",
            ?actor,
            kind,
            message,
            from = from.map(tracing::field::debug),
        )))
    }

    /// The actor whose handler sent it.
    pub(crate) fn actor(&self) -> Option<ActorId> {
        match self {
            Source::Outside => None,
            Source::Actor(actor) => Some(*actor),
            Source::Traced(traced) => traced.from,
        }
    }
}
