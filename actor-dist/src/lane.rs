//! The way out to one node: what waits to be written, and who waits for answers. Made at the first mention of the node, taken
//! over by the session that comes about, and failed with it. Opens no socket: `net::lane` writes what is taken from here.
//!
//! One lock orders every frame to the node (S1); a frame and the ports that leave with it go in together.

use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, PoisonError},
};

use actor_core::{
    CallError, Incarnation, SendFailure,
    route::{Port, PortId},
};
use tokio::sync::Notify;

/// How many bytes of users' messages may wait for the writer; the one that goes over it is still taken.
pub(crate) const HIGH_WATER: usize = 8 << 20;
/// The same while there is no session yet.
pub(crate) const PENDING_HIGH_WATER: usize = 1 << 20;

pub(crate) type Ports = Vec<(PortId, Box<dyn Port>)>;

/// How many bytes may wait in all, what must always arrive included. A peer that asks for so much and reads none of it is
/// lost.
pub(crate) const CEILING: usize = 256 << 20;

/// Frames and ports on their way out to a node.
pub(crate) struct Lane {
    state: Mutex<State>,
    /// For the writer: there is something to take, or there will be nothing more.
    written: Notify,
    /// For those who wait for room.
    room: Notify,
}

struct State {
    stage: Stage,
    buffer: Vec<u8>,
    ports: HashMap<PortId, Box<dyn Port>>,
    /// At how many ports those whose callers went away are looked for.
    sweep_at: usize,
}

enum Stage {
    /// No session yet: each frame waits with the run of the node that it is for, if it is for a certain one.
    Pending { waiting: Vec<Waiting>, bytes: usize },
    /// A session with this run stands.
    Open(Incarnation),
    /// Nothing more goes in; the writer finishes.
    Finished,
}

struct Waiting {
    run: Option<Incarnation>,
    bytes: Vec<u8>,
    ports: Ports,
}

/// What the lane did not take.
pub(crate) enum Refused {
    /// There is no room; the bytes and ports are dropped with nothing sent.
    Full,
    /// It is for an earlier run of the node, whose actors are no more.
    Stale,
    /// The session ended: there may be another lane.
    Finished(Vec<u8>, Ports),
}

impl Lane {
    pub(crate) fn new() -> Self {
        let state = State {
            stage: Stage::Pending { waiting: Vec::new(), bytes: 0 },
            buffer: Vec::new(),
            ports: HashMap::new(),
            sweep_at: 1024,
        };
        Lane { state: Mutex::new(state), written: Notify::new(), room: Notify::new() }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session with this run of the node stands; false if the lane is of an earlier session. What waits goes out, but for
    /// what was meant for another run: its callers are told.
    pub(crate) fn open(&self, run: Incarnation) -> bool {
        let mut state = self.lock();
        let Stage::Pending { waiting, .. } = &mut state.stage else { return false };
        let waiting = std::mem::take(waiting);
        state.stage = Stage::Open(run);
        let mut stale = Vec::new();
        for frame in waiting {
            match frame.run.is_none_or(|meant| meant == run) {
                true => state.append(frame.bytes, frame.ports),
                false => stale.extend(frame.ports),
            }
        }
        drop(state);
        self.written.notify_one();
        self.room.notify_waiters();
        for (_, port) in stale {
            port.fail(CallError::NotDelivered(SendFailure::Stopped));
        }
        true
    }

    /// Puts a user's frame and its ports on their way to this run of the node, or to any.
    pub(crate) fn push(&self, run: Option<Incarnation>, bytes: Vec<u8>, ports: Ports) -> Result<(), Refused> {
        self.put(run, bytes, ports, false)
    }

    /// The same for what must always arrive, and what answers a peer: it goes past the bound for users, up to the ceiling.
    pub(crate) fn push_always(&self, run: Option<Incarnation>, bytes: Vec<u8>, ports: Ports) -> Result<(), Refused> {
        self.put(run, bytes, ports, true)
    }

    fn put(&self, run: Option<Incarnation>, bytes: Vec<u8>, ports: Ports, always: bool) -> Result<(), Refused> {
        let mut state = self.lock();
        let waits = state.waits();
        let full = |bound| waits >= if always { CEILING } else { bound };
        match &mut state.stage {
            Stage::Finished => return Err(Refused::Finished(bytes, ports)),
            Stage::Open(open) if run.is_some_and(|meant| meant != *open) => return Err(Refused::Stale),
            Stage::Open(_) if full(HIGH_WATER) => return Err(Refused::Full),
            Stage::Open(_) => state.append(bytes, ports),
            Stage::Pending { .. } if full(PENDING_HIGH_WATER) => return Err(Refused::Full),
            Stage::Pending { waiting, bytes: waits } => {
                *waits += bytes.len();
                waiting.push(Waiting { run, bytes, ports });
            }
        }
        drop(state);
        self.written.notify_one();
        Ok(())
    }

    /// Waits until there may be room.
    pub(crate) async fn room(&self) {
        let mut room = std::pin::pin!(self.room.notified());
        room.as_mut().enable();
        let full = {
            let state = self.lock();
            match state.stage {
                Stage::Open(_) => state.waits() >= HIGH_WATER,
                Stage::Pending { .. } => state.waits() >= PENDING_HIGH_WATER,
                Stage::Finished => false,
            }
        };
        if full {
            room.await;
        }
    }

    /// For the writer: waits for bytes and swaps them with the empty `out`; false when there will be no more.
    pub(crate) async fn take(&self, out: &mut Vec<u8>) -> bool {
        loop {
            let finished = {
                let mut state = self.lock();
                std::mem::swap(&mut state.buffer, out);
                matches!(state.stage, Stage::Finished)
            };
            if !out.is_empty() {
                self.room.notify_waiters();
                return true;
            }
            if finished {
                return false;
            }
            self.written.notified().await;
        }
    }

    /// Who waits behind a port; whoever takes it answers or fails it.
    pub(crate) fn port(&self, port: PortId) -> Option<Box<dyn Port>> {
        self.lock().ports.remove(&port)
    }

    /// Nothing more goes in.
    pub(crate) fn finish(&self) {
        self.lock().finish();
        self.written.notify_one();
        self.room.notify_waiters();
    }

    /// The end: everybody who waits for an answer is told.
    pub(crate) fn fail(&self, why: &CallError) {
        self.finish();
        let ports = std::mem::take(&mut self.lock().ports);
        for port in ports.into_values() {
            port.fail(why.clone());
        }
    }
}

impl State {
    /// How many bytes wait for the writer or for the session.
    fn waits(&self) -> usize {
        match &self.stage {
            Stage::Pending { bytes, .. } => *bytes,
            _ => self.buffer.len(),
        }
    }

    /// What waited for a session waits for its failure now.
    fn finish(&mut self) {
        if let Stage::Pending { waiting, .. } = std::mem::replace(&mut self.stage, Stage::Finished) {
            self.ports.extend(waiting.into_iter().flat_map(|frame| frame.ports));
        }
    }

    fn append(&mut self, bytes: Vec<u8>, ports: Ports) {
        if self.buffer.is_empty() && self.buffer.capacity() < bytes.len() {
            self.buffer = bytes;
        } else {
            self.buffer.extend_from_slice(&bytes);
        }
        if ports.is_empty() {
            return;
        }
        self.ports.extend(ports);
        if self.ports.len() >= self.sweep_at {
            self.ports.retain(|_, port| !port.is_abandoned());
            self.sweep_at = (self.ports.len() * 2).max(1024);
        }
    }
}

impl fmt::Debug for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Lane").field("bytes", &state.waits()).field("ports", &state.ports.len()).finish()
    }
}
