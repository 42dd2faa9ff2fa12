//! The number by which one node's parts speak of a session with a peer.
//! Never crosses the wire and is never used twice: the other side has a number of its own for the same session. The
//! driver counts them up, one for every handshake that succeeds.

use std::fmt;

/// A session with a peer, as this node counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SessionId(pub(crate) u64);

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "session {}", self.0)
    }
}
