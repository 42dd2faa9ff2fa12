//! How messages flow from one node to another, on both ends: what is small by the one ordered lane; what is large by a connection of
//! its own, in chunks that take turns; who is told something large keeps what follows it waiting, and nobody else's; and a
//! full mailbox stops those who write to it, and nobody else. Knows no socket, no task and no lock, and not what a message is.
//!
//! ```text
//! sender                                           receiver
//!   outlet ── small frames, tokens ──────────────▶  gates ──▶ mailboxes     (one queue for each actor that is waited for)
//!   bodies ── chunks, in turn, a connection apart ▶ assembly ──▶ gates
//!   stops  ◀── stop, go ──────────────────────────  gates
//! ```
//!
//! A *token* stands in the lane where a large message would; the n-th token is for the n-th body, so neither needs a name. An
//! actor's *gate* is shut from its first token, or from the moment its mailbox is full, until all that came meanwhile is in.

pub(crate) mod assembly;
pub(crate) mod bodies;
pub(crate) mod gates;
pub(crate) mod outlet;
mod recipient;
#[cfg(test)]
mod simulation;
pub(crate) mod stops;

pub(crate) use recipient::Recipient;

/// The bytes of a body that are sent before it is the next one's turn. Half of it costs a fifth of the rate of messages of 1 MiB.
pub(crate) const CHUNK: usize = 512 << 10;

/// How many bytes of bodies may wait, or be under way, on the side that sends; the one that goes over it is still taken.
pub(crate) const BODIES: usize = 64 << 20;

/// How many bytes of a message, at most, go by the lane.
pub(crate) const SMALL: usize = 64 << 10;
