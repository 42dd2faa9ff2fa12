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
    proto::flow::Recipient,
};

impl Driver {
    /// Writes all that waits; for the lane's writer, before anything else.
    pub(crate) fn settle(&self, lane: &Arc<Lane>, peer: &NodeName) {
        while let Some(mut parked) = lane.next_parked() {
            if let Err(why) = self.unpark(lane, &parked) {
                tracing::debug!(%peer, %why, "a message that waited for a session cannot cross it");
                self.dead_letter(Some(&parked.to), parked.message.uri(), peer, &why);
                parked.fail(&why);
            }
            let mut done = Leftovers::default();
            done.add(parked);
        }
    }

    /// # Errors
    /// Why it never left.
    fn unpark(&self, lane: &Arc<Lane>, parked: &Parked) -> Result<(), SendFailure> {
        let Some(versions) = lane.versions() else { return Ok(()) };
        let mut packet = Packet::default();
        let beside = Beside::to(lane, || parked.trace);
        let pack = || self.pack(&mut packet, &beside, &parked.to, &*parked.message, versions);
        let packed = catch_unwind(AssertUnwindSafe(pack));
        let ports = packed.unwrap_or_else(|_| Err(EncodeError::Codec("code that wrote it panicked".into())))?;
        let given_up = if beside.is_asked() { lane.is_asked(&ports) } else { Vec::new() };
        let left = lane.unparked(packet, ports).map_err(|ports| {
            let over = SendFailure::Disconnected;
            ports.into_iter().for_each(|(_, port)| port.fail(CallError::NotDelivered(over.clone())));
            over
        });
        given_up.into_iter().for_each(|port| lane.give_up(port, GaveUp::Dropped));
        left
    }

    /// Messages that waited for a node, and go no further: who waits for their answers was told.
    pub(super) fn never_left(&self, peer: &NodeName, leftovers: &Leftovers, why: &SendFailure) {
        leftovers.iter().for_each(|(to, uri)| self.dead_letter(to, uri, peer, why));
    }

    fn dead_letter(&self, to: Option<&Recipient<'_>>, uri: &'static str, peer: &NodeName, why: &dyn fmt::Display) {
        self.settings.system.dead_letters().add_not_taken(1, || {
            let receiver = match to {
                Some(to) => format!("{to} of node `{peer}`"),
                None => format!("members of a group on node `{peer}`"),
            };
            DeadLetter::not_taken(receiver, uri, why, SentBy::Node(self.id().name.clone()))
        });
    }
}
