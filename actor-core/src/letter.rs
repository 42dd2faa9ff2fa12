//! What stands in a mailbox: a message with where it came from, or a signal that keeps its place among messages.
//! Never queues or delivers.

use std::{mem, sync::Arc};

use tracing::{Level, Span, level_filters::LevelFilter};

use crate::{
    dead_letter::SentBy, identity::ActorId, patience::Request, route::Beside, runtime, signal::Signal, system::System,
    trace::TraceBridge,
};

pub(crate) enum Letter<M> {
    Message(M, Source),
    Signal(Box<Signal>),
}

/// Where a message came from.
pub(crate) enum Source {
    /// Not from a handler of this process.
    Outside,
    Actor(ActorId),
    /// With the span in which it was sent; only while spans of messages are wanted.
    Traced(Box<Traced>),
    /// From the node of this number in the system.
    Node(u64),
    /// From such a node, with something beside it.
    There(Box<There>),
}

pub(crate) struct There {
    node: u64,
    beside: Beside,
}

pub(crate) struct Traced {
    pub(crate) from: Option<ActorId>,
    pub(crate) span: Span,
}

/// What a message is handled under: a span, and the request of another node that it is.
pub(crate) struct Scene {
    pub(crate) span: Option<Span>,
    pub(crate) request: Option<Arc<Request>>,
}

/// Whether anybody looks at spans as fine as ours, whatever their target: one load.
#[inline]
fn spans_may_be_wanted() -> bool {
    Level::TRACE <= LevelFilter::current()
}

impl Traced {
    /// The span that this is, if those of messages are wanted.
    #[cold]
    fn here(from: Option<ActorId>) -> Option<Box<Self>> {
        let wanted = tracing::enabled!(target: "actor_core::handle", Level::TRACE);
        let span = if wanted { Span::current() } else { Span::none() };
        (!span.is_none()).then(|| Box::new(Traced { from, span }))
    }
}

impl Source {
    /// From another node.
    #[inline]
    pub(crate) fn there(node: u64, beside: &Beside) -> Self {
        match beside.is_empty() {
            true => Source::Node(node),
            false => Source::There(Box::new(There { node, beside: beside.clone() })),
        }
    }

    #[inline]
    pub(crate) fn here() -> Self {
        let from = runtime::current().map(|current| current.actor);
        if spans_may_be_wanted()
            && let Some(traced) = Traced::here(from)
        {
            return Source::Traced(traced);
        }
        from.map_or(Source::Outside, Source::Actor)
    }

    /// Whether nobody waits for what would come of the message.
    #[inline]
    pub(crate) fn is_given_up(&self) -> bool {
        match self {
            Source::There(there) => there.beside.request.as_ref().is_some_and(|request| request.is_late()),
            Source::Outside | Source::Actor(_) | Source::Node(_) | Source::Traced(_) => false,
        }
    }

    /// What it is handled under, if that is anything.
    #[inline]
    pub(crate) fn scene<'a>(
        self,
        what: impl FnOnce() -> (ActorId, &'static str, &'static str),
        bridge: impl FnOnce() -> Option<&'a dyn TraceBridge>,
    ) -> Option<Box<Scene>> {
        match &self {
            Source::Outside | Source::Actor(_) | Source::Node(_) if !spans_may_be_wanted() => {
                // Nothing is in it to be dropped, which the compiler would look for with each message.
                mem::forget(self);
                None
            }
            _ => self.scene_of(what(), bridge()),
        }
    }

    #[cold]
    fn scene_of(
        self,
        what: (ActorId, &'static str, &'static str),
        bridge: Option<&dyn TraceBridge>,
    ) -> Option<Box<Scene>> {
        let span = self.span(what, bridge);
        let request = match self {
            Source::There(there) => there.beside.request,
            Source::Outside | Source::Actor(_) | Source::Node(_) | Source::Traced(_) => None,
        };
        (span.is_some() || request.is_some()).then(|| Box::new(Scene { span, request }))
    }

    /// A span for handling it, below the one in which it was sent, if spans of messages are wanted: those of level `TRACE` and
    /// target `actor_core::handle`.
    fn span(
        &self,
        (actor, kind, message): (ActorId, &'static str, &'static str),
        bridge: Option<&dyn TraceBridge>,
    ) -> Option<Span> {
        if !tracing::enabled!(target: "actor_core::handle", Level::TRACE) {
            return None;
        }
        let from = self.actor();
        let cause = match self {
            Source::Traced(traced) => traced.span.id(),
            Source::Outside | Source::Actor(_) | Source::Node(_) | Source::There(_) => None,
        };
        let span = tracing::trace_span!(
            target: "actor_core::handle",
            parent: cause,
            "handle",
            ?actor,
            kind,
            message,
            from = from.map(tracing::field::debug),
        );
        if let Source::There(there) = self
            && let (Some(trace), Some(bridge)) = (&there.beside.trace, bridge)
        {
            bridge.follow(&span, trace);
        }
        Some(span)
    }

    /// Who sent it to an actor of this system, for people.
    pub(crate) fn sent_by(&self, system: &System) -> SentBy {
        match self {
            Source::Node(node) => system.node(*node).map_or(SentBy::Outside, SentBy::Node),
            Source::There(there) => system.node(there.node).map_or(SentBy::Outside, SentBy::Node),
            here => here.actor().map_or(SentBy::Outside, SentBy::Actor),
        }
    }

    /// The number of the node that is to hear of it if it reaches nobody: calls fail by themselves.
    pub(crate) fn hears(&self) -> Option<u64> {
        match self {
            Source::Node(node) => Some(*node),
            Source::There(there) => there.beside.request.is_none().then_some(there.node),
            Source::Outside | Source::Actor(_) | Source::Traced(_) => None,
        }
    }

    /// The actor whose handler sent it.
    pub(crate) fn actor(&self) -> Option<ActorId> {
        match self {
            Source::Outside | Source::Node(_) | Source::There(_) => None,
            Source::Actor(actor) => Some(*actor),
            Source::Traced(traced) => traced.from,
        }
    }
}
