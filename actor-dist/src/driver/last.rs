//! The way out that this thread used last: most messages go where the one before them went, and find it without a look at all
//! ways. One that is over is not kept.

use std::{cell::Cell, sync::Arc};

use actor_core::{NodeName, SendFailure};

use super::Driver;
use crate::lane::Lane;

thread_local! {
    static LAST: Cell<Option<Last>> = const { Cell::new(None) };
}

/// A lane in use.
pub(super) struct Last {
    /// Whose it is; the lane of a node that is gone is over, so that the next one in its place does not use it.
    driver: usize,
    peer: NodeName,
    pub(super) lane: Arc<Lane>,
}

impl Driver {
    /// The way out to a node, to be kept if it was of use.
    pub(super) fn last(&self, peer: &NodeName) -> Result<Last, SendFailure> {
        let driver = std::ptr::from_ref(self).addr();
        let last = LAST.try_with(Cell::take).ok().flatten();
        // Mostly the name is the very same text.
        let is_same = |name: &NodeName| std::ptr::eq(name.as_str(), peer.as_str()) || name == peer;
        match last.filter(|last| last.driver == driver && is_same(&last.peer)) {
            Some(last) => Ok(last),
            None => Ok(Last { driver, peer: peer.clone(), lane: self.lane(peer)? }),
        }
    }
}

impl Last {
    pub(super) fn keep(self) {
        let _gone_with_its_thread = LAST.try_with(|last| last.set(Some(self)));
    }
}
