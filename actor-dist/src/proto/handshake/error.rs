//! Why a handshake came to nothing, and whose doing that was. Never carries a secret or a peer's unbounded text.
//! Returned by the states of `initiator` and `responder`.

use actor_core::NodeName;

use super::Refusal;

/// Why there is no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum HandshakeError {
    /// The peer does not want it. Its word is not proven.
    #[error("the peer refused the connection: {0}")]
    Refused(Refusal),
    /// This node does not want it.
    #[error("this node refused the connection: {0}")]
    Refusing(Refusal),
    /// The peer answered, but did not prove the cookie.
    #[error(
        "the peer did not prove that it holds this cluster's cookie; it is not who it claims to be, or the bytes were changed on the way"
    )]
    PeerNotProven,
    /// Another node than the one wanted answers there.
    #[error("`{found}` answers at the address of `{wanted}`; look for a wrong port, or a node that took it over")]
    WrongPeer {
        /// The node that was to be reached.
        wanted: NodeName,
        /// The node that answered.
        found: NodeName,
    },
    /// What connected speaks something else.
    #[error("what connected is no node of this kind: its first bytes are of another protocol")]
    Foreign,
    /// The peer broke the protocol.
    #[error("the peer sent no valid {what}: {why}")]
    Malformed {
        /// The message expected.
        what: &'static str,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl HandshakeError {
    /// What to tell the peer, if anything.
    pub(super) fn reply(&self) -> Option<Vec<u8>> {
        match self {
            HandshakeError::Refusing(refusal) => Some(refusal.encode()),
            HandshakeError::Malformed { what, .. } => Some(Refusal::Malformed { what: (*what).into() }.encode()),
            _ => None,
        }
    }
}

/// A connection that the responder turns down.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{error}")]
pub(crate) struct Rejected {
    /// Why.
    pub(crate) error: HandshakeError,
    /// What to send before closing; nothing to what is no node.
    pub(crate) reply: Option<Vec<u8>>,
}

impl From<HandshakeError> for Rejected {
    fn from(error: HandshakeError) -> Self {
        Rejected { reply: error.reply(), error }
    }
}

impl From<Refusal> for Rejected {
    fn from(refusal: Refusal) -> Self {
        HandshakeError::Refusing(refusal).into()
    }
}
