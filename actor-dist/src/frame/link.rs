//! The frames of the message lane that are about links: each kind of message is a kind of frame. Knows none of their rules:
//! those are `proto::links`'. Used by `lane`.

use actor_core::{
    ActorId,
    wire::{DecodeError, Decoder, EncodeError, Encoder, Wire},
};

use super::{Kind, failure, writer::write};
use crate::proto::links::Message;

/// Appends the frame.
pub(super) fn put(out: &mut Vec<u8>, limit: usize, message: &Message) -> Result<(), EncodeError> {
    match message {
        Message::Link { from, to } => write(out, Kind::Link, limit, |e| put_ends(e, *from, *to)),
        Message::Unlink { id, from, to } => write(out, Kind::Unlink, limit, |e| {
            id.encode(e)?;
            put_ends(e, *from, *to)
        }),
        Message::UnlinkAck { id, from, to } => write(out, Kind::UnlinkAck, limit, |e| {
            id.encode(e)?;
            put_ends(e, *from, *to)
        }),
        Message::Exit { from, to, reason } => write(out, Kind::Exit, limit, |e| {
            put_ends(e, *from, *to)?;
            failure::put_reason(e, reason)
        }),
    }
}

fn put_ends(e: &mut Encoder<'_>, from: ActorId, to: ActorId) -> Result<(), EncodeError> {
    from.encode(e)?;
    to.encode(e)
}

/// Reads the fields of a frame of this kind, if that is one about links.
pub(super) fn read(kind: Kind, d: &mut Decoder<'_>) -> Result<Option<Message>, DecodeError> {
    Ok(Some(match kind {
        Kind::Link => Message::Link { from: Wire::decode(d)?, to: Wire::decode(d)? },
        Kind::Unlink => Message::Unlink { id: Wire::decode(d)?, from: Wire::decode(d)?, to: Wire::decode(d)? },
        Kind::UnlinkAck => Message::UnlinkAck { id: Wire::decode(d)?, from: Wire::decode(d)?, to: Wire::decode(d)? },
        Kind::Exit => Message::Exit { from: Wire::decode(d)?, to: Wire::decode(d)?, reason: failure::reason(d)? },
        _ => return Ok(None),
    }))
}
