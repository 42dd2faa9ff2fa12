//! One session's connections as the driver holds them: how to say something on the control connection, the lane, and how to
//! end both. Moves no bytes itself: the tasks in `net` do, and watch the phase.

use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Instant,
};

use actor_core::NodeId;
use bytes::BytesMut;
use tokio::sync::{Notify, mpsc, watch};

use crate::{
    arrival::Inbound,
    frame::Control,
    lane::Lane,
    net::transport::Detached,
    probe::Probe,
    proto::{handshake::Capability, schema::Agreement, session_id::SessionId},
    traffic::Traffic,
};

/// How many control frames may wait; a peer that reads none of so many is silent anyway.
const CONTROL_BOUND: usize = 1024;

/// How far a session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Being made.
    Forming,
    /// Being made; in which versions the two nodes write to each other is known (H4).
    Agreed,
    /// Open.
    Standing,
    /// Lost: what is written goes out, what is on its way is read.
    Draining,
    /// Over, or aborted: nothing moves any more.
    Closed,
}

/// The lane's connection, from its proof until the session opens.
pub(crate) struct LaneSocket {
    pub(crate) stream: Detached,
    /// What was read beyond the handshake.
    pub(crate) read: BytesMut,
}

pub(crate) struct Link {
    pub(crate) session: SessionId,
    pub(crate) traffic: Traffic,
    pub(crate) probe: Probe,
    phase: watch::Sender<Phase>,
    control: mpsc::Sender<Control>,
    control_frames: Mutex<Option<mpsc::Receiver<Control>>>,
    lane_socket: Mutex<Option<LaneSocket>>,
    agreement: OnceLock<Agreement>,
    open: OnceLock<(NodeId, Arc<Lane>)>,
    inbound: OnceLock<Arc<Inbound>>,
    /// The session's number at the side that dialed, and whether that is this one.
    wire: u64,
    dialed: bool,
    /// What both ends can do.
    capabilities: OnceLock<u64>,
    body_socket: Mutex<Option<LaneSocket>>,
    body_socket_put: Notify,
}

impl Link {
    pub(crate) fn new(session: SessionId, wire: u64, dialed: bool, now: Instant) -> Arc<Self> {
        let (control, frames) = mpsc::channel(CONTROL_BOUND);
        Arc::new(Link {
            session,
            traffic: Traffic::new(now),
            probe: Probe::default(),
            phase: watch::Sender::new(Phase::Forming),
            control,
            control_frames: Mutex::new(Some(frames)),
            lane_socket: Mutex::default(),
            agreement: OnceLock::new(),
            open: OnceLock::new(),
            inbound: OnceLock::new(),
            wire,
            dialed,
            capabilities: OnceLock::new(),
            body_socket: Mutex::default(),
            body_socket_put: Notify::new(),
        })
    }

    /// Says something on the control connection; false if the peer does not read, and the frame was dropped.
    pub(crate) fn say(&self, frame: Control) -> bool {
        let said = self.control.try_send(frame).is_ok();
        if !said {
            tracing::debug!(session = %self.session, "a control frame was dropped");
        }
        said
    }

    /// What is to be said; for the control connection's task, once.
    pub(crate) fn take_control_frames(&self) -> Option<mpsc::Receiver<Control>> {
        self.control_frames.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(crate) fn put_lane_socket(&self, socket: LaneSocket) {
        *self.lane_socket.lock().unwrap_or_else(PoisonError::into_inner) = Some(socket);
    }

    pub(crate) fn take_lane_socket(&self) -> Option<LaneSocket> {
        self.lane_socket.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// A connection for bodies, which the peer has opened.
    pub(crate) fn put_body_socket(&self, socket: LaneSocket) {
        *self.body_socket.lock().unwrap_or_else(PoisonError::into_inner) = Some(socket);
        self.body_socket_put.notify_one();
    }

    /// The connection for bodies that the peer opens next.
    pub(crate) async fn body_socket(&self) -> LaneSocket {
        loop {
            let put = self.body_socket_put.notified();
            let socket = self.body_socket.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let Some(socket) = socket {
                return socket;
            }
            put.await;
        }
    }

    /// Whether it is the session that its dialer calls so.
    pub(crate) fn is(&self, node: &NodeId, wire: u64) -> bool {
        self.wire == wire && !self.dialed && self.peer().is_some_and(|(peer, _)| peer == node)
    }

    pub(crate) fn wire(&self) -> u64 {
        self.wire
    }

    /// Whether this node opened it, and opens every connection of it.
    pub(crate) fn is_dialed(&self) -> bool {
        self.dialed
    }

    /// Whether both ends can do so.
    pub(crate) fn can(&self, capability: Capability) -> bool {
        self.capabilities.get().is_some_and(|capabilities| capabilities & capability.bit() != 0)
    }

    /// The two builds know what they have in common.
    pub(crate) fn agree(&self, agreement: Agreement, capabilities: u64) {
        let first = self.capabilities.set(capabilities).is_ok() && self.agreement.set(agreement).is_ok();
        debug_assert!(first, "invariant: a session agrees once");
        self.advance(Phase::Agreed);
    }

    /// What the two builds have in common, once that is known.
    pub(crate) fn agreement(&self) -> Option<&Agreement> {
        self.agreement.get()
    }

    /// What both nodes can do, as bits; nothing until that is known.
    pub(crate) fn capabilities(&self) -> u64 {
        self.capabilities.get().copied().unwrap_or_default()
    }

    /// The session stands, with this lane.
    pub(crate) fn opened(&self, node: NodeId, lane: Arc<Lane>) {
        let first = self.open.set((node, lane)).is_ok();
        debug_assert!(first, "invariant: a session opens once");
    }

    /// The receiving end, once the session has opened.
    pub(crate) fn inbound(&self) -> Option<&Arc<Inbound>> {
        self.inbound.get()
    }

    pub(crate) fn receives(&self, inbound: Arc<Inbound>) {
        let first = self.inbound.set(inbound).is_ok();
        debug_assert!(first, "invariant: a session opens once");
    }

    /// The peer and the lane, once the session has opened.
    pub(crate) fn peer(&self) -> Option<&(NodeId, Arc<Lane>)> {
        self.open.get()
    }

    pub(crate) fn phase(&self) -> watch::Receiver<Phase> {
        self.phase.subscribe()
    }

    pub(crate) fn is_closed(&self) -> bool {
        *self.phase.borrow() == Phase::Closed
    }

    /// Goes on to a later phase.
    pub(crate) fn advance(&self, to: Phase) {
        self.phase.send_if_modified(|phase| {
            let later = *phase < to;
            *phase = to.max(*phase);
            later
        });
    }
}

/// Resolves when the phase is at least `at`.
pub(crate) async fn reached(phase: &mut watch::Receiver<Phase>, at: Phase) {
    let gone = phase.wait_for(|phase| *phase >= at).await.is_err();
    if gone {
        tracing::trace!("a session's link was dropped");
    }
}
