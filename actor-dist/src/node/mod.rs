//! A node: a system known to others by a name, in a mesh with other nodes. The facade that users hold; everything it does is
//! the driver's.

mod builder;
mod error;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actor_core::{NodeId, NodeName, System};

use crate::{
    driver::Driver,
    event::Events,
    groups::Groups,
    link_stats::LinkStats,
    names::Global,
    net::{DRAIN_MOST, Plane},
    proto::handshake::Cookie,
};

pub use builder::{AutoConnect, DEFAULT_MAX_FRAME, DEFAULT_WINDOW, NodeBuilder, Topology};
pub(crate) use error::listed;
pub use error::{ConnectError, CookieFileError, StartError};

/// How long [`Node::leave`] waits for the others to have heard: the bound of a session's end, and a moment.
const LEAVE: Duration = DRAIN_MOST.saturating_add(Duration::from_secs(1));

/// A running node. Cheap to clone; when the last clone is dropped the node stops, which the others see as a closed connection:
/// call [`leave`](Node::leave) for a goodbye.
///
/// ```
/// use actor_dist::Node;
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let alice = Node::builder("alice").cookie("only for this example")?.start().await?;
/// assert_eq!(alice.name().short(), "alice");
/// alice.leave().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Node(Arc<Running>);

struct Running {
    driver: Arc<Driver>,
    /// `None` once the node was stopped.
    plane: Mutex<Option<Plane>>,
}

impl Node {
    /// A node to be, with the part of its name before the `@`.
    pub fn builder(short: impl Into<String>) -> NodeBuilder {
        NodeBuilder::new(short.into())
    }

    fn new(driver: Arc<Driver>, plane: Plane) -> Self {
        Node(Arc::new(Running { driver, plane: Mutex::new(Some(plane)) }))
    }

    /// The advertised name.
    pub fn name(&self) -> &NodeName {
        &self.id().name
    }

    /// The name and the incarnation.
    pub fn id(&self) -> &NodeId {
        self.driver().id()
    }

    /// The system whose actors this node makes known.
    pub fn system(&self) -> &System {
        &self.driver().settings.system
    }

    /// Connects to a node, or waits for a connection that is being made. A node that is connected already, and this node
    /// itself, is fine. With the node come all nodes that it is connected to.
    ///
    /// Nobody needs to call this before sending: the first mention of a node connects to it, unless
    /// [`AutoConnect`] says otherwise. This tries at once, whatever it says, and however lately the node could not be reached.
    ///
    /// # Cancel safety
    /// Dropped, the attempt goes on.
    ///
    /// # Errors
    /// [`ConnectError`]; nothing of the attempt is left. It ends within about twenty seconds, most of them spent only when both
    /// nodes connect at once and the other's attempt does not come about.
    pub async fn connect(&self, peer: &NodeName) -> Result<NodeId, ConnectError> {
        match peer == self.name() {
            true => Ok(self.id().clone()),
            false => self.driver().connect(peer).await,
        }
    }

    /// Connects if need be and [`AutoConnect`] lets it, and measures the way to the node and back, by the control connection.
    ///
    /// # Cancel safety
    /// Dropped, it changes nothing; an attempt to connect goes on.
    ///
    /// # Errors
    /// [`ConnectError`], also when the connection is lost before the echo, or the echo takes over five seconds. A connection that ends
    /// just then because nobody used it is none that is lost: the ping goes by the next one.
    pub async fn ping(&self, peer: &NodeName) -> Result<Duration, ConnectError> {
        if peer == self.name() {
            return Ok(Duration::ZERO);
        }
        self.driver().ping(peer).await
    }

    /// The nodes that are connected, in the order of their names.
    pub fn nodes(&self) -> Vec<NodeName> {
        self.driver().nodes()
    }

    /// The link to a node, if it is connected: what moved over it, what waits, how long the way is. Reads counts that are kept
    /// anyway.
    pub fn link(&self, peer: &NodeName) -> Option<LinkStats> {
        self.driver().link_stats(peer)
    }

    /// The links to all nodes that are connected, in the order of their names. With the feature `metrics` of `actor-core`,
    /// `System::publish_metrics` publishes what they say.
    pub fn links(&self) -> Vec<LinkStats> {
        self.driver().links()
    }

    /// Ends the session with a node. Both sides see it as [`NodeDownCause::Left`](actor_core::NodeDownCause); what was sent
    /// before, from here and from there, still arrives: for ten seconds at most, and no longer than a second in which nothing
    /// moves. Who waits for an answer from there is told that the node is down. The next mention of the node connects again, if
    /// [`AutoConnect`] lets it, and once this session is over.
    pub fn disconnect(&self, peer: &NodeName) {
        self.driver().disconnect(peer);
    }

    /// A subscription to what happens to the cluster; it begins with what stands now.
    pub fn events(&self) -> Events {
        self.driver().events()
    }

    /// The names of the cluster.
    pub fn global(&self) -> Global<'_> {
        Global(self)
    }

    /// The groups of the cluster.
    pub fn groups(&self) -> Groups<'_> {
        Groups(self)
    }

    /// Changes the cookie for connections to come. The one before it is still accepted until the next change, so that a
    /// cluster can be moved to a new cookie node by node. Sessions that stand are not touched.
    ///
    /// # Errors
    /// [`CookieFileError`] for a text that is no cookie.
    pub fn change_cookie(&self, cookie: impl AsRef<[u8]>) -> Result<(), CookieFileError> {
        self.driver().settings.change_cookie(Cookie::new(cookie).map_err(|e| CookieFileError::Bad(e.to_string()))?);
        Ok(())
    }

    /// [Disconnects](Self::disconnect) from all nodes, waits until what was sent before has arrived, and stops. That takes a
    /// second where a node reads nothing, eleven at most where one reads slowly, and no time to speak of as a rule. Actors
    /// live on in the system; nobody outside knows them any more. Their handles to other nodes' actors fail from now on.
    ///
    /// # Cancel safety
    /// Dropped while it waits, the goodbyes go on; the node lives as long as another clone of it does.
    pub async fn leave(self) {
        self.driver().leave(LEAVE).await;
        if let Some(plane) = self.0.halt() {
            plane.ended().await;
        }
    }

    pub(crate) fn driver(&self) -> &Arc<Driver> {
        &self.0.driver
    }
}

impl Running {
    /// Stops the node, unless that was done; its control plane has yet to end.
    fn halt(&self) -> Option<Plane> {
        let plane = self.plane.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        self.driver.stop();
        Some(plane)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(plane) = self.halt() {
            plane.join();
        }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node({})", self.id())
    }
}
