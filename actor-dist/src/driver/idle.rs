//! Carries out what `proto` orders about sessions that nobody uses: looks at what moved, holds a lane back, and ends a session at the
//! one moment at which nothing is under way. Decides nothing else.

use std::sync::{Arc, PoisonError};

use actor_core::{CallError, NodeId, SendFailure};

use super::{Driver, State};
use crate::{
    frame::{Control, Quiet},
    lane::{Lane, Moved},
    link::Link,
    net,
    proto::{
        Input,
        handshake::Capability,
        idle::{Counts, Order},
        session_id::SessionId,
    },
};

impl Driver {
    pub(super) fn idle(&self, state: &mut State, order: Order) {
        let (Order::Look(session)
        | Order::Ask { session, .. }
        | Order::Agree { session, .. }
        | Order::Refuse(session)
        | Order::Unanswered(session)) = order;
        let Some(link) = state.links.get(&session).cloned() else { return };
        let Some((_, lane)) = link.peer() else { return };
        match order {
            Order::Look(_) => {
                let counts = Counts { sent: lane.counts().0, received: link.traffic.messages_received() };
                let busy = !link.can(Capability::IDLE) || !lane.is_quiet() || !is_settled(&link);
                state.proto.handle(self.now(), Input::Looked { session, counts, busy });
            }
            Order::Ask { counts, .. } => {
                let Counts { sent, received } = counts;
                if !(lane.hold(sent) && link.say(Control::Quiet(Quiet::Ask { sent, received }))) {
                    lane.release();
                    state.proto.handle(self.now(), Input::QuietRefused(session));
                }
            }
            Order::Agree { counts, .. } => {
                let received = link.traffic.messages_received() == counts.received;
                match received && is_settled(&link) && lane.finish_quiet(counts.sent) {
                    true => state.proto.handle(self.now(), Input::QuietAgreed(session)),
                    false => say_no(&link),
                }
            }
            Order::Refuse(_) => say_no(&link),
            Order::Unanswered(_) => net::lost(self, session),
        }
    }

    /// The other side needs the session.
    pub(crate) fn quiet_refused(&self, link: &Link) {
        if let Some((_, lane)) = link.peer() {
            lane.release();
        }
        self.handle(Input::QuietRefused(link.session));
    }

    /// The session was not needed: what was held back goes out by the next one.
    pub(super) fn hand_on(&self, state: &mut State, node: &NodeId, moved: Moved) {
        if moved.is_empty() {
            return;
        }
        let lane = {
            let mut lanes = self.lanes.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(lanes.entry(node.name.clone()).or_insert_with(|| Arc::new(Lane::new())))
        };
        lane.wait_with(moved);
        if state.proto.mention(self.now(), &node.name).is_err() {
            self.lanes.write().unwrap_or_else(PoisonError::into_inner).remove(&node.name);
            let leftovers = lane.fail(&CallError::NotDelivered(SendFailure::Disconnected));
            state.leftovers.append(leftovers);
        }
    }

    /// The other side asks whether the session may end.
    pub(crate) fn quiet_asked(&self, session: SessionId, sent: u64, received: u64) {
        self.handle(Input::QuietAsked { session, theirs: Counts { sent, received } });
    }
}

fn is_settled(link: &Link) -> bool {
    link.inbound().is_none_or(|inbound| inbound.is_settled())
}

fn say_no(link: &Link) {
    if !link.say(Control::Quiet(Quiet::No)) {
        tracing::debug!(session = %link.session, "a peer that asked reads no answer");
    }
}
