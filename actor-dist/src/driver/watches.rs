//! Watches that actors here hold on actors of other nodes: who is told, and by which number. When they fire is for `proto` to say.

use std::sync::Arc;

use actor_core::{ActorAddress, ActorId, MonitorRef, NodeId, Watcher};

use super::Driver;
use crate::proto::Input;

impl Driver {
    pub(crate) fn watch(&self, reference: MonitorRef, with: ActorAddress, watcher: Arc<dyn Watcher>) {
        let mut state = self.lock();
        state.watchers.insert(reference.0, watcher);
        self.handle_in(&mut state, Input::Watch { reference: reference.0, with });
    }

    /// The actor that a watch is for, if it is for one.
    pub(crate) fn watching_actor(&self, reference: u64) -> Option<ActorId> {
        let watcher = self.lock().watchers.get(&reference).map(Arc::clone)?;
        watcher.actor()
    }

    /// Forgets a watch without a word to its watcher, and says where the watched actor is, if it was not down yet.
    pub(crate) fn forget_watch(&self, reference: MonitorRef) -> Option<NodeId> {
        let mut state = self.lock();
        state.watchers.remove(&reference.0);
        state.proto.unwatch(reference.0)
    }
}
