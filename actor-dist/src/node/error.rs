//! Why a node did not start, or did not connect.

use std::net::SocketAddr;

use actor_core::{
    NodeName, NodeNameError,
    wire::{EncodeError, SchemaConflict},
};

use crate::proto::{
    handshake::{HandshakeError, Refusal},
    schema::Conflict,
};

/// Why a node did not start. Nothing of it is left.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The name and the advertised address make no node name.
    #[error(transparent)]
    Name(#[from] NodeNameError),
    /// No cookie was given.
    #[error("a node needs its cluster's cookie: call `.cookie_file(\"cluster.cookie\")?` or `.cookie(..)?`")]
    NoCookie,
    /// The address to bind is no address of this machine, or is in use.
    #[error("cannot listen on `{address}`: {source}")]
    Bind {
        /// The address as given.
        address: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The address is reachable from other machines, and nothing encrypts the traffic.
    #[error(
        "`{address}` can be reached from other machines, and the traffic would be readable and forgeable by anybody on the way; bind a loopback address, or call `.allow_plaintext()` if the network itself is trusted"
    )]
    Plaintext {
        /// The address.
        address: SocketAddr,
    },
    /// The node listens on every address, so its own must be said.
    #[error(
        "a node bound to `{address}` cannot know under which address others reach it: call `.advertise(\"host:port\")`"
    )]
    Advertise {
        /// The address it binds.
        address: SocketAddr,
    },
    /// The system is known by another node already.
    #[error(
        "the system has a node already; leave that one first, or give this one a system of its own with `.system(System::new())`"
    )]
    SystemTaken,
    /// Two types in the binary share a URI.
    #[error(transparent)]
    Schema(#[from] SchemaConflict),
    /// The types of the binary are too many to be told to a peer of another build.
    #[error(
        "the types of this binary cannot be told to other builds: {0}; forget old versions with `min_version`, or give the node only the types that cross with `.schemas(..)`"
    )]
    Schemas(EncodeError),
    /// The window for failure detection is out of bounds.
    #[error("a window of {0:?} is out of bounds: take from 100 ms to one hour")]
    Window(std::time::Duration),
    /// The time after which unused connections end is out of bounds.
    #[error("{0:?} until an unused connection ends is out of bounds: take from 100 ms to one day")]
    Idle(std::time::Duration),
    /// Unused connections are to end in a mesh.
    #[error(
        "a mesh needs its connections for names and groups: call `.topology(Topology::Manual)` beside `.idle_close(..)`, or leave that out"
    )]
    IdleMesh,
    /// The largest frame is out of bounds.
    #[error("a frame of {0} bytes is out of bounds: take from 4096 bytes to 1 GiB")]
    MaxFrame(usize),
    /// The system gave no thread or no random bytes.
    #[error("the system refused: {0}")]
    System(#[from] std::io::Error),
}

/// Why a cookie could not be had.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CookieFileError {
    /// The file cannot be read.
    #[error(
        "the cookie file `{path}` cannot be read: {source}; make one with `head -c 32 /dev/urandom | base64 > {path}`"
    )]
    Unreadable {
        /// The file.
        path: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// Others can read the file.
    #[error("the cookie file `{path}` can be read by others; run `chmod 600 {path}`")]
    Exposed {
        /// The file.
        path: String,
    },
    /// What was given is no cookie.
    #[error("{0}")]
    Bad(String),
}

/// Why there is no connection to a node. Nothing of the attempt is left; trying again is fine.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// Nobody listens there, or the network does not lead there.
    #[error("node `{node}` cannot be reached: {why}")]
    Unreachable {
        /// The node.
        node: NodeName,
        /// What the system says.
        why: String,
    },
    /// Nothing was heard in time.
    #[error("node `{node}` did not answer in time")]
    TimedOut {
        /// The node.
        node: NodeName,
    },
    /// The node refused this one's cookie.
    #[error("node `{node}` holds another cookie; give both the same one")]
    WrongCookie {
        /// The node.
        node: NodeName,
    },
    /// What answers could not prove the cookie.
    #[error("what answers at `{node}` could not prove the cluster's cookie; it may be an impostor")]
    NotProven {
        /// The node.
        node: NodeName,
    },
    /// Another node answers there.
    #[error("`{found}` answers at the address of `{node}`; look for a wrong or reused port")]
    WrongNode {
        /// The node wanted.
        node: NodeName,
        /// The node that answers.
        found: NodeName,
    },
    /// What answers is no node, or speaks nonsense.
    #[error("what answers at `{node}` is no node of this kind: {why}")]
    NotANode {
        /// The node.
        node: NodeName,
        /// What was wrong.
        why: String,
    },
    /// One of the two nodes refuses the other, and says why.
    #[error("no connection with node `{node}`: {why}")]
    Refused {
        /// The node.
        node: NodeName,
        /// Why.
        why: String,
    },
    /// The two builds contradict each other about types, and one of the two nodes is
    /// [strict](crate::NodeBuilder::strict_schemas) about it.
    #[error("no connection with node `{node}`, whose build contradicts this one: {}", listed(.conflicts))]
    Conflicts {
        /// The node.
        node: NodeName,
        /// All that they contradict each other about.
        conflicts: Vec<Conflict>,
    },
    /// Both nodes connected at once, and the other's attempt did not come about.
    #[error("node `{node}` connected at the same time, and its attempt did not come about; try again")]
    Simultaneous {
        /// The node.
        node: NodeName,
    },
    /// The node is not connected, and this one connects to it by [`Node::connect`](crate::Node::connect) alone: see
    /// [`AutoConnect`](crate::AutoConnect).
    #[error("node `{node}` is not connected, and is not connected by itself; call `connect` first")]
    ExplicitOnly {
        /// The node.
        node: NodeName,
    },
    /// The connection was lost, or given up, before it was of use.
    #[error("the connection to node `{node}` was lost, or given up")]
    Lost {
        /// The node.
        node: NodeName,
    },
    /// This node has stopped.
    #[error("this node has stopped")]
    NodeStopped,
}

/// All conflicts in one line.
pub(crate) fn listed(conflicts: &[Conflict]) -> String {
    conflicts.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl ConnectError {
    pub(crate) fn lost(node: &NodeName) -> Self {
        ConnectError::Lost { node: node.clone() }
    }

    pub(crate) fn from_handshake(node: NodeName, error: HandshakeError) -> Self {
        match error {
            HandshakeError::Refused(Refusal::WrongCookie) => ConnectError::WrongCookie { node },
            HandshakeError::Refused(Refusal::Simultaneous) => ConnectError::Simultaneous { node },
            HandshakeError::Refused(Refusal::NotMe { actual, .. }) => ConnectError::WrongNode { node, found: actual },
            HandshakeError::Refused(refusal) | HandshakeError::Refusing(refusal) => {
                ConnectError::Refused { node, why: refusal.to_string() }
            }
            HandshakeError::PeerNotProven => ConnectError::NotProven { node },
            HandshakeError::WrongPeer { found, .. } => ConnectError::WrongNode { node, found },
            other => ConnectError::NotANode { node, why: other.to_string() },
        }
    }
}
