//! Room in an outlet: how much of it is taken, and for whom the node takes nothing more at the moment. Takes nothing in.

use super::{Cargo, Outlet, Recipient, Stage};

impl<C: Cargo> Outlet<C> {
    /// How many frames have gone out or wait to be written.
    pub(crate) fn frames(&self) -> u64 {
        self.frames
    }

    /// How many bytes wait for the writer or for the session.
    #[inline]
    pub(crate) fn waits(&self) -> usize {
        self.waiting_bytes + C::bytes(&self.row)
    }

    /// Whether a user's message finds no room now, whoever it is for.
    pub(crate) fn is_full(&self) -> bool {
        let bounds = C::BOUNDS;
        match self.stage {
            Stage::Open(_) => self.waits() >= bounds.high_water || self.bodies.bytes() >= bounds.bodies,
            Stage::Pending => self.waits() >= bounds.pending,
            Stage::Finished => false,
        }
    }

    /// What to wait on, if the node takes nothing more for this recipient.
    pub(crate) fn stopped(&self, to: &Recipient<'_>) -> Option<C::Go> {
        self.stops.get(to).cloned()
    }

    /// The node wants no more for this recipient, until it says so; false if it says so of too many.
    pub(crate) fn stop(&mut self, to: Recipient<'static>, go: impl FnOnce() -> C::Go) -> bool {
        matches!(self.stage, Stage::Finished) || self.stops.stop(to, go)
    }

    /// The node takes messages for it again; whom to tell.
    pub(crate) fn go(&mut self, to: &Recipient<'static>) -> Option<C::Go> {
        #[cfg(test)]
        self.forgets_stops(to);
        self.stops.go(to)
    }

    pub(super) fn is_stopped(&self, to: &Recipient<'_>) -> bool {
        #[cfg(test)]
        if self.has(super::planted::Planted::StopsAreIgnored) {
            return false;
        }
        self.stops.get(to).is_some()
    }
}
