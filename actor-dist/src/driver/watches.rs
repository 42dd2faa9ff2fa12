//! Watches that actors here hold on actors of other nodes: who is told, and by which number. When they fire is for `proto` to say.

use std::sync::Arc;

use actor_core::{ActorId, Down, ExitReason, MonitorRef, NodeDownCause, NodeId, Watcher};

use super::Driver;
use crate::proto::Input;

impl Driver {
    pub(crate) fn watch(&self, reference: MonitorRef, node: NodeId, watcher: Arc<dyn Watcher>) {
        let mut state = self.lock();
        state.watchers.insert(reference.0, watcher);
        self.handle_in(&mut state, Input::Watch { reference: reference.0, node });
    }

    /// Whether a watch stands.
    pub(crate) fn is_watching(&self, reference: MonitorRef) -> bool {
        self.lock().watchers.contains_key(&reference.0)
    }

    /// The actor that a watch is for, if it is for one.
    pub(crate) fn watching_actor(&self, reference: u64) -> Option<ActorId> {
        let watcher = self.lock().watchers.get(&reference).map(Arc::clone)?;
        watcher.actor()
    }

    /// Ends a watch with a word to its watcher, unless it has fired.
    pub(crate) fn fire(&self, reference: MonitorRef, reason: ExitReason) {
        let watcher = {
            let mut state = self.lock();
            state.proto.unwatch(reference.0);
            state.watchers.remove(&reference.0)
        };
        if let Some(watcher) = watcher {
            watcher.down(Down::new(reference, reason));
        }
    }

    /// Ends a watch of a node that is not connected and may not be, with a word to its watcher: at once, or with the session
    /// that drains.
    pub(crate) fn watch_barred(&self, reference: MonitorRef, node: &NodeId) {
        if !self.lock().proto.is_draining(node) {
            self.fire(reference, ExitReason::NodeDown(NodeDownCause::Refused));
        }
    }

    /// Forgets a watch without a word to its watcher, and says where the watched actor is, if it was not down yet.
    pub(crate) fn forget_watch(&self, reference: MonitorRef) -> Option<NodeId> {
        let mut state = self.lock();
        state.watchers.remove(&reference.0);
        state.proto.unwatch(reference.0)
    }
}
