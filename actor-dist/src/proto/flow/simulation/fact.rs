//! What happened, in order: all that the invariants look at, and what is shown of a run that fails.

use actor_core::ActorId;

use super::mail::Who;
use crate::proto::flow::Recipient;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Fact {
    /// All before this happened in one step.
    Step,
    /// A frame is in the lane; of no kind if it is for nobody but the other side.
    Sent {
        id: u64,
        by: Who,
        to: Option<Recipient<'static>>,
        kind: Option<Kind>,
        /// How much room it takes there.
        size: usize,
    },
    /// A message was handed back to who sent it, for want of room if there is a reason.
    Declined {
        id: u64,
        by: Who,
        full: Option<Full>,
    },
    /// A frame that was in the lane surely has not left it.
    NeverLeft {
        id: u64,
    },
    /// A session stands, as this side sees it.
    Began {
        side: usize,
    },
    /// The writer has taken a frame out of the lane.
    Written {
        id: u64,
        side: usize,
    },
    /// Both sides agreed to end the session, and begin the next one.
    Again,
    /// A frame has arrived, or a token, for this one.
    Came {
        id: u64,
        by: Who,
        at: Who,
        kind: Kind,
        bytes: usize,
        apart: bool,
        garbled: bool,
    },
    /// A body was announced, for these or for nobody.
    Token {
        side: usize,
    },
    /// It is in the mailbox, or with who waits for it; and whether it is what was sent.
    Put {
        id: u64,
        at: Who,
        whole: bool,
    },
    /// It goes no further.
    Refused {
        id: u64,
        at: Who,
        why: Why,
    },
    /// The mailbox had no room for a message that was sent to this recipient; and whether its gate was open.
    Full {
        id: u64,
        at: Who,
        to: Option<Recipient<'static>>,
        straight: bool,
    },
    /// The name leads to this actor from now on, or to nobody.
    Named {
        side: usize,
        name: &'static str,
        actor: Option<ActorId>,
    },
    /// It was looked where the names lead whose senders are stopped.
    Looked {
        side: usize,
    },
    /// The gate is open again.
    Opened {
        at: Who,
    },
    /// The side tells the other one to send no more, or to send again.
    Said {
        side: usize,
        word: Word,
        to: Recipient<'static>,
    },
    /// The side was told so.
    Heard {
        side: usize,
        word: Word,
        to: Recipient<'static>,
    },
    /// A body is to be sent by this side.
    Body {
        side: usize,
        body: u64,
    },
    /// A chunk of one is on its way; of those before this one.
    Chunk {
        side: usize,
        body: u64,
        last: bool,
        before: u64,
    },
    /// A chunk has arrived; of a body of this length.
    Read {
        side: usize,
        body: u64,
        length: usize,
        last: bool,
    },
    /// By what was sent.
    Called {
        port: u64,
        id: u64,
    },
    /// Whoever was to answer the first call passed that on by the second.
    Forwarded {
        port: u64,
        by: u64,
    },
    /// A side was told of so many messages that could not be decoded.
    Noticed {
        side: usize,
        count: u64,
    },
    Ended {
        port: u64,
        how: How,
    },
    Watched {
        reference: u64,
        by: Who,
        actor: Who,
    },
    /// A watch is over; because its actor is, or with the session.
    Fired {
        reference: u64,
        session: bool,
    },
    /// An actor has ended.
    Gone {
        actor: Who,
    },
    /// The lane was read to its end: no more tokens come.
    LaneRead {
        side: usize,
    },
    /// The session is lost, as this side sees it.
    Lost {
        side: usize,
    },
    /// Its end is told.
    Over {
        side: usize,
    },
    /// The other side is taken for one that does not keep to the rules.
    Fault {
        side: usize,
        what: String,
    },
    /// Nothing more happens; what is left.
    Rest {
        side: usize,
        left: Left,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Message,
    Copy,
    Signal,
    Answer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// Too much is held.
    Overloaded,
    /// A member had no room.
    Missed,
    /// Nobody is there.
    Stopped,
    /// The session was lost.
    Disconnected,
    /// Nobody waits for it any more.
    Late,
    /// It could not be decoded.
    Unreadable,
}

/// Of a message that found no room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Full {
    pub(super) to: Option<Recipient<'static>>,
    pub(super) calls: bool,
    /// It is large, and there were too many such.
    pub(super) crowded: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Stop,
    Go,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Answered,
    Failed,
    GaveUp,
}

/// What a side has left when nothing more happens.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Left {
    pub(super) is_over: bool,
    pub(super) shut: Vec<ActorId>,
    pub(super) is_open: bool,
    pub(super) stopped: usize,
    pub(super) senders: usize,
    pub(super) tasks: usize,
    pub(super) bodies: usize,
    /// How many bytes the lane holds.
    pub(super) waits: usize,
}
