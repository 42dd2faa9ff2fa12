//! How actors end: the reason that monitors and links see, with a form that crosses nodes, and the error a handler may return.

use std::fmt;

use crate::{
    signal::Peer,
    wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Wire},
};

/// Why an actor ended, or why nothing is known of it any more.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExitReason {
    /// It ended itself with `Context::stop`.
    Normal,
    /// No handle was left; it drained its mailbox and ended.
    Unreferenced,
    /// It was asked to stop.
    Stopped,
    /// It was killed.
    Killed,
    /// A handler returned an error; the text is the error with its sources.
    Failed(String),
    /// A handler panicked; the text is the panic's.
    Panicked(String),
    /// There was no such actor when it was asked for: it had ended before, or belonged to an earlier run of its node.
    NoSuchActor,
    /// The connection to its node is gone; the actor may still run.
    NodeDown(NodeDownCause),
    /// Its start hook returned an error; it has handled nothing. The text is the error with its sources.
    StartFailed(String),
    /// Its stop hook was not done within its deadline, while it was to end orderly.
    StopOverdue,
    /// It was told to exit, with `ActorRef::exit`, in these words.
    Exited(String),
    /// An actor that it was linked to ended, and it does not trap exits.
    Linked(Box<Linked>),
}

/// The first to end of those that were linked, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    /// Who.
    pub peer: Peer,
    /// Why; never a [`ExitReason::Linked`] itself.
    pub reason: ExitReason,
}

impl ExitReason {
    /// What an actor ends with that was linked to `peer`, which ended for this reason.
    pub(crate) fn through(&self, peer: &Peer) -> Self {
        match self {
            ExitReason::Linked(_) => self.clone(),
            reason => ExitReason::Linked(Box::new(Linked { peer: peer.clone(), reason: reason.clone() })),
        }
    }

    /// Whether it was an orderly end, which does not take linked actors down.
    pub fn is_normal(&self) -> bool {
        matches!(self, ExitReason::Normal | ExitReason::Unreferenced | ExitReason::Stopped)
    }
}

impl fmt::Display for ExitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExitReason::Normal => f.write_str("it ended itself"),
            ExitReason::Unreferenced => f.write_str("no handle to it was left"),
            ExitReason::Stopped => f.write_str("it was asked to stop"),
            ExitReason::Killed => f.write_str("it was killed"),
            ExitReason::Failed(why) => write!(f, "a handler failed: {why}"),
            ExitReason::Panicked(why) => write!(f, "a handler panicked: {why}"),
            ExitReason::NoSuchActor => f.write_str("there is no such actor"),
            ExitReason::NodeDown(cause) => write!(f, "its node is down: {cause}"),
            ExitReason::StartFailed(why) => write!(f, "its start hook failed: {why}"),
            ExitReason::StopOverdue => f.write_str("its stop hook was not done within its deadline"),
            ExitReason::Exited(why) => write!(f, "it was told to exit: {why}"),
            ExitReason::Linked(linked) => write!(f, "it was linked to {}, and {}", linked.peer, linked.reason),
        }
    }
}

/// What was seen of a node that is down. One side cannot tell a crash from a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum NodeDownCause {
    /// Its socket closed.
    Closed,
    /// Nothing was heard of it for the whole window.
    Silent,
    /// It said goodbye, or was disconnected on purpose.
    Left,
    /// It could not be reached, or the handshake with it was refused.
    Refused,
    /// Nobody on either side used its connection for a while; the next mention connects again. No monitor fires and no link ends
    /// for that.
    Idle,
}

impl fmt::Display for NodeDownCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NodeDownCause::Closed => "its connection closed",
            NodeDownCause::Silent => "nothing was heard of it for the whole window",
            NodeDownCause::Left => "it left, or was disconnected on purpose",
            NodeDownCause::Refused => "it could not be connected",
            NodeDownCause::Idle => "its connection was not used",
        })
    }
}

impl Wire for NodeDownCause {
    const EDGE: Edge = Edge::of("node_down_cause", &[]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "node_down_cause", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        e.tag(match self {
            NodeDownCause::Closed => 0,
            NodeDownCause::Silent => 1,
            NodeDownCause::Left => 2,
            NodeDownCause::Refused => 3,
            NodeDownCause::Idle => 4,
        })
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(match d.tag()? {
            0 => NodeDownCause::Closed,
            1 => NodeDownCause::Silent,
            2 => NodeDownCause::Left,
            3 => NodeDownCause::Refused,
            4 => NodeDownCause::Idle,
            tag => {
                return Err(DecodeError::UnknownVariant { uri: "node_down_cause", tag });
            }
        })
    }
}

impl Wire for ExitReason {
    const EDGE: Edge = Edge::of("exit_reason", &[]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "exit_reason", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        match self {
            ExitReason::Normal => e.tag(0),
            ExitReason::Unreferenced => e.tag(1),
            ExitReason::Stopped => e.tag(2),
            ExitReason::Killed => e.tag(3),
            ExitReason::Failed(why) => e.tag(4).and_then(|()| e.text(why)),
            ExitReason::Panicked(why) => e.tag(5).and_then(|()| e.text(why)),
            ExitReason::NoSuchActor => e.tag(6),
            ExitReason::NodeDown(cause) => e.tag(7).and_then(|()| cause.encode(e)),
            ExitReason::StartFailed(why) => e.tag(8).and_then(|()| e.text(why)),
            ExitReason::StopOverdue => e.tag(9),
            ExitReason::Exited(why) => e.tag(10).and_then(|()| e.text(why)),
            ExitReason::Linked(linked) => {
                e.tag(11)?;
                linked.peer.encode(e)?;
                linked.reason.encode(e)
            }
        }
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        match d.tag()? {
            11 => {
                d.charge(size_of::<Linked>())?;
                let peer = Peer::decode(d)?;
                let tag = d.tag()?;
                let reason = Self::decode_tagged(tag, d)?;
                Ok(ExitReason::Linked(Box::new(Linked { peer, reason })))
            }
            tag => Self::decode_tagged(tag, d),
        }
    }
}

impl ExitReason {
    /// All but the one that holds another.
    fn decode_tagged(tag: u32, d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(match tag {
            0 => ExitReason::Normal,
            1 => ExitReason::Unreferenced,
            2 => ExitReason::Stopped,
            3 => ExitReason::Killed,
            4 => ExitReason::Failed(Wire::decode(d)?),
            5 => ExitReason::Panicked(Wire::decode(d)?),
            6 => ExitReason::NoSuchActor,
            7 => ExitReason::NodeDown(Wire::decode(d)?),
            8 => ExitReason::StartFailed(Wire::decode(d)?),
            9 => ExitReason::StopOverdue,
            10 => ExitReason::Exited(Wire::decode(d)?),
            tag => {
                return Err(DecodeError::UnknownVariant { uri: "exit_reason", tag });
            }
        })
    }
}

/// An actor's failure: any error turned into words, so that `?` works in handlers.
///
/// The error itself is dropped on conversion: a message that a failed send handed back goes with it, and a reply in that
/// message answers `NoReply` at once. It is not a `std::error::Error` itself, which is what lets it come from all of them.
pub struct Error(String);

impl Error {
    /// A failure in words.
    pub fn new(reason: impl fmt::Display) -> Self {
        Error(reason.to_string())
    }

    pub(crate) fn into_text(self) -> String {
        self.0
    }
}

impl<E: std::error::Error + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            if !text.ends_with(&cause_text) {
                text.push_str(": ");
                text.push_str(&cause_text);
            }
            source = cause.source();
        }
        Error(text)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
