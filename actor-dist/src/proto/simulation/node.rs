//! A machine, and the node that runs on it: its `Proto`, and around it what `driver` keeps.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use actor_core::{ActorId, NodeId, NodeName};

use super::{Event, lane::Lane, tie::Bond};
use crate::proto::{Config, Proto, dialing::Mode, idle::Counts, membership::Topology, names, session_id::SessionId};

/// An address at which one run of a node after the other may live.
pub(super) struct Host {
    pub(super) name: NodeName,
    pub(super) node: Option<Node>,
    /// How long its nodes bear silence.
    pub(super) window: Duration,
    /// When its nodes connect unasked.
    pub(super) connect: Mode,
    /// Whom they connect to by themselves.
    pub(super) topology: Topology,
    /// After how long without use they end sessions.
    pub(super) idle: Option<Duration>,
    /// All runs there were, the last of which may live.
    pub(super) runs: Vec<NodeId>,
    /// Nobody answers there, not even to say so.
    pub(super) silent: bool,
    pub(super) paused: bool,
    /// What waits for the end of the pause.
    pub(super) held: Vec<Event>,
}

pub(super) struct Node {
    pub(super) id: NodeId,
    pub(super) proto: Proto,
    pub(super) links: BTreeMap<SessionId, Link>,
    /// The way out to each node that was mentioned and is not lost.
    pub(super) lanes: BTreeMap<NodeName, usize>,
    /// All ways out that there were.
    pub(super) all_lanes: Vec<Lane>,
    /// Who waits for a connection.
    pub(super) connecting: BTreeMap<NodeName, Vec<Duration>>,
    pub(super) names: BTreeMap<Arc<str>, (NodeId, names::Entry)>,
    pub(super) groups: BTreeMap<Arc<str>, BTreeSet<(NodeId, ActorId)>>,
    pub(super) actors: BTreeSet<ActorId>,
    /// What stands in actors' tables for watchers elsewhere.
    pub(super) attached: BTreeMap<(SessionId, u64), ActorId>,
    /// Actors' tables of links, by their places in the log.
    pub(super) ties: BTreeMap<Bond, usize>,
    /// Whose handler is just linking or unlinking.
    pub(super) busy: BTreeSet<ActorId>,
    pub(super) leaving: bool,
    pub(super) planned: Option<Duration>,
    next: u64,
}

/// A session's connections.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) control: usize,
    pub(super) lane_socket: Option<usize>,
    /// The peer and the lane, once the session has opened.
    pub(super) open: Option<(NodeId, usize)>,
    /// Frames of the lane.
    pub(super) counts: Counts,
    /// The calls that wait for an answer on it.
    pub(super) ports: BTreeSet<usize>,
    pub(super) draining: bool,
    /// The lane was read to its end.
    pub(super) ended: bool,
}

impl Host {
    pub(super) fn new(name: NodeName, window: Duration) -> Self {
        Host {
            name,
            node: None,
            window,
            connect: Mode::Always,
            topology: Topology::FullMesh,
            idle: None,
            runs: Vec::new(),
            silent: false,
            paused: false,
            held: Vec::new(),
        }
    }
}

impl Node {
    pub(super) fn new(config: Config) -> Self {
        let id = config.me.clone();
        Node {
            id,
            proto: Proto::new(config),
            links: BTreeMap::new(),
            lanes: BTreeMap::new(),
            all_lanes: Vec::new(),
            connecting: BTreeMap::new(),
            names: BTreeMap::new(),
            groups: BTreeMap::new(),
            actors: (1..=3).map(ActorId).collect(),
            attached: BTreeMap::new(),
            ties: BTreeMap::new(),
            busy: BTreeSet::new(),
            leaving: false,
            planned: None,
            next: 3,
        }
    }

    /// A number not used before.
    pub(super) fn fresh(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// The names and groups that an actor, or any of its node, is known by here.
    pub(super) fn known_of(&self, (node, actor): &(NodeId, ActorId), whole: bool) -> Vec<Arc<str>> {
        let is_it = |owner: &NodeId, of: &ActorId| owner == node && (whole || of == actor);
        let names = self.names.iter().filter(|(_, (owner, entry))| is_it(owner, &entry.actor));
        let groups = self.groups.iter().filter(|(_, members)| members.iter().any(|(owner, of)| is_it(owner, of)));
        names.map(|(name, _)| name).chain(groups.map(|(group, _)| group)).cloned().collect()
    }

    /// Whether a session with that node stands.
    pub(super) fn is_connected(&self, peer: &NodeId) -> bool {
        self.proto.nodes().any(|(_, node)| node == peer)
    }

    /// The session that stands with a node.
    pub(super) fn session_with(&self, peer: &NodeId) -> Option<SessionId> {
        self.proto.nodes().find(|(_, node)| *node == peer).map(|(session, _)| session)
    }
}

impl Link {
    pub(super) fn new(control: usize) -> Self {
        Link {
            control,
            lane_socket: None,
            open: None,
            counts: Counts::default(),
            ports: BTreeSet::new(),
            draining: false,
            ended: false,
        }
    }

    pub(super) fn connections(&self) -> impl Iterator<Item = usize> {
        [Some(self.control), self.lane_socket].into_iter().flatten()
    }
}
