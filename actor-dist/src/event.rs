//! What a node tells of the cluster: events, and the subscription that starts with a snapshot and misses nothing after it.
//! Never blocks the node: a subscriber that falls behind by more than its bound is ended, and says so.

use std::net::SocketAddr;

use actor_core::{NodeDownCause, NodeId};
use tokio::sync::mpsc;

/// How many events may wait for one subscriber.
pub const EVENT_BOUND: usize = 4096;

/// Something that happened to the cluster, as seen from this node.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NodeEvent {
    /// A session with the node stands. Comes before every signal from it.
    Up {
        /// The node, in the run that connected.
        node: NodeId,
        /// The connection; its end carries the same.
        connection: ConnectionId,
    },
    /// The session is over. Comes after every signal from it, and after the monitors on its actors have fired.
    Down {
        /// The node.
        node: NodeId,
        /// The connection.
        connection: ConnectionId,
        /// What was seen.
        cause: NodeDownCause,
    },
    /// Somebody tried to connect to this node and was turned away.
    Refused {
        /// Where from.
        from: SocketAddr,
        /// Why, for people.
        why: String,
        /// Whether it could not prove the cookie.
        unproven: bool,
    },
    /// A node sent bytes that no node sends; its session ends with this.
    Malformed {
        /// The node.
        node: NodeId,
        /// The connection.
        connection: ConnectionId,
        /// What was wrong, for people.
        why: String,
    },
    /// The node's build and this one contradict each other about a type: nothing of it crosses between the two, nor of types that
    /// contain it. Comes after `Up`, for every such type; all else on the connection is as ever.
    SchemaConflict {
        /// The node.
        node: NodeId,
        /// The connection.
        connection: ConnectionId,
        /// The type's stable name, on this node.
        uri: String,
        /// Its structure on this node, in words.
        ours: String,
        /// Its structure on the other node, in words.
        theirs: String,
    },
    /// A name that this node had registered went to a better claim, made while the two did not see each other.
    NameLost {
        /// The name.
        name: String,
        /// The node that holds it now.
        winner: NodeId,
    },
}

/// One session with a node, as this node counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub(crate) u64);

/// A subscription to a node's events. It begins with an `Up` for every node that is connected, and then tells every
/// change, with no gap and none twice.
#[derive(Debug)]
pub struct Events(mpsc::Receiver<NodeEvent>);

impl Events {
    /// The next event; `None` once the node has stopped, or when this subscriber fell [`EVENT_BOUND`] events behind: then
    /// subscribe again, for a fresh snapshot.
    ///
    /// # Cancel safety
    /// No event is lost.
    pub async fn next(&mut self) -> Option<NodeEvent> {
        self.0.recv().await
    }
}

/// Who is told of events.
#[derive(Debug, Default)]
pub(crate) struct Subscribers(Vec<mpsc::Sender<NodeEvent>>);

impl Subscribers {
    /// A new subscriber, who is first told what stands.
    pub(crate) fn add(&mut self, snapshot: impl ExactSizeIterator<Item = NodeEvent>) -> Events {
        let (sender, receiver) = mpsc::channel(EVENT_BOUND + snapshot.len());
        for event in snapshot {
            let _fits = sender.try_send(event);
        }
        self.0.push(sender);
        Events(receiver)
    }

    /// Tells everybody; whoever is too far behind is dropped, so that they notice.
    pub(crate) fn tell(&mut self, event: &NodeEvent) {
        self.0.retain(|subscriber| subscriber.try_send(event.clone()).is_ok());
    }
}
