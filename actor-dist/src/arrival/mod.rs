//! What arrives on a lane: messages and answers go straight to their actors and callers, what concerns the cluster goes to
//! the driver; all in the order in which it came, but for what has to wait at its actor's gate. Never waits for a mailbox, and
//! answers what nobody took.

mod addressee;
mod delivery;
mod held;
mod inbound;

use std::sync::Arc;

use actor_core::{
    ActorId,
    route::{DeliverError, Inlet, PortId, Way},
    wire::Edge,
};
use bytes::Bytes;

use crate::{
    frame::{Frame, FrameError, Lane as LaneFrame},
    proto::{
        Input,
        flow::{
            assembly::ChunkError,
            gates::{GateError, Whom as Announced},
        },
        links,
    },
    remote::error_of,
};

use self::{
    addressee::{Addressee, Whom},
    held::{Copy, Held, Message},
};

pub(crate) use self::inbound::Inbound;

/// Why the other end of a session is not listened to any further.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    #[error(transparent)]
    Frame(#[from] FrameError),
    #[error("the peer sent a body that is none: {0}")]
    Gate(#[from] GateError),
    #[error("the peer sent {0}")]
    Chunk(#[from] ChunkError),
}

/// The receiving end of one session's lane.
pub(crate) struct Arrival {
    inbound: Arc<Inbound>,
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

/// The way in for a message, and what came with it.
struct Incoming {
    to: Addressee,
    inlet: Result<Arc<dyn Inlet>, DeliverError>,
    payload: Bytes,
    ports: Vec<u64>,
}

impl Arrival {
    pub(crate) fn new(inbound: Arc<Inbound>) -> Self {
        Arrival { inbound, recent: std::iter::repeat_with(|| None).take(RECENT).collect() }
    }

    /// Takes one frame in.
    pub(crate) fn frame(&mut self, frame: Frame) -> Result<(), Fault> {
        let inbound = &self.inbound;
        let session = inbound.session;
        match LaneFrame::decode(frame)? {
            LaneFrame::Tell { actor, way, payload, ports, .. } => self.tell(actor, way, payload, ports),
            LaneFrame::TellNamed { name, edge, payload, ports, .. } => {
                let incoming = self.named(name, edge, payload, ports);
                self.inbound.message(incoming);
            }
            LaneFrame::Broadcast { group, edge, payload, .. } => {
                let members = inbound.driver.local_members(&group, edge);
                inbound.broadcast(Addressee { whom: Whom::Group(group), edge }, members, payload);
            }
            LaneFrame::Answer { port, payload, ports } => inbound.answer(port, &payload, &ports),
            LaneFrame::NoAnswer { port, failure } => {
                if let Some(port) = inbound.back.lane.port(PortId(port)) {
                    port.fail(error_of(failure));
                }
            }
            LaneFrame::Monitor { reference, actor } => {
                inbound.driver.handle(Input::WatchHeard { session, reference, actor });
            }
            LaneFrame::Demonitor { reference } => inbound.driver.handle(Input::UnwatchHeard { session, reference }),
            LaneFrame::Down { reference, reason } => inbound.down(reference, reason),
            LaneFrame::Link(message @ links::Message::Exit { to, .. }) => inbound.signal(to, Held::Exit(message)),
            LaneFrame::Link(message) => inbound.driver.handle(Input::LinkHeard { session, message }),
            LaneFrame::Name(message) => inbound.driver.handle(Input::Name { session, message }),
            LaneFrame::Group(message) => inbound.driver.handle(Input::Group { session, message }),
            LaneFrame::Token { length, frame } => self.announced(length, *frame)?,
            LaneFrame::Stop(to) => inbound.back.lane.stop(to),
            LaneFrame::Go(to) => inbound.back.lane.go(&to),
            LaneFrame::WantBodies => inbound.want_bodies.notify_one(),
        }
        Ok(())
    }

    /// A message to an actor.
    fn tell(&mut self, actor: ActorId, way: Way, payload: Bytes, ports: Vec<u64>) {
        let place = actor.0 as usize % RECENT;
        let inlet = match &self.recent[place] {
            Some(recent) if recent.actor == actor && recent.way == way => Ok(Arc::clone(&recent.inlet)),
            _ => self.inbound.origin.system.exports().inlet(actor, way).inspect(|inlet| {
                self.recent[place] = Some(Recent { actor, way, inlet: Arc::clone(inlet) });
            }),
        };
        let to = Addressee { whom: Whom::Actor(actor), edge: way.protocol() };
        if !self.inbound.message(Incoming { to, inlet, payload, ports }) {
            self.recent[place] = None;
        }
    }

    fn named(&self, name: Arc<str>, edge: Edge, payload: Bytes, ports: Vec<u64>) -> Incoming {
        let inlet = self.inbound.origin.system.named_inlet(&name, edge);
        Incoming { to: Addressee { whom: Whom::Name(name), edge }, inlet, payload, ports }
    }

    /// A body comes for what this frame says.
    fn announced(&mut self, length: usize, frame: LaneFrame) -> Result<(), Fault> {
        let max_frame = self.inbound.driver.settings.max_frame;
        if length > max_frame {
            return Err(FrameError::TooLarge { claimed: length, limit: max_frame }.into());
        }
        let whom = match frame {
            LaneFrame::Tell { actor, way, payload, ports, .. } => {
                let inlet = self.inbound.origin.system.exports().inlet(actor, way);
                let to = Addressee { whom: Whom::Actor(actor), edge: way.protocol() };
                self.inbound.awaited(Incoming { to, inlet, payload, ports })
            }
            LaneFrame::TellNamed { name, edge, payload, ports, .. } => {
                let incoming = self.named(name, edge, payload, ports);
                self.inbound.awaited(incoming)
            }
            LaneFrame::Broadcast { group, edge, payload, .. } => {
                let members = self.inbound.driver.local_members(&group, edge);
                let to = Addressee { whom: Whom::Group(group), edge };
                let shared = Arc::default();
                let copy = |member: Arc<dyn Inlet>| {
                    let actor = member.actor()?;
                    let copy = Copy { to: to.clone(), member, payload: payload.clone(), shared: Arc::clone(&shared) };
                    Some((actor, Held::Copy(copy)))
                };
                Announced::Actors(members.into_iter().filter_map(copy).collect())
            }
            LaneFrame::Answer { port, payload, ports } => Announced::Caller(Held::Answer { port, payload, ports }),
            _ => Announced::Actors(Vec::new()),
        };
        Ok(self.inbound.announce(length, whom)?)
    }
}

impl Incoming {
    /// To be held, for an actor that there is.
    fn held(self) -> Result<(ActorId, Message), (Addressee, Vec<u64>, DeliverError)> {
        let Incoming { to, inlet, payload, ports } = self;
        let stopped = || DeliverError::from(actor_core::SendFailure::Stopped);
        let found = inlet.and_then(|inlet| Ok((inlet.actor().ok_or_else(stopped)?, inlet)));
        match found {
            Ok((actor, inlet)) => Ok((actor, Message { to, inlet, payload, ports })),
            Err(error) => Err((to, ports, error)),
        }
    }
}
