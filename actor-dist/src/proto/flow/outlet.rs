//! The way out to one node, as a value: what waits for a session or for the writer, in which order it leaves (S1) and how much there
//! may be of it; who waits for answers; whom the node wants nothing for; and who is to be woken. Knows no lock and no task, and
//! not what a frame is made of. `crate::lane` is this under a lock; the simulator drives it by steps.

mod hold;
#[cfg(test)]
pub(crate) mod planted;
mod room;

use std::collections::{BTreeMap, VecDeque};

use actor_core::{Incarnation, route::PortId};
use bytes::Bytes;

pub(crate) use self::hold::Moved;
use super::{
    Recipient,
    bodies::{Bodies, Chunk},
    stops::Stops,
};

/// What an outlet carries: bytes and callers, or what stands for them.
pub(crate) trait Cargo {
    /// What leaves as one; the default has nothing in it.
    type Frame: Default;
    /// What the writer takes: frames, one behind the other.
    type Row: Default;
    /// Who waits for an answer.
    type Port;
    /// What is to be written when a session stands, and not before.
    type Message;
    /// What a stopped sender waits on.
    type Go: Clone;

    /// How much there may be.
    const BOUNDS: Bounds;

    /// How many bytes a frame is, with the body that goes apart.
    fn total(frame: &Self::Frame) -> usize;
    /// Whether it has such a body.
    fn is_token(frame: &Self::Frame) -> bool;
    /// Puts it behind the others, and gives the body.
    fn load(row: &mut Self::Row, frame: &mut Self::Frame) -> Option<Vec<Bytes>>;
    /// How many bytes wait there.
    fn bytes(row: &Self::Row) -> usize;
    /// It waits for a session, and whom it is for is to be told if it never leaves.
    fn waits(frame: &mut Self::Frame, to: Option<&Recipient<'_>>);
    /// Whether who waited went away.
    fn is_abandoned(port: &Self::Port) -> bool;
}

/// In bytes; whatever goes over one of them is still taken.
#[derive(Debug)]
pub(crate) struct Bounds {
    /// What users sent and the writer has not taken. Calls may be twice as much.
    pub(crate) high_water: usize,
    /// The same while there is no session yet.
    pub(crate) pending: usize,
    /// All that waits, what must always arrive included.
    pub(crate) ceiling: usize,
    /// Bodies.
    pub(crate) bodies: usize,
    /// Of a body, before it is the next one's turn.
    pub(crate) chunk: usize,
    /// In the midst of a stream, so much is worth to wake the writer.
    pub(crate) enough: usize,
}

/// The callers of one frame.
pub(crate) type Ports<C> = Vec<(PortId, <C as Cargo>::Port)>;

/// Frames and ports on their way out.
pub(crate) struct Outlet<C: Cargo> {
    stage: Stage,
    /// What waits for a session, or for the writer to write what waited for it, in the order in which it was sent.
    waiting: VecDeque<Waiting<C>>,
    /// How many bytes that is.
    waiting_bytes: usize,
    /// Whether the session stands and what waited for it is still being written.
    settling: bool,
    /// Whether what comes is held back: it waits as if it settled.
    held: bool,
    row: C::Row,
    /// What is large, behind its tokens.
    bodies: Bodies,
    /// Whom the node wants nothing more for at the moment.
    stops: Stops<Recipient<'static>, C::Go>,
    /// How many frames have gone out, or wait for the writer.
    frames: u64,
    ports: BTreeMap<PortId, C::Port>,
    /// At how many ports those whose callers went away are looked for.
    sweep_at: usize,
    /// Whether the writer found nothing, and is to be woken.
    starved: bool,
    /// Whether that was in the midst of a stream, so that it is not to be woken for little.
    streams: bool,
    /// Whether everybody who waited for an answer was told.
    over: bool,
    #[cfg(test)]
    planted: Option<planted::Planted>,
}

#[derive(Clone, Copy)]
enum Stage {
    /// No session yet: all waits, each with the run of the node that it is for, if it is for a certain one.
    Pending,
    /// A session with this run stands.
    Open(Incarnation),
    /// Nothing more goes in; the writer finishes.
    Finished,
}

/// Something that waits for a session.
pub(crate) struct Waiting<C: Cargo> {
    /// Whether it is of no use on another session.
    bound: bool,
    run: Option<Incarnation>,
    size: usize,
    pub(crate) what: What<C>,
}

pub(crate) enum What<C: Cargo> {
    /// One of the cluster, or a user's of a session that stands.
    Frame(C::Frame, Ports<C>),
    /// A user's, to be written when it is known for which versions.
    Message(C::Message),
}

/// What was not taken: all of it is where it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// There is no room.
    Full,
    /// It is for an earlier run of the node, whose actors are no more.
    Stale,
    /// The session stands meanwhile: the message is to be written for it.
    Opened,
    /// The session ended: there may be another lane.
    Finished,
}

/// Who is to be woken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[must_use = "who is not woken sleeps for ever"]
pub(crate) struct Wakes {
    pub(crate) writer: bool,
    /// The writer of bodies.
    pub(crate) bodies: bool,
    /// All who wait for room.
    pub(crate) room: bool,
}

impl Wakes {
    const ALL: Wakes = Wakes { writer: true, bodies: true, room: true };
}

/// What the writer found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Something to write; all who wait for room are to be woken.
    Frames,
    /// Nothing: it is to sleep until it is woken.
    Nothing,
    /// Nothing, and there will be nothing more.
    End,
}

impl<C: Cargo> Default for Outlet<C> {
    fn default() -> Self {
        Outlet {
            stage: Stage::Pending,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            settling: false,
            held: false,
            row: C::Row::default(),
            bodies: Bodies::in_chunks_of(C::BOUNDS.chunk),
            stops: Stops::default(),
            frames: 0,
            ports: BTreeMap::new(),
            sweep_at: SWEEP,
            starved: false,
            streams: false,
            over: false,
            #[cfg(test)]
            planted: None,
        }
    }
}

impl<C: Cargo> Outlet<C> {
    /// Takes a frame and its ports in for this run of the node, or for any. With `always` it goes past the bounds for users, up to
    /// the ceiling; otherwise it is refused if who it is for takes no more. Frame and ports are taken if it succeeds.
    #[inline]
    pub(crate) fn put(
        &mut self,
        run: Option<Incarnation>,
        to: Option<&Recipient<'_>>,
        frame: &mut C::Frame,
        ports: &mut Ports<C>,
        always: bool,
    ) -> Result<Wakes, Refused> {
        let (large, calls) = (C::is_token(frame), !ports.is_empty());
        let Bounds { high_water, pending, ceiling, bodies, .. } = C::BOUNDS;
        let waits = self.waits();
        let full = |bound| waits >= if always { ceiling } else { bound };
        let crowded = large && self.bodies.bytes() >= if always { ceiling } else { bodies };
        match self.stage {
            Stage::Finished => return Err(Refused::Finished),
            Stage::Open(open) if run.is_some_and(|meant| meant != open) => return Err(Refused::Stale),
            Stage::Open(_) if full(if calls { 2 * high_water } else { high_water }) || crowded => {
                return Err(Refused::Full);
            }
            Stage::Open(_) if to.is_some_and(|to| self.is_stopped(to)) => return Err(Refused::Full),
            Stage::Pending if full(pending) => return Err(Refused::Full),
            Stage::Open(_) if !self.is_behind() => self.append(frame, ports),
            Stage::Open(_) | Stage::Pending => {
                let (bound, size) = (always && run.is_none(), C::total(frame));
                C::waits(frame, to);
                self.wait(run, bound, size, What::Frame(std::mem::take(frame), std::mem::take(ports)));
                return Ok(Wakes::default());
            }
        }
        Ok(Wakes { writer: self.wakes(always || calls), bodies: large, room: false })
    }

    /// Whether what comes has something before it that does not go out yet.
    fn is_behind(&self) -> bool {
        #[cfg(test)]
        if self.has(planted::Planted::SettlingIsOvertaken) {
            return self.held;
        }
        self.settling
    }

    /// Takes in a message of this size to wait for a session, unless one stands.
    pub(crate) fn park(
        &mut self,
        run: Option<Incarnation>,
        size: usize,
        message: impl FnOnce() -> C::Message,
    ) -> Result<(), Refused> {
        match self.stage {
            Stage::Finished => Err(Refused::Finished),
            Stage::Open(_) => Err(Refused::Opened),
            Stage::Pending if self.waits() >= C::BOUNDS.pending => Err(Refused::Full),
            Stage::Pending => {
                self.wait(run, false, size, What::Message(message()));
                Ok(())
            }
        }
    }

    /// A session with this run of the node stands; nothing if the outlet is of an earlier one. Gives back what was meant for
    /// another run.
    pub(crate) fn open(&mut self, run: Incarnation) -> Option<(VecDeque<Waiting<C>>, Wakes)> {
        let Stage::Pending = self.stage else { return None };
        self.stage = Stage::Open(run);
        let stale = self.keep_only(run);
        self.settling = self.waiting.iter().any(|waiting| matches!(waiting.what, What::Message(_)));
        if !self.settling {
            self.write_all();
        }
        Some((stale, Wakes::ALL))
    }

    /// For the writer, when the session stands: the next message that waited for it. What stands before it goes out.
    pub(crate) fn next_message(&mut self) -> (Option<C::Message>, Wakes) {
        let bodies = self.bodies.count();
        let message = self.up_to_message();
        let wakes = Wakes { bodies: self.bodies.count() > bodies, ..Wakes::default() };
        #[cfg(test)]
        let wakes = self.tells_nobody(wakes);
        (message, wakes)
    }

    fn up_to_message(&mut self) -> Option<C::Message> {
        while let Some(Waiting { size, what, .. }) = self.waiting.pop_front() {
            self.waiting_bytes -= size;
            #[cfg(test)]
            self.keeps_room(size);
            match what {
                What::Frame(mut frame, mut ports) => self.append(&mut frame, &mut ports),
                What::Message(message) => return Some(message),
            }
        }
        self.settling = false;
        None
    }

    /// A message that waited, written: it goes out before all that is behind it. Takes nothing, and says so, if everybody who
    /// waited for an answer was told.
    pub(crate) fn unparked(&mut self, frame: &mut C::Frame, ports: &mut Ports<C>) -> Option<Wakes> {
        if self.over {
            return None;
        }
        let bodies = C::is_token(frame);
        self.append(frame, ports);
        Some(Wakes { bodies, ..Wakes::default() })
    }

    /// For the writer: swaps what waits with the empty `row`. Whether it `streams` says how little it is to be woken for.
    pub(crate) fn take(&mut self, row: &mut C::Row, streams: bool) -> Taken {
        std::mem::swap(&mut self.row, row);
        self.starved = C::bytes(row) == 0;
        self.streams = streams;
        match self.stage {
            _ if !self.starved => Taken::Frames,
            Stage::Finished => Taken::End,
            Stage::Pending | Stage::Open(_) => Taken::Nothing,
        }
    }

    /// For the writer of bodies: the next chunk of the bodies before this one, if there is any; there may be room then.
    pub(crate) fn next_chunk(&mut self, before: u64) -> Option<Chunk> {
        self.bodies.next_chunk(before)
    }

    /// What is large and not sent yet.
    pub(crate) fn bodies(&self) -> &Bodies {
        &self.bodies
    }

    /// Who waits behind a port; whoever takes it answers or fails it.
    pub(crate) fn port(&mut self, port: PortId) -> Option<C::Port> {
        self.ports.remove(&port)
    }

    /// Who waits for answers.
    pub(crate) fn ports(&self) -> &BTreeMap<PortId, C::Port> {
        &self.ports
    }

    /// Nothing more goes in. Gives who waits for recipients to take messages again.
    pub(crate) fn finish(&mut self) -> (Vec<C::Go>, Wakes) {
        self.let_go();
        self.stage = Stage::Finished;
        (self.stops.drain().collect(), Wakes::ALL)
    }

    /// The end, for an outlet that has finished: everybody who waits for an answer, to be told, and what surely has not left.
    pub(crate) fn end(&mut self) -> (BTreeMap<PortId, C::Port>, VecDeque<Waiting<C>>) {
        self.over = true;
        self.waiting_bytes = 0;
        (std::mem::take(&mut self.ports), std::mem::take(&mut self.waiting))
    }

    /// Whether the writer is to be woken: for what somebody waits for at once, and in the midst of a stream for as much as is worth
    /// it, since to wake it costs as much as many messages.
    #[inline]
    fn wakes(&mut self, urgent: bool) -> bool {
        let worth = urgent || !self.streams || C::bytes(&self.row) >= C::BOUNDS.enough;
        #[cfg(test)]
        self.sleeps_on(urgent);
        worth && std::mem::take(&mut self.starved)
    }

    fn wait(&mut self, run: Option<Incarnation>, bound: bool, size: usize, what: What<C>) {
        self.waiting_bytes += size;
        self.waiting.push_back(Waiting { bound, run, size, what });
    }

    /// Takes out what was meant for another run of the node.
    fn keep_only(&mut self, run: Incarnation) -> VecDeque<Waiting<C>> {
        let meant = |waiting: &Waiting<C>| waiting.run.is_none_or(|meant| meant == run);
        let (keep, stale) = std::mem::take(&mut self.waiting).into_iter().partition(meant);
        self.waiting = keep;
        self.waiting_bytes = self.waiting.iter().map(|waiting| waiting.size).sum();
        stale
    }

    #[inline]
    fn append(&mut self, frame: &mut C::Frame, ports: &mut Ports<C>) {
        if let Some(body) = C::load(&mut self.row, frame) {
            self.bodies.add(body);
        }
        self.frames += 1;
        if ports.is_empty() {
            return;
        }
        self.ports.extend(ports.drain(..));
        if self.ports.len() >= self.sweep_at {
            self.ports.retain(|_, port| !C::is_abandoned(port));
            self.sweep_at = (self.ports.len() * 2).max(SWEEP);
        }
    }
}

/// At so many ports they are looked through for the first time.
const SWEEP: usize = 1024;
