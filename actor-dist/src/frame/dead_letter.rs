//! The frame by which a node tells a peer which of its tells reached nobody: so many of each kind, and how many more. Optional: a
//! reader that does not know it skips it. Bounds what it names, so that it is never much larger than what it answers. Used by
//! `lane`.

use std::{fmt, sync::Arc};

use actor_core::{
    ActorId,
    wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Wire},
};

use super::{AnswerFailure, field};

/// How many kinds one frame tells apart at most.
pub(crate) const MAX_LETTERS: usize = 16;

/// For whom a message was, in the words of the node that it came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Receiver {
    Actor(ActorId),
    Name(Arc<str>),
    Group(Arc<str>),
}

impl fmt::Display for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Receiver::Actor(actor) => write!(f, "actor {}", actor.0),
            Receiver::Name(name) => write!(f, "name `{name}`"),
            Receiver::Group(group) => write!(f, "group `{group}`"),
        }
    }
}

/// So many tells of one protocol to one receiver that nobody took, for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Undelivered {
    pub(crate) receiver: Receiver,
    pub(crate) edge: Edge,
    pub(crate) count: u64,
    pub(crate) why: AnswerFailure,
}

pub(super) fn put(e: &mut Encoder<'_>, letters: &[Undelivered], others: u64) -> Result<(), EncodeError> {
    e.length(letters.len())?;
    for Undelivered { receiver, edge, count, why } in letters {
        match receiver {
            Receiver::Actor(actor) => e.tag(0).and_then(|()| actor.encode(e))?,
            Receiver::Name(name) => e.tag(1).and_then(|()| e.text(name))?,
            Receiver::Group(group) => e.tag(2).and_then(|()| e.text(group))?,
        }
        field::put_edge(e, *edge);
        count.encode(e)?;
        why.encode(e)?;
    }
    others.encode(e)
}

pub(super) fn read(d: &mut Decoder<'_>) -> Result<(Vec<Undelivered>, u64), DecodeError> {
    let count = u64::decode(d)?;
    if count > MAX_LETTERS as u64 {
        return Err(invalid("it tells more than 16 kinds apart"));
    }
    let letters = (0..count).map(|_| letter(d)).collect::<Result<_, _>>()?;
    Ok((letters, u64::decode(d)?))
}

fn letter(d: &mut Decoder<'_>) -> Result<Undelivered, DecodeError> {
    let receiver = match d.tag()? {
        0 => Receiver::Actor(Wire::decode(d)?),
        1 => Receiver::Name(field::name(d)?.into()),
        2 => Receiver::Group(field::name(d)?.into()),
        _ => return Err(invalid("it is for no kind of receiver")),
    };
    Ok(Undelivered { receiver, edge: field::edge(d)?, count: Wire::decode(d)?, why: AnswerFailure::decode(d)? })
}

fn invalid(why: &'static str) -> DecodeError {
    DecodeError::invalid("dead letters", why)
}

#[cfg(test)]
mod tests {
    use actor_core::wire::Limits;

    use super::*;

    fn read_again(letters: &[Undelivered], others: u64) -> Result<(Vec<Undelivered>, u64), DecodeError> {
        let mut out = Vec::new();
        put(&mut Encoder::new(&mut out), letters, others).unwrap();
        read(&mut Decoder::new(&out, Limits::default()))
    }

    /// S5, F1: what one frame tells is bounded, whoever wrote it.
    #[test]
    fn too_many_kinds_and_long_names_are_malformed() {
        let one = |name: usize| Undelivered {
            receiver: Receiver::Name("n".repeat(name).into()),
            edge: Edge::from_bits(1),
            count: u64::MAX,
            why: AnswerFailure::Unresolved,
        };
        let most = vec![one(255); MAX_LETTERS];
        assert_eq!(read_again(&most, 7), Ok((most.clone(), 7)));
        assert!(read_again(&vec![one(1); MAX_LETTERS + 1], 0).is_err());
        assert!(read_again(&[one(256)], 0).is_err());
        let unknown = [1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 0, 0];
        assert!(read(&mut Decoder::new(&unknown, Limits::default())).is_err());
    }
}
