//! Why bytes are no frame. Any of these ends the session they came by (F5), and nothing else. Returned by `reader` and
//! by the decoders of `lane` and `control`.

use actor_core::wire::DecodeError;

use super::Kind;

/// Bytes of a peer that are no frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum FrameError {
    /// The length is beyond the bound; nothing was allocated for it.
    #[error(
        "the peer announced a frame of {claimed} bytes, and this node takes {limit}; set `max_frame` alike on both"
    )]
    TooLarge {
        /// The length announced, in bytes.
        claimed: usize,
        /// The bound, in bytes.
        limit: usize,
    },
    /// A frame of no bytes, without even a kind.
    #[error("the peer sent a frame of no bytes")]
    Empty,
    /// A kind that this build does not know and may not skip.
    #[error("the peer sent a frame of kind {0:#04x}, which this build does not know and may not skip")]
    UnknownKind(u8),
    /// A kind that belongs on another connection of the session.
    #[error("the peer sent a {0} frame on a connection where there are none")]
    Misplaced(Kind),
    /// The frame ends within its header extension.
    #[error("the peer sent a {0} frame that ends within its header extension")]
    CutExtension(Kind),
    /// The header extension is none.
    #[error("the peer sent a {kind} frame with a malformed header extension: {why}")]
    MalformedExtension {
        /// What the frame was.
        kind: Kind,
        /// What is wrong with the extension.
        why: DecodeError,
    },
    /// The body is not what its kind says.
    #[error("the peer sent a malformed {kind} frame: {why}")]
    Malformed {
        /// What it was to be.
        kind: Kind,
        /// What is wrong with it.
        why: DecodeError,
    },
}
