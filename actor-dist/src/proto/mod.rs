//! The cluster's logic as one value: facts and the time go in, orders come out. Knows no socket, no task, no clock and no
//! chance; its parts never import each other, and only this file routes between them. Driven by `driver`, under one lock.
//!
//! What order of outputs is promised: a session opens before anything is said on it; when it is over, the replicas of its
//! names and groups go first, then the monitors fire and the links end, then the session's end is told (M5, E3, E4).

pub(crate) mod detector;
pub(crate) mod dialing;
pub(crate) mod flow;
pub(crate) mod groups;
pub(crate) mod handshake;
pub(crate) mod idle;
mod input;
pub(crate) mod links;
pub(crate) mod membership;
pub(crate) mod monitors;
pub(crate) mod names;
pub(crate) mod round_trip;
pub(crate) mod schema;
pub(crate) mod session;
pub(crate) mod session_id;
mod watch;

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};

use actor_core::{ActorId, NodeDownCause, NodeId, NodeName};

use self::{
    detector::Detector,
    dialing::{Barred, Dialing, Mode},
    groups::{Groups, Joiner},
    idle::Idle,
    links::Links,
    membership::{Membership, Topology},
    monitors::Monitors,
    names::{Names, RegisterFailure},
    session::{Progress, Sessions, Verdict},
    session_id::SessionId,
};

pub(crate) use self::input::Input;

/// An order.
#[derive(Debug)]
pub(crate) enum Output {
    Session(session::Order),
    Heartbeat(SessionId),
    Announce { to: SessionId, members: Vec<NodeId> },
    Name(names::Order),
    Group(groups::Order),
    Monitor(monitors::Order),
    Link(links::Order),
    Idle(idle::Order),
}

#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) me: NodeId,
    pub(crate) window: Duration,
    pub(crate) topology: Topology,
    pub(crate) connect: Mode,
    /// What chance there is; it is to differ from node to node.
    pub(crate) seed: u64,
    /// After how long without use a session ends, if it does.
    pub(crate) idle: Option<Duration>,
}

#[derive(Debug)]
pub(crate) struct Proto {
    sessions: Sessions,
    detector: Detector,
    dialing: Dialing,
    idle: Idle,
    /// Whether a session is of no use to this node but for what is sent on it.
    may_idle: bool,
    membership: Membership,
    monitors: Monitors,
    links: Links,
    names: Names,
    groups: Groups,
    outputs: VecDeque<Output>,
}

impl Proto {
    pub(crate) fn new(config: Config) -> Self {
        Proto {
            sessions: Sessions::new(config.me.name.clone()),
            detector: Detector::new(detector::Config { window: config.window }),
            dialing: Dialing::new(config.connect, config.seed),
            idle: Idle::new(config.idle, config.window),
            may_idle: config.topology == Topology::Manual,
            membership: Membership::new(config.me.clone(), config.topology),
            monitors: Monitors::default(),
            links: Links::new(links::LINKS_MAX),
            names: Names::new(config.me.clone()),
            groups: Groups::new(config.me),
            outputs: VecDeque::new(),
        }
    }

    /// Takes a fact in.
    pub(crate) fn handle(&mut self, now: Instant, input: Input) {
        match input {
            Input::Connect(peer) => self.sessions(now, |s, o| s.connect(&peer, now, o)),
            Input::Disconnect(peer) => self.disconnect(now, &peer),
            Input::Leave => self.sessions(now, |s, o| s.leave(o)),
            Input::PeerWindow { session, window } => self.detector.announced(session, window),
            Input::ControlOpened { session, node } => self.sessions(now, |s, o| s.control_opened(session, node, o)),
            Input::LaneOpened(session) => self.sessions(now, |s, o| s.lane_opened(session, o)),
            Input::DialFailed(session) => self.sessions(now, |s, o| s.dial_failed(session, o)),
            Input::DialYielded(session) => self.sessions(now, |s, o| s.dial_yielded(session, now, o)),
            Input::Lost { session, cause } => self.sessions(now, |s, o| s.lost(session, cause, o)),
            Input::Drained(session) => self.sessions(now, |s, o| s.drained(session, o)),
            Input::Heard(session) => self.detector.heard(session, now),
            Input::Sent(session) => self.detector.sent(session, now),
            Input::Members { session, nodes } => {
                if self.sessions.is_current(session) {
                    self.membership(now, |m, o| m.members_heard(session, nodes, o));
                }
            }
            Input::Name { session, message } => self.names(|n, o| n.heard(session, message, o)),
            Input::Group { session, message } => self.groups(|g, o| g.heard(session, message, o)),
            Input::Register { request, offer, deadline } => self.names(|n, o| n.register(request, offer, deadline, o)),
            Input::ActorGone(actor) => self.actor_gone(actor),
            Input::Tick => self.tick(now),
            Input::Looked { session, counts, busy } => {
                let needed = busy || self.is_needed(session);
                self.idle(|i, o| i.looked(session, counts, needed, now, o));
            }
            Input::QuietAsked { session, theirs } => {
                let needed = self.is_needed(session);
                self.idle(|i, o| i.asked(session, theirs, needed, o));
            }
            Input::QuietRefused(session) => self.idle.refused(session, now),
            Input::QuietAgreed(session) => self.sessions(now, |s, o| s.lost(session, NodeDownCause::Idle, o)),
            Input::Watch { reference, with } => self.watch(now, reference, with),
            Input::Link { actor, with } => self.link(now, actor, with),
            Input::Unlink { actor, with } => self.links(|l, o| l.unlink(actor, &with, o)),
            Input::LinkedEnded { actor, with, reason } => self.links(|l, o| l.ended(actor, &with, reason, o)),
            Input::LinkHeard { session, message } => {
                if let Some(node) = self.sessions.node(session).cloned() {
                    self.links(|l, o| l.heard(session, &node, message, o));
                }
            }
            monitor => self.monitor(monitor),
        }
    }

    /// Nobody here wants the node any more, until somebody mentions it.
    fn disconnect(&mut self, now: Instant, peer: &NodeName) {
        self.sessions(now, |s, o| s.disconnect(peer, o));
        self.membership.forget(peer);
        self.dialing.forgive(peer);
    }

    /// Whether anybody here needs a session to stand: one that does not is asked for at the next mention.
    fn is_needed(&self, session: SessionId) -> bool {
        let Some(node) = self.sessions.node(session) else { return true };
        !self.may_idle
            || !self.dialing.allows(&node.name)
            || self.monitors.need(session, node)
            || self.links.need(node)
            || self.names.need(session)
            || self.groups.need(session)
    }

    fn monitor(&mut self, input: Input) {
        let node = |sessions: &Sessions, session| sessions.node(session).cloned();
        match input {
            Input::WatchHeard { session, reference, actor } => {
                self.monitors(|m, o| m.watch_heard(session, reference, actor, o));
            }
            Input::UnwatchHeard { session, reference } => self.monitors(|m, o| m.unwatch_heard(session, reference, o)),
            Input::DownHeard { session, reference, reason } => {
                if let Some(node) = node(&self.sessions, session) {
                    self.monitors(|m, o| m.down_heard(&node, reference, reason, o));
                }
            }
            Input::ActorDown { session, reference, reason } => {
                // Who comes too late to watch it may say so before its end is told (M5).
                if let Some(actor) = self.monitors.watched(session, reference) {
                    self.actor_gone(actor);
                }
                self.monitors(|m, o| m.actor_down(session, reference, reason, o));
            }
            other => unreachable!("invariant: {other:?} is routed by `handle`"),
        }
    }

    /// The next order; all of them are to be carried out in turn before the next fact comes in.
    pub(crate) fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When `Tick` is due.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        let parts = [
            self.sessions.next_timeout(),
            self.detector.next_timeout(),
            self.membership.next_timeout(),
            self.names.next_timeout(),
            self.idle.next_timeout(),
        ];
        parts.into_iter().flatten().min()
    }

    /// Somebody here has something for the node: if no session stands, one is on its way when this is `Ok`.
    pub(crate) fn mention(&mut self, now: Instant, peer: &NodeName) -> Result<(), Barred> {
        self.may_mention(now, peer)?;
        self.sessions(now, |s, o| s.connect(peer, now, o));
        Ok(())
    }

    /// Whether the node is neither connected nor being connected, and only an explicit connect changes that.
    pub(crate) fn is_explicit_only(&self, peer: &NodeName) -> bool {
        self.sessions.progress(peer) == Progress::Idle && !self.dialing.allows(peer)
    }

    /// What stands or is on its way is of use to everybody; whether a dial may be added to it is another question.
    fn may_mention(&self, now: Instant, peer: &NodeName) -> Result<(), Barred> {
        match self.sessions.progress(peer) {
            Progress::Never => Err(Barred::Closed),
            Progress::Reaching => Ok(()),
            Progress::Idle => self.dialing.check(peer, now),
        }
    }

    /// A peer has proven itself on a control connection of its own.
    pub(crate) fn admit_control(&mut self, now: Instant, node: NodeId, wire: u64) -> Result<SessionId, Verdict> {
        let mut orders = Vec::new();
        let verdict = self.sessions.admit_control(node, wire, now, &mut orders);
        self.carry_on(now, orders);
        verdict
    }

    /// A peer has proven itself on a lane of its own.
    pub(crate) fn admit_lane(&mut self, node: &NodeId, wire: u64) -> Result<SessionId, Verdict> {
        self.sessions.admit_lane(node, wire)
    }

    /// The nodes with which a session stands.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = (SessionId, &NodeId)> {
        self.sessions.nodes()
    }

    /// Whether no session stands, drains or forms.
    pub(crate) fn is_idle(&self) -> bool {
        self.sessions.is_idle()
    }

    /// Ends a watch of an actor here; says where the watched one is, if it was not down yet.
    pub(crate) fn unwatch(&mut self, reference: u64) -> Option<NodeId> {
        self.monitors.unwatch(reference)
    }

    /// Gives up a name, or asks its owner to; whether anybody held it.
    pub(crate) fn unregister(&mut self, name: &str) -> bool {
        let mut orders = Vec::new();
        let held = self.names.unregister(name, &mut orders);
        self.outputs.extend(orders.into_iter().map(Output::Name));
        held
    }

    /// Joins an actor of this node to a group.
    pub(crate) fn join(&mut self, group: Arc<str>, joiner: Joiner) -> Result<(), groups::JoinFailure> {
        let mut orders = Vec::new();
        let joined = self.groups.join(group, joiner, 1, &mut orders);
        self.outputs.extend(orders.into_iter().map(Output::Group));
        joined
    }

    /// Ends one membership of an actor of this node; whether there was one.
    pub(crate) fn leave(&mut self, group: &Arc<str>, actor: ActorId) -> bool {
        let mut orders = Vec::new();
        let left = self.groups.leave(group, actor, 1, &mut orders);
        self.outputs.extend(orders.into_iter().map(Output::Group));
        left
    }

    fn actor_gone(&mut self, actor: ActorId) {
        self.names(|n, o| n.actor_gone(actor, o));
        self.groups(|g, o| g.actor_gone(actor, o));
    }

    fn tick(&mut self, now: Instant) {
        let mut orders = Vec::new();
        self.detector.tick(now, &mut orders);
        for order in orders {
            match order {
                detector::Order::Heartbeat(session) => self.outputs.push_back(Output::Heartbeat(session)),
                detector::Order::Silent(session) => {
                    self.sessions(now, |s, o| s.lost(session, NodeDownCause::Silent, o));
                }
            }
        }
        self.sessions(now, |s, o| s.tick(now, o));
        self.membership(now, |m, o| m.tick(now, o));
        self.names(|n, o| n.tick(now, o));
        self.idle(|i, o| i.tick(now, o));
    }

    fn sessions(&mut self, now: Instant, fact: impl FnOnce(&mut Sessions, &mut Vec<session::Order>)) {
        let mut orders = Vec::new();
        fact(&mut self.sessions, &mut orders);
        self.carry_on(now, orders);
    }

    /// What sessions order is a fact for the other parts.
    fn carry_on(&mut self, now: Instant, orders: Vec<session::Order>) {
        for order in orders {
            match order.clone() {
                session::Order::Open { session, node } => {
                    self.outputs.push_back(Output::Session(order));
                    self.opened(now, session, node);
                }
                session::Order::Over { session, node, cause } => {
                    self.over(session, &node, cause);
                    self.outputs.push_back(Output::Session(order));
                }
                session::Order::Drain { session, node, cause } => {
                    self.detector.forget(session);
                    self.stands_no_more(now, session, &node.name, cause);
                    self.outputs.push_back(Output::Session(order));
                }
                session::Order::Abort { session } => {
                    self.detector.forget(session);
                    self.membership.aborted(session);
                    self.outputs.push_back(Output::Session(order));
                }
                session::Order::Failed { peer } => {
                    let redial = self.dialing.fail(&peer, now);
                    self.membership.dial_failed(&peer, redial);
                    self.unreachable(&peer);
                    self.outputs.push_back(Output::Session(order));
                }
                _ => self.outputs.push_back(Output::Session(order)),
            }
        }
    }

    /// Who said no goodbye is dialed again after a while, as far as the topology wants it.
    fn stands_no_more(&mut self, now: Instant, session: SessionId, name: &NodeName, cause: NodeDownCause) {
        self.idle.down(session);
        match cause {
            NodeDownCause::Idle => self.dialing.idle(name),
            _ => self.dialing.down(name, now),
        }
        match cause {
            NodeDownCause::Left | NodeDownCause::Idle => self.membership.peer_down(session),
            _ => self.membership.peer_lost(session, self.dialing.redial(name, now)),
        }
    }

    /// Nobody of that name can be reached. Of a session that still drains the monitors wait for its end, and for what it
    /// has yet to say (M5).
    fn unreachable(&mut self, peer: &NodeName) {
        let draining = self.sessions.node_named(peer).cloned();
        self.monitors(|m, o| m.unreachable(peer, draining.as_ref(), o));
        let session = draining.as_ref().and_then(|node| Some((self.sessions.draining(node)?, node)));
        self.links(|l, o| l.unreachable(peer, session, o));
    }

    fn opened(&mut self, now: Instant, session: SessionId, node: NodeId) {
        self.detector.watch(session, now);
        self.dialing.up(&node.name, now);
        self.idle.up(session, now);
        self.monitors(|m, o| m.session_up(session, &node, o));
        self.links(|l, o| l.session_up(session, &node, o));
        self.names(|n, o| n.peer_up(session, node.clone(), o));
        self.groups(|g, o| g.peer_up(session, node.clone(), o));
        self.membership(now, |m, o| m.peer_up(session, node, o));
    }

    fn over(&mut self, session: SessionId, node: &NodeId, cause: NodeDownCause) {
        self.names(|n, o| n.peer_down(session, o));
        self.groups(|g, o| g.peer_down(session, o));
        self.monitors(|m, o| m.session_gone(session, o));
        let follows = self.sessions.progress(&node.name) == Progress::Reaching;
        match cause {
            // Whoever watches or is linked since it was agreed upon has the next session.
            NodeDownCause::Idle if follows => {
                self.monitors.wait_for_next(node);
                self.links.wait_for_next(session, node);
            }
            _ => {
                let cause = if cause == NodeDownCause::Idle { NodeDownCause::Refused } else { cause };
                self.monitors(|m, o| m.node_down(node, cause, o));
                self.links(|l, o| l.session_over(session, node, cause, o));
            }
        }
    }

    fn idle(&mut self, fact: impl FnOnce(&mut Idle, &mut Vec<idle::Order>)) {
        let mut orders = Vec::new();
        fact(&mut self.idle, &mut orders);
        self.outputs.extend(orders.into_iter().map(Output::Idle));
    }

    fn membership(&mut self, now: Instant, fact: impl FnOnce(&mut Membership, &mut Vec<membership::Order>)) {
        let mut orders = Vec::new();
        fact(&mut self.membership, &mut orders);
        for order in orders {
            match order {
                membership::Order::Announce { to, members } => {
                    self.outputs.push_back(Output::Announce { to, members });
                }
                membership::Order::Dial(peer) => match self.may_mention(now, &peer) {
                    Ok(()) => self.sessions(now, |s, o| s.connect(&peer, now, o)),
                    Err(Barred::Until(at)) => self.membership.dial_failed(&peer, at),
                    Err(Barred::Closed) => self.membership.forget(&peer),
                },
            }
        }
    }

    fn names(&mut self, fact: impl FnOnce(&mut Names, &mut Vec<names::Order>)) {
        let mut orders = Vec::new();
        fact(&mut self.names, &mut orders);
        self.outputs.extend(orders.into_iter().map(Output::Name));
    }

    fn groups(&mut self, fact: impl FnOnce(&mut Groups, &mut Vec<groups::Order>)) {
        let mut orders = Vec::new();
        fact(&mut self.groups, &mut orders);
        self.outputs.extend(orders.into_iter().map(Output::Group));
    }

    fn monitors(&mut self, fact: impl FnOnce(&mut Monitors, &mut Vec<monitors::Order>)) {
        let mut orders = Vec::new();
        fact(&mut self.monitors, &mut orders);
        self.outputs.extend(orders.into_iter().map(Output::Monitor));
    }

    fn links(&mut self, fact: impl FnOnce(&mut Links, &mut Vec<links::Order>)) {
        let mut orders = Vec::new();
        fact(&mut self.links, &mut orders);
        self.outputs.extend(orders.into_iter().map(Output::Link));
    }
}

/// What a registration ends in.
pub(crate) type Registered = Result<u64, RegisterFailure>;

#[cfg(test)]
mod simulation;
