//! The inside of a running actor: its mailbox, its watchers, and the handles that keep it alive. Erased views of it serve
//! whoever does not know its type. Never polls a handler: that is `runtime`'s.

use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use crate::{
    actor::{Actor, Handles},
    exit::{ExitReason, Stop},
    handle::{Counted, Handle},
    identity::ActorId,
    lock::lock,
    mailbox::{Capacity, Item, Mailbox},
    signal::{Down, MonitorRef, Watcher, Watchers},
    system::System,
};

/// What every actor has, whatever its type.
pub(crate) struct Core {
    pub(crate) id: ActorId,
    pub(crate) system: System,
    /// Whether anybody outside of this system may know it.
    pub(crate) exported: AtomicBool,
    /// Whether the system's registry may know it.
    pub(crate) named: AtomicBool,
    watchers: Mutex<Watchers>,
}

impl Core {
    /// Adds a watcher, or tells it at once that there is no such actor.
    pub(crate) fn watch(&self, reference: MonitorRef, watcher: Arc<dyn Watcher>) {
        if let Err(watcher) = self.try_watch(reference, watcher) {
            watcher.down(Down::new(reference, ExitReason::NoSuchActor));
        }
    }

    /// Adds a watcher, or gives it back because the actor has ended.
    pub(crate) fn try_watch(&self, reference: MonitorRef, watcher: Arc<dyn Watcher>) -> Result<(), Arc<dyn Watcher>> {
        lock(&self.watchers).add(reference, watcher)
    }

    pub(crate) fn unwatch(&self, reference: MonitorRef, watcher: &Arc<dyn Watcher>) {
        lock(&self.watchers).remove(reference, watcher);
    }
}

/// A running actor of any type.
pub(crate) trait AnyCell: Send + Sync {
    fn core(&self) -> &Core;
    fn is_closed(&self) -> bool;
}

pub(crate) struct Cell<A: Actor> {
    pub(crate) core: Core,
    pub(crate) mailbox: Mailbox<A::Inbox>,
    /// How many handles keep the actor alive; once it is none it stays none.
    handles: AtomicUsize,
}

impl<A: Actor> Cell<A> {
    /// A cell, and the first handle to it.
    pub(crate) fn new(system: System, capacity: Capacity) -> Handle<Self> {
        let core = Core {
            id: system.next_actor(),
            system,
            exported: AtomicBool::new(false),
            named: AtomicBool::new(false),
            watchers: Mutex::default(),
        };
        Handle::counted(Arc::new(Cell { core, mailbox: Mailbox::new(capacity), handles: AtomicUsize::new(1) }))
    }

    /// One handle more, unless there is none left.
    pub(crate) fn hold(self: &Arc<Self>) -> Option<Handle<Self>> {
        let more = |handles| if handles == 0 { None } else { Some(handles + 1) };
        let held = self.handles.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        held.is_ok().then(|| Handle::counted(Arc::clone(self)))
    }

    /// The end: what waits becomes dead letters, names and groups go, then everybody who watches is told. Ending twice is
    /// ending once.
    pub(crate) fn end(&self, batch: VecDeque<Item<A::Inbox>>, reason: &ExitReason) {
        let Some(left) = self.mailbox.close() else { return };
        let messages = batch.into_iter().chain(left).filter(|item| matches!(item, Item::Message(_)));
        // A user's message may panic when it is dropped; its actor ends all the same.
        let dropped = messages.map(|item| catch_unwind(AssertUnwindSafe(|| drop(item))));
        self.core.system.dead_letters().add_stopped(dropped.count());
        if self.core.named.load(Ordering::Acquire) {
            self.core.system.registry().remove_actor(self.core.id);
        }
        if self.core.exported.load(Ordering::Acquire) {
            self.core.system.exports().remove(self.core.id);
            if let Some(remote) = self.core.system.remote() {
                remote.ended(self.core.id);
            }
        }
        let watching = lock(&self.core.watchers).end();
        for (reference, watcher) in watching {
            watcher.down(Down::new(reference, reason.clone()));
        }
    }
}

impl<A: Actor> AnyCell for Cell<A> {
    fn core(&self) -> &Core {
        &self.core
    }

    fn is_closed(&self) -> bool {
        self.mailbox.is_closed()
    }
}

impl<A: Actor> Counted for Cell<A> {
    fn retain(&self) {
        self.handles.fetch_add(1, Ordering::Relaxed);
    }

    /// Without any handle left the actor drains its mailbox and ends.
    fn release(&self) {
        if self.handles.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.mailbox.request_stop(Stop::Unreferenced);
        }
    }
}

/// An actor as a watcher of others: its downs go into its mailbox, where they keep their place.
pub(crate) struct ActorWatcher<A: Actor>(pub(crate) Weak<Cell<A>>);

impl<A: Handles<Down>> Watcher for ActorWatcher<A> {
    fn down(&self, down: Down) {
        if let Some(cell) = self.0.upgrade() {
            let _ended = cell.mailbox.push_down(down.reference, A::wrap(down));
        }
    }
}
