//! The inside of a running actor: its mailbox, its ties, and the handles that keep it alive. Erased views of it serve
//! whoever does not know its type. Never polls a handler: that is `runtime`'s.

use std::{
    any::type_name,
    collections::{BTreeMap, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

#[cfg(test)]
use crate::tests::planted;
use crate::{
    actor::Actor,
    census::Seat,
    dead_letter::{DeadLetter, DeadLetterReason, SentBy},
    exit::ExitReason,
    handle::{Counted, Handle},
    identity::ActorId,
    info::{ActorInfo, Progress},
    letter::{Letter, Source},
    lock::lock,
    mailbox::{Capacity, Mailbox, Stop},
    signal::{Arrival, Down, Exit, LinkKey, LinkTo, MonitorRef, Peer, Signal, Ties, Told, Watcher},
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
    /// It has ended: whoever makes it known by a name or outside from now on takes that back.
    gone: AtomicBool,
    pub(crate) progress: Progress,
    seat: Seat,
    ties: Mutex<Ties>,
}

impl Core {
    /// Whether it has ended, so that nobody will take its names and exports away. Asked after they were made, while its end
    /// asks for them after this was set: one of the two sees the other.
    pub(crate) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::SeqCst)
    }

    pub(crate) fn ties(&self) -> MutexGuard<'_, Ties> {
        lock(&self.ties)
    }

    /// Adds a watcher, or tells it at once that there is no such actor.
    pub(crate) fn watch(&self, reference: MonitorRef, watcher: Arc<dyn Watcher>) {
        if let Err(watcher) = self.try_watch(reference, watcher) {
            watcher.down(Down::new(reference, ExitReason::NoSuchActor));
        }
    }

    /// Adds a watcher, or tells it at once why the actor ended.
    pub(crate) fn watch_end(&self, reference: MonitorRef, watcher: Arc<dyn Watcher>) {
        let mut ties = self.ties();
        let ended = ties.ended().cloned();
        let added = match ended {
            Some(reason) => Err((watcher, reason)),
            None => ties.add_watcher(reference, watcher).map_err(|watcher| (watcher, ExitReason::NoSuchActor)),
        };
        drop(ties);
        if let Err((watcher, reason)) = added {
            watcher.down(Down::new(reference, reason));
        }
    }

    /// Adds a watcher, or gives it back because the actor has ended.
    pub(crate) fn try_watch(&self, reference: MonitorRef, watcher: Arc<dyn Watcher>) -> Result<(), Arc<dyn Watcher>> {
        self.ties().add_watcher(reference, watcher)
    }

    pub(crate) fn unwatch(&self, reference: MonitorRef, watcher: &Arc<dyn Watcher>) {
        self.ties().remove_watcher(reference, watcher);
    }

    /// The start hook is done.
    pub(crate) fn started(&self) {
        self.progress.set_started();
        let watchers = self.ties().watchers();
        watchers.into_iter().for_each(|watcher| guarded(|| watcher.started()));
    }

    pub(crate) fn peer(&self) -> Peer {
        Peer::local(&self.system, self.id)
    }

    /// Its end of a link, as the other end knows it.
    pub(crate) fn key(&self) -> LinkKey {
        LinkKey::Here(self.system.number(), self.id)
    }
}

/// A running actor of any type.
pub(crate) trait AnyCell: Send + Sync {
    fn core(&self) -> &Core;
    /// Whether it takes no messages any more.
    fn is_closed(&self) -> bool;
    /// Puts a signal in its place; dropped if the actor has ended.
    fn signal(&self, signal: Signal);
    /// Puts a signal in a place that is not its own.
    #[cfg(test)]
    fn signal_first(&self, signal: Signal);
    fn request_stop(&self, stop: Stop);
    fn info(&self) -> ActorInfo;
}

impl dyn AnyCell {
    /// The other end of a link has ended.
    pub(crate) fn linked_ended(&self, with: &LinkKey, peer: &Peer, reason: &ExitReason) {
        // Who links again finds the link or the exit, so that nothing overtakes it: both change under one lock.
        #[cfg(test)]
        if planted::loses_exit(self) {
            self.core().ties().unlinked(with);
        }
        let mut ties = self.core().ties();
        let arrival = ties.linked_ended(with, reason.is_normal(), || reason.through(peer));
        self.arrived(arrival, Some(peer), reason);
        drop(ties);
    }

    /// The actor to link with was not there.
    pub(crate) fn link_missed(&self, with: LinkKey, peer: &Peer) {
        let reason = ExitReason::NoSuchActor;
        let arrival = self.core().ties().exit(Some(with), false, || reason.through(peer));
        self.arrived(arrival, Some(peer), &reason);
    }

    /// Somebody tells it to exit.
    pub(crate) fn exit(&self, from: Option<&Peer>, reason: &ExitReason) {
        let arrival = self.core().ties().exit(None, false, || reason.clone());
        if arrival == Arrival::TooMany {
            let sender = from.map_or(SentBy::Outside, |peer| SentBy::Actor(peer.actor()));
            let letter =
                || DeadLetter::not_taken(self.info().kind, "Exit", "too many exits wait already", sender.clone());
            self.core().system.dead_letters().add_not_taken(1, letter);
        }
        self.arrived(arrival, from, reason);
    }

    /// Somebody tells it to stop, whether it traps exits or not.
    pub(crate) fn stop(&self) {
        self.core().ties().stop(ExitReason::Stopped);
        self.request_stop(Stop::Exit);
    }

    fn arrived(&self, arrival: Arrival, from: Option<&Peer>, reason: &ExitReason) {
        match arrival {
            Arrival::Nothing | Arrival::TooMany => {}
            Arrival::Message(number) => {
                self.signal(Signal::Exit(number, Exit::new(from.cloned(), reason.clone())));
            }
            Arrival::Fatal => self.request_stop(Stop::Exit),
        }
    }
}

/// Links two actors of this process; the first is told if the second has ended.
pub(crate) fn link(actor: &Arc<dyn AnyCell>, other: &Arc<dyn AnyCell>) {
    let (key, other_key) = (actor.core().key(), other.core().key());
    if key == other_key {
        return;
    }
    // Of an actor whose link still stands here, the exit is on its way.
    let answered = with_both(actor.core(), other.core(), |ties, others| {
        match others.link(key, LinkTo::Here(Arc::downgrade(actor))) {
            true => ties.link(other_key.clone(), LinkTo::Here(Arc::downgrade(other))),
            false => ties.is_linked(&other_key),
        }
    });
    if !answered {
        actor.link_missed(other_key, &other.core().peer());
    }
}

/// Ends a link, and all that came by it and was not taken yet.
pub(crate) fn unlink(actor: &Core, other: &Core) {
    if actor.key() != other.key() {
        with_both(actor, other, |ties, others| {
            ties.unlink(&other.key());
            others.unlinked(&actor.key());
        });
    }
}

/// Both actors' ties, locked in the same order whoever asks.
fn with_both<T>(one: &Core, other: &Core, act: impl FnOnce(&mut Ties, &mut Ties) -> T) -> T {
    let swapped = std::ptr::from_ref(one).addr() > std::ptr::from_ref(other).addr();
    let (first, second) = if swapped { (other, one) } else { (one, other) };
    let (mut first, mut second) = (first.ties(), second.ties());
    match swapped {
        true => act(&mut second, &mut first),
        false => act(&mut first, &mut second),
    }
}

pub(crate) struct Cell<A: Actor> {
    pub(crate) core: Core,
    pub(crate) mailbox: Mailbox<Letter<A::Inbox>>,
    /// How many handles keep the actor alive; once it is none it stays none.
    handles: AtomicUsize,
}

impl<A: Actor> Cell<A> {
    /// A cell, and the first handle to it.
    pub(crate) fn new(system: System, capacity: Capacity) -> Handle<Self> {
        let core = Core {
            id: system.next_actor(),
            progress: Progress::new(system.age(), A::LIFECYCLE.is_none()),
            system,
            exported: AtomicBool::new(false),
            named: AtomicBool::new(false),
            gone: AtomicBool::new(false),
            seat: Seat::default(),
            ties: Mutex::default(),
        };
        let cell = Arc::new(Cell { core, mailbox: Mailbox::new(capacity), handles: AtomicUsize::new(1) });
        let core = &cell.core;
        core.system.census().enter(core.id, &core.seat, Arc::downgrade(&cell) as Weak<dyn AnyCell>);
        Handle::counted(cell)
    }

    /// One handle more, unless there is none left.
    pub(crate) fn hold(self: &Arc<Self>) -> Option<Handle<Self>> {
        let more = |handles| if handles == 0 { None } else { Some(handles + 1) };
        let held = self.handles.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        held.is_ok().then(|| Handle::counted(Arc::clone(self)))
    }

    /// The beginning of the end: no message comes in any more, and those that wait become dead letters.
    pub(crate) fn close(&self, batch: VecDeque<Letter<A::Inbox>>, reason: &ExitReason) {
        let Some((first, rest)) = self.mailbox.close() else { return };
        if batch.is_empty() && first.is_none() {
            return;
        }
        let (core, receiver) = (&self.core, type_name::<A>());
        let mut elsewhere = BTreeMap::<u64, u64>::new();
        for letter in batch.into_iter().chain(first).chain(rest) {
            let Letter::Message(message, source) = letter else { continue };
            if let Some(node) = source.hears() {
                *elsewhere.entry(node).or_default() += 1;
            }
            core.system.dead_letters().add_ended(|| DeadLetter {
                to: Some(core.id),
                receiver: receiver.to_owned(),
                message: A::message_name(A::message_index(&message)).to_owned(),
                reason: DeadLetterReason::Ended(reason.clone()),
                from: source.sent_by(&core.system),
                count: 1,
            });
            // A user's message may panic when it is dropped; its actor ends all the same.
            let _dropped = catch_unwind(AssertUnwindSafe(|| drop(message)));
        }
        if let Some(remote) = core.system.remote().filter(|_| !elsewhere.is_empty()) {
            let nodes = elsewhere.into_iter().filter_map(|(node, count)| Some((core.system.node(node)?, count)));
            nodes.for_each(|(node, count)| remote.undelivered(&node, count));
        }
    }

    /// A message whose turn came when nobody waited for its answer any more.
    pub(crate) fn given_up(&self, message: A::Inbox, source: &Source) {
        let core = &self.core;
        core.system.dead_letters().add_given_up(|| DeadLetter {
            to: Some(core.id),
            receiver: type_name::<A>().to_owned(),
            message: A::message_name(A::message_index(&message)).to_owned(),
            reason: DeadLetterReason::GivenUp,
            from: source.sent_by(&core.system),
            count: 1,
        });
        let _dropped = catch_unwind(AssertUnwindSafe(|| drop(message)));
    }

    /// The end of a closed actor: names and groups go, then everybody who watches or is linked is told.
    pub(crate) fn end(&self, reason: &ExitReason) {
        let core = &self.core;
        core.gone.store(true, Ordering::SeqCst);
        if core.named.load(Ordering::SeqCst) {
            core.system.registry().remove_actor(core.id);
        }
        if core.exported.load(Ordering::SeqCst) {
            core.system.exports().remove(core.id);
            if let Some(remote) = core.system.remote() {
                remote.ended(core.id);
            }
        }
        let (handled, _) = core.progress.begun(|| self.mailbox.counts());
        core.system.census().leave(core.id, &core.seat, handled, reason);
        let kept = || (self.handles.load(Ordering::Relaxed) > 0).then(|| Box::new(reason.clone()));
        let told = core.ties().end(reason, kept());
        if told.is_empty() {
            return;
        }
        let (key, peer) = (core.key(), core.peer());
        tell(core, told, (&key, &peer), reason);
        let late = core.ties().late(kept());
        tell(core, late, (&key, &peer), &ExitReason::NoSuchActor);
    }
}

/// Tells of an actor's end, who is known to links as `who`.
fn tell(core: &Core, told: Vec<Told>, who: (&LinkKey, &Peer), reason: &ExitReason) {
    for told in told {
        guarded(|| match told {
            Told::Watcher(reference, watcher) => watcher.down(Down::new(reference, reason.clone())),
            Told::Link(LinkTo::Here(other)) => {
                if let Some(other) = other.upgrade() {
                    other.linked_ended(who.0, who.1, reason);
                }
            }
            Told::Link(LinkTo::There(remote, address)) => remote.exit(core.id, &address, reason),
        });
    }
}

/// Watchers and wakers may be anybody's: a panic of one does not keep the others from being told.
fn guarded(tell: impl FnOnce()) {
    if catch_unwind(AssertUnwindSafe(tell)).is_err() {
        tracing::error!("somebody panicked who was told of an actor");
    }
}

impl<A: Actor> AnyCell for Cell<A> {
    fn core(&self) -> &Core {
        &self.core
    }

    fn is_closed(&self) -> bool {
        self.mailbox.is_closed()
    }

    fn signal(&self, signal: Signal) {
        let _ended = self.mailbox.push_signal(Letter::Signal(Box::new(signal)));
    }

    #[cfg(test)]
    fn signal_first(&self, signal: Signal) {
        let _ended = self.mailbox.push_signal_first(Letter::Signal(Box::new(signal)));
    }

    fn request_stop(&self, stop: Stop) {
        self.mailbox.request_stop(stop);
    }

    fn info(&self) -> ActorInfo {
        ActorInfo::of(&self.core, type_name::<A>(), &self.mailbox, A::message_name)
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
pub(crate) struct ActorWatcher(pub(crate) Weak<dyn AnyCell>);

impl Watcher for ActorWatcher {
    fn down(&self, down: Down) {
        if let Some(cell) = self.0.upgrade() {
            #[cfg(test)]
            let Some(down) = planted::down(&*cell, down) else { return };
            cell.signal(Signal::Down(down));
        }
    }

    fn actor(&self) -> Option<ActorId> {
        self.0.upgrade().map(|cell| cell.core().id)
    }
}
