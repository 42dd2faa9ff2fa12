//! The way out of a node, after `crate::lane`: the same bounds in the same order of questions, and the writer's side of it.
//! Everything about sessions that do not stand yet is left out. The bounds are a sixteenth of the real ones.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;

use super::{
    mail::{Frame, Who},
    mistake::Mistake,
};
use crate::proto::flow::{Recipient, bodies::Bodies, stops::Stops};

/// As `lane::HIGH_WATER`.
const HIGH_WATER: usize = 64 << 10;
/// As `flow::BODIES`.
pub(super) const BODIES: usize = 4 << 20;
/// As `lane::CEILING`.
pub(super) const CEILING: usize = 16 << 20;

/// As `flow::CHUNK`, and as many of them in a body as there may be.
const CHUNK: usize = 128 << 10;

pub(super) struct Lane {
    pub(super) out: VecDeque<Frame>,
    pub(super) bodies: Bodies,
    /// With the number that a stopped sender waits on.
    pub(super) stops: Stops<Recipient<'static>, u64>,
    /// Who waits for answers.
    pub(super) ports: BTreeMap<u64, Who>,
    pub(super) is_finished: bool,
    pub(super) is_shut: bool,
    waits: usize,
}

pub(super) enum Declined {
    Full,
    Finished,
}

impl Lane {
    pub(super) fn new() -> Self {
        Lane {
            out: VecDeque::new(),
            bodies: Bodies::in_chunks_of(CHUNK),
            stops: Stops::default(),
            ports: BTreeMap::new(),
            is_finished: false,
            is_shut: false,
            waits: 0,
        }
    }

    pub(super) fn put(
        &mut self,
        frame: &Frame,
        parts: Vec<Bytes>,
        to: Option<&Recipient<'static>>,
        mistake: Option<Mistake>,
    ) -> Result<(), Declined> {
        let always = to.is_none();
        let bound = if frame.port().is_some() { 2 * HIGH_WATER } else { HIGH_WATER };
        let full = self.waits >= if always { CEILING } else { bound };
        let crowded = frame.apart && self.bodies.bytes() >= if always { CEILING } else { BODIES };
        if self.is_finished {
            return Err(Declined::Finished);
        }
        let stopped = to.is_some_and(|to| self.stops.get(to).is_some());
        if full || crowded || stopped && mistake != Some(Mistake::SendersDoNotStop) {
            if mistake == Some(Mistake::RefusedLeaves) {
                self.append(frame.clone(), parts);
            }
            return Err(Declined::Full);
        }
        self.append(frame.clone(), parts);
        Ok(())
    }

    fn append(&mut self, frame: Frame, parts: Vec<Bytes>) {
        self.waits += frame.size();
        if frame.apart {
            self.bodies.add(parts);
        }
        self.out.push_back(frame);
    }

    /// Whether a user's message finds no room, whoever it is for.
    pub(super) fn is_full(&self) -> bool {
        !self.is_finished && (self.waits >= HIGH_WATER || self.bodies.bytes() >= BODIES)
    }

    /// All that waits, for the writer.
    pub(super) fn take(&mut self) -> VecDeque<Frame> {
        self.waits = 0;
        std::mem::take(&mut self.out)
    }
}
