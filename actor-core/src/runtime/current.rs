//! Which actor's handler runs on this thread now, and for which request of another node: the task-local of the library, for
//! saying who sent a message, who waits for whom, and how long. Set around every poll of a handler. Never used by codecs.

use std::{
    cell::{Cell, RefCell},
    sync::Arc,
    time::Duration,
};

use crate::{identity::ActorId, patience::Request};

thread_local! {
    /// The actor's and the system's number; no system has number 0. Words apart, which a processor hands on at once from who
    /// wrote them to who reads them.
    static CURRENT: (Cell<u64>, Cell<u64>) = const { (Cell::new(0), Cell::new(0)) };
    static SERVED: RefCell<Option<Arc<Request>>> = const { RefCell::new(None) };
}

/// An actor, and the number of its system.
#[derive(Clone, Copy)]
pub(crate) struct Current {
    pub(crate) actor: ActorId,
    pub(crate) system: u64,
}

/// The actor whose handler runs here.
#[inline]
pub(crate) fn current() -> Option<Current> {
    CURRENT.with(|(actor, system)| match system.get() {
        0 => None,
        number => Some(Current { actor: ActorId(actor.get()), system: number }),
    })
}

/// How long those still wait whose request is served here, if that is known.
pub(crate) fn left_to_serve() -> Option<Duration> {
    SERVED.with_borrow(|request| request.as_ref()?.left())
}

/// Until it is dropped this request is served here.
pub(super) struct Serving(Option<Arc<Request>>);

pub(super) fn serve(request: &Arc<Request>) -> Serving {
    Serving(SERVED.replace(Some(Arc::clone(request))))
}

impl Drop for Serving {
    fn drop(&mut self) {
        SERVED.set(self.0.take());
    }
}

/// Until it is dropped this actor's handler runs here.
pub(super) struct Entered(u64, u64);

#[inline]
pub(super) fn enter(actor: ActorId, system: u64) -> Entered {
    CURRENT.with(|(actor_now, system_now)| Entered(actor_now.replace(actor.0), system_now.replace(system)))
}

impl Drop for Entered {
    #[inline]
    fn drop(&mut self) {
        CURRENT.with(|(actor, system)| {
            actor.set(self.0);
            system.set(self.1);
        });
    }
}
