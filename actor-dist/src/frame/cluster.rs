//! The bytes of what nodes say to each other about names and groups. Knows no rule of either: `proto::names` and
//! `proto::groups` decide what a message means and which are too long. Used by `lane`. Tags are never used again.

use actor_core::wire::{DecodeError, Decoder, EncodeError, Encoder, Wire};

use super::field::{edge, put_edge, text};
use crate::proto::{groups, names};

pub(super) fn put_name(e: &mut Encoder<'_>, message: &names::Message) -> Result<(), EncodeError> {
    use names::Message;
    match message {
        Message::Claim { request, name, term } => {
            e.tag(0)?;
            request.encode(e)?;
            put_named(e, name, *term)
        }
        Message::Granted { request, name, term } => {
            e.tag(1)?;
            request.encode(e)?;
            put_named(e, name, *term)
        }
        Message::Taken { request, name, owner } => {
            e.tag(2)?;
            request.encode(e)?;
            e.text(name)?;
            owner.encode(e)
        }
        Message::Release { name, term } => e.tag(3).and_then(|()| put_named(e, name, *term)),
        Message::Publish(entry) => e.tag(4).and_then(|()| put_entry(e, entry)),
        Message::Published { name, term } => e.tag(5).and_then(|()| put_named(e, name, *term)),
        Message::Withdraw { name, term } => e.tag(6).and_then(|()| put_named(e, name, *term)),
        Message::Conflict { name, term, winner_term, winner } => {
            e.tag(7)?;
            put_named(e, name, *term)?;
            winner_term.encode(e)?;
            winner.encode(e)
        }
        Message::Unregister { name, term } => e.tag(8).and_then(|()| put_named(e, name, *term)),
        Message::Synced { term } => e.tag(9).and_then(|()| term.encode(e)),
    }
}

fn put_named(e: &mut Encoder<'_>, name: &str, term: u64) -> Result<(), EncodeError> {
    e.text(name)?;
    term.encode(e)
}

fn put_entry(e: &mut Encoder<'_>, entry: &names::Entry) -> Result<(), EncodeError> {
    e.text(&entry.name)?;
    e.text(&entry.uri)?;
    put_edge(e, entry.edge);
    entry.version.encode(e)?;
    entry.actor.encode(e)?;
    entry.via.encode(e)?;
    entry.term.encode(e)
}

pub(super) fn name(d: &mut Decoder<'_>) -> Result<names::Message, DecodeError> {
    use names::Message;
    Ok(match d.tag()? {
        0 => Message::Claim { request: Wire::decode(d)?, name: text(d)?, term: Wire::decode(d)? },
        1 => Message::Granted { request: Wire::decode(d)?, name: text(d)?, term: Wire::decode(d)? },
        2 => Message::Taken { request: Wire::decode(d)?, name: text(d)?, owner: Wire::decode(d)? },
        3 => Message::Release { name: text(d)?, term: Wire::decode(d)? },
        4 => Message::Publish(entry(d)?),
        5 => Message::Published { name: text(d)?, term: Wire::decode(d)? },
        6 => Message::Withdraw { name: text(d)?, term: Wire::decode(d)? },
        7 => Message::Conflict {
            name: text(d)?,
            term: Wire::decode(d)?,
            winner_term: Wire::decode(d)?,
            winner: Wire::decode(d)?,
        },
        8 => Message::Unregister { name: text(d)?, term: Wire::decode(d)? },
        9 => Message::Synced { term: Wire::decode(d)? },
        tag => return Err(DecodeError::UnknownVariant { uri: "names", tag }),
    })
}

fn entry(d: &mut Decoder<'_>) -> Result<names::Entry, DecodeError> {
    Ok(names::Entry {
        name: text(d)?,
        uri: text(d)?,
        edge: edge(d)?,
        version: Wire::decode(d)?,
        actor: Wire::decode(d)?,
        via: Wire::decode(d)?,
        term: Wire::decode(d)?,
    })
}

pub(super) fn put_group(e: &mut Encoder<'_>, message: &groups::Message) -> Result<(), EncodeError> {
    use groups::Message;
    match message {
        Message::Join { group, uri, edge, version, actor, via, count } => {
            e.tag(0)?;
            e.text(group)?;
            e.text(uri)?;
            put_edge(e, *edge);
            version.encode(e)?;
            actor.encode(e)?;
            via.encode(e)?;
            count.encode(e)
        }
        Message::Leave { group, actor, count } => {
            e.tag(1)?;
            e.text(group)?;
            actor.encode(e)?;
            count.encode(e)
        }
    }
}

pub(super) fn group(d: &mut Decoder<'_>) -> Result<groups::Message, DecodeError> {
    use groups::Message;
    Ok(match d.tag()? {
        0 => Message::Join {
            group: text(d)?,
            uri: text(d)?,
            edge: edge(d)?,
            version: Wire::decode(d)?,
            actor: Wire::decode(d)?,
            via: Wire::decode(d)?,
            count: Wire::decode(d)?,
        },
        1 => Message::Leave { group: text(d)?, actor: Wire::decode(d)?, count: Wire::decode(d)? },
        tag => return Err(DecodeError::UnknownVariant { uri: "groups", tag }),
    })
}
