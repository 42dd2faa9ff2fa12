//! Bugs that can be planted in the signals of one system, to see whether the property test finds them. Compiled for tests
//! alone; a system has none unless a test plants it.

use crate::{
    cell::{AnyCell, Core},
    signal::{Down, MonitorRef, Monitored, Signal, Ties},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Planted {
    /// A down overtakes what waits in its watcher's mailbox, as it would by a queue of its own.
    ReorderedDown,
    /// A down is told twice, and its monitor outlives the first.
    DoubleDown,
    /// A link's exit is lost when something waits in the mailbox of the other end.
    LostExit,
}

fn is_planted(core: &Core, bug: Planted) -> bool {
    core.system.planted().get() == Some(&bug)
}

/// A down is to go into its watcher's mailbox, if it is given back.
pub(crate) fn down(watcher: &dyn AnyCell, down: Down) -> Option<Down> {
    if is_planted(watcher.core(), Planted::ReorderedDown) {
        watcher.signal_first(Signal::Down(down));
        return None;
    }
    if is_planted(watcher.core(), Planted::DoubleDown) {
        watcher.signal(Signal::Down(down.clone()));
    }
    Some(down)
}

/// A monitor is over, because its down's turn has come.
pub(crate) fn taken(watcher: &Core, ties: &mut Ties, monitor: MonitorRef) {
    if is_planted(watcher, Planted::DoubleDown) {
        ties.watch(monitor, Monitored::Gone);
    }
}

/// Whether the exit of a link gets lost on its way to this actor.
pub(crate) fn loses_exit(actor: &dyn AnyCell) -> bool {
    is_planted(actor.core(), Planted::LostExit) && actor.info().mailbox > 0
}
