//! An outlet that is held back while the other side is asked whether the session may end: what is put into it waits, and then goes
//! out, or by the outlet of the next session. Asks nobody.

use std::collections::VecDeque;

use super::{Cargo, Outlet, Stage, Waiting, Wakes};

/// What was held back, for the next session.
pub(crate) struct Moved<C: Cargo>(VecDeque<Waiting<C>>);

impl<C: Cargo> Default for Moved<C> {
    fn default() -> Self {
        Moved(VecDeque::new())
    }
}

impl<C: Cargo> Moved<C> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What is left of an outlet that was held back and has finished.
pub(crate) struct Rest<C: Cargo> {
    pub(crate) moved: Moved<C>,
    /// What was of that session alone.
    pub(crate) bound: VecDeque<Waiting<C>>,
    /// As of `Outlet::finish`.
    pub(crate) stopped: Vec<C::Go>,
    pub(crate) wakes: Wakes,
}

impl<C: Cargo> Outlet<C> {
    /// Whether nothing waits to go out and nobody here waits for an answer.
    pub(crate) fn is_quiet(&mut self) -> bool {
        self.ports.retain(|_, port| !C::is_abandoned(port));
        self.ports.is_empty() && C::bytes(&self.row) == 0 && self.bodies.is_empty()
    }

    /// Holds back what comes from now on, if so many frames are all that there were and nothing is owed.
    pub(crate) fn hold(&mut self, sent: u64) -> bool {
        let stands = matches!(self.stage, Stage::Open(_)) && !self.settling;
        let holds = stands && self.frames == sent && self.is_quiet();
        // What is put in while it settles waits.
        self.settling |= holds;
        self.held |= holds;
        holds
    }

    /// Whether what comes is held back.
    pub(crate) fn is_held(&self) -> bool {
        self.held
    }

    /// What was held back goes out.
    pub(crate) fn release(&mut self) -> Wakes {
        self.let_go();
        Wakes { writer: true, bodies: true, room: false }
    }

    pub(super) fn let_go(&mut self) {
        if std::mem::take(&mut self.held) {
            #[cfg(test)]
            self.turns_around();
            self.write_all();
        }
    }

    /// All that waits goes out, where that is frames alone.
    pub(super) fn write_all(&mut self) {
        let message = self.up_to_message();
        debug_assert!(message.is_none(), "invariant: while a session stands only frames wait");
    }

    /// Finishes, if so many frames are all that there were and nothing is owed or held back. As `finish` then.
    pub(crate) fn finish_quiet(&mut self, sent: u64) -> Option<(Vec<C::Go>, Wakes)> {
        let open = matches!(self.stage, Stage::Open(_)) && self.settling == self.held;
        let finishes = open && self.frames == sent && self.waiting.is_empty() && self.is_quiet();
        finishes.then(|| self.finish())
    }

    /// Finishes, and gives back what was held back.
    pub(crate) fn finish_held(&mut self) -> Option<Rest<C>> {
        let Stage::Open(run) = self.stage else { return None };
        if !std::mem::take(&mut self.held) {
            return None;
        }
        self.waiting_bytes = 0;
        let (bound, moved): (VecDeque<_>, VecDeque<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|waiting| waiting.bound);
        let moved = moved.into_iter().map(|waiting| Waiting { run: Some(waiting.run.unwrap_or(run)), ..waiting });
        let moved = Moved(moved.collect());
        let (stopped, wakes) = self.finish();
        Some(Rest { moved, bound, stopped, wakes })
    }

    /// What was held back by the outlet before waits for a session, before all that comes.
    pub(crate) fn wait_with(&mut self, moved: Moved<C>) {
        self.waiting_bytes += moved.0.iter().map(|waiting| waiting.size).sum::<usize>();
        for waiting in moved.0.into_iter().rev() {
            self.waiting.push_front(waiting);
        }
    }
}
