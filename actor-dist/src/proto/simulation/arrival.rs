//! What arrives on connections: handshakes in two words, control frames and lane frames, and ends; each becomes the facts
//! that `net` and `arrival` of the crate would make of it.

use std::time::Duration;

use actor_core::{NodeDownCause, NodeId};

use super::{
    Event, World,
    connection::{ACCEPTOR, DIALER, Item, Role},
    lane::Frame,
    log::Seen,
    node::Link,
};
use crate::proto::{Input, session::Verdict, session_id::SessionId};

/// How long the end of a lane waits for the reason of it, as in `net::lane`.
const GRACE: Duration = Duration::from_millis(100);

impl World {
    /// The next item is there, unless the network is cut or nobody reads the lane yet.
    pub(super) fn arrive(&mut self, connection: usize, side: usize) {
        let [one, other] = &self.connections[connection].ends;
        let (end, from) = if side == DIALER { (one, other.host) } else { (other, one.host) };
        let host = end.host;
        if self.cuts.contains(&(from, host)) || self.is_unread(connection, side) {
            self.connections[connection].ends[side].held += 1;
            return;
        }
        let end = &mut self.connections[connection].ends[side];
        let Some(item) = end.inbox.pop_front() else { return };
        if end.orphaned && !self.hosts[host].silent {
            end.orphaned = false;
            self.push(connection, 1 - side, Item::End);
        } else if end.reading {
            self.receive(connection, side, item);
        }
    }

    /// A lane is read from when its session stands, a control connection perhaps before.
    fn is_unread(&self, connection: usize, side: usize) -> bool {
        if self.eager && self.connections[connection].role == Role::Control {
            return false;
        }
        let end = &self.connections[connection].ends[side];
        let in_handshake = (side == DIALER && !end.answered) || matches!(end.inbox.front(), Some(Item::Proof(_)));
        let node = self.hosts[end.host].node.as_ref();
        let link = node.and_then(|node| node.links.get(&end.session?));
        end.reading && !in_handshake && link.is_some_and(|link| link.open.is_none())
    }

    fn receive(&mut self, connection: usize, side: usize, item: Item) {
        let end = &self.connections[connection].ends[side];
        let (at, session) = (end.host, end.session);
        match (item, session) {
            (Item::Proof(node), _) => self.admit(connection, node),
            (_, None) => {}
            (Item::Welcome(node), Some(session)) => self.welcomed(connection, session, node),
            (Item::Refused(verdict), Some(session)) => {
                self.close(connection, DIALER);
                match verdict {
                    Verdict::Simultaneous => self.input(at, Input::DialYielded(session)),
                    _ => self.input(at, Input::DialFailed(session)),
                }
            }
            (Item::Heartbeat, Some(session)) => self.input(at, Input::Heard(session)),
            (Item::Members(nodes), Some(session)) => {
                let (now, id) = (self.now, self.node(at).id.clone());
                self.log.note(now, &id, || format!("{session}: members {nodes:?}"));
                self.input(at, Input::Heard(session));
                self.input(at, Input::Members { session, nodes });
            }
            (Item::Goodbye, Some(session)) => {
                self.deafen(connection, side);
                self.input(at, Input::Lost { session, cause: NodeDownCause::Left });
            }
            (Item::QuietAsk(theirs), Some(session)) => {
                self.input(at, Input::Heard(session));
                self.input(at, Input::QuietAsked { session, theirs });
            }
            (Item::QuietNo, Some(session)) => {
                self.input(at, Input::Heard(session));
                self.quiet_refused(at, session);
            }
            (Item::QuietYes, Some(session)) => {
                self.deafen(connection, side);
                self.input(at, Input::Lost { session, cause: NodeDownCause::Idle });
            }
            (Item::Frame(frame), Some(session)) => self.frame(at, session, frame),
            (Item::End, Some(session)) => self.ended(connection, side, session),
        }
    }

    /// A stranger is proven: whoever lives here now admits it or not.
    fn admit(&mut self, connection: usize, node: NodeId) {
        let Connected { at, wire, role } = self.connected(connection);
        if self.hosts[at].silent {
            return self.orphan(connection, ACCEPTOR);
        }
        let Some(run) = self.run(at) else { return self.close(connection, ACCEPTOR) };
        let now = self.instant();
        let proto = &mut self.node(at).proto;
        let admitted = match role {
            Role::Control => proto.admit_control(now, node.clone(), wire),
            Role::Lane(_) => proto.admit_lane(&node, wire),
        };
        self.carry_out(at);
        let (time, id) = (self.now, self.node(at).id.clone());
        self.log.note(time, &id, || format!("{node} comes, {role:?} {wire}: {admitted:?}"));
        let Ok(session) = admitted else {
            let verdict = admitted.expect_err("invariant: it was not admitted");
            self.send(connection, ACCEPTOR, Item::Refused(verdict));
            return self.close(connection, ACCEPTOR);
        };
        let end = &mut self.connections[connection].ends[ACCEPTOR];
        (end.run, end.session) = (Some(run), Some(session));
        match role {
            Role::Control => {
                let window = self.hosts[self.host(&node.name)].window;
                self.input(at, Input::PeerWindow { session, window });
                self.node(at).links.insert(session, Link::new(connection));
                self.send(connection, ACCEPTOR, Item::Welcome(id));
            }
            Role::Lane(_) => {
                let Some(link) = self.link(at, session) else { return };
                link.lane_socket = Some(connection);
                self.send(connection, ACCEPTOR, Item::Welcome(id));
                self.input_soon(at, Input::LaneOpened(session));
            }
        }
    }

    fn welcomed(&mut self, connection: usize, session: SessionId, node: NodeId) {
        self.connections[connection].ends[DIALER].answered = true;
        let at = self.connections[connection].ends[DIALER].host;
        match &self.connections[connection].role {
            Role::Control => {
                let window = self.hosts[self.host(&node.name)].window;
                self.input(at, Input::PeerWindow { session, window });
                self.input(at, Input::ControlOpened { session, node });
            }
            Role::Lane(wanted) if *wanted == node => self.input(at, Input::LaneOpened(session)),
            Role::Lane(_) => {
                self.close(connection, DIALER);
                self.input(at, Input::DialFailed(session));
            }
        }
    }

    fn frame(&mut self, at: usize, session: SessionId, frame: Frame) {
        let (now, id) = (self.now, self.node(at).id.clone());
        self.log.note(now, &id, || format!("{session}: {frame:?}"));
        self.log.saw(now, &id, Seen::Frame(session));
        if let Some(link) = self.link(at, session) {
            link.counts.received += 1;
        }
        self.input(at, Input::Heard(session));
        self.input(
            at,
            match frame {
                Frame::Tell(number) => return self.told(number),
                Frame::Call(number) => return self.called(at, session, number),
                Frame::Answer(number) => return self.answered(at, session, number),
                Frame::Name(message) => Input::Name { session, message },
                Frame::Group(message) => Input::Group { session, message },
                Frame::Monitor { reference, actor } => Input::WatchHeard { session, reference, actor },
                Frame::Demonitor { reference } => Input::UnwatchHeard { session, reference },
                Frame::Down { reference, reason } => Input::DownHeard { session, reference, reason },
                Frame::Link(message) => Input::LinkHeard { session, message },
            },
        );
    }

    /// Nothing more comes from the other side.
    fn ended(&mut self, connection: usize, side: usize, session: SessionId) {
        let at = self.connections[connection].ends[side].host;
        let failed = side == DIALER && !self.connections[connection].ends[side].answered;
        let is_lane = matches!(self.connections[connection].role, Role::Lane(_));
        self.deafen(connection, side);
        if failed {
            self.close(connection, side);
            self.input(at, Input::DialFailed(session));
        } else if is_lane {
            let Some(link) = self.link(at, session) else { return };
            link.ended = true;
            let after = if link.draining { Duration::ZERO } else { GRACE };
            let run = self.run(at).expect("invariant: it reads");
            self.schedule(after, Event::Fact(run, Input::Drained(session)));
        } else {
            self.input(at, Input::Lost { session, cause: NodeDownCause::Closed });
        }
    }

    /// Who dialed gives up if it has no answer.
    pub(super) fn lose_patience(&mut self, connection: usize) {
        let end = &self.connections[connection].ends[DIALER];
        let (at, session) = (end.host, end.session);
        let waits = end.reading && !end.answered && end.run == self.run(at);
        if let Some(session) = session.filter(|_| waits) {
            self.close(connection, DIALER);
            self.input(at, Input::DialFailed(session));
        }
    }

    fn connected(&self, connection: usize) -> Connected {
        let found = &self.connections[connection];
        Connected { at: found.ends[ACCEPTOR].host, wire: found.wire, role: found.role.clone() }
    }
}

/// Where a connection leads, and what for.
struct Connected {
    at: usize,
    wire: u64,
    role: Role,
}
