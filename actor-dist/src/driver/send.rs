//! The way of a user's message out of this node: find the lane, encode the message for it, put it there. While no session
//! stands the message itself waits in the lane, and is written when it is known for which versions. Takes the driver's lock
//! only for a node without a lane: at its first mention, or while it may not be dialed.

use std::{
    borrow::Cow,
    sync::{Arc, PoisonError},
    time::Duration,
};

use actor_core::{
    ActorAddress, Incarnation, NodeName, SendFailure, TraceContext,
    route::{Encode, Outgoing, PortId, Ports as Reserve},
    wire::{EncodeError, Encoder, Parts, Versions},
};
use tracing::Span;

use super::Driver;
use crate::{
    callers::milliseconds,
    frame::{self, Extension, ParcelWriter, Places},
    lane::{Lane, Ports, Refused},
    packet::{self, Packet, Scratch},
    parked::Trial,
    proto::{dialing::Barred, flow::Recipient, handshake::Capability},
};

/// How many types of a message may have lost something in their newest version, for it to be measured while it waits.
const TRIALS: usize = 16;

impl Reserve for Driver {
    fn reserve(&self) -> PortId {
        PortId(self.fresh())
    }
}

impl Driver {
    /// Sends to an actor of another node.
    pub(crate) fn send(&self, to: &ActorAddress, message: &mut dyn Outgoing) -> Result<(), SendFailure> {
        self.dispatch(&to.node.name, Some(to.node.incarnation), Recipient::Actor(to.actor), message)
    }

    /// Sends to whoever holds the name on another node.
    pub(crate) fn send_named(
        &self,
        peer: &NodeName,
        name: &str,
        message: &mut dyn Outgoing,
    ) -> Result<(), SendFailure> {
        self.dispatch(peer, None, Recipient::Name(Cow::Borrowed(name)), message)
    }

    /// Resolves when there may be room for a message to this recipient.
    pub(crate) async fn room(&self, peer: &NodeName, to: &Recipient<'_>) {
        // Without a lane there is nothing to wait for: the next send says why.
        if let Ok(lane) = self.lane(peer) {
            lane.room(to).await;
        }
    }

    fn dispatch(
        &self,
        peer: &NodeName,
        run: Option<Incarnation>,
        to: Recipient<'_>,
        message: &mut dyn Outgoing,
    ) -> Result<(), SendFailure> {
        // A lane may open, and may finish, between finding it and using it; the second one found is a new one.
        for _ in 0..4 {
            let last = self.last(peer)?;
            let lane = &last.lane;
            let put = match lane.versions() {
                Some(versions) => {
                    let mut packet = Scratch::take();
                    let beside = Beside::to(lane, || self.trace());
                    let ports = self.pack(&mut packet, &beside, &to, message, versions)?;
                    if beside.is_asked() {
                        lane.is_asked(&ports);
                    }
                    lane.push(run, Some(&to), &mut packet, ports)
                }
                None => {
                    let trial = self.trial(&to, message)?;
                    lane.park(run, &to, trial, message)
                }
            };
            if !matches!(put, Err(Refused::Finished)) {
                last.keep();
            }
            match put {
                Ok(()) => return Ok(()),
                Err(Refused::Full) => return Err(SendFailure::Overloaded),
                Err(Refused::Stale) => return Err(SendFailure::Stopped),
                Err(Refused::Opened) => {}
                // It is taken away under the lock under which it was finished.
                Err(Refused::Finished) => drop(self.lock()),
            }
        }
        Err(SendFailure::Disconnected)
    }

    /// Where in a trace this is called, if anybody knows.
    pub(super) fn trace(&self) -> Option<TraceContext> {
        self.settings.system.trace_bridge()?.context(&Span::current())
    }

    /// Writes the message's frame in these versions; its ports are not open yet.
    pub(super) fn pack(
        &self,
        packet: &mut Packet,
        beside: &Beside,
        to: &Recipient<'_>,
        message: &dyn Outgoing,
        versions: &Versions,
    ) -> Result<Ports, EncodeError> {
        let (way, edge) = (message.way(), message.way().protocol());
        let version = versions.written(edge, message.version());
        let parcel = match to {
            Recipient::Actor(actor) => frame::tell(&mut packet.bytes, &beside.extension, *actor, way, version)?,
            Recipient::Name(name) => frame::tell_named(&mut packet.bytes, &beside.extension, name, edge, version)?,
        };
        let (parts, places) = self.fill(parcel, versions, beside.callers, &|e| message.encode(e))?;
        packet.uri = Some(message.uri());
        Ok(packet.holds(parts, places))
    }

    /// What is known of a message before its reader is: how large it is, who waits for its replies, and that somebody might know
    /// it. What is no more in a type's newest version is tried in the last one that had it.
    fn trial(&self, to: &Recipient<'_>, message: &dyn Outgoing) -> Result<Trial, EncodeError> {
        let mut versions = Versions::newest();
        for _ in 0..TRIALS {
            let mut packet = Scratch::take();
            match self.pack(&mut packet, &Beside::default(), to, message, &versions) {
                Ok(ports) => return Ok(Trial { size: packet.len(), ports, trace: self.trace() }),
                Err(EncodeError::PeerTooNew { uri, until, .. }) => match self.settings.schemas.told.table.edge(uri) {
                    Some(edge) => versions.set(edge, until.saturating_sub(1)),
                    None => break,
                },
                Err(error) => return Err(error),
            }
        }
        Ok(Trial { trace: self.trace(), ..Trial::default() })
    }

    /// Encodes a value behind its header, in these versions; the ports are not open yet, and large byte strings in it stand where
    /// they stood.
    pub(crate) fn fill(
        &self,
        mut parcel: ParcelWriter<'_>,
        versions: &Versions,
        callers: bool,
        encode: Encode<'_>,
    ) -> Result<(Option<Box<Parts>>, Places), EncodeError> {
        let mut e = Encoder::for_session(parcel.payload(), self).versions(versions).sharing();
        encode(&mut e)?;
        let Some(mut parts) = e.into_parts() else {
            return Ok((None, parcel.finish(std::iter::empty(), 0, self.settings.max_frame)?));
        };
        if let Some(deadline) = if callers { deadline(&parts.ports) } else { None } {
            let moved = parcel.announce(deadline);
            parts.shared.iter_mut().for_each(|(place, _)| *place += moved);
        }
        let ports = parts.ports.iter().map(|(port, _)| port.0);
        let places = parcel.finish(ports, packet::shared(&parts.shared), self.settings.max_frame)?;
        Ok((Some(parts), places))
    }

    /// The way out to a node, if it was mentioned and is not lost.
    pub(crate) fn known_lane(&self, peer: &NodeName) -> Option<Arc<Lane>> {
        self.lanes.read().unwrap_or_else(PoisonError::into_inner).get(peer).cloned()
    }

    /// The way out to a node; at the first mention of it a connection is ordered, if that may be.
    pub(crate) fn lane(&self, peer: &NodeName) -> Result<Arc<Lane>, SendFailure> {
        if let Some(lane) = self.known_lane(peer) {
            return Ok(lane);
        }
        let (now, mut state) = (self.now(), self.lock());
        match state.proto.mention(now, peer) {
            Ok(()) => {}
            Err(Barred::Closed) => return Err(SendFailure::Disconnected),
            Err(Barred::Until(at)) => {
                return Err(SendFailure::Unreachable { retry_in: at.saturating_duration_since(now) });
            }
        }
        let lane = {
            let mut lanes = self.lanes.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(lanes.entry(peer.clone()).or_insert_with(|| Arc::new(Lane::new())))
        };
        self.carry_out(&mut state);
        Ok(lane)
    }
}

/// What travels beside a message to a node, as far as both know of such things.
#[derive(Default)]
pub(super) struct Beside {
    pub(super) extension: Extension,
    /// Whether the node wants to know of callers.
    callers: bool,
}

impl Beside {
    pub(super) fn to(lane: &Lane, trace: impl FnOnce() -> Option<TraceContext>) -> Self {
        let trace = if lane.can(Capability::TRACE) { trace() } else { None };
        Beside { extension: Extension { trace, ..Extension::default() }, callers: lane.can(Capability::CALLERS) }
    }

    /// Whether the node is to know of callers.
    pub(super) fn is_asked(&self) -> bool {
        self.callers
    }
}

/// How many milliseconds the last of the callers still waits; nothing if there are none, or one does not say.
fn deadline(ports: &Ports) -> Option<u32> {
    let longest = ports.iter().try_fold(Duration::ZERO, |longest, (_, port)| Some(longest.max(port.wait()?)))?;
    (!ports.is_empty()).then(|| milliseconds(longest))
}

/// Whether another reader might know the message.
pub(super) fn is_about_the_reader(error: &EncodeError) -> bool {
    matches!(error, EncodeError::PeerTooOld { .. } | EncodeError::PeerTooNew { .. } | EncodeError::Quarantined { .. })
}
