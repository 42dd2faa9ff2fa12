//! How nodes reach each other: the seam between a node and the network. A [`Transport`] listens and connects, and gives
//! connections that carry bytes in order; the handshake, the codec and everything else are the same over each of them. It
//! proves nobody and reads nothing of what it carries.
//!
//! [`Tcp`] is what a node takes unless told otherwise, [`Memory`] is for tests without sockets. Another one is four short
//! impls: [`Transport`], [`Listener`], [`Stream`] and, from tokio, `AsyncRead` with `AsyncWrite`; the first two under
//! [`async_trait`](macro@async_trait), since they are asked through a `dyn`.

mod memory;
mod pipe;
mod tcp;

use std::{fmt, io, net::SocketAddr};

use actor_core::NodeName;
use tokio::io::{AsyncRead, AsyncWrite};

pub use async_trait::async_trait;
pub use memory::Memory;
pub use tcp::Tcp;

/// Where a node's control plane runs: handshakes, heartbeats and the deadlines of the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ControlPlane {
    /// On a thread and a runtime of its own, by the system's clock: handlers that block every worker keep no heartbeat waiting.
    #[default]
    OwnThread,
    /// On the runtime of whoever starts the node, by that runtime's clock. For simulations, which are one thread, and for
    /// tests whose clock is paused.
    Inline,
}

/// How a node listens and connects.
///
/// What is asked here is asked once per connection; only [`Stream`]s see every byte.
///
/// # Examples
/// A transport over another one: nodes that may connect to some hosts only.
///
/// ```
/// use std::io;
/// use actor_core::{NodeName, System};
/// use actor_dist::{ConnectError, Node};
/// use actor_dist::transport::{ControlPlane, Listener, Memory, Stream, Transport, async_trait};
///
/// #[derive(Debug)]
/// struct Fenced<T> {
///     inner: T,
///     hosts: &'static [&'static str],
/// }
///
/// #[async_trait]
/// impl<T: Transport> Transport for Fenced<T> {
///     async fn bind(&self, address: &str, advertised: Option<&str>) -> io::Result<Box<dyn Listener>> {
///         self.inner.bind(address, advertised).await
///     }
///
///     async fn connect(&self, from: &NodeName, to: &NodeName) -> io::Result<Box<dyn Stream>> {
///         match self.hosts.contains(&to.host()) {
///             true => self.inner.connect(from, to).await,
///             false => Err(io::Error::new(io::ErrorKind::PermissionDenied, "the host is beyond the fence")),
///         }
///     }
///
///     fn is_confidential(&self) -> bool {
///         self.inner.is_confidential()
///     }
///
///     fn control_plane(&self) -> ControlPlane {
///         self.inner.control_plane()
///     }
/// }
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let network = Memory::new();
/// let fenced = Fenced { inner: network.clone(), hosts: &["10.0.0.1"] };
/// let cookie = "only for this example";
/// let alice = Node::builder("alice").transport(fenced).system(System::new()).cookie(cookie)?.start().await?;
/// let far = Node::builder("far").bind("10.0.0.2:0").transport(network).system(System::new()).cookie(cookie)?.start().await?;
///
/// assert!(matches!(alice.connect(far.name()).await, Err(ConnectError::Unreachable { .. })));
/// // Those beyond may still connect to it.
/// far.connect(alice.name()).await?;
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait Transport: fmt::Debug + Send + Sync + 'static {
    /// Listens on `address`, `host:port` as the user gave it, where port 0 stands for an unused one. `advertised` is the
    /// `host:port` under which the node will tell others to reach it, if that was given too (its port 0 stands for the port
    /// that is bound); a transport that leads to where it binds has no use for it.
    ///
    /// Called once per node, on the control plane's runtime, where the listener is also used.
    ///
    /// # Errors
    /// What the system says; the node does not start.
    async fn bind(&self, address: &str, advertised: Option<&str>) -> io::Result<Box<dyn Listener>>;

    /// Connects to a node at its advertised host and port, on behalf of the node `from`. Called on the control plane's runtime, or
    /// on another of the node's that has I/O and time; the connection may then be used on a third.
    ///
    /// # Cancel safety
    /// It is dropped when it takes over five seconds, and when nobody wants the connection any more.
    ///
    /// # Errors
    /// What the system says; who wanted to connect is told.
    async fn connect(&self, from: &NodeName, to: &NodeName) -> io::Result<Box<dyn Stream>>;

    /// Whether nobody on the way can read or forge what is carried: it is encrypted, or never leaves the process. A node
    /// listens beyond loopback only on such a transport, or with [`allow_plaintext`](crate::NodeBuilder::allow_plaintext).
    fn is_confidential(&self) -> bool {
        false
    }

    /// Where the control plane of a node over this transport runs.
    fn control_plane(&self) -> ControlPlane {
        ControlPlane::default()
    }
}

/// Takes connections in. Dropped, it no longer listens, and its address is free.
#[async_trait]
pub trait Listener: Send + 'static {
    /// Where it listens, with the port that was bound.
    ///
    /// # Errors
    /// What the system says; the node does not start.
    fn local_addr(&self) -> io::Result<SocketAddr>;

    /// The next connection, and where it comes from: for logs, and to bound how many strangers one address sends. It waits
    /// for nothing that the peer is still to do, or one that does nothing would keep all others out.
    ///
    /// # Errors
    /// What the system says; tried again after a moment.
    async fn accept(&mut self) -> io::Result<(Box<dyn Stream>, SocketAddr)>;
}

/// A connection: bytes in order, both ways, until either side closes or it breaks.
///
/// A frame that was written leaves without waiting for more: on sockets, `TCP_NODELAY` is set. Buffers are bounded, and a write
/// waits while they are full. A write that is vectored should be passed on as such.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static {
    /// The two directions, for two tasks. The connection closes when both are dropped; the peer reads the end of the stream
    /// once the writing half is shut down or dropped.
    fn split(self: Box<Self>) -> (Box<dyn AsyncRead + Send + Unpin>, Box<dyn AsyncWrite + Send + Unpin>);

    /// Takes the connection off the runtime where it was made, to be used on another: it is proven on the control plane, and
    /// then carries messages on the workers. [`Detached::as_is`] is for connections that belong to no runtime.
    ///
    /// # Errors
    /// What the system says; the connection is lost.
    fn detach(self: Box<Self>) -> io::Result<Detached>;

    /// Asks the system to take no more bytes than about so many beyond those that are on their way, so that what is written
    /// next is not behind much. A hint: where there is no such knob, nothing happens.
    fn keep_unsent_short(&self, bytes: u32) {
        let _no_knob = bytes;
    }
}

/// A connection between two runtimes.
pub struct Detached(Box<dyn FnOnce() -> io::Result<Box<dyn Stream>> + Send>);

impl Detached {
    /// One that is made ready again by `attach`, which is called inside of the other runtime.
    pub fn new(attach: impl FnOnce() -> io::Result<Box<dyn Stream>> + Send + 'static) -> Self {
        Detached(Box::new(attach))
    }

    /// One that can be used anywhere.
    pub fn as_is(stream: Box<dyn Stream>) -> Self {
        Detached::new(move || Ok(stream))
    }

    /// The connection, for use on the runtime in which this is called.
    ///
    /// # Errors
    /// What the system says; the connection is lost.
    pub fn attach(self) -> io::Result<Box<dyn Stream>> {
        (self.0)()
    }
}

impl fmt::Debug for Detached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Detached")
    }
}

/// An advertised address, where port 0 stands for the port that was bound.
pub(crate) fn advertised(address: &str, bound: u16) -> String {
    match address.strip_suffix(":0") {
        Some(host) => format!("{host}:{bound}"),
        None => address.to_owned(),
    }
}
