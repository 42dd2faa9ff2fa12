//! Names whose senders a full mailbox has stopped, and which may lead to another actor one day: who wrote to the name may then go
//! on. Neither gives names nor takes them, and stops nobody: gates do.

use std::sync::Arc;

use actor_core::ActorId;

use super::{addressee::Addressee, inbound::Inbound};
use crate::proto::flow::Recipient;

impl Inbound {
    /// A mailbox is full: its gate is to hold what comes, and those who write to it are to stop. What had to wait may have come by
    /// a name that leads elsewhere by now.
    pub(super) fn no_room(self: &Arc<Self>, actor: ActorId, to: &Addressee) {
        let leads_here = |to: &Recipient<'_>| match to {
            Recipient::Actor(_) => true,
            Recipient::Name(name) => self.origin.system.named_actor(name) == Some(actor),
        };
        self.gates(|gates, orders| gates.full(actor, to.recipient().filter(leads_here), orders));
    }

    /// Looks where the names lead whose senders are stopped; whether to look again.
    pub(crate) fn look_at_names(self: &Arc<Self>) -> bool {
        let stopped = self.lock().gates.stopped_names();
        for to in &stopped {
            if let Recipient::Name(name) = to {
                self.gates(|gates, orders| gates.led(to, self.origin.system.named_actor(name), orders));
            }
        }
        let mut state = self.lock();
        state.is_looked_after = !self.is_over() && !state.gates.stopped_names().is_empty();
        state.is_looked_after
    }
}
