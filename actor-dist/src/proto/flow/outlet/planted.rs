//! Bugs that can be planted in an outlet, to see whether the simulator finds them. Compiled for tests alone; an outlet has none
//! unless a test plants it.

use super::{Cargo, Outlet, Recipient, Stops, Wakes};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Planted {
    /// What comes while waiting messages are written overtakes them.
    SettlingIsOvertaken,
    /// What was held back goes out backwards.
    HeldTurnsAround,
    /// A go for one recipient is one for all.
    StopsAreForgotten,
    /// What is for a stopped recipient is taken all the same.
    StopsAreIgnored,
    /// What waited has room for ever.
    RoomIsLost,
    /// Nobody is told of bodies behind the last message that waited.
    BodiesAreForgotten,
    /// The writer is woken for what is urgent alone.
    WriterSleepsOn,
}

impl<C: Cargo> Outlet<C> {
    pub(crate) fn plant(&mut self, bug: Option<Planted>) {
        self.planted = bug;
    }

    pub(super) fn has(&self, bug: Planted) -> bool {
        self.planted == Some(bug)
    }

    pub(super) fn turns_around(&mut self) {
        if self.has(Planted::HeldTurnsAround) {
            self.waiting.make_contiguous().reverse();
        }
    }

    pub(super) fn forgets_stops(&mut self, but: &Recipient<'static>) {
        if self.has(Planted::StopsAreForgotten) {
            let go = self.stops.go(but);
            self.stops = Stops::default();
            if let Some(go) = go {
                self.stops.stop(but.clone(), || go);
            }
        }
    }

    pub(super) fn keeps_room(&mut self, size: usize) {
        if self.has(Planted::RoomIsLost) {
            self.waiting_bytes += size;
        }
    }

    pub(super) fn tells_nobody(&self, wakes: Wakes) -> Wakes {
        if self.has(Planted::BodiesAreForgotten) { Wakes::default() } else { wakes }
    }

    pub(super) fn sleeps_on(&mut self, urgent: bool) {
        self.starved &= urgent || !self.has(Planted::WriterSleepsOn);
    }
}
