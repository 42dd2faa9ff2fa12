//! Carries out the orders of `proto`, one by one, under the driver's lock. Never waits, and runs no code of users: what it
//! wakes runs elsewhere.

use std::sync::{Arc, PoisonError};

use actor_core::{
    CallError, Down, ExitReason, MonitorRef, NodeDownCause, NodeId, NodeName, SendFailure, Watcher, wire::Versions,
};

use super::{CONFLICTS_TOLD, Driver, State, ping::Pinged, up};
use crate::{
    arrival::Inbound,
    event::{ConnectionId, NodeEvent},
    frame::{Control, Lane as Frame, Quiet},
    lane::{Lane, Moved, Refused},
    link::{Link, Phase},
    net,
    node::ConnectError,
    packet::Scratch,
    proto::{Input, Output, groups, handshake::Capability, monitors, names, session, session_id::SessionId},
    remote::PeerWatcher,
};

impl Driver {
    /// Carries out all that is ordered, and wakes the control plane if its next timeout came nearer.
    pub(super) fn carry_out(&self, state: &mut State) {
        while let Some(output) = state.proto.poll_output() {
            match output {
                Output::Session(order) => self.session(state, order),
                Output::Heartbeat(session) => {
                    if let Some(link) = state.links.get(&session) {
                        self.heartbeat(link);
                    }
                }
                Output::Announce { to, members } => say(state, to, Control::Members(members)),
                Output::Name(order) => self.name(state, order),
                Output::Group(order) => self.group(state, order),
                Output::Monitor(order) => self.monitor(state, order),
                Output::Link(order) => self.link(state, order),
                Output::Idle(order) => self.idle(state, order),
            }
        }
        if state.proto.is_idle() {
            state.idle.clear();
        }
        let timeout = state.proto.next_timeout();
        if timeout.is_some_and(|next| state.told_timeout.is_none_or(|told| next < told)) {
            state.told_timeout = timeout;
            self.changed.notify_one();
        }
    }

    fn session(&self, state: &mut State, order: session::Order) {
        match order {
            session::Order::Dial { session, peer, wire } => {
                let link = Link::new(session, wire, true, self.now());
                state.links.insert(session, Arc::clone(&link));
                net::dial_control(self, link, peer, wire);
            }
            session::Order::DialLane { session, node, wire } => {
                if let Some(link) = state.links.get(&session) {
                    net::dial_lane(self, Arc::clone(link), node, wire);
                }
            }
            session::Order::Abort { session } => {
                if let Some(link) = state.links.remove(&session) {
                    link.advance(Phase::Closed);
                }
            }
            session::Order::Open { session, node } => self.opened(state, session, node),
            session::Order::Drain { session, cause, .. } => self.drain(state, session, cause),
            session::Order::Over { session, node, cause } => self.over(state, session, node, cause),
            session::Order::Failed { peer } => self.failed(state, &peer),
        }
    }

    fn opened(&self, state: &mut State, session: SessionId, node: NodeId) {
        let Some(link) = state.links.get(&session).cloned() else { return };
        let agreement = link.agreement();
        debug_assert!(agreement.is_some(), "invariant: a lane opens when the builds have agreed");
        let versions = agreement.map(|agreement| Arc::clone(&agreement.versions)).unwrap_or_default();
        let lane = self.take_over(state, &node, versions, &link);
        link.opened(node.clone(), Arc::clone(&lane));
        link.receives(Inbound::new(&self.arc(), session, node.clone(), &lane));
        link.advance(Phase::Standing);
        state.failures.remove(&node.name);
        for waiting in state.connecting.remove(&node.name).into_iter().flatten() {
            let _ = waiting.send(Ok(node.clone()));
        }
        tracing::info!(%node, %session, "node up");
        for conflict in agreement.iter().flat_map(|agreement| &agreement.conflicts).take(CONFLICTS_TOLD) {
            tracing::warn!(%node, "{conflict}; nothing of it crosses");
        }
        up(&link, &node).for_each(|event| state.subscribers.tell(&event));
        net::run_lane(self, link, node, lane);
    }

    /// The lane of a session that opens: the one in which messages wait already, if there is one.
    fn take_over(&self, state: &mut State, node: &NodeId, versions: Arc<Versions>, link: &Link) -> Arc<Lane> {
        let mut lanes = self.lanes.write().unwrap_or_else(PoisonError::into_inner);
        let pending = lanes.entry(node.name.clone()).or_insert_with(|| Arc::new(Lane::new()));
        let lane = Arc::clone(pending);
        drop(lanes);
        lane.enable(link.capabilities());
        let leftovers = lane.open(node.incarnation, versions, link.can(Capability::BULK));
        debug_assert!(leftovers.is_some(), "invariant: the lane of a lost session was taken away when it was lost");
        let stale = leftovers.unwrap_or_default();
        self.never_left(&node.name, &stale, &SendFailure::Stopped);
        state.leftovers.append(stale);
        lane
    }

    fn drain(&self, state: &mut State, session: SessionId, cause: NodeDownCause) {
        let Some(link) = state.links.get(&session).cloned() else { return };
        let last = match cause {
            // A node that was dropped says nothing, as a process that died.
            NodeDownCause::Left if !state.stopped => Some(Control::Goodbye),
            NodeDownCause::Idle => Some(Control::Quiet(Quiet::Yes)),
            _ => None,
        };
        let said = last.is_none_or(|last| link.say(last));
        tracing::trace!(%session, said, "a session ends");
        if let Some((node, lane)) = link.peer() {
            let moved = if cause == NodeDownCause::Idle { lane.finish_held() } else { Moved::default() };
            let mut lanes = self.lanes.write().unwrap_or_else(PoisonError::into_inner);
            if lanes.get(&node.name).is_some_and(|current| Arc::ptr_eq(current, lane)) {
                lanes.remove(&node.name);
            }
            drop(lanes);
            lane.finish();
            self.hand_on(state, node, moved);
        }
        link.advance(Phase::Draining);
        net::end_drain(self, &link);
    }

    fn over(&self, state: &mut State, session: SessionId, node: NodeId, cause: NodeDownCause) {
        if let Some(link) = state.links.remove(&session) {
            link.advance(Phase::Closed);
            if let Some((node, lane)) = link.peer() {
                let leftovers = lane.fail(&CallError::NodeDown { node: node.name.clone(), cause });
                self.never_left(&node.name, &leftovers, &SendFailure::Disconnected);
                state.leftovers.append(leftovers);
            }
        }
        for (_, (_, told)) in state.pings.extract_if(|_, (on, _)| *on == session) {
            // Who is not told knows that the connection was lost.
            if cause == NodeDownCause::Idle {
                let _ = told.send(Pinged::Unused);
            }
        }
        tracing::info!(%node, %session, %cause, "node down");
        state.subscribers.tell(&NodeEvent::Down { node, connection: ConnectionId(session.0), cause });
    }

    fn failed(&self, state: &mut State, peer: &NodeName) {
        let lane = self.lanes.write().unwrap_or_else(PoisonError::into_inner).remove(peer);
        if let Some(lane) = lane {
            let leftovers = lane.fail(&CallError::NotDelivered(SendFailure::Disconnected));
            self.never_left(peer, &leftovers, &SendFailure::Disconnected);
            state.leftovers.append(leftovers);
        }
        let why = state.failures.remove(peer).unwrap_or_else(|| ConnectError::lost(peer));
        tracing::debug!(%peer, %why, "no connection");
        for waiting in state.connecting.remove(peer).into_iter().flatten() {
            let _ = waiting.send(Err(why.clone()));
        }
    }

    fn name(&self, state: &mut State, order: names::Order) {
        match order {
            names::Order::Send { session, message } => self.lane_frame(state, session, &Frame::Name(message)),
            names::Order::Set { owner, entry } => self.view.set_name(owner, entry),
            names::Order::Unset { name } => self.view.unset_name(&name),
            names::Order::Answer { request, result } => {
                if let Some(waiting) = state.registering.remove(&request) {
                    let _ = waiting.send(result);
                }
            }
            names::Order::Lost { name, winner } => {
                state.subscribers.tell(&NodeEvent::NameLost { name: name.as_ref().into(), winner });
            }
        }
    }

    fn group(&self, state: &mut State, order: groups::Order) {
        match order {
            groups::Order::Send { session, message } => self.lane_frame(state, session, &Frame::Group(message)),
            groups::Order::Joined { group, member } => self.view.join(group, member),
            groups::Order::Left { group, member } => self.view.leave(&group, &member),
        }
    }

    fn monitor(&self, state: &mut State, order: monitors::Order) {
        match order {
            monitors::Order::Watch { session, node, reference, actor } => {
                self.push_to(state, session, &node, &Frame::Monitor { reference, actor });
            }
            monitors::Order::Deliver { reference, reason } => {
                if let Some(watcher) = state.watchers.remove(&reference) {
                    watcher.down(Down::new(MonitorRef(reference), reason));
                }
            }
            monitors::Order::Attach { session, reference, actor } => {
                let watcher: Arc<dyn Watcher> = Arc::new(PeerWatcher { driver: Arc::downgrade(&self.arc()), session });
                let attached = (actor, Arc::clone(&watcher));
                if self.settings.system.exports().watch(actor, MonitorRef(reference), watcher) {
                    state.attached.insert((session, reference), attached);
                } else {
                    let reason = ExitReason::NoSuchActor;
                    state.proto.handle(self.now(), Input::ActorDown { session, reference, reason });
                }
            }
            monitors::Order::Detach { session, reference, .. } => {
                if let Some((actor, watcher)) = state.attached.remove(&(session, reference)) {
                    self.settings.system.exports().unwatch(actor, MonitorRef(reference), &watcher);
                }
            }
            monitors::Order::SendDown { session, reference, reason } => {
                state.attached.remove(&(session, reference));
                self.lane_frame(state, session, &Frame::Down { reference, reason });
            }
            monitors::Order::Refuse { session, reference } => {
                tracing::warn!(%session, "a peer holds more monitors than are kept for one");
                let reason = ExitReason::NodeDown(NodeDownCause::Refused);
                self.lane_frame(state, session, &Frame::Down { reference, reason });
            }
        }
    }

    pub(super) fn lane_frame(&self, state: &State, session: SessionId, frame: &Frame) {
        let Some((_, lane)) = state.links.get(&session).and_then(|link| link.peer()) else { return };
        let mut packet = Scratch::take();
        match frame.encode(&mut packet.bytes, self.settings.max_frame) {
            Ok(()) => self.keep_up(session, lane.push_always(None, &mut packet, Vec::new())),
            Err(error) => tracing::error!(%session, %error, "a frame of the cluster could not be written"),
        }
    }
}

impl Driver {
    /// A peer whose lane is over its ceiling reads nothing of what it asked for: its session is lost.
    pub(crate) fn keep_up(&self, session: SessionId, pushed: Result<(), Refused>) {
        if matches!(pushed, Err(Refused::Full)) {
            tracing::warn!(%session, "a peer does not read what it asked for; its session ends");
            net::lost(self, session);
        }
    }
}

fn say(state: &State, session: SessionId, frame: Control) {
    if let Some(link) = state.links.get(&session) {
        let _dropped_if_unread = link.say(frame);
    }
}
