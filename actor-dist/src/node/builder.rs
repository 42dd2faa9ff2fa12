//! How a node is to be, checked as a whole when it starts.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use actor_core::{
    Incarnation, NodeId, NodeName, System,
    wire::{CODEC_ID, Limits, SchemaTable},
};

use super::{CookieFileError, Node, StartError};
use crate::{
    driver::{Driver, Settings, Told},
    net::{
        self, IdlePlane,
        transport::{self, Listener, Tcp, Transport},
    },
    proto::{
        dialing,
        handshake::{Capabilities, Capability, Cookie, Cookies, Local, Versions},
        membership,
    },
};

/// How long a node may be silent before it is taken for down, unless told otherwise.
pub const DEFAULT_WINDOW: Duration = Duration::from_secs(10);
/// The largest frame, in bytes, unless told otherwise: 64 MiB.
pub const DEFAULT_MAX_FRAME: usize = 64 << 20;

/// The transport versions that this build speaks.
const VERSIONS: Versions = Versions { min: 1, max: 1 };

/// Whom a node connects to by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Topology {
    /// Every node that a connected node is connected to. One that is lost without a goodbye is dialed again by itself, ever
    /// more slowly and for some minutes.
    #[default]
    FullMesh,
    /// None; only what is mentioned here is connected, also after a loss.
    Manual,
}

/// When a node connects to another without [`Node::connect`]: for the sake of a message, a monitor, a link or a ping, and for
/// the [mesh](Topology::FullMesh). Whatever it is, an explicit connect always tries, and who connects to this node is let in.
///
/// Where a node may not be connected, nothing waits: a send and a call hand the message back with
/// [`SendError::Disconnected`](actor_core::SendError::Disconnected), a monitor fires and a link ends with
/// [`NodeDownCause::Refused`](actor_core::NodeDownCause::Refused), and a ping says [`ConnectError::ExplicitOnly`](super::ConnectError).
/// While a connection is being made, all of them wait for it.
///
/// ```
/// use actor_core::prelude::*;
/// use actor_dist::{AtNode, AutoConnect, ConnectError, Node};
///
/// #[derive(Protocol)]
/// #[wire(uri = "docs.Clock", version = 1)]
/// enum Clock {
///     Set { hour: u8 },
/// }
///
/// const CLOCK: LocalName<Clock> = LocalName::new("clock");
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = Node::builder("server").cookie("only for this example")?.system(System::new()).start().await?;
/// let client = Node::builder("client").cookie("only for this example")?.system(System::new());
/// let client = client.auto_connect(AutoConnect::Never).start().await?;
///
/// let refused = CLOCK.at(&client, server.name()).set(7);
/// assert!(matches!(refused, Err(SendError::Disconnected(Clock::Set { hour: 7 }))));
/// assert!(matches!(client.ping(server.name()).await, Err(ConnectError::ExplicitOnly { .. })));
///
/// client.connect(server.name()).await?;
/// CLOCK.at(&client, server.name()).set(7)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum AutoConnect {
    /// Whenever there is a reason to. A node that could not be reached is left alone for a while, which grows from failure to
    /// failure from at most 200 ms to at most five seconds: what is sent to it meanwhile comes back at once as
    /// [`SendError::Unreachable`](actor_core::SendError::Unreachable).
    #[default]
    Always,
    /// As `Always`, until the node had a connection and it ended, however it did: from then on only an explicit connect.
    Once,
    /// Never.
    Never,
}

impl AutoConnect {
    fn mode(self) -> dialing::Mode {
        match self {
            AutoConnect::Always => dialing::Mode::Always,
            AutoConnect::Once => dialing::Mode::Once,
            AutoConnect::Never => dialing::Mode::Never,
        }
    }
}

/// A node to be. Defaults: an unused port on 127.0.0.1, the default system, a window of ten seconds.
#[derive(Debug)]
pub struct NodeBuilder {
    short: String,
    bind: String,
    advertise: Option<String>,
    cookie: Option<Cookie>,
    system: Option<System>,
    transport: Arc<dyn Transport>,
    allow_plaintext: bool,
    window: Duration,
    max_frame: usize,
    limits: Limits,
    topology: Topology,
    auto_connect: AutoConnect,
    idle: Option<Duration>,
    schemas: Option<SchemaTable>,
    strict_schemas: bool,
    capabilities: Capabilities,
}

impl NodeBuilder {
    pub(super) fn new(short: String) -> Self {
        NodeBuilder {
            short,
            bind: "127.0.0.1:0".to_owned(),
            advertise: None,
            cookie: None,
            system: None,
            transport: Arc::new(Tcp),
            allow_plaintext: false,
            window: DEFAULT_WINDOW,
            max_frame: DEFAULT_MAX_FRAME,
            limits: Limits::default(),
            topology: Topology::default(),
            auto_connect: AutoConnect::default(),
            idle: None,
            schemas: None,
            strict_schemas: false,
            capabilities: Capabilities { offered: Capability::ALL, required: 0 },
        }
    }

    /// Where to listen, `host:port`. Port 0 takes an unused one.
    pub fn bind(mut self, address: impl Into<String>) -> Self {
        self.bind = address.into();
        self
    }

    /// Under which `host:port` others reach this node, where that is not the address it binds. Port 0 stands for the port
    /// that was bound.
    pub fn advertise(mut self, address: impl Into<String>) -> Self {
        self.advertise = Some(address.into());
        self
    }

    /// The secret that all nodes of the cluster share.
    ///
    /// # Errors
    /// [`CookieFileError::Bad`] for an empty one and one over 1024 bytes.
    pub fn cookie(mut self, cookie: impl AsRef<[u8]>) -> Result<Self, CookieFileError> {
        self.cookie = Some(Cookie::new(cookie).map_err(|e| CookieFileError::Bad(e.to_string()))?);
        Ok(self)
    }

    /// The file that holds the secret; white space around it does not count. Nobody but its owner may read it.
    ///
    /// # Errors
    /// [`CookieFileError`].
    pub fn cookie_file(self, path: impl AsRef<Path>) -> Result<Self, CookieFileError> {
        let path = path.as_ref();
        let shown = || path.display().to_string();
        let unreadable = |source| CookieFileError::Unreadable { path: shown(), source };
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(path).map_err(unreadable)?.permissions().mode();
            if mode & 0o077 != 0 {
                return Err(CookieFileError::Exposed { path: shown() });
            }
        }
        let bytes = zeroize::Zeroizing::new(std::fs::read(path).map_err(unreadable)?);
        self.cookie(&*bytes)
    }

    /// The system whose actors the node makes known, instead of the default one.
    pub fn system(mut self, system: System) -> Self {
        self.system = Some(system);
        self
    }

    /// How the node reaches others, instead of [`Tcp`]. All nodes of a cluster have the same.
    ///
    /// Tests without sockets take a [`Memory`](crate::transport::Memory), of which each node has a clone.
    pub fn transport(mut self, transport: impl Transport) -> Self {
        self.transport = Arc::new(transport);
        self
    }

    /// Lets the node listen where other machines can reach it although nothing encrypts the traffic. For networks that are
    /// themselves trusted.
    pub fn allow_plaintext(mut self) -> Self {
        self.allow_plaintext = true;
        self
    }

    /// How long a node may be silent before it is taken for down, from 100 ms to one hour; a heartbeat is sent every
    /// quarter of it. All nodes of a cluster should have the same.
    pub fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// The largest frame, in bytes, to send and to take, from 4 KiB to 1 GiB. All nodes of a cluster should have the same.
    ///
    /// What a session holds is bounded with it: of what is on its way out 1 MiB of tells, as much of calls, and 64 MiB of large
    /// messages; of what has come for actors whose mailboxes are full, or whose large messages are not there yet, 192 MiB and
    /// two of the largest frames.
    pub fn max_frame(mut self, bytes: usize) -> Self {
        self.max_frame = bytes;
        self
    }

    /// What one decode of a message or an answer from another node may take; by default 16 MiB of memory, or four times the
    /// message if that is more, and 128 levels. What is beyond is refused with
    /// [`OverBudget`](actor_core::wire::DecodeError::OverBudget) or [`TooDeep`](actor_core::wire::DecodeError::TooDeep): a message
    /// becomes a dead letter here, and its calls fail.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Whom the node connects to by itself.
    pub fn topology(mut self, topology: Topology) -> Self {
        self.topology = topology;
        self
    }

    /// When the node connects without being told to.
    pub fn auto_connect(mut self, when: AutoConnect) -> Self {
        self.auto_connect = when;
        self
    }

    /// Ends connections that nobody uses for so long, from 100 ms to one day; by default they stay. Only with
    /// [`Topology::Manual`], since in a mesh names and groups need them.
    ///
    /// Not used is a connection over which nothing of users went for the time, and that no monitor, link, call, name or group of
    /// either side needs. The other node is asked and may say no, whether or not it ends connections itself. Both see
    /// [`NodeDownCause::Idle`](actor_core::NodeDownCause::Idle), and the next mention connects again. A connection that no mention
    /// would bring back stays: with [`AutoConnect::Never`], and with [`AutoConnect::Once`] after a loss.
    ///
    /// # Delivery
    /// No message is lost by it: what is sent just then goes by the next connection, in its order. If none comes about, or it is
    /// with another run of the node, it is a dead letter.
    ///
    /// ```
    /// use std::time::Duration;
    /// use actor_dist::{Node, Topology};
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let builder = Node::builder("client").cookie("only for this example")?.topology(Topology::Manual);
    /// let client = builder.idle_close(Duration::from_secs(300)).start().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn idle_close(mut self, after: Duration) -> Self {
        self.idle = Some(after);
        self
    }

    /// The types that this node tells to others of, instead of all that were linked into this binary. For tests in which nodes of
    /// two builds live in one process.
    pub fn schemas(mut self, schemas: SchemaTable) -> Self {
        self.schemas = Some(schemas);
        self
    }

    /// Connects with no node whose build contradicts this one about a type, as [`ConnectError::Conflicts`](super::ConnectError)
    /// on the side that connects and [`NodeEvent::Refused`](crate::NodeEvent) on the other. Without this, such types alone, and
    /// those that contain them, do not cross, and [`NodeEvent::SchemaConflict`](crate::NodeEvent) tells them.
    pub fn strict_schemas(mut self) -> Self {
        self.strict_schemas = true;
        self
    }

    /// Offers no capability, like a build from before there were any. For tests of what is between nodes of two builds.
    #[doc(hidden)]
    pub fn without_capabilities(mut self) -> Self {
        self.capabilities.offered = 0;
        self
    }

    /// Starts the node: listens, and makes the system's actors reachable.
    ///
    /// # Errors
    /// [`StartError`]; nothing of the node is left.
    ///
    /// # Panics
    /// Outside of a tokio runtime. That runtime must have time enabled, and I/O for a transport that opens sockets: messages are
    /// moved and handled on it, while heartbeats and handshakes have a thread of their own, unless the transport says that
    /// they are [inline](crate::transport::ControlPlane::Inline).
    pub async fn start(self) -> Result<Node, StartError> {
        let cookie = self.cookie.clone().ok_or(StartError::NoCookie)?;
        self.check_bounds()?;
        let schemas = self.schemas.clone().map_or_else(SchemaTable::linked, Ok)?;
        let told = Told::new(&schemas, self.strict_schemas).map_err(StartError::Schemas)?;
        let plane = IdlePlane::new(self.transport.control_plane())?;
        let (listener, bound) = self.listen(&plane).await?;
        let name = self.name(bound)?;
        let incarnation = Incarnation(u64::from_le_bytes(net::random().map_err(std::io::Error::from)?));
        let local = Local {
            node: NodeId { name, incarnation },
            versions: VERSIONS,
            capabilities: self.capabilities,
            codec: CODEC_ID,
            visible: true,
            schema_root: schemas.root(),
            window: self.window,
        };
        let topology = match self.topology {
            Topology::FullMesh => membership::Topology::FullMesh,
            Topology::Manual => membership::Topology::Manual,
        };
        let system = self.system.unwrap_or_default();
        let settings =
            Settings::new(local, told, Cookies::one(cookie), system.clone(), self.max_frame, self.limits, topology);
        let seed = u64::from_le_bytes(net::random().map_err(std::io::Error::from)?);
        let settings = settings.connecting(self.auto_connect.mode(), seed, self.idle);
        let driver = Driver::new(settings, self.transport, plane.rooms().clone());
        system.attach(driver.clone()).map_err(|_| StartError::SystemTaken)?;
        let plane = plane.serve(&driver, listener);
        Ok(Node::new(driver, plane))
    }

    fn check_bounds(&self) -> Result<(), StartError> {
        if !(Duration::from_millis(100)..=Duration::from_secs(3600)).contains(&self.window) {
            return Err(StartError::Window(self.window));
        }
        match self.idle {
            Some(_) if self.topology != Topology::Manual => return Err(StartError::IdleMesh),
            Some(idle) if !(Duration::from_millis(100)..=Duration::from_secs(86_400)).contains(&idle) => {
                return Err(StartError::Idle(idle));
            }
            _ => {}
        }
        if !(4096..=1 << 30).contains(&self.max_frame) {
            return Err(StartError::MaxFrame(self.max_frame));
        }
        Ok(())
    }

    async fn listen(&self, plane: &IdlePlane) -> Result<(Box<dyn Listener>, SocketAddr), StartError> {
        let failed = |source| StartError::Bind { address: self.bind.clone(), source };
        let (transport, address) = (Arc::clone(&self.transport), self.bind.clone());
        let advertised = self.advertise.clone();
        let listening = async move { transport.bind(&address, advertised.as_deref()).await };
        let listener = plane.run(listening).await.map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        if !(bound.ip().is_loopback() || self.transport.is_confidential() || self.allow_plaintext) {
            return Err(StartError::Plaintext { address: bound });
        }
        Ok((listener, bound))
    }

    /// The name that others know, with the port that was bound.
    fn name(&self, bound: SocketAddr) -> Result<NodeName, StartError> {
        let address = match &self.advertise {
            Some(address) => transport::advertised(address, bound.port()),
            None if bound.ip().is_unspecified() => return Err(StartError::Advertise { address: bound }),
            None => bound.to_string(),
        };
        Ok(format!("{}@{address}", self.short).parse()?)
    }
}
