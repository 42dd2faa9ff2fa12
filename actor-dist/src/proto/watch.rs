//! By which session a new monitor or link with another node goes: the one that stands, the next, or the last. Asks the parts, as
//! `mod.rs` does, and keeps nothing.

use std::time::Instant;

use actor_core::{ActorAddress, ActorId, ExitReason, NodeDownCause};

use super::{Output, Proto, links, monitors};

impl Proto {
    /// A monitor of an earlier run of a node that is connected finds nobody.
    pub(super) fn watch(&mut self, now: Instant, reference: u64, ActorAddress { node, actor }: ActorAddress) {
        match self.sessions.standing(&node.name) {
            Some((session, standing)) if *standing == node => {
                self.monitors(|m, o| m.watch(reference, (node, actor), Some(session), o));
            }
            Some(_) => self.fire(reference, ExitReason::NoSuchActor),
            None if self.may_mention(now, &node.name).is_ok() => {
                let name = node.name.clone();
                self.monitors(|m, o| m.watch(reference, (node, actor), None, o));
                self.sessions(now, |s, o| s.connect(&name, now, o));
            }
            // A node that may not be connected is as good as down. Of one whose session drains, that is told with its end (M5).
            None => match self.sessions.draining(&node) {
                Some(session) => self.monitors(|m, o| m.watch(reference, (node, actor), Some(session), o)),
                None => self.fire(reference, ExitReason::NodeDown(NodeDownCause::Refused)),
            },
        }
    }

    fn fire(&mut self, reference: u64, reason: ExitReason) {
        self.outputs.push_back(Output::Monitor(monitors::Order::Deliver { reference, reason }));
    }

    /// A link with an earlier run of a node that is connected finds nobody.
    pub(super) fn link(&mut self, now: Instant, actor: ActorId, with: ActorAddress) {
        match self.sessions.standing(&with.node.name) {
            Some((session, node)) if *node == with.node => self.links(|l, o| l.link(actor, &with, Some(session), o)),
            Some(_) => {
                let reason = ExitReason::NoSuchActor;
                self.outputs.push_back(Output::Link(links::Order::Deliver { actor, with, reason }));
            }
            None if self.may_mention(now, &with.node.name).is_ok() => {
                self.links(|l, o| l.link(actor, &with, None, o));
                self.sessions(now, |s, o| s.connect(&with.node.name, now, o));
            }
            None => self.link_barred(actor, with),
        }
    }

    /// A node that may not be connected is as good as down. Of one whose session drains, the names and groups go first (M5).
    fn link_barred(&mut self, actor: ActorId, with: ActorAddress) {
        match self.sessions.draining(&with.node) {
            Some(session) => self.links(|l, o| l.link(actor, &with, Some(session), o)),
            None => {
                let reason = ExitReason::NodeDown(NodeDownCause::Refused);
                self.outputs.push_back(Output::Link(links::Order::Deliver { actor, with, reason }));
            }
        }
    }
}
