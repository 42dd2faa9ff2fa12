//! What the operator and the nodes say to each other about the upgrade: the same in every build, and no part of the service.

use actor_core::prelude::*;

/// Where the operator finds the clerk of a node.
pub(crate) const CLERK: LocalName<Control> = LocalName::new("clerk");

/// What a node's clerk does for the operator.
#[derive(Protocol)]
#[wire(uri = "rolling.Control", version = 1)]
pub(crate) enum Control {
    /// Trade with this node from now on.
    Admit { peer: Peer, reply: Reply<bool> },
    /// So many rounds of traffic with all nodes, at once; besides those that never cease.
    Run { rounds: u64, reply: Reply<bool> },
    /// Trade with this node no more, and compare with it what was sent and what arrived.
    Release { peer: Peer, reply: Reply<Line> },
    /// The same, with all nodes.
    Quit { reply: Reply<Vec<Line>> },
    /// Send one of each kind to `to`, some by way of `via`, and say what came of it.
    Show { to: Peer, via: Peer, reply: Reply<Vec<String>> },
    /// Send a coupon to the till of this node, and say what came of it.
    Spend { to: Peer, reply: Reply<String> },
    /// What this node and that one contradict each other about.
    Conflict { with: Peer, reply: Reply<String> },
    /// End the process.
    Leave,
}

/// A node of the service.
#[derive(Wire, Debug, Clone)]
#[wire(uri = "rolling.Peer", version = 1)]
pub(crate) struct Peer {
    /// Its name, with the address.
    pub(crate) node: String,
    /// The shop it runs and the build it runs, `shop-1/v2`.
    pub(crate) label: String,
}

/// How many messages there were of each kind.
#[derive(Wire, Debug, Clone, Copy, Default, PartialEq, Eq)]
#[wire(uri = "rolling.Tally", version = 1)]
pub(crate) struct Tally {
    pub(crate) tells: u64,
    pub(crate) calls: u64,
    pub(crate) news: u64,
    /// Those that were not what they should be: lost, twice, out of order, or of wrong content.
    pub(crate) wrong: u64,
}

/// The traffic from one node to another, as both have counted it.
#[derive(Wire, Debug, Clone)]
#[wire(uri = "rolling.Line", version = 1)]
pub(crate) struct Line {
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) sent: Tally,
    pub(crate) received: Tally,
}

/// The build in a label.
pub(crate) fn build_of(label: &str) -> &str {
    label.split_once('/').map_or(label, |(_, build)| build)
}

impl Tally {
    pub(crate) fn add(&mut self, other: Tally) {
        self.tells += other.tells;
        self.calls += other.calls;
        self.news += other.news;
        self.wrong += other.wrong;
    }
}
