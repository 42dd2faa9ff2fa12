//! What arrives on a lane: messages and answers go straight to their actors and callers, what concerns the cluster goes to
//! the driver; all in the order in which it came. Never waits for a mailbox, and answers what nobody took.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use actor_core::{
    ActorId, DeadLetter, NodeName, SentBy,
    route::{DeliverError, Inlet, Origin, PortId, Way},
    wire::{DecodeError, Decoder, Edge, describe},
};
use bytes::Bytes;

use crate::{
    driver::Driver,
    frame::{AnswerFailure, Frame, FrameError, Lane as LaneFrame},
    lane::Lane,
    proto::{Input, session_id::SessionId},
    remote::{Back, error_of, not_taken},
};

/// The receiving end of one session.
pub(crate) struct Arrival {
    driver: Arc<Driver>,
    session: SessionId,
    peer: NodeName,
    origin: Origin,
    back: Back,
    recent: Vec<Option<Recent>>,
}

/// An actor that had a message lately, and the way in to it: the next one finds it without a look at the exports. Nothing of an
/// actor that has ended stays once somebody still writes to it.
struct Recent {
    actor: ActorId,
    way: Way,
    inlet: Arc<dyn Inlet>,
}

/// How many of them there are.
const RECENT: usize = 64;

/// For whom a message came, and by which protocol.
#[derive(Clone, Copy)]
struct Addressee<'a> {
    whom: Whom<'a>,
    edge: Edge,
}

#[derive(Clone, Copy)]
enum Whom<'a> {
    Actor(ActorId),
    Name(&'a str),
    Group(&'a str),
}

impl Arrival {
    pub(crate) fn new(driver: &Arc<Driver>, session: SessionId, peer: NodeName, lane: &Arc<Lane>) -> Self {
        let back = Back { driver: Arc::clone(driver), session, lane: Arc::clone(lane) };
        let recent = std::iter::repeat_with(|| None).take(RECENT).collect();
        Arrival { driver: Arc::clone(driver), session, peer, origin: driver.origin(session, lane), back, recent }
    }

    /// A message to an actor.
    fn tell(&mut self, actor: ActorId, way: Way, payload: &Bytes, ports: &[u64]) {
        let to = Addressee { whom: Whom::Actor(actor), edge: way.protocol() };
        let place = actor.0 as usize % RECENT;
        let inlet = match &self.recent[place] {
            Some(recent) if recent.actor == actor && recent.way == way => Ok(Arc::clone(&recent.inlet)),
            _ => self.origin.system.exports().inlet(actor, way).inspect(|inlet| {
                self.recent[place] = Some(Recent { actor, way, inlet: Arc::clone(inlet) });
            }),
        };
        if !self.deliver(to, inlet, payload, ports) {
            self.recent[place] = None;
        }
    }

    /// Takes one frame in.
    pub(crate) fn frame(&mut self, frame: Frame) -> Result<(), FrameError> {
        let session = self.session;
        match LaneFrame::decode(frame)? {
            LaneFrame::Tell { actor, way, payload, ports, .. } => {
                self.tell(actor, way, &payload, &ports);
            }
            LaneFrame::TellNamed { name, edge, payload, ports, .. } => {
                let inlet = self.origin.system.named_inlet(&name, edge);
                self.deliver(Addressee { whom: Whom::Name(&name), edge }, inlet, &payload, &ports);
            }
            LaneFrame::Broadcast { group, edge, payload, .. } => {
                let inlets = self.driver.local_members(&group, edge);
                self.deliver_all(Addressee { whom: Whom::Group(&group), edge }, &inlets, &payload);
            }
            LaneFrame::Answer { port, payload, ports } => self.answer(PortId(port), &payload, &ports),
            LaneFrame::NoAnswer { port, failure } => {
                if let Some(port) = self.back.lane.port(PortId(port)) {
                    port.fail(error_of(failure));
                }
            }
            LaneFrame::Monitor { reference, actor } => {
                self.driver.handle(Input::WatchHeard { session, reference, actor });
            }
            LaneFrame::Demonitor { reference } => self.driver.handle(Input::UnwatchHeard { session, reference }),
            LaneFrame::Down { reference, reason } => {
                self.driver.handle(Input::DownHeard { session, reference, reason });
            }
            LaneFrame::Link(message) => self.driver.handle(Input::LinkHeard { session, message }),
            LaneFrame::Name(message) => self.driver.handle(Input::Name { session, message }),
            LaneFrame::Group(message) => self.driver.handle(Input::Group { session, message }),
        }
        Ok(())
    }

    /// Whether it was taken; if not, who waits for an answer was told.
    fn deliver(
        &self,
        to: Addressee<'_>,
        inlet: Result<Arc<dyn Inlet>, DeliverError>,
        payload: &Bytes,
        ports: &[u64],
    ) -> bool {
        let limits = self.driver.settings.limits;
        let delivered = guarded(|| inlet.and_then(|inlet| inlet.deliver(payload, &self.origin, limits)));
        if let Err(error) = &delivered {
            tracing::debug!(session = %self.session, %error, "a message from another node was not taken");
            self.not_taken(1, to, error);
            self.refuse(ports, &failure(error));
        }
        delivered.is_ok()
    }

    fn deliver_all(&self, to: Addressee<'_>, inlets: &[Arc<dyn Inlet>], payload: &Bytes) {
        let Some(first) = inlets.first() else { return };
        let limits = self.driver.settings.limits;
        match guarded(|| first.deliver_all(inlets, payload, &self.origin, limits)) {
            Ok(missed) => self.not_taken(missed, to, &"the actor has ended, or its mailbox is full"),
            Err(error) => {
                tracing::debug!(session = %self.session, %error, "a broadcast from another node could not be read");
                self.not_taken(inlets.len(), to, &error);
            }
        }
    }

    fn not_taken(&self, count: usize, to: Addressee<'_>, why: &dyn fmt::Display) {
        let from = || SentBy::Node(self.peer.clone());
        self.origin.system.dead_letters().add_not_taken(count, || to.dead_letter(why, from()));
    }

    fn answer(&self, port: PortId, payload: &Bytes, ports: &[u64]) {
        let decoder = Decoder::for_session(payload, &self.origin, self.driver.settings.limits);
        // A caller that no longer waits has no port: the answer is late and goes no further (S4).
        match self.back.lane.port(port).map(|port| guarded(|| port.answer(decoder))) {
            Some(Ok(())) => {}
            Some(Err(error)) => self.refuse(ports, &AnswerFailure::Undecodable(error.to_string())),
            None => self.refuse(ports, &AnswerFailure::NoReply),
        }
    }

    fn refuse(&self, ports: &[u64], failure: &AnswerFailure) {
        for port in ports {
            self.back.refuse(*port, failure.clone());
        }
    }
}

impl Addressee<'_> {
    fn dead_letter(self, why: &dyn fmt::Display, from: SentBy) -> DeadLetter {
        let (receiver, to) = match self.whom {
            Whom::Actor(actor) => ("actor".to_owned(), Some(actor)),
            Whom::Name(name) => (format!("name `{name}`"), None),
            Whom::Group(group) => (format!("group `{group}`"), None),
        };
        let mut letter = DeadLetter::not_taken(receiver, describe(self.edge).trim_matches('`'), why, from);
        letter.to = to;
        letter
    }
}

/// What users' code does here (decoding by hand, comparing keys, copying, dropping) may panic; that is the message's fault and
/// no reason to stop reading.
fn guarded<T, E: From<DecodeError>>(code: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    catch_unwind(AssertUnwindSafe(code))
        .unwrap_or_else(|_| Err(DecodeError::invalid("message", "code that read it panicked").into()))
}

fn failure(error: &DeliverError) -> AnswerFailure {
    match error {
        DeliverError::Undecodable(error @ DecodeError::WrongProtocol { .. }) => {
            AnswerFailure::WrongProtocol(error.to_string())
        }
        DeliverError::Undecodable(error) => AnswerFailure::Undecodable(error.to_string()),
        DeliverError::NotTaken(failure) => not_taken(failure),
        other => AnswerFailure::Other(other.to_string()),
    }
}
