//! What was seen, for the invariants to judge and for people to read. Changes nothing.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use actor_core::{ActorId, ExitReason, NodeDownCause, NodeId, NodeName};

use super::{Run, tell::Tell, tie::Bond};
use crate::proto::{Registered, session_id::SessionId};

#[derive(Default)]
pub(super) struct Log {
    /// Kept only of a run that is to be read.
    pub(super) trace: Option<Vec<String>>,
    /// What each run of a node saw, in order.
    pub(super) seen: BTreeMap<NodeId, Vec<(Duration, Seen)>>,
    pub(super) watches: Vec<Watch>,
    pub(super) ties: Vec<Tie>,
    pub(super) tells: Vec<Tell>,
    pub(super) registrations: Vec<Registration>,
    /// Who held a name, having been told Ok, and does so still.
    pub(super) holders: BTreeMap<Arc<str>, Vec<Holder>>,
    /// When and how each actor ended.
    pub(super) ended: BTreeMap<(NodeId, ActorId), (Duration, ExitReason)>,
    /// Nothing breaks in this run.
    pub(super) harmless: bool,
    pub(super) outages: Vec<Outage>,
    /// When the cluster last changed, otherwise than by what actors do.
    pub(super) churn: Duration,
    /// What was seen to be wrong as it happened.
    pub(super) violations: Vec<String>,
}

/// What a node, or somebody on it, was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    Up {
        peer: NodeId,
        session: SessionId,
    },
    Down {
        peer: NodeId,
        session: SessionId,
        cause: NodeDownCause,
    },
    /// A frame of a lane was read.
    Frame(SessionId),
    /// A monitor fired; what was still known here of the actor.
    Fired {
        reference: u64,
        reason: ExitReason,
        leftover: Vec<Arc<str>>,
    },
    /// An exit came by a link, the one with this place in the log; what was still known here of the actor.
    Exit {
        tie: usize,
        reason: ExitReason,
        leftover: Vec<Arc<str>>,
    },
    /// Somebody here asked for a session.
    Asked(NodeName),
    /// Somebody here wants none.
    Disconnected(NodeName),
    /// A session was dialed, for whatever reason.
    Dialed(NodeName),
    /// There will be no session.
    Failed(NodeName),
    /// A session that stood is lost, for this cause.
    Lost {
        peer: NodeId,
        cause: NodeDownCause,
    },
}

#[derive(Debug)]
pub(super) struct Watch {
    pub(super) by: NodeId,
    pub(super) reference: u64,
    pub(super) target: (NodeId, ActorId),
    pub(super) since: Duration,
    /// The session that stood.
    pub(super) session: Option<SessionId>,
    pub(super) given_up: Option<Duration>,
}

/// One end of a link, from when it stands for its actor.
#[derive(Debug)]
pub(super) struct Tie {
    pub(super) by: NodeId,
    pub(super) bond: Bond,
    pub(super) since: Duration,
    /// The session that stood.
    pub(super) session: Option<SessionId>,
    /// Since when it stands no more, otherwise than by an exit: it was unlinked, or its actor ended.
    pub(super) undone: Option<Duration>,
}

#[derive(Debug)]
pub(super) struct Registration {
    pub(super) by: NodeId,
    pub(super) request: u64,
    pub(super) name: Arc<str>,
    pub(super) actor: ActorId,
    pub(super) deadline: Duration,
    /// The cluster stood, all connected, since then.
    pub(super) stable: Option<Duration>,
    pub(super) answers: Vec<(Duration, Registered)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Holder {
    pub(super) owner: NodeId,
    pub(super) actor: ActorId,
    pub(super) term: u64,
}

/// A reason for silence.
#[derive(Debug)]
pub(super) struct Outage {
    pub(super) kind: OutageKind,
    pub(super) from: Duration,
    pub(super) to: Option<Duration>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutageKind {
    /// That host does not run; it may come back.
    Pause(usize),
    /// That run is gone without a word.
    Silence(Run),
    /// Nothing arrives from the first at the second.
    Cut(usize, usize),
}

impl Log {
    /// Writes a line of the trace, if there is one.
    pub(super) fn note(&mut self, now: Duration, who: &dyn fmt::Display, what: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            let line = format!("{:>11.6} {who} {}", now.as_secs_f64(), what());
            trace.push(line.replace("@host:7000", "").replace("#000000000000000", "#"));
        }
    }

    pub(super) fn saw(&mut self, now: Duration, who: &NodeId, seen: Seen) {
        if !matches!(seen, Seen::Frame(_)) {
            self.note(now, &who, || format!("saw {seen:?}"));
        }
        self.seen.entry(who.clone()).or_default().push((now, seen));
    }

    pub(super) fn seen_by(&self, who: &NodeId) -> &[(Duration, Seen)] {
        self.seen.get(who).map_or(&[], Vec::as_slice)
    }

    pub(super) fn outage(&mut self, kind: OutageKind, from: Duration) {
        self.outages.push(Outage { kind, from, to: None });
    }

    pub(super) fn outage_over(&mut self, kind: OutageKind, to: Duration) {
        for outage in self.outages.iter_mut().filter(|outage| outage.kind == kind && outage.to.is_none()) {
            outage.to = Some(to);
        }
    }

    /// Whether a monitor has neither fired nor been given up.
    pub(super) fn is_waiting(&self, by: &NodeId, reference: u64) -> bool {
        let fired = |seen: &Seen| matches!(seen, Seen::Fired { reference: fired, .. } if *fired == reference);
        let watch = self.watches.iter().find(|watch| watch.by == *by && watch.reference == reference);
        let seen = self.seen_by(by);
        watch.is_some_and(|watch| watch.given_up.is_none()) && !seen.iter().any(|(_, seen)| fired(seen))
    }

    pub(super) fn registration(&mut self, by: &NodeId, request: u64) -> Option<&mut Registration> {
        self.registrations.iter_mut().find(|held| held.by == *by && held.request == request)
    }

    /// A name is no longer with a node.
    pub(super) fn released(&mut self, owner: &NodeId, name: &str) {
        if let Some(holders) = self.holders.get_mut(name) {
            holders.retain(|holder| holder.owner != *owner);
        }
    }

    pub(super) fn all_released(&mut self, owner: &NodeId) {
        for holders in self.holders.values_mut() {
            holders.retain(|holder| holder.owner != *owner);
        }
    }

    pub(super) fn wrong(&mut self, now: Duration, what: String) {
        self.note(now, &"VIOLATION", || what.clone());
        self.violations.push(what);
    }
}

impl Drop for Log {
    /// What led to a panic is worth reading too.
    fn drop(&mut self) {
        if let Some(trace) = self.trace.take().filter(|_| std::thread::panicking()) {
            eprintln!("{}", trace.join("\n"));
        }
    }
}
