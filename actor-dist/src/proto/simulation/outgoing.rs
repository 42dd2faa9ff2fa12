//! What a node says and where it goes: by a session's control connection, by its lane, or into a lane that waits for a
//! session. Decides nothing.

use actor_core::{Incarnation, NodeName};

use super::{
    World,
    connection::{DIALER, Item},
    lane::{Frame, Lane, Pushed},
    node::Link,
};
use crate::proto::{Input, dialing::Barred, session_id::SessionId};

impl World {
    /// Says something on the control connection.
    pub(super) fn say(&mut self, at: usize, session: SessionId, item: Item) {
        if let Some(control) = self.link(at, session).map(|link| link.control) {
            if !matches!(item, Item::Heartbeat) {
                let (now, id) = (self.now, self.node(at).id.clone());
                self.log.note(now, &id, || format!("says {item:?} on {session}"));
            }
            let side = self.side(control, at);
            self.send(control, side, item);
            self.input_soon(at, Input::Sent(session));
        }
    }

    pub(super) fn lane_frame(&mut self, at: usize, session: SessionId, frame: Frame) {
        if let Some(lane) = self.link(at, session).and_then(|link| link.open.as_ref()).map(|(_, lane)| *lane) {
            self.push_frame(at, lane, None, frame);
        }
    }

    /// Puts a frame on its way to this run of a node, or to any, or where it waits for a session. Answers what could not
    /// be put there.
    pub(super) fn push_frame(&mut self, at: usize, lane: usize, meant: Option<Incarnation>, frame: Frame) -> Pushed {
        match self.node(at).all_lanes[lane].push(meant, frame) {
            Pushed::Goes(session, frame) => {
                self.send_frame(at, session, frame);
                Pushed::Waits
            }
            pushed => pushed,
        }
    }

    pub(super) fn send_frame(&mut self, at: usize, session: SessionId, frame: Frame) {
        let Some(link) = self.link(at, session) else { return };
        link.counts.sent += 1;
        if let Frame::Call(number) = &frame {
            link.ports.insert(*number);
        }
        if let Some(socket) = link.lane_socket {
            self.send(socket, self.side(socket, at), Item::Frame(frame));
        }
    }

    /// The way out to a node; at the first mention of it a connection is ordered, if that may be.
    pub(super) fn lane_to(&mut self, at: usize, peer: &NodeName) -> Result<usize, Barred> {
        let now = self.instant();
        let node = self.node(at);
        if let Some(lane) = node.lanes.get(peer) {
            return Ok(*lane);
        }
        node.proto.mention(now, peer)?;
        node.all_lanes.push(Lane::new());
        let lane = node.all_lanes.len() - 1;
        node.lanes.insert(peer.clone(), lane);
        self.carry_out(at);
        Ok(lane)
    }

    pub(super) fn close_link(&mut self, at: usize, link: &Link) {
        if let Some((_, lane)) = &link.open {
            self.node(at).all_lanes[*lane].finish();
        }
        for connection in link.connections() {
            let side = self.side(connection, at);
            self.close(connection, side);
        }
    }

    pub(super) fn link(&mut self, at: usize, session: SessionId) -> Option<&mut Link> {
        self.node(at).links.get_mut(&session)
    }

    /// Which end of a connection is this node's: nobody dials itself.
    pub(super) fn side(&self, connection: usize, at: usize) -> usize {
        usize::from(self.connections[connection].ends[DIALER].host != at)
    }
}
