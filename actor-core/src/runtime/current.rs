//! Which actor's handler runs on this thread now: the one task-local of the library, for saying who sent a message and who
//! waits for whom. Set around every poll of a handler. Never used by codecs.

use std::cell::Cell;

use crate::identity::ActorId;

thread_local! {
    static CURRENT: Cell<Option<Current>> = const { Cell::new(None) };
}

/// An actor, and the number of its system.
#[derive(Clone, Copy)]
pub(crate) struct Current {
    pub(crate) actor: ActorId,
    pub(crate) system: u64,
}

/// The actor whose handler runs here.
pub(crate) fn current() -> Option<Current> {
    CURRENT.get()
}

/// Until it is dropped this actor's handler runs here.
pub(super) struct Entered(Option<Current>);

pub(super) fn enter(actor: ActorId, system: u64) -> Entered {
    Entered(CURRENT.replace(Some(Current { actor, system })))
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.0);
    }
}
