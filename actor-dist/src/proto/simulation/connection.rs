//! Connections: two streams, each first in first out, with delays of their own. What they carry is judged by `arrival`.

use std::{collections::VecDeque, time::Duration};

use actor_core::{NodeId, NodeName};

use super::{Event, Run, World, lane::Frame};
use crate::proto::{idle::Counts, session::Verdict, session_id::SessionId};

/// How long a dial waits for the answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Of a connection's ends.
pub(super) const DIALER: usize = 0;
pub(super) const ACCEPTOR: usize = 1;

#[derive(Debug)]
pub(super) enum Item {
    /// The dialer is proven.
    Proof(NodeId),
    /// So is the acceptor, and it has admitted the dialer.
    Welcome(NodeId),
    Refused(Verdict),
    Heartbeat,
    Members(Vec<NodeId>),
    Goodbye,
    /// The session is not used: may it end?
    QuietAsk(Counts),
    QuietNo,
    QuietYes,
    Frame(Frame),
    End,
}

/// What a connection is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    Control,
    /// Of a session with this node.
    Lane(NodeId),
}

#[derive(Debug)]
pub(super) struct Connection {
    pub(super) role: Role,
    pub(super) wire: u64,
    pub(super) ends: [End; 2],
}

#[derive(Debug)]
pub(super) struct End {
    pub(super) host: usize,
    /// The acceptor's is known once the dialer arrived.
    pub(super) run: Option<Run>,
    pub(super) session: Option<SessionId>,
    /// What is on its way to this end.
    pub(super) inbox: VecDeque<Item>,
    /// When the last of it arrives.
    last: Duration,
    /// How many arrivals wait for a cut to heal or for the lane to be read.
    pub(super) held: usize,
    pub(super) reading: bool,
    writing: bool,
    /// Its machine went without a word: who writes to it later is told that nobody is there.
    pub(super) orphaned: bool,
    /// The dialer has its answer.
    pub(super) answered: bool,
}

impl End {
    fn new(host: usize, run: Option<Run>, session: Option<SessionId>) -> Self {
        let (inbox, last) = (VecDeque::new(), Duration::ZERO);
        let (reading, writing) = (true, true);
        End { host, run, session, inbox, last, held: 0, reading, writing, orphaned: false, answered: false }
    }
}

impl World {
    /// Opens a connection to whoever is there when it arrives.
    pub(super) fn dial(&mut self, at: usize, session: SessionId, peer: &NodeName, role: Role, wire: u64) -> usize {
        let connection = self.connections.len();
        let run = self.run(at);
        let to = self.host(peer);
        let ends = [End::new(at, run, Some(session)), End::new(to, None, None)];
        self.connections.push(Connection { role, wire, ends });
        let proof = Item::Proof(self.node(at).id.clone());
        self.send(connection, DIALER, proof);
        self.schedule(PATIENCE, Event::Impatient(connection));
        connection
    }

    /// Puts an item on its way from one end to the other.
    pub(super) fn send(&mut self, connection: usize, from: usize, item: Item) {
        if self.connections[connection].ends[from].writing {
            self.push(connection, 1 - from, item);
        }
    }

    pub(super) fn push(&mut self, connection: usize, side: usize, item: Item) {
        let arrives = self.now + self.delay();
        let end = &mut self.connections[connection].ends[side];
        end.inbox.push_back(item);
        end.last = end.last.max(arrives);
        let after = end.last - self.now;
        self.schedule(after, Event::Arrive { connection, side });
    }

    /// Nothing more goes out from this end; what is on its way arrives.
    pub(super) fn finish(&mut self, connection: usize, side: usize) {
        self.send(connection, side, Item::End);
        self.connections[connection].ends[side].writing = false;
    }

    /// Neither goes anything out nor is anything read. Of a dial that is given up, the proof may not have gone out yet.
    pub(super) fn close(&mut self, connection: usize, side: usize) {
        let unsent = side == DIALER && self.chance.one_in(2);
        let other = &mut self.connections[connection].ends[1 - side];
        if unsent && matches!(other.inbox.front(), Some(Item::Proof(_))) {
            other.inbox.clear();
            other.held = 0;
        }
        self.finish(connection, side);
        self.deafen(connection, side);
    }

    /// The machine is gone without a word.
    pub(super) fn orphan(&mut self, connection: usize, side: usize) {
        self.connections[connection].ends[side].writing = false;
        self.connections[connection].ends[side].orphaned = true;
        self.deafen(connection, side);
    }

    pub(super) fn deafen(&mut self, connection: usize, side: usize) {
        let end = &mut self.connections[connection].ends[side];
        end.reading = false;
        end.held = 0;
    }

    /// The network tears the connection: each side loses a tail of what is on its way to it.
    pub(super) fn tear(&mut self, connection: usize) {
        for side in [DIALER, ACCEPTOR] {
            let inbox = &mut self.connections[connection].ends[side].inbox;
            let had_end = inbox.pop_back_if(|item| matches!(item, Item::End)).is_some();
            inbox.truncate(self.chance.below(inbox.len() + 1));
            if had_end {
                inbox.push_back(Item::End);
            }
            self.finish(connection, 1 - side);
        }
    }

    /// What waited for a cut to heal, or for the lane to be read, arrives now.
    pub(super) fn release(&mut self, connection: usize, side: usize) {
        let held = std::mem::take(&mut self.connections[connection].ends[side].held);
        for _ in 0..held {
            self.schedule(Duration::ZERO, Event::Arrive { connection, side });
        }
    }

    fn delay(&mut self) -> Duration {
        match self.chance.one_in(20) {
            true => self.chance.micros(100, 1000 * self.slowest),
            false => self.chance.micros(100, 100 * self.slowest),
        }
    }
}
