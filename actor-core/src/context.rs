//! What a handler can do as its actor: watch others, hand out its own subjects, end itself. Holds the actor's cell
//! without being counted, so that an actor does not keep itself alive.

use std::{
    fmt,
    sync::{Arc, Weak},
};

use crate::{
    actor::{Actor, ActorRef, Handles},
    cell::{self, ActorWatcher, AnyCell, Cell},
    endpoint::Place,
    identity::{ActorAddress, ActorId},
    protocol::Message,
    route::Remote,
    signal::{Down, Exit, LinkKey, LinkTo, MonitorRef, Monitored, Peer, Signal, Watcher},
    subject::Subject,
    system::System,
};

/// The actor's own side of things, given to every handler.
pub struct Context<A: Actor> {
    cell: Arc<Cell<A>>,
    /// Most actors neither watch others nor trap exits.
    signals: Option<Box<Signals<A>>>,
}

/// How signals become messages of this actor, and as whom it watches.
struct Signals<A: Actor> {
    watcher: Arc<dyn Watcher>,
    down: Option<fn(Down) -> A::Inbox>,
    exit: Option<fn(Exit) -> A::Inbox>,
}

impl<A: Actor> Context<A> {
    pub(crate) fn new(cell: Arc<Cell<A>>) -> Self {
        Context { cell, signals: None }
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

    /// Starts an actor in this actor's system, with a mailbox of its type's [`Capacity`](Actor::CAPACITY).
    ///
    /// # Delivery
    /// As [`System::spawn`].
    pub fn spawn<B: Actor>(&self, actor: B) -> ActorRef<B> {
        self.system().spawn(actor)
    }

    /// Starts an actor that is linked to this one before it does anything.
    ///
    /// # Delivery
    /// As [`System::spawn`] and [`link`](Self::link).
    pub fn spawn_linked<B: Actor>(&mut self, actor: B) -> ActorRef<B> {
        let (child, start) = self.system().prepare(actor, B::CAPACITY);
        cell::link(&self.any(), &child.any());
        start();
        child
    }

    /// Starts an actor that this one monitors before it does anything.
    ///
    /// # Delivery
    /// As [`System::spawn`] and [`monitor`](Self::monitor).
    pub fn spawn_monitored<B: Actor>(&mut self, actor: B) -> (ActorRef<B>, MonitorRef)
    where
        A: Handles<Down>,
    {
        let (child, start) = self.system().prepare(actor, B::CAPACITY);
        let any = child.any();
        let (reference, watcher) = self.watch(Monitored::Local(Arc::downgrade(&any)));
        any.core().watch(reference, watcher);
        start();
        (child, reference)
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
        let (reference, watcher) = self.watch(to.monitored());
        to.watch(reference, watcher);
        reference
    }

    /// Ends a monitor: no [`Down`] of it reaches the handler any more, even one that already waits in the mailbox.
    pub fn demonitor(&mut self, reference: MonitorRef) {
        let monitored = self.cell.core.ties().take_monitor(reference);
        if let (Some(monitored), Some(signals)) = (monitored, &self.signals) {
            monitored.unwatch(reference, &signals.watcher);
        }
    }

    /// Links this actor with another, on this node or another: when one of them ends other than normally, the other ends
    /// too, unless it traps exits. Links have no direction; there is one at most between two actors, and linking again, or
    /// with itself, changes nothing.
    ///
    /// # Delivery
    /// One exit: when the other actor ends, when the connection to its node is lost, or at once when there is no such
    /// actor; after every earlier message of that actor. It ends this actor after the handler in progress, ahead of the
    /// messages that wait, with [`ExitReason::Linked`](crate::ExitReason); with
    /// [`trap_exits`](Self::trap_exits) it is an [`Exit`] in its place among the messages. A link does not keep the other
    /// actor alive.
    pub fn link<P: Message>(&mut self, to: &Subject<P>) {
        match to.place() {
            Place::Local(_) => {
                if let Some(other) = to.cell() {
                    cell::link(&self.any(), &other);
                }
            }
            Place::Remote(remote, address) => match self.own(remote) {
                Some(remote) => self.link_there(&remote, address),
                None => self.any().link_missed(LinkKey::There(address.clone()), &Peer::remote(address)),
            },
            Place::Gone(address) => {
                let peer = Peer::remote(address);
                self.any().link_missed(LinkKey::There(address.clone()), &peer);
            }
        }
    }

    fn link_there(&self, remote: &Arc<dyn Remote>, address: &ActorAddress) {
        let core = &self.cell.core;
        core.system.exports().know(&self.any());
        let key = LinkKey::There(address.clone());
        if !core.ties().is_linked(&key) {
            core.ties().link(key, LinkTo::There(Arc::clone(remote), address.clone()));
            remote.link(core.id, address);
        }
    }

    /// The way out of this actor's own system, by which its id means this actor: a subject may be of another system's node.
    fn own(&self, remote: &Arc<dyn Remote>) -> Option<Arc<dyn Remote>> {
        match remote.system().same(self.system()) {
            true => Some(Arc::clone(remote)),
            false => self.system().remote(),
        }
    }

    /// Ends the link with another actor, if there is one: it has no effect on this actor any more, even if the other one has
    /// ended already and its exit waits.
    pub fn unlink<P: Message>(&mut self, to: &Subject<P>) {
        let core = &self.cell.core;
        match to.place() {
            Place::Local(other) => cell::unlink(core, other.core()),
            Place::Remote(remote, address) => {
                let linked = core.ties().unlink(&LinkKey::There(address.clone()));
                if let Some(remote) = self.own(remote).filter(|_| linked) {
                    remote.unlink(core.id, address);
                }
            }
            Place::Gone(address) => {
                core.ties().unlink(&LinkKey::There(address.clone()));
            }
        }
    }

    /// From now on exits that arrive are messages: an [`Exit`] for each, whatever the reason, in its place among the messages.
    /// A stop and a kill cannot be trapped. An exit that arrived before stays what it was.
    pub fn trap_exits(&mut self)
    where
        A: Handles<Exit>,
    {
        self.signals().exit = Some(A::wrap);
        self.cell.core.ties().trap(true);
    }

    /// From now on exits that arrive end this actor again, unless they are normal. Those that wait as messages stay messages.
    pub fn untrap_exits(&mut self) {
        self.cell.core.ties().trap(false);
    }

    /// A monitor of this actor's, which is to begin at its other end.
    fn watch(&mut self, monitored: Monitored) -> (MonitorRef, Arc<dyn Watcher>)
    where
        A: Handles<Down>,
    {
        let reference = self.system().next_monitor();
        self.cell.core.ties().watch(reference, monitored);
        let signals = self.signals();
        signals.down = Some(A::wrap);
        (reference, Arc::clone(&signals.watcher))
    }

    fn signals(&mut self) -> &mut Signals<A> {
        let cell = &self.cell;
        self.signals.get_or_insert_with(|| {
            let cell = Arc::downgrade(cell) as Weak<dyn AnyCell>;
            Box::new(Signals { watcher: Arc::new(ActorWatcher(cell)), down: None, exit: None })
        })
    }

    fn any(&self) -> Arc<dyn AnyCell> {
        Arc::clone(&self.cell) as Arc<dyn AnyCell>
    }

    /// A signal's turn has come: the message it is, if it is still wanted.
    pub(crate) fn take(&mut self, signal: Signal) -> Option<A::Inbox> {
        let signals = self.signals.as_ref()?;
        let mut ties = self.cell.core.ties();
        match signal {
            Signal::Down(down) => {
                ties.take_monitor(down.reference)?;
                #[cfg(test)]
                crate::tests::planted::taken(&self.cell.core, &mut ties, down.reference);
                drop(ties);
                signals.down.map(|wrap| wrap(down))
            }
            Signal::Exit(number, exit) => {
                let wanted = ties.take_exit(number);
                drop(ties);
                signals.exit.filter(|_| wanted).map(|wrap| wrap(exit))
            }
        }
    }
}

/// The actor has ended: nobody needs to tell it of others any more.
impl<A: Actor> Drop for Context<A> {
    fn drop(&mut self) {
        let Some(signals) = self.signals.take() else { return };
        let monitors = self.cell.core.ties().take_monitors();
        for (reference, monitored) in monitors {
            monitored.unwatch(reference, &signals.watcher);
        }
    }
}

impl<A: Actor> fmt::Debug for Context<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("actor", &self.id()).finish_non_exhaustive()
    }
}
