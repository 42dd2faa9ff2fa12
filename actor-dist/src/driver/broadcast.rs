//! The way of a broadcast out of this node: encoded once for all nodes that are written the same versions, one copy on each
//! link, and a message each for the members here (P6). Never waits: who has no room misses it.

use std::{collections::BTreeSet, fmt, sync::Arc};

use actor_core::{
    Address, Broadcast, DeadLetter, Incarnation, NodeId, Protocol, SendError, SendFailure, SentBy,
    wire::{EncodeError, Encoder, Versions},
};

use super::{Driver, send::is_about_the_reader};
use crate::{
    frame::{self, Extension},
    groups::Reach,
    lane::Lane,
    packet::{self, Packet},
    proto::{groups::Member, handshake::Capability},
};

/// A broadcast as it is written for some of the nodes.
struct Edition {
    versions: Arc<Versions>,
    beside: Extension,
    /// The frame; or why these nodes cannot know it.
    frame: Result<Packet, EncodeError>,
    readers: Vec<(Incarnation, Arc<Lane>)>,
}

impl Driver {
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
        let editions = match self.editions(group, &msg, &there, &mut reach) {
            Ok(editions) => editions,
            Err(error) => return Err(SendError::Refused(msg, error)),
        };
        if let Some(error) = nobody(&editions).filter(|_| here.is_empty()) {
            return Err(SendError::Refused(msg, error));
        }
        self.missed::<P>(reach.missed, group, "there is no connection to a node of members");
        for edition in editions {
            self.publish::<P>(group, edition, &mut reach);
        }
        for member in here {
            let subject = self.settings.system.exports().subject::<P>(member.actor, member.via).ok().flatten();
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

    /// The message as it is written for each of the nodes; those without a connection miss it.
    ///
    /// # Errors
    /// [`EncodeError`]: it cannot cross, whoever reads it.
    fn editions<P: Protocol>(
        &self,
        group: &str,
        msg: &P,
        there: &[&Member],
        reach: &mut Reach,
    ) -> Result<Vec<Edition>, EncodeError> {
        let mut editions: Vec<Edition> = Vec::new();
        let trace = if there.is_empty() { None } else { self.trace() };
        for node in there.iter().map(|member| &member.node).collect::<BTreeSet<&NodeId>>() {
            let lane = self.known_lane(&node.name);
            let Some((lane, versions)) = lane.and_then(|lane| Some((Arc::clone(&lane), Arc::clone(lane.versions()?))))
            else {
                reach.missed += 1;
                continue;
            };
            let beside = Extension { trace: trace.filter(|_| lane.can(Capability::TRACE)), ..Extension::default() };
            let reader = (node.incarnation, lane);
            let same = |edition: &&mut Edition| edition.versions == versions && edition.beside == beside;
            match editions.iter_mut().find(same) {
                Some(edition) => edition.readers.push(reader),
                None => {
                    let frame = match self.edition(group, msg, &beside, &versions) {
                        Err(error) if !is_about_the_reader(&error) => return Err(error),
                        frame => frame,
                    };
                    editions.push(Edition { versions, beside, frame, readers: vec![reader] });
                }
            }
        }
        Ok(editions)
    }

    fn edition<P: Protocol>(
        &self,
        group: &str,
        msg: &P,
        beside: &Extension,
        versions: &Versions,
    ) -> Result<Packet, EncodeError> {
        let mut packet = Packet::default();
        let version = versions.written(P::EDGE, P::VERSION);
        let mut parcel = frame::broadcast(&mut packet.bytes, beside, group, P::EDGE, version)?;
        let mut e = Encoder::new(parcel.payload()).versions(versions).sharing();
        msg.encode(&mut e)?;
        let shared = e.into_parts().map(|parts| parts.shared).unwrap_or_default();
        let places = parcel.finish(std::iter::empty(), packet::shared(&shared), self.settings.max_frame)?;
        (packet.shared, packet.places, packet.uri) = (shared, Some(places), Some(P::URI));
        Ok(packet)
    }

    /// One copy to each of the nodes.
    fn publish<P: Protocol>(&self, group: &str, edition: Edition, reach: &mut Reach) {
        let frame = match edition.frame {
            Ok(frame) => frame,
            Err(error) => {
                reach.missed += edition.readers.len();
                return self.missed::<P>(edition.readers.len(), group, error);
            }
        };
        for (run, lane) in edition.readers {
            match lane.push(Some(run), None, &mut frame.clone(), Vec::new()) {
                Ok(()) => reach.nodes += 1,
                Err(_) => {
                    reach.missed += 1;
                    self.missed::<P>(1, group, "the lane to a node of members took no more");
                }
            }
        }
    }

    /// So many did not get a broadcast.
    fn missed<P: Protocol>(&self, count: usize, group: &str, why: impl fmt::Display) {
        self.settings.system.dead_letters().add_not_taken(count, || {
            let from = SentBy::Node(self.id().name.clone());
            DeadLetter::not_taken(format!("group `{group}`"), P::URI, &why, from)
        });
    }
}

/// Why none of the nodes can know the message, if that is so.
fn nobody(editions: &[Edition]) -> Option<EncodeError> {
    let all = editions.iter().all(|edition| edition.frame.is_err());
    editions.first().filter(|_| all)?.frame.as_ref().err().cloned()
}
