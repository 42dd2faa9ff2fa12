//! The outcome of a handshake: a peer that has proven the cookie, with what the two agreed on. Never made without the
//! [`Verified`] that only a verified mac yields. The session machine takes nothing less.

use std::time::Duration;

use actor_core::NodeId;

use super::{Local, Role, proof::Verified, terms::Terms};

/// What a proven peer said of itself and of the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PeerHello {
    /// Who it is.
    pub(crate) node: NodeId,
    /// What the connection is for.
    pub(crate) role: Role,
    /// The session it belongs to, chosen by the initiator.
    pub(crate) session: u64,
    /// Whether the peer wants to be seen.
    pub(crate) visible: bool,
    /// The hash of its schema table.
    pub(crate) schema_root: u64,
    /// Its heartbeat window.
    pub(crate) window: Duration,
}

/// A connection whose two ends have proven themselves to each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Authenticated {
    /// The node at the other end.
    pub(crate) peer: NodeId,
    /// What the connection is for.
    pub(crate) role: Role,
    /// The session it belongs to.
    pub(crate) session: u64,
    /// The transport version to speak.
    pub(crate) version: u16,
    /// What both can do, as bits.
    pub(crate) capabilities: u64,
    /// Whether both want to be seen: a link with a hidden end is hidden from both (N4).
    pub(crate) visible: bool,
    /// The hash of the peer's schema table.
    pub(crate) peer_schema_root: u64,
    /// The peer's heartbeat window.
    pub(crate) peer_window: Duration,
    verified: Verified,
}

impl Authenticated {
    pub(super) fn new(verified: Verified, local: &Local, peer: PeerHello, terms: Terms) -> Authenticated {
        Authenticated {
            peer: peer.node,
            role: peer.role,
            session: peer.session,
            version: terms.version,
            capabilities: terms.capabilities,
            visible: local.visible && peer.visible,
            peer_schema_root: peer.schema_root,
            peer_window: peer.window,
            verified,
        }
    }
}
