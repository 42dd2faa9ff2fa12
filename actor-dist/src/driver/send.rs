//! The way of a user's message out of this node: encode it, find the lane, put it there. Takes the driver's lock only when a
//! node is mentioned for the first time.

use std::{
    fmt,
    sync::{Arc, PoisonError},
};

use actor_core::{
    ActorAddress, Address, Broadcast, DeadLetter, NodeName, Protocol, SendError, SendFailure, SentBy,
    route::{Outgoing, PortId, Ports as Reserve},
    wire::{EncodeError, Encoder},
};
use bytes::Bytes;

use super::Driver;
use crate::{
    frame::{self, ParcelWriter},
    groups::Reach,
    lane::{Lane, Ports, Refused},
    proto::{Input, groups::Member},
};

impl Reserve for Driver {
    fn reserve(&self) -> PortId {
        PortId(self.fresh())
    }
}

impl Driver {
    /// Sends to an actor of another node.
    pub(crate) fn send(&self, to: &ActorAddress, message: Outgoing<'_>) -> Result<(), SendFailure> {
        let mut bytes = Vec::new();
        let parcel = frame::tell(&mut bytes, to.actor, message.edge, message.version)?;
        let ports = self.fill(parcel, message.encode)?;
        self.dispatch(&to.node.name, Some(to), bytes, ports)
    }

    /// Sends to whoever holds the name on another node.
    pub(crate) fn send_named<P: Protocol>(&self, peer: &NodeName, name: &str, msg: &P) -> Result<(), SendFailure> {
        let mut bytes = Vec::new();
        let parcel = frame::tell_named(&mut bytes, name, P::EDGE, P::VERSION)?;
        let ports = self.fill(parcel, &|e| msg.encode(e))?;
        self.dispatch(peer, None, bytes, ports)
    }

    /// Encodes the message behind its header; the ports are not open yet.
    pub(crate) fn fill(
        &self,
        mut parcel: ParcelWriter<'_>,
        encode: actor_core::route::Encode<'_>,
    ) -> Result<Ports, EncodeError> {
        let mut e = Encoder::for_session(parcel.payload(), self);
        encode(&mut e)?;
        let ports = e.into_ports();
        parcel.finish(ports.iter().map(|(port, _)| port.0), self.settings.max_frame)?;
        Ok(ports)
    }

    fn dispatch(
        &self,
        peer: &NodeName,
        to: Option<&ActorAddress>,
        mut bytes: Vec<u8>,
        mut ports: Ports,
    ) -> Result<(), SendFailure> {
        let run = to.map(|to| to.node.incarnation);
        // A lane may finish between finding it and using it; the second one found is a new one.
        for _ in 0..2 {
            match self.lane(peer).push(run, bytes, ports) {
                Ok(()) => return Ok(()),
                Err(Refused::Full) => return Err(SendFailure::Overloaded),
                Err(Refused::Stale) => return Err(SendFailure::Stopped),
                Err(Refused::Finished(back, unused)) => (bytes, ports) = (back, unused),
            }
        }
        Err(SendFailure::Disconnected)
    }

    /// The way out to a node, if it was mentioned and is not lost.
    pub(crate) fn known_lane(&self, peer: &NodeName) -> Option<Arc<Lane>> {
        self.lanes.read().unwrap_or_else(PoisonError::into_inner).get(peer).cloned()
    }

    /// The way out to a node; at the first mention of it a connection is ordered.
    pub(crate) fn lane(&self, peer: &NodeName) -> Arc<Lane> {
        if let Some(lane) = self.known_lane(peer) {
            return lane;
        }
        let lane = {
            let mut lanes = self.lanes.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(lanes.entry(peer.clone()).or_insert_with(|| Arc::new(Lane::new())))
        };
        self.handle(Input::Connect(peer.clone()));
        lane
    }

    /// Sends a message to every member of a group.
    pub(crate) fn broadcast<P: Protocol>(&self, group: &str, msg: P) -> Result<Reach, SendError<P>>
    where
        P::Kind: Broadcast<P>,
    {
        let members = self.view.members(group);
        let (here, there): (Vec<&Member>, Vec<&Member>) =
            members.values().filter(|member| member.edge == P::EDGE).partition(|member| member.node == *self.id());
        if here.is_empty() && there.is_empty() {
            return Err(SendError::Unresolved(msg));
        }
        let mut reach = Reach { local: 0, nodes: 0, missed: 0 };
        if !there.is_empty() {
            let bytes = match self.broadcast_frame(group, &msg) {
                Ok(bytes) => Bytes::from(bytes),
                Err(error) => return Err(SendError::Refused(msg, error)),
            };
            self.broadcast_out(&there, &bytes, &mut reach);
            self.missed::<P>(reach.missed, group, "the lane to a node of members took no more");
        }
        for member in here {
            let subject = self.settings.system.exports().subject::<P>(member.actor).ok().flatten();
            let told = subject.ok_or(SendFailure::Stopped);
            match told.and_then(|subject| subject.tell(P::Kind::copy(&msg)).map_err(|error| error.split().1)) {
                Ok(()) => reach.local += 1,
                Err(why) => {
                    reach.missed += 1;
                    self.missed::<P>(1, group, why);
                }
            }
        }
        Ok(reach)
    }

    /// So many did not get a broadcast.
    fn missed<P: Protocol>(&self, count: usize, group: &str, why: impl fmt::Display) {
        self.settings.system.dead_letters().add_not_taken(count, || {
            let from = SentBy::Node(self.id().name.clone());
            DeadLetter::not_taken(format!("group `{group}`"), P::URI, &why, from)
        });
    }

    fn broadcast_frame<P: Protocol>(&self, group: &str, msg: &P) -> Result<Vec<u8>, EncodeError> {
        let mut bytes = Vec::new();
        let mut parcel = frame::broadcast(&mut bytes, group, P::EDGE, P::VERSION)?;
        msg.encode(&mut Encoder::new(parcel.payload()))?;
        parcel.finish(std::iter::empty(), self.settings.max_frame)?;
        Ok(bytes)
    }

    /// One copy to each node that has members.
    fn broadcast_out(&self, there: &[&Member], frame: &Bytes, reach: &mut Reach) {
        let mut nodes: Vec<_> = there.iter().map(|member| &member.node).collect();
        nodes.sort();
        nodes.dedup();
        for node in nodes {
            let lane = self.known_lane(&node.name);
            let run = Some(node.incarnation);
            match lane.is_some_and(|lane| lane.push(run, frame.to_vec(), Vec::new()).is_ok()) {
                true => reach.nodes += 1,
                false => reach.missed += 1,
            }
        }
    }
}
