//! What arrives on a lane: messages and answers go straight to their actors and callers, what concerns the cluster goes to
//! the driver; all in the order in which it came, but for what has to wait at its actor's gate. Never waits for a mailbox, and
//! answers what nobody took.

mod addressee;
mod delivery;
mod held;
mod inbound;
mod names;

use std::{sync::Arc, time::Duration};

use actor_core::{
    ActorId,
    route::{Beside, DeliverError, Inlet, Payload, PortId, Request, Way},
    wire::Edge,
};
use bytes::Bytes;

use crate::{
    frame::{Extension, Frame, FrameError, Lane as LaneFrame, Piece, Run, Tell},
    proto::{
        Input,
        flow::{
            assembly::ChunkError,
            gates::{GateError, Whom as Announced},
        },
        handshake::Capability,
        links,
    },
    remote::error_of,
    requests::Requests,
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
    requests: Requests,
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
    beside: Beside,
}

impl Arrival {
    pub(crate) fn new(inbound: Arc<Inbound>) -> Self {
        let recent = std::iter::repeat_with(|| None).take(RECENT).collect();
        Arrival { inbound, recent, requests: Requests::default() }
    }

    /// Takes in what came with one read, unless the session ends meanwhile; how many frames that were.
    pub(crate) fn run(&mut self, mut run: Run) -> Result<u64, Fault> {
        let mut frames = 0;
        while !self.inbound.is_over()
            && let Some(piece) = run.next()?
        {
            match piece {
                Piece::Frame(frame) => self.frame(frame)?,
                Piece::Tell(tell) if self.plain(run.memory(), &tell) => {}
                Piece::Tell(tell) => run.whole(&tell)?.map_or(Ok(()), |frame| self.frame(frame))?,
            }
            frames += 1;
        }
        Ok(frames)
    }

    /// A plain message to an actor that had one lately, while nobody's have to wait; false if it is to be taken in like any other.
    fn plain(&mut self, memory: &Bytes, tell: &Tell) -> bool {
        let place = tell.actor.0 as usize % RECENT;
        let Some(recent) = &self.recent[place] else { return false };
        let found = recent.actor == tell.actor && recent.way == Way::direct(tell.edge) && self.inbound.is_open();
        if found && !self.inbound.plain(&recent.inlet, Payload::part(memory, tell.payload.clone()), tell) {
            self.recent[place] = None;
        }
        found
    }

    /// Takes one frame in.
    pub(crate) fn frame(&mut self, frame: Frame) -> Result<(), Fault> {
        let extension = frame.extension;
        match LaneFrame::decode(frame)? {
            LaneFrame::Tell { actor, way, payload, ports, .. } => {
                let beside = self.beside(extension, &ports);
                self.tell(actor, way, payload, ports, beside);
            }
            LaneFrame::TellNamed { name, edge, payload, ports, .. } => {
                let beside = self.beside(extension, &ports);
                let incoming = self.named(name, edge, payload, ports, beside);
                self.inbound.message(incoming);
            }
            LaneFrame::Broadcast { group, edge, payload, .. } => {
                let members = self.inbound.driver.local_members(&group, edge);
                let (to, beside) = (Addressee { whom: Whom::Group(group), edge }, self.beside(extension, &[]));
                self.inbound.broadcast(to, members, payload, beside);
            }
            LaneFrame::Token { length, beside, frame } => self.announced(length, beside, *frame)?,
            LaneFrame::Waits { port, milliseconds } => {
                let wait = Duration::from_millis(milliseconds.into());
                self.requests.of(port).iter().for_each(|request| request.waits(wait));
            }
            LaneFrame::GiveUp { port, why } => {
                self.requests.take(port).iter().for_each(|request| request.given_up(PortId(port), why));
            }
            other => self.signal(other)?,
        }
        Ok(())
    }

    /// What is no message.
    fn signal(&self, frame: LaneFrame) -> Result<(), Fault> {
        let inbound = &self.inbound;
        let session = inbound.session;
        match frame {
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
            LaneFrame::Down { reference, reason } => inbound.down(reference, reason)?,
            LaneFrame::Link(links::Message::Exit { from, to, reason }) => inbound.exit(from, to, reason)?,
            LaneFrame::Link(message) => inbound.driver.handle(Input::LinkHeard { session, message }),
            LaneFrame::Name(message) => inbound.driver.handle(Input::Name { session, message }),
            LaneFrame::Group(message) => inbound.driver.handle(Input::Group { session, message }),
            LaneFrame::Stop(to) => inbound.back.lane.stop(to),
            LaneFrame::Go(to) => inbound.back.lane.go(&to),
            LaneFrame::WantBodies => inbound.want_bodies.notify_one(),
            LaneFrame::DeadLetters { letters, others } => inbound.dead_letters(&letters, others),
            LaneFrame::Tell { .. }
            | LaneFrame::TellNamed { .. }
            | LaneFrame::Broadcast { .. }
            | LaneFrame::Token { .. }
            | LaneFrame::Waits { .. }
            | LaneFrame::GiveUp { .. } => unreachable!("invariant: these were taken before"),
        }
        Ok(())
    }

    /// What came with a message, and what is known of those who wait for its replies if the peer lets this node know.
    fn beside(&mut self, extension: Extension, ports: &[u64]) -> Beside {
        let Extension { trace, deadline } = extension;
        if ports.is_empty() || !self.inbound.back.lane.can(Capability::CALLERS) {
            return Beside { trace, request: None };
        }
        let wait = deadline.map(|wait| Duration::from_millis(wait.into()));
        let request = Request::new(self.inbound.peer.name.clone(), ports.len(), wait);
        ports.iter().for_each(|port| self.requests.add(*port, &request));
        Beside { trace, request: Some(request) }
    }

    /// A message to an actor.
    fn tell(&mut self, actor: ActorId, way: Way, payload: Bytes, ports: Vec<u64>, beside: Beside) {
        let place = actor.0 as usize % RECENT;
        let inlet = match &self.recent[place] {
            Some(recent) if recent.actor == actor && recent.way == way => Ok(Arc::clone(&recent.inlet)),
            _ => self.inbound.origin.system.exports().inlet(actor, way).inspect(|inlet| {
                self.recent[place] = Some(Recent { actor, way, inlet: Arc::clone(inlet) });
            }),
        };
        let to = Addressee { whom: Whom::Actor(actor), edge: way.protocol() };
        if !self.inbound.message(Incoming { to, inlet, payload, ports, beside }) {
            self.recent[place] = None;
        }
    }

    fn named(&self, name: Arc<str>, edge: Edge, payload: Bytes, ports: Vec<u64>, beside: Beside) -> Incoming {
        let inlet = self.inbound.origin.system.named_inlet(&name, edge);
        Incoming { to: Addressee { whom: Whom::Name(name), edge }, inlet, payload, ports, beside }
    }

    /// A body comes for what this frame says.
    fn announced(&mut self, length: usize, extension: Extension, frame: LaneFrame) -> Result<(), Fault> {
        let max_frame = self.inbound.driver.settings.max_frame;
        if length > max_frame {
            return Err(FrameError::TooLarge { claimed: length, limit: max_frame }.into());
        }
        let whom = match frame {
            LaneFrame::Tell { actor, way, payload, ports, .. } => {
                let inlet = self.inbound.origin.system.exports().inlet(actor, way);
                let to = Addressee { whom: Whom::Actor(actor), edge: way.protocol() };
                let beside = self.beside(extension, &ports);
                self.inbound.awaited(Incoming { to, inlet, payload, ports, beside })
            }
            LaneFrame::TellNamed { name, edge, payload, ports, .. } => {
                let beside = self.beside(extension, &ports);
                let incoming = self.named(name, edge, payload, ports, beside);
                self.inbound.awaited(incoming)
            }
            LaneFrame::Broadcast { group, edge, payload, .. } => {
                let members = self.inbound.driver.local_members(&group, edge);
                let to = Addressee { whom: Whom::Group(group), edge };
                let (shared, beside) = (Arc::default(), self.beside(extension, &[]));
                let copy = |member: Arc<dyn Inlet>| {
                    let actor = member.actor()?;
                    let (to, payload, shared) = (to.clone(), payload.clone(), Arc::clone(&shared));
                    let copy = Copy { to, member, payload, beside: beside.clone().into(), shared };
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
        let Incoming { to, inlet, payload, ports, beside } = self;
        let stopped = || DeliverError::from(actor_core::SendFailure::Stopped);
        let found = inlet.and_then(|inlet| Ok((inlet.actor().ok_or_else(stopped)?, inlet)));
        match found {
            Ok((actor, inlet)) => Ok((actor, Message { to, inlet, payload, ports, beside: beside.into() })),
            Err(error) => Err((to, ports, error)),
        }
    }
}
