//! What a build of the service is to the rest of this program, and the table of the types that each build has.
//!
//! All builds are linked into this one binary, so each node is told which types are those of its build. A real program has one
//! build, and needs none of this.

use std::collections::BTreeMap;

use actor_core::{
    NodeName,
    prelude::*,
    wire::{Schema, SchemaConflict, SchemaTable},
};
use actor_dist::{Node, Reach};

use crate::control::{Peer, Tally};

/// The service of a build, as its own node uses it towards others.
pub(crate) trait Build: Send + Sync + Sized + 'static {
    /// Starts the shop and makes it known.
    fn open(node: &Node, label: &str) -> Result<Self, Error>;
    /// Takes it out of the group.
    fn close(&self);
    /// A call: the shop of that node counts from now on.
    fn greet(&self, to: &NodeName, news: u64) -> impl Future<Output = Result<bool, Error>> + Send;
    /// A tell.
    fn order(&self, to: &NodeName, number: u64) -> Result<(), Error>;
    /// A call; whether the answer is right.
    fn price(&self, to: &NodeName, label: &str, number: u64) -> impl Future<Output = Result<bool, Error>> + Send;
    /// A broadcast.
    fn sale(&self, number: u64) -> Result<Reach, Error>;
    /// A call: what the shop of that node has received.
    fn part(&self, to: &NodeName) -> impl Future<Output = Result<Tally, Error>> + Send;
    /// One of each kind, and what came of it.
    fn show(&self, to: &Peer, via: &Peer) -> impl Future<Output = Result<Vec<String>, Error>> + Send;
}

/// A protocol beside the service: builds contradict each other about it.
pub(crate) trait Till: Send + Sync + 'static {
    /// Starts the till and makes it known.
    fn open(node: &Node) -> Result<(), Error>;
    /// Sends it a coupon; what came of it.
    fn spend(node: &Node, to: &NodeName) -> impl Future<Output = String> + Send;
}

/// A build without a till.
pub(crate) struct NoTill;

impl Till for NoTill {
    fn open(_: &Node) -> Result<(), Error> {
        Ok(())
    }

    async fn spend(_: &Node, _: &NodeName) -> String {
        "this build has no till".to_owned()
    }
}

/// The types of these modules; of two with the same name, the one of the module that comes first.
pub(crate) fn table(modules: &[&str]) -> Result<SchemaTable, SchemaConflict> {
    let mut types = BTreeMap::new();
    for module in modules {
        let of_module = |schema: &&Schema| schema.path.contains(&format!("::{module}::"));
        for schema in Schema::linked().filter(of_module) {
            types.entry(schema.uri).or_insert_with(|| schema.clone());
        }
    }
    SchemaTable::of(types.into_values())
}
