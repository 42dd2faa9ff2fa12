//! What a handler can do as its actor: watch others, hand out its own subjects, end itself. Holds the actor weakly, so that
//! an actor does not keep itself alive.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Weak},
};

use crate::{
    actor::{Actor, ActorRef, Handles},
    cell::{ActorWatcher, AnyCell, Cell},
    identity::ActorId,
    protocol::Message,
    route::Remote,
    signal::{Down, MonitorRef, Watcher},
    subject::{Place, Subject},
    system::System,
};

/// The actor's own side of things, given to every handler.
pub struct Context<A: Actor> {
    cell: Arc<Cell<A>>,
    /// Most actors watch nobody.
    monitors: Option<Box<Monitors>>,
}

/// Whom the actor watches, and as whom.
struct Monitors {
    watcher: Arc<dyn Watcher>,
    standing: BTreeMap<MonitorRef, Monitored>,
}

/// How to end a monitor.
enum Monitored {
    Local(Option<Weak<dyn AnyCell>>),
    Remote(Arc<dyn Remote>),
    Gone,
}

impl<A: Actor> Context<A> {
    pub(crate) fn new(cell: Arc<Cell<A>>) -> Self {
        Context { cell, monitors: None }
    }

    pub(crate) fn cell(&self) -> &Arc<Cell<A>> {
        &self.cell
    }

    /// The actor's id in its system.
    pub fn id(&self) -> ActorId {
        self.cell.core.id
    }

    /// The system it runs in.
    pub fn system(&self) -> &System {
        &self.cell.core.system
    }

    /// A reference to this actor; `None` once no handle to it is left, when it is draining its mailbox.
    pub fn actor(&self) -> Option<ActorRef<A>> {
        self.cell.hold().map(ActorRef)
    }

    /// This actor as an address of protocol `P`, to hand out; `None` once no handle to it is left, when it is draining
    /// its mailbox and could not take a message any more.
    pub fn subject<P: Message>(&self) -> Option<Subject<P>>
    where
        A: Handles<P>,
    {
        self.actor().map(|actor| actor.subject())
    }

    /// Ends this actor after the handler in progress, with [`ExitReason::Normal`](crate::ExitReason). What waits in the
    /// mailbox becomes dead letters.
    pub fn stop(&mut self) {
        self.cell.mailbox.stop_self();
    }

    /// Watches another actor, on this node or another. Monitors are one-way, and independent of each other.
    ///
    /// # Delivery
    /// Exactly one [`Down`] per monitor: when the actor ends, when the connection to its node is lost, or at once when
    /// there is no such actor; after every earlier message of that actor. Watching does not keep the actor alive.
    pub fn monitor<P: Message>(&mut self, to: &Subject<P>) -> MonitorRef
    where
        A: Handles<Down>,
    {
        let reference = self.cell.core.system.next_monitor();
        let monitored = match to.place() {
            Place::Local(_) => Monitored::Local(to.cell().as_ref().map(Arc::downgrade)),
            Place::Remote(remote, _) => Monitored::Remote(Arc::clone(remote)),
            Place::Gone(_) => Monitored::Gone,
        };
        let cell = &self.cell;
        let monitors = self.monitors.get_or_insert_with(|| {
            let watcher = Arc::new(ActorWatcher(Arc::downgrade(cell)));
            Box::new(Monitors { watcher, standing: BTreeMap::new() })
        });
        monitors.standing.insert(reference, monitored);
        to.watch(reference, Arc::clone(&monitors.watcher));
        reference
    }

    /// Ends a monitor: no [`Down`] of it reaches the handler any more, even one that already waits in the mailbox.
    pub fn demonitor(&mut self, reference: MonitorRef) {
        let Some(monitors) = &mut self.monitors else { return };
        if let Some(monitored) = monitors.standing.remove(&reference) {
            monitored.unwatch(reference, &monitors.watcher);
        }
    }

    /// A down's turn has come: whether its monitor still stands.
    pub(crate) fn take_monitor(&mut self, reference: MonitorRef) -> bool {
        self.monitors.as_mut().is_some_and(|monitors| monitors.standing.remove(&reference).is_some())
    }
}

/// The actor has ended: nobody needs to tell it of others any more.
impl<A: Actor> Drop for Context<A> {
    fn drop(&mut self) {
        if let Some(monitors) = self.monitors.take() {
            for (reference, monitored) in monitors.standing {
                monitored.unwatch(reference, &monitors.watcher);
            }
        }
    }
}

impl Monitored {
    fn unwatch(self, reference: MonitorRef, watcher: &Arc<dyn Watcher>) {
        match self {
            Monitored::Local(cell) => {
                if let Some(cell) = cell.and_then(|cell| cell.upgrade()) {
                    cell.core().unwatch(reference, watcher);
                }
            }
            Monitored::Remote(remote) => remote.unwatch(reference),
            Monitored::Gone => {}
        }
    }
}

impl<A: Actor> fmt::Debug for Context<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("actor", &self.id()).finish_non_exhaustive()
    }
}
