//! A lane that is held back while the other side is asked whether the session may end: what is put into it waits, and then goes
//! out, or by the lane of the next session. Asks nobody; `driver::idle` does.

use std::collections::VecDeque;

use actor_core::SendFailure;

use super::{Lane, Stage, State, Waiting};

/// What was held back, for the next session.
#[derive(Default)]
pub(crate) struct Moved(VecDeque<Waiting>);

impl Moved {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Lane {
    /// Whether nothing waits to go out and nobody here waits for an answer.
    pub(crate) fn is_quiet(&self) -> bool {
        self.lock().is_quiet()
    }

    /// Holds back what comes from now on, if so many frames are all that there were and nothing is owed.
    pub(crate) fn hold(&self, sent: u64) -> bool {
        let mut state = self.lock();
        let holds =
            matches!(state.stage, Stage::Open(_)) && !state.settling && state.frames == sent && state.is_quiet();
        // What is put in while it settles waits.
        state.settling |= holds;
        state.held |= holds;
        holds
    }

    /// Whether what comes is held back.
    pub(crate) fn is_held(&self) -> bool {
        self.lock().held
    }

    /// What was held back goes out.
    pub(crate) fn release(&self) {
        self.lock().release();
        self.written.notify_one();
        self.bodied.notify_one();
    }

    /// Finishes, if so many frames are all that there were and nothing is owed or held back.
    pub(crate) fn finish_quiet(&self, sent: u64) -> bool {
        let finishes = {
            let mut state = self.lock();
            let open = matches!(state.stage, Stage::Open(_)) && state.settling == state.held;
            let finishes = open && state.frames == sent && state.waiting.is_empty() && state.is_quiet();
            if finishes {
                state.stage = Stage::Finished;
            }
            finishes
        };
        if finishes {
            self.finish();
        }
        finishes
    }

    /// Finishes, and gives back what was held back; but for what is of this session alone.
    pub(crate) fn finish_held(&self) -> Moved {
        let (bound, moved) = {
            let mut state = self.lock();
            let Stage::Open(run) = state.stage else { return Moved::default() };
            if !state.held {
                return Moved::default();
            }
            state.held = false;
            state.stage = Stage::Finished;
            state.waiting_bytes = 0;
            let (bound, moved): (VecDeque<_>, VecDeque<_>) =
                std::mem::take(&mut state.waiting).into_iter().partition(|waiting| waiting.bound);
            let moved = moved.into_iter().map(|waiting| Waiting { run: Some(waiting.run.unwrap_or(run)), ..waiting });
            (bound, Moved(moved.collect()))
        };
        self.finish();
        drop(super::never_left(bound, &SendFailure::Disconnected));
        moved
    }

    /// What was held back waits for a session, before all that comes.
    pub(crate) fn wait_with(&self, moved: Moved) {
        let mut state = self.lock();
        state.waiting_bytes += moved.0.iter().map(|waiting| waiting.size).sum::<usize>();
        for waiting in moved.0.into_iter().rev() {
            state.waiting.push_front(waiting);
        }
    }
}

impl State {
    fn is_quiet(&mut self) -> bool {
        self.ports.retain(|_, port| !port.is_abandoned());
        self.ports.is_empty() && self.out.is_empty() && self.bodies.is_empty()
    }

    pub(super) fn release(&mut self) {
        if std::mem::take(&mut self.held) {
            let message = self.next_message();
            debug_assert!(message.is_none(), "invariant: while a session stands only frames wait");
        }
    }
}
