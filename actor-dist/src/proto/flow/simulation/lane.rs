//! The loop around a real outlet, after `crate::lane` and `net::lane`: who is woken, what the writer does when, and what a frame
//! is. Decides nothing. The bounds are a sixteenth of the real ones.

use std::{cell::Cell, rc::Rc};

use actor_core::Incarnation;
use bytes::Bytes;

use super::mail::{Frame, Who};
use crate::proto::flow::{
    Recipient,
    outlet::{Bounds, Cargo, Outlet, Taken, Wakes, planted::Planted},
};

/// As `flow::BODIES`.
pub(super) const BODIES: usize = 4 << 20;
/// As `lane::CEILING`.
pub(super) const CEILING: usize = 16 << 20;
/// As `lane::HIGH_WATER`.
pub(super) const HIGH_WATER: usize = 64 << 10;
/// As `lane::STREAM`.
const STREAM: usize = 256;
/// As `lane::PARKED`.
pub(super) const PARKED: usize = 16;

/// The run of the other node with which there is a session, and one before it.
pub(super) const RUN: Incarnation = Incarnation(1);
pub(super) const EARLIER: Incarnation = Incarnation(0);

/// What a modelled lane carries: what it is about, and no bytes but those of bodies.
pub(super) struct Frames;

#[derive(Default)]
pub(super) struct Loaded {
    frame: Option<Frame>,
    body: Vec<Bytes>,
}

#[derive(Default)]
pub(super) struct Row {
    frames: Vec<Frame>,
    bytes: usize,
}

/// Who waits for an answer.
pub(super) struct Caller {
    pub(super) by: Who,
    /// Whose reply was passed on with the message.
    pub(super) behalf: Option<u64>,
    pub(super) waits: Cell<bool>,
}

/// A message that waits for a session.
pub(super) struct Parked {
    pub(super) frame: Frame,
    pub(super) caller: Option<Rc<Caller>>,
}

impl Cargo for Frames {
    type Frame = Loaded;
    type Row = Row;
    type Port = Rc<Caller>;
    type Message = Parked;
    type Go = u64;

    const BOUNDS: Bounds = Bounds {
        high_water: HIGH_WATER,
        pending: HIGH_WATER,
        ceiling: CEILING,
        bodies: BODIES,
        chunk: 128 << 10,
        enough: 1 << 10,
    };

    fn total(loaded: &Loaded) -> usize {
        loaded.frame.as_ref().map_or(0, Frame::size) + loaded.body.iter().map(Bytes::len).sum::<usize>()
    }

    fn is_token(loaded: &Loaded) -> bool {
        loaded.frame.as_ref().is_some_and(|frame| frame.apart)
    }

    fn load(row: &mut Row, loaded: &mut Loaded) -> Option<Vec<Bytes>> {
        let frame = loaded.frame.take()?;
        let apart = frame.apart;
        row.bytes += frame.size();
        row.frames.push(frame);
        apart.then(|| std::mem::take(&mut loaded.body))
    }

    fn bytes(row: &Row) -> usize {
        row.bytes
    }

    fn waits(_: &mut Loaded, _: Option<&Recipient<'_>>) {}

    fn is_abandoned(caller: &Rc<Caller>) -> bool {
        !caller.waits.get()
    }
}

impl Loaded {
    pub(super) fn new(frame: &Frame, body: Vec<Bytes>) -> Self {
        Loaded { frame: Some(frame.clone()), body }
    }

    pub(super) fn id(&self) -> Option<u64> {
        self.frame.as_ref().map(|frame| frame.id)
    }
}

/// A task that sleeps until it is woken: as with `Notify`, to be woken while awake is to be woken at the next sleep.
#[derive(Default)]
pub(super) struct Sleep {
    asleep: bool,
    woken: bool,
}

impl Sleep {
    pub(super) fn fall_asleep(&mut self) {
        self.asleep = true;
    }

    pub(super) fn wake(&mut self) {
        self.woken = true;
    }

    /// By itself.
    fn wake_up(&mut self) {
        self.asleep = false;
    }

    /// Whether it goes on.
    pub(super) fn is_awake(&mut self) -> bool {
        if self.asleep && self.woken {
            *self = Sleep::default();
        }
        !self.asleep
    }
}

/// What the writer is at.
pub(super) enum Writer {
    /// It writes what waited for the session, and has one of it at hand.
    Settles(Option<Parked>),
    /// It writes what there is.
    Writes,
    /// It has closed its direction.
    Shut,
}

pub(super) struct Lane {
    pub(super) outlet: Outlet<Frames>,
    pub(super) is_open: bool,
    pub(super) is_finished: bool,
    pub(super) writer: Writer,
    /// The writer's.
    pub(super) written: Sleep,
    /// What it took last was of a stream.
    streams: bool,
    /// It sleeps for a short while at most.
    soon: bool,
    /// Of the writer of bodies.
    pub(super) bodied: Sleep,
    /// How many frames have come from the other side.
    pub(super) received: u64,
}

impl Lane {
    pub(super) fn new(planted: Option<Planted>) -> Self {
        let mut outlet = Outlet::default();
        outlet.plant(planted);
        Lane {
            outlet,
            is_open: false,
            is_finished: false,
            writer: Writer::Settles(None),
            written: Sleep::default(),
            streams: false,
            soon: false,
            bodied: Sleep::default(),
            received: 0,
        }
    }

    /// But for those who wait for room.
    pub(super) fn wake(&mut self, wakes: Wakes) {
        if wakes.writer {
            self.written.wake();
        }
        if wakes.bodies {
            self.bodied.wake();
        }
    }

    /// Whether the writer goes on; a short sleep may be over.
    pub(super) fn is_writing(&mut self, over: bool) -> bool {
        if over && std::mem::take(&mut self.soon) {
            self.written.wake_up();
        }
        self.written.is_awake()
    }

    /// As `Lane::take` until it sleeps.
    pub(super) fn take(&mut self) -> (Taken, Vec<Frame>) {
        let mut row = Row::default();
        let taken = self.outlet.take(&mut row, self.streams);
        match taken {
            Taken::Frames => self.streams = row.bytes >= STREAM,
            Taken::Nothing => {
                self.soon = std::mem::take(&mut self.streams);
                self.written.fall_asleep();
            }
            Taken::End => self.writer = Writer::Shut,
        }
        (taken, row.frames)
    }
}
