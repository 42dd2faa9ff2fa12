//! What users and actors do to their node, one act each, as `driver`, `remote` and the local core bring it to `Proto`.

use std::{sync::Arc, time::Duration};

use actor_core::{ActorAddress, ActorId, ExitReason, NodeId, NodeName, wire::Edge};

use super::{
    Event, World,
    lane::Frame,
    log::{Registration, Seen, Watch},
};
use crate::proto::{Input, groups::Joiner, names::Offer};

/// How long a registration may take, as in the public `names`.
pub(super) const REGISTER: Duration = Duration::from_secs(5);
const URI: &str = "bank.Account";
const EDGE: Edge = Edge::of(URI, &[]);

impl World {
    pub(super) fn connect(&mut self, at: usize, other: usize) {
        if at == other || !self.is_at_work(at) {
            return;
        }
        let (now, peer): (Duration, NodeName) = (self.now, self.hosts[other].name.clone());
        let node = self.node(at);
        if !node.proto.nodes().any(|(_, node)| node.name == peer) {
            node.connecting.entry(peer.clone()).or_default().push(now);
            let id = node.id.clone();
            self.log.saw(now, &id, Seen::Asked(peer.clone()));
            self.input(at, Input::Connect(peer));
        }
    }

    pub(super) fn register(&mut self, at: usize, name: &str, actor: ActorId) {
        let stable = self.is_stable().then_some(self.log.churn);
        let (now, node) = (self.now, self.node(at));
        let (request, by) = (node.fresh(), node.id.clone());
        self.log.note(now, &by, || format!("registers `{name}` for {actor:?}, request {request}"));
        let (name, deadline): (Arc<str>, _) = (name.into(), now + REGISTER);
        let registration =
            Registration { by, request, name: name.clone(), actor, deadline, stable, answers: Vec::new() };
        self.log.registrations.push(registration);
        let offer = Offer { name, uri: URI.into(), edge: EDGE, version: 1, actor, via: 0 };
        let deadline = self.instant() + REGISTER;
        self.input(at, Input::Register { request, offer, deadline });
        if !self.node(at).actors.contains(&actor) {
            self.input(at, Input::ActorGone(actor));
        }
    }

    pub(super) fn unregister(&mut self, at: usize, name: &str) {
        let (now, id) = (self.now, self.node(at).id.clone());
        let held = self.node(at).proto.unregister(name);
        self.log.note(now, &id, || format!("unregisters `{name}`: {held}"));
        self.carry_out(at);
    }

    pub(super) fn join(&mut self, at: usize, group: &str, actor: ActorId) {
        let (now, id) = (self.now, self.node(at).id.clone());
        self.log.note(now, &id, || format!("{actor:?} joins `{group}`"));
        let joiner = Joiner { uri: URI.into(), edge: EDGE, version: 1, actor, via: 0 };
        let joined = self.node(at).proto.join(group.into(), joiner);
        assert_eq!(joined, Ok(()), "there is one protocol only");
        self.carry_out(at);
        if !self.node(at).actors.contains(&actor) {
            self.input(at, Input::ActorGone(actor));
        }
    }

    pub(super) fn leave_group(&mut self, at: usize, group: &str, actor: ActorId) {
        self.node(at).proto.leave(&group.into(), actor);
        self.carry_out(at);
    }

    /// As `remote` does it.
    pub(super) fn watch(&mut self, at: usize, target: (NodeId, ActorId)) {
        let (now, by) = (self.now, self.node(at).id.clone());
        if target.0.name == by.name {
            return;
        }
        let reference = self.node(at).fresh();
        self.log.note(now, &by, || format!("watches {target:?}, reference {reference}"));
        let session = self.node(at).session_with(&target.0);
        let watch = Watch { by, reference, target: target.clone(), since: now, session, given_up: None };
        self.log.watches.push(watch);
        let (node, actor) = target;
        self.input(at, Input::Watch { reference, with: ActorAddress { node, actor } });
    }

    pub(super) fn unwatch_some(&mut self, at: usize) {
        let (now, by) = (self.now, self.node(at).id.clone());
        let mine = |watch: &&mut Watch| watch.by == by && watch.given_up.is_none();
        let held: Vec<u64> = self.log.watches.iter_mut().filter(mine).map(|watch| watch.reference).collect();
        let Some(reference) = self.chance.pick(&held) else { return };
        self.log.note(now, &by, || format!("gives up watch {reference}"));
        for watch in self.log.watches.iter_mut().filter(|watch| watch.by == by && watch.reference == reference) {
            watch.given_up = Some(now);
        }
        let Some(node) = self.node(at).proto.unwatch(reference) else { return };
        if let Some(lane) = self.node(at).lanes.get(&node.name).copied() {
            self.push_frame(at, lane, Some(node.incarnation), Frame::Demonitor { reference });
        }
    }

    /// Names and groups go, then everybody who watches or is linked is told, as in `actor_core`.
    pub(super) fn end_actor(&mut self, at: usize, actor: ActorId) {
        let (now, id) = (self.now, self.node(at).id.clone());
        // Nobody ends in the middle of a word.
        if self.node(at).busy.contains(&actor) || !self.node(at).actors.remove(&actor) {
            return;
        }
        self.log.note(now, &id, || format!("{actor:?} ends"));
        self.log.ended.insert((id, actor), (now, ExitReason::Killed));
        if let Some(run) = self.run(at) {
            let after = self.chance.micros(0, 2000);
            self.schedule(after, Event::Ended(run, actor));
        }
    }

    /// An actor that is found no more says so.
    pub(super) fn report_end(&mut self, at: usize, actor: ActorId) {
        self.input(at, Input::ActorGone(actor));
        let watching: Vec<_> =
            self.node(at).attached.iter().filter(|(_, of)| **of == actor).map(|(at, _)| *at).collect();
        for (session, reference) in watching {
            self.input_soon(at, Input::ActorDown { session, reference, reason: ExitReason::Killed });
        }
        self.untie_all(at, actor);
    }
}
