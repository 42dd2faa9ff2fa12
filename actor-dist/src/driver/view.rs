//! What look-ups and broadcasts read: the names and groups as `proto` last said, behind locks of their own, so that reading
//! them never waits for the control plane. Changes nothing by itself.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, PoisonError, RwLock},
};

use actor_core::{
    ActorAddress, ActorId, NodeId, Protocol, Subject,
    route::{Inlet, Remote, Way},
    wire::Edge,
};

use super::Driver;
use crate::{
    names::LookupError,
    proto::{groups, names},
};

/// The members of a group.
pub(super) type Members = BTreeMap<(NodeId, ActorId), groups::Member>;

/// The published names and groups.
#[derive(Debug, Default)]
pub(super) struct View {
    names: RwLock<HashMap<Arc<str>, (NodeId, names::Entry)>>,
    groups: RwLock<HashMap<Arc<str>, Arc<Members>>>,
}

impl View {
    pub(super) fn set_name(&self, owner: NodeId, entry: names::Entry) {
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        names.insert(Arc::clone(&entry.name), (owner, entry));
    }

    pub(super) fn unset_name(&self, name: &str) {
        self.names.write().unwrap_or_else(PoisonError::into_inner).remove(name);
    }

    pub(super) fn join(&self, group: Arc<str>, member: groups::Member) {
        let mut groups = self.groups.write().unwrap_or_else(PoisonError::into_inner);
        let key = (member.node.clone(), member.actor);
        Arc::make_mut(groups.entry(group).or_default()).insert(key, member);
    }

    pub(super) fn leave(&self, group: &str, member: &groups::Member) {
        let mut groups = self.groups.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(members) = groups.get_mut(group) {
            Arc::make_mut(members).remove(&(member.node.clone(), member.actor));
            if members.is_empty() {
                groups.remove(group);
            }
        }
    }

    pub(super) fn members(&self, group: &str) -> Arc<Members> {
        let groups = self.groups.read().unwrap_or_else(PoisonError::into_inner);
        groups.get(group).cloned().unwrap_or_default()
    }
}

impl Driver {
    pub(crate) fn lookup<P: Protocol>(&self, name: &str) -> Result<Subject<P>, LookupError> {
        let (owner, entry) = {
            let names = self.view.names.read().unwrap_or_else(PoisonError::into_inner);
            names.get(name).cloned().ok_or_else(|| LookupError::Unresolved(name.to_owned()))?
        };
        let wrong = || LookupError::WrongProtocol {
            name: name.to_owned(),
            registered_as: entry.uri.as_ref().to_owned(),
            expected: P::URI,
        };
        if entry.edge != P::EDGE {
            return Err(wrong());
        }
        self.subject(ActorAddress { node: owner, actor: entry.actor }, entry.via).ok_or_else(wrong)
    }

    pub(crate) fn members<P: Protocol>(&self, group: &str) -> Vec<Subject<P>> {
        let members = self.view.members(group);
        let typed = members.values().filter(|member| member.edge == P::EDGE);
        typed.filter_map(|m| self.subject(ActorAddress { node: m.node.clone(), actor: m.actor }, m.via)).collect()
    }

    /// The ways in to the members of a group that live here.
    pub(crate) fn local_members(&self, group: &str, edge: Edge) -> Vec<Arc<dyn Inlet>> {
        let members = self.view.members(group);
        let here = members.values().filter(|member| member.edge == edge && member.node == *self.id());
        let exports = self.settings.system.exports();
        here.filter_map(|member| exports.inlet(member.actor, Way::new(edge, member.via)).ok()).collect()
    }

    fn subject<P: Protocol>(&self, address: ActorAddress, via: u64) -> Option<Subject<P>> {
        let remote: Arc<dyn Remote> = self.arc();
        Subject::resolve(&remote, &self.settings.system, address, via).ok()
    }
}
