//! Carries out what `proto` orders about links: an actor's own table of them follows that of `proto`, and what is said to a
//! node goes by its lane, also by one that waits for a session. Decides nothing.

use std::sync::{Arc, PoisonError};

use actor_core::{ExitReason, NodeId, route::Remote};

use super::{Driver, State};
use crate::{
    frame::Lane as Frame,
    lane::{Lane, Refused},
    proto::{Input, links, session_id::SessionId},
};

impl Driver {
    pub(super) fn link(&self, state: &mut State, order: links::Order) {
        let exports = self.settings.system.exports();
        match order {
            links::Order::Send { node, session, message } => self.push_to(state, session, &node, &Frame::Link(message)),
            links::Order::Attach { actor, with } => {
                let remote: Arc<dyn Remote> = self.arc();
                if !exports.link(actor, &with, &remote) {
                    // Who comes too late to be linked may say so before its end is told (M5).
                    state.proto.handle(self.now(), Input::ActorGone(actor));
                    let reason = ExitReason::NoSuchActor;
                    state.proto.handle(self.now(), Input::LinkedEnded { actor, with, reason });
                }
            }
            links::Order::Detach { actor, with } => exports.unlinked(actor, &with),
            links::Order::Forget { actor, with } => exports.unlink(actor, &with),
            links::Order::Deliver { actor, with, reason } => exports.linked_ended(actor, &with, &reason),
        }
    }

    /// Puts a frame on its way to a run of a node: by this session, or by the one that is waited for.
    pub(super) fn push_to(&self, state: &mut State, session: Option<SessionId>, node: &NodeId, frame: &Frame) {
        let Some(session) = session else { return self.push_waiting(state, node, frame) };
        let lane = state.links.get(&session).and_then(|link| link.peer()).map(|(_, lane)| Arc::clone(lane));
        if let Some(lane) = lane {
            // It is for this run of the node, by whichever session it goes.
            self.keep_up(session, self.push(&lane, Some(node.incarnation), frame));
        }
    }

    /// Puts a frame where it waits for a session with the node. There is none that stands: the lane is one that waits, or
    /// a new one, for which a connection has been or is being ordered.
    fn push_waiting(&self, state: &mut State, node: &NodeId, frame: &Frame) {
        let lane = {
            let mut lanes = self.lanes.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(lanes.entry(node.name.clone()).or_insert_with(|| Arc::new(Lane::new())))
        };
        // A node for which so much waits is given up, as one that reads nothing of what it asked for.
        if let Err(Refused::Full) = self.push(&lane, Some(node.incarnation), frame) {
            tracing::warn!(%node, "too much waits for a connection; it is given up");
            state.proto.handle(self.now(), Input::Disconnect(node.name.clone()));
        }
    }
}
