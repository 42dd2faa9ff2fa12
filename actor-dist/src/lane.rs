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

/// Frames and ports on their way out to a node.
pub(crate) struct Lane {
    state: Mutex<State>,
    /// For the writer: there is something to take, or there will be nothing more.
    written: Notify,
    /// For those who wait for room.
    room: Notify,
}

struct State {
    buffer: Vec<u8>,
    ports: HashMap<PortId, Box<dyn Port>>,
    /// At how many ports those whose callers went away are looked for.
    sweep_at: usize,
    stage: Stage,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// No session yet; what was sent so far is for this run of the node, or for any.
    Pending(Option<Incarnation>),
    /// A session with this run stands.
    Open(Incarnation),
    /// Nothing more goes in; the writer finishes.
    Finished,
}

/// What the lane did not take.
pub(crate) enum Refused {
    /// There is no room; the bytes and ports are dropped with nothing sent.
    Full,
    /// The session ended: there may be another lane.
    Finished(Vec<u8>, Ports),
}

impl Lane {
    pub(crate) fn new() -> Self {
        let state = State { buffer: Vec::new(), ports: HashMap::new(), sweep_at: 1024, stage: Stage::Pending(None) };
        Lane { state: Mutex::new(state), written: Notify::new(), room: Notify::new() }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether something for this run of the node can go out here; another run's actors are no more.
    pub(crate) fn expect(&self, incarnation: Incarnation) -> Result<(), SendFailure> {
        let mut state = self.lock();
        match state.stage {
            Stage::Pending(None) => {
                state.stage = Stage::Pending(Some(incarnation));
                Ok(())
            }
            Stage::Pending(Some(expected)) | Stage::Open(expected) if expected != incarnation => {
                Err(SendFailure::Stopped)
            }
            _ => Ok(()),
        }
    }

    /// A session with this run of the node stands; whether what was sent so far is for it.
    pub(crate) fn open(&self, incarnation: Incarnation) -> bool {
        let mut state = self.lock();
        match state.stage {
            Stage::Pending(expected) if expected.is_none_or(|expected| expected == incarnation) => {
                state.stage = Stage::Open(incarnation);
                true
            }
            _ => false,
        }
    }

    /// Puts a user's frame and its ports on their way.
    pub(crate) fn push(&self, bytes: Vec<u8>, ports: Ports) -> Result<(), Refused> {
        let mut state = self.lock();
        let high_water = match state.stage {
            Stage::Finished => return Err(Refused::Finished(bytes, ports)),
            Stage::Open(_) => HIGH_WATER,
            Stage::Pending(_) => PENDING_HIGH_WATER,
        };
        if state.buffer.len() >= high_water {
            return Err(Refused::Full);
        }
        state.append(bytes, ports);
        drop(state);
        self.written.notify_one();
        Ok(())
    }

    /// Puts a frame on its way whatever waits already: what must always arrive, and what answers a peer.
    pub(crate) fn push_always(&self, bytes: Vec<u8>, ports: Ports) {
        let mut state = self.lock();
        if state.stage == Stage::Finished {
            return;
        }
        state.append(bytes, ports);
        drop(state);
        self.written.notify_one();
    }

    /// Waits until there may be room.
    pub(crate) async fn room(&self) {
        let mut room = std::pin::pin!(self.room.notified());
        room.as_mut().enable();
        let full = {
            let state = self.lock();
            matches!(state.stage, Stage::Open(_) if state.buffer.len() >= HIGH_WATER)
                || matches!(state.stage, Stage::Pending(_) if state.buffer.len() >= PENDING_HIGH_WATER)
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
                state.stage == Stage::Finished
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
        self.lock().stage = Stage::Finished;
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
        f.debug_struct("Lane").field("bytes", &state.buffer.len()).field("ports", &state.ports.len()).finish()
    }
}
