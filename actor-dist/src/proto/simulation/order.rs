//! Carries out what a node's `Proto` orders, as `driver::output` does.

use std::{sync::Arc, time::Duration};

use actor_core::{ExitReason, NodeDownCause, NodeId};

use super::{
    Event, World,
    connection::{Item, Role},
    invariant,
    lane::{Frame, Lane},
    log::Seen,
    node::Link,
};
use crate::proto::{Input, Output, groups, monitors, names, session, session_id::SessionId};

/// How long a lost session may take to be read to its end, as in `net`.
const DRAIN: Duration = Duration::from_secs(1);

impl World {
    pub(super) fn carry_out(&mut self, at: usize) {
        while let Some(output) = self.node(at).proto.poll_output() {
            match output {
                Output::Session(order) => self.session(at, order),
                Output::Heartbeat(session) => self.say(at, session, Item::Heartbeat),
                Output::Announce { to, members } => self.say(at, to, Item::Members(members)),
                Output::Name(order) => self.name(at, order),
                Output::Group(order) => self.group(at, order),
                Output::Monitor(order) => self.monitor(at, order),
                Output::Link(order) => self.link_order(at, order),
                Output::Idle(order) => self.idle(at, order),
            }
        }
        let node = self.node(at);
        if node.leaving && node.proto.is_idle() {
            self.crash(at);
            return;
        }
        let base = self.base;
        let node = self.node(at);
        let due = node.proto.next_timeout().map(|due| due.saturating_duration_since(base));
        let sooner = due.filter(|due| node.planned.is_none_or(|planned| *due < planned));
        if let (Some(due), Some(run)) = (sooner, self.run(at)) {
            self.node(at).planned = Some(due);
            let late = self.chance.micros(0, 3000);
            self.schedule(due.saturating_sub(self.now) + late, Event::Tick(run));
        }
    }

    fn session(&mut self, at: usize, order: session::Order) {
        let (now, id) = (self.now, self.node(at).id.clone());
        self.log.note(now, &id, || format!("{order:?}"));
        self.log.churn = now;
        match order {
            session::Order::Dial { session, peer, wire } => {
                self.log.saw(now, &id, Seen::Dialed(peer.clone()));
                let control = self.dial(at, session, &peer, Role::Control, wire);
                self.node(at).links.insert(session, Link::new(control));
            }
            session::Order::DialLane { session, node, wire } => {
                if self.node(at).links.contains_key(&session) {
                    let socket = self.dial(at, session, &node.name, Role::Lane(node.clone()), wire);
                    self.link(at, session).expect("invariant: it was there").lane_socket = Some(socket);
                }
            }
            session::Order::Abort { session } => {
                if let Some(link) = self.node(at).links.remove(&session) {
                    self.close_link(at, &link);
                }
            }
            session::Order::Open { session, node } => self.opened(at, session, node),
            session::Order::Drain { session, cause, .. } => self.drain(at, session, cause),
            session::Order::Over { session, node, cause } => {
                if let Some(link) = self.node(at).links.remove(&session) {
                    self.close_link(at, &link);
                }
                self.log.saw(now, &id, Seen::Down { peer: node, session, cause });
            }
            session::Order::Failed { peer } => {
                if let Some(lane) = self.node(at).lanes.remove(&peer) {
                    self.node(at).all_lanes[lane].finish();
                }
                self.node(at).connecting.remove(&peer);
                self.log.saw(now, &id, Seen::Failed(peer));
            }
        }
    }

    fn opened(&mut self, at: usize, session: SessionId, peer: NodeId) {
        let (now, node) = (self.now, self.node(at));
        let Some(link) = node.links.get_mut(&session) else { return };
        let place = node.lanes.entry(peer.name.clone()).or_insert_with(|| {
            node.all_lanes.push(Lane::new());
            node.all_lanes.len() - 1
        });
        let waiting = node.all_lanes[*place].open(peer.incarnation, session);
        link.open = Some((peer.clone(), *place));
        let (control, socket) = (link.control, link.lane_socket);
        node.connecting.remove(&peer.name);
        let id = node.id.clone();
        self.log.saw(now, &id, Seen::Up { peer, session });
        let (Some(waiting), Some(socket)) = (waiting, socket) else {
            self.log.wrong(now, format!("{id}: {session} opens without a lane of its own"));
            return;
        };
        for frame in waiting {
            self.send_frame(at, session, frame);
        }
        for connection in [control, socket] {
            self.release(connection, self.side(connection, at));
        }
    }

    fn drain(&mut self, at: usize, session: SessionId, cause: NodeDownCause) {
        match cause {
            NodeDownCause::Left => self.say(at, session, Item::Goodbye),
            NodeDownCause::Idle => self.say(at, session, Item::QuietYes),
            _ => {}
        }
        if cause != NodeDownCause::Idle {
            self.release_held(at, session);
        }
        let (now, node) = (self.now, self.node(at));
        let Some(link) = node.links.get_mut(&session) else { return };
        link.draining = true;
        let (control, socket, ended) = (link.control, link.lane_socket, link.ended);
        if let Some((peer, lane)) = link.open.clone() {
            if node.lanes.get(&peer.name) == Some(&lane) {
                node.lanes.remove(&peer.name);
            }
            let held = match std::mem::replace(&mut node.all_lanes[lane], Lane::Finished) {
                Lane::Held(_, held) => held.into_iter().map(|(_, frame)| frame).collect(),
                _ => Vec::new(),
            };
            let id = node.id.clone();
            self.log.saw(now, &id, Seen::Lost { peer: peer.clone(), cause });
            self.hand_on(at, &peer, held.into_iter().filter(|frame| !frame.is_bound()).collect());
        }
        let side = self.side(control, at);
        self.finish(control, side);
        self.deafen(control, side);
        if let Some(socket) = socket {
            let side = self.side(socket, at);
            self.finish(socket, side);
        }
        let run = self.run(at).expect("invariant: it lives");
        let after = if ended { Duration::ZERO } else { DRAIN };
        self.schedule(after, Event::Fact(run, Input::Drained(session)));
    }

    fn name(&mut self, at: usize, order: names::Order) {
        match order {
            names::Order::Send { session, message } => self.lane_frame(at, session, Frame::Name(message)),
            names::Order::Set { owner, entry } => {
                self.node(at).names.insert(Arc::clone(&entry.name), (owner, entry));
            }
            names::Order::Unset { name } => {
                self.node(at).names.remove(&name);
                let id = self.node(at).id.clone();
                self.log.released(&id, &name);
            }
            names::Order::Answer { request, result } => invariant::name::answered(self, at, request, result),
            names::Order::Lost { name, .. } => {
                let id = self.node(at).id.clone();
                self.log.released(&id, &name);
            }
        }
    }

    fn group(&mut self, at: usize, order: groups::Order) {
        let (now, id) = (self.now, self.node(at).id.clone());
        let twice = match order {
            groups::Order::Send { session, message } => {
                self.lane_frame(at, session, Frame::Group(message));
                false
            }
            groups::Order::Joined { group, member } => {
                !self.node(at).groups.entry(group).or_default().insert((member.node, member.actor))
            }
            groups::Order::Left { group, member } => {
                let members = self.node(at).groups.entry(group).or_default();
                !members.remove(&(member.node, member.actor))
            }
        };
        if twice {
            self.log.wrong(now, format!("{id}: a member joined twice or left twice (P4)"));
        }
    }

    fn monitor(&mut self, at: usize, order: monitors::Order) {
        match order {
            monitors::Order::Watch { session, node, reference, actor } => {
                self.push_to(at, session, &node, Frame::Monitor { reference, actor });
            }
            monitors::Order::Deliver { reference, reason } => self.fired(at, reference, reason),
            monitors::Order::Attach { session, reference, actor } => {
                if self.node(at).actors.contains(&actor) {
                    self.node(at).attached.insert((session, reference), actor);
                } else {
                    let (now, reason) = (self.instant(), ExitReason::NoSuchActor);
                    self.node(at).proto.handle(now, Input::ActorDown { session, reference, reason });
                }
            }
            monitors::Order::Detach { session, reference, .. } => {
                self.node(at).attached.remove(&(session, reference));
            }
            monitors::Order::SendDown { session, reference, reason } => {
                self.node(at).attached.remove(&(session, reference));
                self.lane_frame(at, session, Frame::Down { reference, reason });
            }
            monitors::Order::Refuse { .. } => unreachable!("far below the bound"),
        }
    }

    /// A monitor fires; what is still known here of its actor, or of its node if that is lost, is noted (M5).
    pub(super) fn fired(&mut self, at: usize, reference: u64, reason: ExitReason) {
        let Some(node) = &self.hosts[at].node else { return };
        let (now, id) = (self.now, node.id.clone());
        let whole = matches!(reason, ExitReason::NodeDown(_));
        let watch = self.log.watches.iter().find(|watch| watch.by == id && watch.reference == reference);
        let leftover = watch.map(|watch| node.known_of(&watch.target, whole)).unwrap_or_default();
        self.log.saw(now, &id, Seen::Fired { reference, reason, leftover });
    }
}
