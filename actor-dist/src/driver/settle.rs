//! Writes what waited for a session, when it stands: in its versions, in the order in which it was sent. Users' code runs here, so
//! never under the driver's lock; a message that turns out not to be one for this peer is a dead letter.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use actor_core::{
    CallError, DeadLetter, NodeName, SendFailure, SentBy,
    route::{Asked as _, GaveUp},
    wire::EncodeError,
};

use super::{Driver, send::Beside};
use crate::{
    lane::Lane,
    packet::Packet,
    parked::{Leftovers, Parked},
};

impl Driver {
    /// Writes all that waits; for the lane's writer, before anything else.
    pub(crate) fn settle(&self, lane: &Arc<Lane>, peer: &NodeName) {
        while let Some(mut parked) = lane.next_parked() {
            if let Err(error) = self.unpark(lane, &parked) {
                self.not_for_the_peer(&mut parked, peer, error);
            }
            let mut done = Leftovers::default();
            done.add(parked);
        }
    }

    fn unpark(&self, lane: &Arc<Lane>, parked: &Parked) -> Result<(), EncodeError> {
        let Some(versions) = lane.versions() else { return Ok(()) };
        let mut packet = Packet::default();
        let beside = Beside::to(lane, || parked.trace);
        let pack = || self.pack(&mut packet, &beside, &parked.to, &*parked.message, versions);
        let packed = catch_unwind(AssertUnwindSafe(pack));
        let ports = packed.unwrap_or_else(|_| Err(EncodeError::Codec("code that wrote it panicked".into())))?;
        let given_up = if beside.is_asked() { lane.is_asked(&ports) } else { Vec::new() };
        for (_, port) in lane.unparked(packet, ports) {
            port.fail(CallError::NotDelivered(SendFailure::Disconnected));
        }
        given_up.into_iter().for_each(|port| lane.give_up(port, GaveUp::Dropped));
        Ok(())
    }

    fn not_for_the_peer(&self, parked: &mut Parked, peer: &NodeName, error: EncodeError) {
        tracing::debug!(%peer, %error, "a message that waited for a session cannot cross it");
        self.dead_letter(parked, peer, &error);
        parked.fail(&SendFailure::Refused(error));
    }

    /// Messages that waited for a node, and go no further: who waits for their answers was told.
    pub(super) fn never_left(&self, peer: &NodeName, leftovers: &Leftovers, why: &SendFailure) {
        leftovers.iter().for_each(|parked| self.dead_letter(parked, peer, why));
    }

    fn dead_letter(&self, parked: &Parked, peer: &NodeName, why: &dyn fmt::Display) {
        self.settings.system.dead_letters().add_not_taken(1, || {
            let (to, from) = (format!("{} of node `{peer}`", parked.to), SentBy::Node(self.id().name.clone()));
            DeadLetter::not_taken(to, parked.message.uri(), why, from)
        });
    }
}
