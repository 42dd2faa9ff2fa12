//! The way out to a node as `crate::lane` keeps it: made at the first mention and taken over by the session that comes about,
//! which takes with it what waits for its run of the node. Moves nothing.

use actor_core::{ActorId, ExitReason, Incarnation};

use crate::proto::{groups, links, names, session_id::SessionId};

/// A frame of a message lane.
#[derive(Debug)]
pub(super) enum Frame {
    Name(names::Message),
    Group(groups::Message),
    Monitor {
        reference: u64,
        actor: ActorId,
    },
    Demonitor {
        reference: u64,
    },
    Down {
        reference: u64,
        reason: ExitReason,
    },
    Link(links::Message),
    /// A user's message.
    Tell(usize),
    /// One that is answered on the session by which it came.
    Call(usize),
    Answer(usize),
}

impl Frame {
    /// Whether it is of no use on another session.
    pub(super) fn is_bound(&self) -> bool {
        matches!(self, Frame::Name(_) | Frame::Group(_) | Frame::Down { .. } | Frame::Answer(_))
    }
}

#[derive(Debug)]
pub(super) enum Lane {
    /// No session yet: each frame waits with the run of the node that it is for, if it is for a certain one.
    Pending(Vec<(Option<Incarnation>, Frame)>),
    Open(Incarnation, SessionId),
    /// What comes is held back until the peer has said whether the session ends.
    Held(Incarnation, Vec<(Option<Incarnation>, Frame)>),
    Finished,
}

/// What became of a frame.
pub(super) enum Pushed {
    Waits,
    Goes(SessionId, Frame),
    /// It is for an earlier run of the node, as it seems.
    Stale,
    /// The session ended: there may be another lane.
    Finished,
}

impl Lane {
    pub(super) fn new() -> Self {
        Lane::Pending(Vec::new())
    }

    /// A session with this run stands; what goes out with it.
    pub(super) fn open(&mut self, run: Incarnation, session: SessionId) -> Option<Vec<Frame>> {
        match std::mem::replace(self, Lane::Open(run, session)) {
            Lane::Pending(waiting) => {
                let meant = waiting.into_iter().filter(|(meant, _)| meant.is_none_or(|meant| meant == run));
                Some(meant.map(|(_, frame)| frame).collect())
            }
            _ => None,
        }
    }

    pub(super) fn push(&mut self, meant: Option<Incarnation>, frame: Frame) -> Pushed {
        match self {
            Lane::Pending(waiting) => {
                waiting.push((meant, frame));
                Pushed::Waits
            }
            Lane::Open(run, _) | Lane::Held(run, ..) if meant.is_some_and(|meant| meant != *run) => Pushed::Stale,
            Lane::Open(_, session) => Pushed::Goes(*session, frame),
            Lane::Held(_, held) => {
                held.push((meant, frame));
                Pushed::Waits
            }
            Lane::Finished => Pushed::Finished,
        }
    }

    /// Nothing more goes in.
    pub(super) fn finish(&mut self) {
        *self = Lane::Finished;
    }
}
