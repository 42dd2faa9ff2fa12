//! What ties one actor to others: who watches it, whom it watches, its links, and the exits that arrived. A pure table:
//! takes no lock, sends nothing; says what is to be done, and the cell does it.
//!
//! The rules are those of Erlang's signals (`erts/emulator/beam/erl_proc_sig_queue.c`, `erl_monitor_link.c`) with two
//! differences: an exit that waits in the mailbox is gone when its actor unlinks, and one that was to end its actor is
//! too.

use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    sync::{Arc, Weak},
};

use super::{MonitorRef, Watcher};
use crate::{
    cell::AnyCell,
    exit::ExitReason,
    identity::{ActorAddress, ActorId},
    route::Remote,
};

/// One actor's ties. Most actors have none.
#[derive(Default)]
pub(crate) enum Ties {
    #[default]
    None,
    Some(Box<Table>),
    /// It has ended, and somebody is still to be told.
    Ending(Box<Ending>),
    /// And why.
    Ended(Option<Box<ExitReason>>),
}

/// The end of an actor while others are told of it.
pub(crate) struct Ending {
    reason: ExitReason,
    /// Who came since: they hear that there is no such actor, after what they are told now (S1).
    late: Vec<Told>,
}

#[derive(Default)]
pub(crate) struct Table {
    /// Numbers everything in the order in which it began.
    turns: u64,
    /// By monitor and by who they are, since references of different watchers may be equal.
    watchers: HashMap<(MonitorRef, usize), (u64, Arc<dyn Watcher>)>,
    watching: BTreeMap<MonitorRef, Monitored>,
    links: HashMap<LinkKey, Linked>,
    trapping: bool,
    /// Exits whose turn has not come, and the links they came by.
    arrived: BTreeMap<u64, Option<LinkKey>>,
    /// Those of them that end the actor.
    fatal: VecDeque<(u64, ExitReason)>,
}

/// A link that stands.
struct Linked {
    turn: u64,
    to: LinkTo,
    /// The other end's exit is on its way ahead of what waits, because it ends the actor.
    hurried: bool,
}

/// Whom the actor watches.
pub(crate) enum Monitored {
    Local(Weak<dyn AnyCell>),
    Remote(Arc<dyn Remote>),
    Gone,
}

impl Monitored {
    /// Ends the monitor at the other end.
    pub(crate) fn unwatch(self, reference: MonitorRef, watcher: &Arc<dyn Watcher>) {
        match self {
            Monitored::Local(cell) => {
                if let Some(cell) = cell.upgrade() {
                    cell.core().unwatch(reference, watcher);
                }
            }
            Monitored::Remote(remote) => remote.unwatch(reference),
            Monitored::Gone => {}
        }
    }
}

/// Who is at the other end of a link.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) enum LinkKey {
    /// An actor of this process, by its system and its id there. Not by its place in memory: an exit that waits outlives it.
    Here(u64, ActorId),
    There(ActorAddress),
}

/// The way to the other end of a link.
pub(crate) enum LinkTo {
    Here(Weak<dyn AnyCell>),
    There(Arc<dyn Remote>, ActorAddress),
}

/// Whom to tell of the actor's end.
pub(crate) enum Told {
    Watcher(MonitorRef, Arc<dyn Watcher>),
    Link(LinkTo),
}

/// What an exit does.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// There is no such link, or it was a normal end.
    Nothing,
    /// It is a message, wanted while [`Ties::take_exit`] says so.
    Message(u64),
    /// The actor is to end, if [`Ties::take_fatal`] says so.
    Fatal,
    /// So many exits that were asked for wait as messages that this one does not.
    TooMany,
}

/// How many exits that were asked for, by no link, wait for an actor that traps exits.
pub const EXIT_BOUND: usize = 1024;

impl Ties {
    fn table(&mut self) -> Option<&mut Table> {
        if let Ties::None = self {
            *self = Ties::Some(Box::default());
        }
        self.known()
    }

    fn known(&mut self) -> Option<&mut Table> {
        match self {
            Ties::Some(table) => Some(table),
            Ties::None | Ties::Ending(_) | Ties::Ended(_) => None,
        }
    }

    /// Adds a watcher; gives it back if the actor has ended and everybody was told.
    pub(crate) fn add_watcher(
        &mut self,
        reference: MonitorRef,
        watcher: Arc<dyn Watcher>,
    ) -> Result<(), Arc<dyn Watcher>> {
        if let Ties::Ending(ending) = self {
            ending.late.push(Told::Watcher(reference, watcher));
            return Ok(());
        }
        let Some(table) = self.table() else { return Err(watcher) };
        let turn = table.turn();
        table.watchers.insert((reference, address(&watcher)), (turn, watcher));
        Ok(())
    }

    /// Takes one monitor of one watcher away.
    pub(crate) fn remove_watcher(&mut self, reference: MonitorRef, watcher: &Arc<dyn Watcher>) {
        let key = (reference, address(watcher));
        match self {
            Ties::Some(table) => drop(table.watchers.remove(&key)),
            Ties::Ending(ending) => ending.late.retain(|told| match told {
                Told::Watcher(reference, watcher) => (*reference, address(watcher)) != key,
                Told::Link(_) => true,
            }),
            Ties::None | Ties::Ended(_) => {}
        }
    }

    /// Who watches.
    pub(crate) fn watchers(&mut self) -> Vec<Arc<dyn Watcher>> {
        let watchers = self.known().map(|table| table.watchers.values());
        watchers.into_iter().flatten().map(|(_, watcher)| Arc::clone(watcher)).collect()
    }

    /// The actor watches another.
    pub(crate) fn watch(&mut self, reference: MonitorRef, monitored: Monitored) {
        if let Some(table) = self.table() {
            table.watching.insert(reference, monitored);
        }
    }

    /// It does not any more, or the down's turn has come; `None` if it did not.
    pub(crate) fn take_monitor(&mut self, reference: MonitorRef) -> Option<Monitored> {
        self.known()?.watching.remove(&reference)
    }

    /// The actor watches nobody any more.
    pub(crate) fn take_monitors(&mut self) -> BTreeMap<MonitorRef, Monitored> {
        self.known().map(|table| std::mem::take(&mut table.watching)).unwrap_or_default()
    }

    /// A link, unless it stands already; false if the actor has ended and everybody was told.
    pub(crate) fn link(&mut self, with: LinkKey, to: LinkTo) -> bool {
        if let Ties::Ending(ending) = self {
            ending.late.push(Told::Link(to));
            return true;
        }
        let Some(table) = self.table() else { return false };
        let turn = table.turn();
        table.links.entry(with).or_insert(Linked { turn, to, hurried: false });
        true
    }

    /// Whether the link stands.
    pub(crate) fn is_linked(&mut self, with: &LinkKey) -> bool {
        self.known().is_some_and(|table| table.links.contains_key(with))
    }

    /// The link has no effect any more, nor what came by it and was not taken yet. Whether there was one.
    pub(crate) fn unlink(&mut self, with: &LinkKey) -> bool {
        let Some(table) = self.known() else { return false };
        table.arrived.retain(|_, from| from.as_ref() != Some(with));
        table.links.remove(with).is_some()
    }

    /// The other end has no link any more; what came by it before stays.
    pub(crate) fn unlinked(&mut self, with: &LinkKey) {
        if let Some(table) = self.known() {
            table.links.remove(with);
        }
    }

    /// Whether exits are messages from now on.
    pub(crate) fn trap(&mut self, trapping: bool) {
        if let Some(table) = self.table() {
            table.trapping = trapping;
        }
    }

    /// Whether an exit by this link ends the actor, so that it need not wait behind messages. If so it does from now on, whether
    /// the actor traps exits meanwhile or not: it would be a message that passed others.
    pub(crate) fn hurry(&mut self, with: &LinkKey) -> bool {
        let link = self.known().filter(|table| !table.trapping).and_then(|table| table.links.get_mut(with));
        link.map(|link| link.hurried = true).is_some()
    }

    /// What was hurried has come. A link that stands yet is another one.
    pub(crate) fn hurried(&mut self, with: &LinkKey) {
        if let Some(link) = self.known().and_then(|table| table.links.get_mut(with)) {
            link.hurried = false;
        }
    }

    /// The other end of a link has ended. `reason` is made only if it ends this actor.
    pub(crate) fn linked_ended(
        &mut self,
        with: &LinkKey,
        normal: bool,
        reason: impl FnOnce() -> ExitReason,
    ) -> Arrival {
        let Some(table) = self.known() else { return Arrival::Nothing };
        match table.links.remove(with) {
            None => Arrival::Nothing,
            Some(link) => {
                let trapped = table.trapping && !link.hurried;
                table.arrive(Some(with.clone()), trapped, normal, reason)
            }
        }
    }

    /// An exit that came by no standing link: it was asked for, or the actor to link with was not there.
    pub(crate) fn exit(&mut self, from: Option<LinkKey>, normal: bool, reason: impl FnOnce() -> ExitReason) -> Arrival {
        self.table().map_or(Arrival::Nothing, |table| table.arrive(from, table.trapping, normal, reason))
    }

    /// The actor is to end, whether it traps exits or not. Takes its place among the exits that arrived.
    pub(crate) fn stop(&mut self, reason: ExitReason) {
        if let Some(table) = self.table() {
            table.end_by(None, reason);
        }
    }

    /// Whether an exit whose turn has come is still wanted.
    pub(crate) fn take_exit(&mut self, number: u64) -> bool {
        self.known().is_some_and(|table| table.arrived.remove(&number).is_some())
    }

    /// The exit by which the actor is to end, if it still is to.
    pub(crate) fn take_fatal(&mut self) -> Option<ExitReason> {
        let table = self.known()?;
        while let Some((number, reason)) = table.fatal.pop_front() {
            if table.arrived.remove(&number).is_some() {
                return Some(reason);
            }
        }
        None
    }

    /// Why the actor has ended, if it has and somebody could still ask.
    pub(crate) fn ended(&self) -> Option<&ExitReason> {
        match self {
            Ties::Ending(ending) => Some(&ending.reason),
            Ties::Ended(reason) => reason.as_deref(),
            Ties::None | Ties::Some(_) => None,
        }
    }

    /// The actor has ended: everybody who is to be told why, in the order in which their ties began. To be followed by
    /// [`late`](Self::late) when they were, unless there is nobody.
    pub(crate) fn end(&mut self, reason: &ExitReason, kept: Option<Box<ExitReason>>) -> Vec<Told> {
        let Ties::Some(table) = std::mem::replace(self, Ties::Ended(kept)) else { return Vec::new() };
        let watchers = table.watchers.into_iter();
        let watchers = watchers.map(|((reference, _), (turn, who))| (turn, Told::Watcher(reference, who)));
        let links = table.links.into_values().map(|link| (link.turn, Told::Link(link.to)));
        let mut told: Vec<_> = watchers.chain(links).collect();
        if !told.is_empty() {
            *self = Ties::Ending(Box::new(Ending { reason: reason.clone(), late: Vec::new() }));
        }
        told.sort_by_key(|(turn, _)| *turn);
        told.into_iter().map(|(_, told)| told).collect()
    }

    /// Everybody was told: those who came meanwhile are to be told that there is no such actor.
    pub(crate) fn late(&mut self, kept: Option<Box<ExitReason>>) -> Vec<Told> {
        match std::mem::replace(self, Ties::Ended(kept)) {
            Ties::Ending(ending) => ending.late,
            Ties::None | Ties::Some(_) | Ties::Ended(_) => Vec::new(),
        }
    }

    /// How many links, monitors of others, and watchers there are.
    pub(crate) fn count(&self) -> (usize, usize, usize) {
        match self {
            Ties::Some(table) => (table.links.len(), table.watching.len(), table.watchers.len()),
            Ties::None | Ties::Ending(_) | Ties::Ended(_) => (0, 0, 0),
        }
    }
}

impl Table {
    fn turn(&mut self) -> u64 {
        self.turns += 1;
        self.turns
    }

    fn arrive(
        &mut self,
        from: Option<LinkKey>,
        trapped: bool,
        normal: bool,
        reason: impl FnOnce() -> ExitReason,
    ) -> Arrival {
        match (trapped, normal) {
            (true, _) if from.is_none() && self.asked() >= EXIT_BOUND => Arrival::TooMany,
            (true, _) => {
                let number = self.turn();
                self.arrived.insert(number, from);
                Arrival::Message(number)
            }
            (false, true) => Arrival::Nothing,
            (false, false) => {
                self.end_by(from, reason());
                Arrival::Fatal
            }
        }
    }

    /// How many exits wait that came by no link.
    fn asked(&self) -> usize {
        self.arrived.values().filter(|from| from.is_none()).count()
    }

    fn end_by(&mut self, from: Option<LinkKey>, reason: ExitReason) {
        // One that no unlink can take back decides: what comes later never counts.
        if self.fatal.iter().any(|(number, _)| matches!(self.arrived.get(number), Some(None))) {
            return;
        }
        let number = self.turn();
        self.arrived.insert(number, from);
        self.fatal.push_back((number, reason));
    }
}

fn address(watcher: &Arc<dyn Watcher>) -> usize {
    Arc::as_ptr(watcher).addr()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Actor, Context, Down, Error, Handler, cell::Cell};

    #[derive(Actor)]
    #[actor(handles(Down))]
    struct Nobody;

    impl Handler<Down> for Nobody {
        async fn handle(&mut self, _: Down, _: &mut Context<Self>) -> Result<(), Error> {
            Ok(())
        }
    }

    /// L4, S1: an exit that comes ahead of messages ends the actor, though it begins to trap exits a moment before.
    #[test]
    fn an_exit_that_was_hurried_is_no_message() {
        let mut ties = Ties::default();
        let [one, other] = [1, 2].map(|actor| LinkKey::Here(1, ActorId(actor)));
        for with in [&one, &other] {
            assert!(!ties.hurry(with), "there is no link");
            assert!(ties.link(with.clone(), LinkTo::Here(Weak::<Cell<Nobody>>::new())));
            assert!(ties.hurry(with));
        }
        ties.hurried(&other);
        ties.trap(true);
        assert!(!ties.hurry(&other));
        let failed = || ExitReason::Failed("on purpose".into());
        assert!(matches!(ties.linked_ended(&other, false, failed), Arrival::Message(_)));
        assert_eq!(ties.linked_ended(&one, false, failed), Arrival::Fatal);
        assert_eq!(ties.take_fatal(), Some(failed()));
    }
}
