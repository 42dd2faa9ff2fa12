//! Bytes to wire messages and back, once the handshake is over. Never does I/O, never allocates for what a length only
//! claims, never panics on a peer's bytes, and copies no payload: it is encoded in place behind its header and decoded
//! as a slice of its frame. Driven by the connections' readers and by whoever sends.
//!
//! ```text
//! frame   = length u32 LE (of the rest) | kind u8 | [extension: u16 LE length, bytes] | body
//! body    = fields by actor-core's codec (variable-length integers, texts after their length); edges are 8 bytes LE
//! parcel  = payload length u32 LE | payload | count of ports | ports, 8 bytes LE each
//! token   = frame of the kind `Token`, whose body is the frame that it stands for, from its kind on, without the payload
//! ```
//!
//! The extension is there when the kind's bit 0x80 is set; `extension` says what is in it, and a reader skips what it does not
//! know of it. Kinds from 0x40 to 0x7f are optional: a reader that does not know one skips the frame. Any other unknown kind
//! ends the session.
//!
//! What a user sent is a *parcel*, the last field of its frame. Its ports (the replies that travel in it, repeated so
//! that a message that cannot be decoded can still be answered, S5) are known only when the payload has been encoded,
//! so they stand behind it; and the payload's length stands before it in a fixed width, to be filled in afterwards. So
//! the payload is written once, where it leaves from, and frames are still read from front to back.

mod chunk;
mod cluster;
mod control;
mod dead_letter;
mod error;
mod extension;
mod failure;
mod field;
mod kind;
mod lane;
mod link;
mod reader;
mod run;
mod schema;
mod writer;

pub(crate) use chunk::{CHUNK_HEADER, ChunkHeader};
pub(crate) use control::{Control, Quiet};
pub(crate) use dead_letter::{MAX_LETTERS, Receiver, Undelivered};
pub(crate) use error::FrameError;
pub(crate) use extension::Extension;
pub(crate) use failure::AnswerFailure;
pub(crate) use kind::Kind;
pub(crate) use lane::{Lane, answer, broadcast, tell, tell_named};
pub(crate) use reader::{Frame, FrameReader, take_message};
pub(crate) use run::{Piece, Run, Tell};
pub(crate) use schema::{MAX_TABLE, Schemas};
pub(crate) use writer::{ParcelWriter, Places, append_message, token};
