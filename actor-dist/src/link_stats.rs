//! What can be seen of a link: what moved over it, what waits, how long the way is. Values to look at; counts nothing.

use std::time::Duration;

use actor_core::NodeId;

use crate::event::ConnectionId;

/// The link to a node, as it was when [`Node::link`](crate::Node::link) looked. Everything is counted from the beginning of this
/// connection; a new one begins anew.
///
/// ```
/// use actor_dist::Node;
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use actor_core::System;
/// let builder = |name| Node::builder(name).cookie("only for this example");
/// let alice = builder("alice")?.system(System::new()).start().await?;
/// let bob = builder("bob")?.system(System::new()).start().await?;
/// assert!(alice.link(bob.name()).is_none());
///
/// alice.connect(bob.name()).await?;
/// let link = alice.link(bob.name()).ok_or("it was lost again")?;
/// assert_eq!((&link.node, link.stalls.refused), (bob.id(), 0));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LinkStats {
    /// The node, in the run that is connected.
    pub node: NodeId,
    /// The connection, as the node's events call it.
    pub connection: ConnectionId,
    /// What went there.
    pub sent: Moved,
    /// What came from there.
    pub received: Moved,
    /// How many bytes wait to be written, large messages included. Users' messages are refused from 1 MiB of small ones on, calls
    /// from 2 MiB on, and large ones from 64 MiB of those on.
    pub queued: usize,
    /// What found no room.
    pub stalls: Stalled,
    /// How long it takes there and back. Measured a quarter of the [window](crate::NodeBuilder::window) after the connection was
    /// made, and every such quarter from then on.
    pub round_trip: Option<RoundTrip>,
    /// For how long nothing was heard from there. At the window, the node is taken for down.
    pub silence: Duration,
}

/// What moved in one direction, without heartbeats and the like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moved {
    /// Bytes on the wire. Sent are those that the system has taken.
    pub bytes: u64,
    /// Messages, answers, and the signals of monitors, links, names and groups. Sent are also those that wait to be written; what
    /// is read at once is counted when all of it was taken in.
    pub messages: u64,
}

/// What found no room on its way there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stalled {
    /// How many messages came back as [`Overloaded`](actor_core::SendError::Overloaded), or were held by a sender that waited.
    pub refused: u64,
    /// How many times a sender waited for room.
    pub waits: u64,
    /// How long all of them together.
    pub waited: Duration,
}

/// A way there and back, smoothed as in RFC 6298.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RoundTrip {
    /// The last one.
    pub latest: Duration,
    /// A mean in which the last one counts for an eighth.
    pub smoothed: Duration,
    /// How far they are from it, as a mean in which the last one counts for a quarter.
    pub variation: Duration,
}
