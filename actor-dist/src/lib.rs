//! The actors of `actor-core` across machines: nodes in a mesh, sends and calls by handle, by name and by (name, node),
//! monitors, links, global names and groups, all typed by protocol.
//!
//! Above a [`Node`] nothing changes for an actor: a `Subject` is sent to, called, monitored, linked and shipped the same way
//! wherever its actor lives.

mod arrival;
mod callers;
mod chunks;
mod driver;
mod event;
mod frame;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzzing;
mod groups;
mod lane;
mod link;
mod link_stats;
mod names;
mod net;
mod node;
mod notice;
mod packet;
mod parked;
mod probe;
mod proto;
mod remote;
mod requests;
mod stall;
mod traffic;

pub use event::{ConnectionId, EVENT_BOUND, Events, NodeEvent};
pub use groups::{Everyone, GroupKey, Groups, JoinError, Reach};
pub use link_stats::{LinkStats, Moved, RoundTrip, Stalled};
pub use names::{AtNode, ByName, ByNameAt, Global, GlobalName, LookupError, REGISTER_DEADLINE, RegisterError, Term};
pub use net::transport;
pub use node::{
    AutoConnect, ConnectError, CookieFileError, DEFAULT_MAX_FRAME, DEFAULT_WINDOW, Node, NodeBuilder, StartError,
    Topology,
};
pub use proto::schema::Conflict;
