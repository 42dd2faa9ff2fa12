//! The connection of bodies, after `net::bulk`: the first side opens it when there is need for it, the second one asks by the
//! lane; one that was closed in order may be opened again. What is written waits in the connection until it is read.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use super::{
    World,
    fact::Fact,
    lane::CEILING,
    mail::{LONGEST, What, Who},
    mistake::Mistake,
};
use crate::proto::flow::{assembly::Assembly, bodies::Chunk};

/// How many chunks a connection holds.
const UNREAD: usize = 3;

pub(super) struct Bulk {
    pub(super) is_open: bool,
    /// The second side has asked for it.
    is_asked: bool,
    /// The first side was asked.
    pub(super) is_wanted: bool,
    /// For each side.
    pub(super) ends: [End; 2],
}

pub(super) struct End {
    /// What is to be read by this side.
    pub(super) unread: VecDeque<Piece>,
    assembly: Assembly,
    /// The bodies that are still written, as in `Signs::before`.
    before: u64,
    is_shut: bool,
    is_read: bool,
    /// There is no connection any more, and there will be none.
    pub(super) is_over: bool,
    /// How much of each body that has begun is on its way.
    sent: BTreeMap<u64, usize>,
    /// What a mistake keeps back.
    kept: Vec<Chunk>,
    /// How many bodies there have been.
    begun: u64,
}

pub(super) enum Piece {
    Chunk(Chunk),
    /// The direction was closed.
    End,
    /// The connection was cut.
    Cut,
}

impl End {
    fn new(is_over: bool, begun: u64) -> Self {
        End {
            unread: VecDeque::new(),
            assembly: Assembly::new(LONGEST, CEILING),
            before: u64::MAX,
            is_shut: false,
            is_read: false,
            is_over,
            sent: BTreeMap::new(),
            kept: Vec::new(),
            begun,
        }
    }
}

impl Bulk {
    pub(super) fn new() -> Self {
        Bulk { is_open: false, is_asked: false, is_wanted: false, ends: [End::new(false, 0), End::new(false, 0)] }
    }

    /// Nothing comes any more from the other side of this one.
    pub(super) fn cut(&mut self, side: usize, left: usize) {
        if self.is_open {
            let end = &mut self.ends[side];
            end.unread.truncate(left);
            end.unread.push_back(Piece::Cut);
        }
    }
}

impl World {
    /// The writer of bodies does its next step.
    pub(super) fn write_chunk(&mut self, side: usize) -> bool {
        if !self.nodes[side].lane.is_open || !self.nodes[side].lane.bodied.is_awake() {
            return false;
        }
        self.bodies_begin(side);
        if !self.bulk.is_open {
            return self.connect(side);
        }
        let (end, other) = (&self.bulk.ends[side], &self.bulk.ends[1 - side]);
        if end.is_shut || end.is_over || other.unread.len() >= UNREAD {
            return false;
        }
        let before = end.before;
        match self.nodes[side].lane.outlet.next_chunk(before) {
            Some(chunk) => {
                self.has_room(side);
                self.send_chunk(side, chunk);
            }
            None if before != u64::MAX || self.nodes[side].lane.is_finished => self.shut(side),
            None => {
                self.nodes[side].lane.bodied.fall_asleep();
                return false;
            }
        }
        true
    }

    fn bodies_begin(&mut self, side: usize) {
        for body in self.bulk.ends[side].begun..self.nodes[side].lane.outlet.bodies().count() {
            self.saw(Fact::Body { side, body });
        }
        self.bulk.ends[side].begun = self.nodes[side].lane.outlet.bodies().count();
    }

    fn connect(&mut self, side: usize) -> bool {
        let waits = !self.nodes[side].lane.outlet.bodies().is_empty();
        if self.bulk.ends.iter().any(|end| end.is_over) {
            return false;
        }
        match side {
            0 if waits || self.bulk.is_wanted => {
                let begun = [0, 1].map(|side| self.bulk.ends[side].begun);
                self.bulk = Bulk { is_open: true, ends: begun.map(|begun| End::new(false, begun)), ..Bulk::new() };
                self.nodes[1].lane.bodied.wake();
                true
            }
            1 if waits && !self.bulk.is_asked => {
                self.bulk.is_asked = true;
                let frame = self.frame_of(Who { side, number: 0 }, What::WantBodies);
                self.push_always(side, &frame);
                true
            }
            _ => {
                self.nodes[side].lane.bodied.fall_asleep();
                false
            }
        }
    }

    fn send_chunk(&mut self, side: usize, chunk: Chunk) {
        let end = &mut self.bulk.ends[side];
        if self.mistake == Some(Mistake::BodiesTakeNoTurns) && end.sent.keys().any(|body| *body != chunk.body) {
            end.kept.push(chunk);
            return;
        }
        let last = self.put_chunk(side, chunk);
        let end = &mut self.bulk.ends[side];
        if last && let Some(next) = end.kept.first().map(|chunk| chunk.body) {
            let (now, later) = std::mem::take(&mut end.kept).into_iter().partition(|chunk| chunk.body == next);
            end.kept = later;
            for chunk in <Vec<Chunk>>::into_iter(now) {
                self.put_chunk(side, chunk);
            }
        }
    }

    fn put_chunk(&mut self, side: usize, chunk: Chunk) -> bool {
        let (body, length) = (chunk.body, bytes_of(&chunk));
        let end = &mut self.bulk.ends[side];
        let sent = end.sent.entry(body).or_default();
        *sent += length;
        let last = *sent == chunk.length;
        if last {
            end.sent.remove(&body);
        }
        let before = end.before;
        self.saw(Fact::Chunk { side, body, last, before });
        let unread = &mut self.bulk.ends[1 - side].unread;
        let follows = matches!(unread.back(), Some(Piece::Chunk(one)) if one.body == body && bytes_of(one) == length);
        let place = unread.len() - usize::from(follows && self.mistake == Some(Mistake::ChunksSwapped));
        unread.insert(place, Piece::Chunk(chunk));
        last
    }

    /// Closes one direction.
    fn shut(&mut self, side: usize) {
        self.bulk.ends[side].is_shut = true;
        self.bulk.ends[1 - side].unread.push_back(Piece::End);
        self.close_bulk();
    }

    /// There was nothing to send for a while.
    pub(super) fn close_idle(&mut self) {
        let bulk = &self.bulk;
        if bulk.is_open && !bulk.ends[0].is_shut && self.nodes[0].lane.outlet.bodies().is_empty() {
            self.shut(0);
        }
    }

    fn close_bulk(&mut self) {
        let [one, other] = &mut self.bulk.ends;
        if one.is_shut && other.is_shut && one.is_read && other.is_read {
            let ends = [&*one, &*other].map(|end| End::new(end.is_over, end.begun));
            self.bulk = Bulk { is_wanted: self.bulk.is_wanted, ends, ..Bulk::new() };
            self.nodes.iter_mut().for_each(|node| node.lane.bodied.wake());
        }
    }

    /// The reader of bodies does its next step.
    pub(super) fn read_chunk(&mut self, side: usize) -> bool {
        if self.bulk.ends[side].is_over || self.nodes[side].inbound.gates.is_ahead() {
            return false;
        }
        match self.bulk.ends[side].unread.pop_front() {
            None => return false,
            Some(Piece::Chunk(chunk)) => self.chunk_came(side, &chunk),
            Some(Piece::End) => {
                let count = self.nodes[side].lane.outlet.bodies().count();
                self.nodes[side].lane.bodied.wake();
                let end = &mut self.bulk.ends[side];
                end.before = if self.mistake == Some(Mistake::ClosedWithinBodies) { 0 } else { count };
                end.is_read = true;
                if !end.assembly.is_empty() {
                    self.saw(Fact::Fault { side, what: "a connection was closed within a body".to_owned() });
                }
                self.close_bulk();
            }
            Some(Piece::Cut) => {
                self.bulk.ends[side].is_over = true;
                self.lose(side);
            }
        }
        true
    }

    fn chunk_came(&mut self, side: usize, chunk: &Chunk) {
        let Chunk { body, length, parts } = chunk;
        let assembly = &mut self.bulk.ends[side].assembly;
        let whole = match assembly.chunk(*body, *length, bytes_of(chunk)) {
            Ok(memory) => {
                parts.iter().for_each(|part| memory.extend_from_slice(part));
                assembly.complete(*body)
            }
            Err(error) => return self.saw(Fact::Fault { side, what: error.to_string() }),
        };
        self.saw(Fact::Read { side, body: *body, length: *length, last: whole.is_some() });
        if let Some(bytes) = whole {
            self.arrived(side, *body, bytes);
        }
    }
}

fn bytes_of(chunk: &Chunk) -> usize {
    chunk.parts.iter().map(Bytes::len).sum()
}
