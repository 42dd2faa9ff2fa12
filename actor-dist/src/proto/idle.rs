//! Which sessions nobody uses: what moved over each, since when nothing did, and who is asked whether it may end. Ends nothing and
//! reads no count: it orders the driver to look, and to ask.
//!
//! Who finds a session idle asks the other side and holds back, from then on, what it would send. The other side alone decides,
//! at one moment: it has got all that was sent and everything of its own was got, nothing is owed, and nobody there needs the
//! session. Then it ends it at once, and nothing was on its way. What was held back goes out by the next session, or by this one
//! if the answer is no.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::session_id::SessionId;

/// How many frames one side has sent on its lane, and taken in from the other's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) sent: u64,
    pub(crate) received: u64,
}

/// What the driver is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Say what has moved, and whether something is owed.
    Look(SessionId),
    /// If that is all that was sent, send nothing more and ask whether the session may end.
    Ask { session: SessionId, counts: Counts },
    /// If that is all that was sent and taken in, and nothing is owed, the session ends; or else say no.
    Agree { session: SessionId, counts: Counts },
    /// Say no.
    Refuse(SessionId),
    /// There is no answer: what is held back cannot wait for ever.
    Unanswered(SessionId),
}

/// The sessions that are looked at.
#[derive(Debug)]
pub(crate) struct Idle {
    /// After how long without use a session ends; never, if there is none.
    after: Option<Duration>,
    /// How long an answer may take.
    patience: Duration,
    sessions: BTreeMap<SessionId, Watched>,
}

#[derive(Debug)]
struct Watched {
    counts: Counts,
    /// Since when nothing is known to have moved.
    since: Instant,
    /// When it is looked at again; while an answer is awaited, until when.
    due: Instant,
    asked: bool,
}

impl Idle {
    pub(crate) fn new(after: Option<Duration>, patience: Duration) -> Self {
        Idle { after, patience, sessions: BTreeMap::new() }
    }

    /// A session stands.
    pub(crate) fn up(&mut self, session: SessionId, now: Instant) {
        if let Some(after) = self.after {
            let watched = Watched { counts: Counts::default(), since: now, due: now + after / 4, asked: false };
            self.sessions.insert(session, watched);
        }
    }

    /// A session stands no more.
    pub(crate) fn down(&mut self, session: SessionId) {
        self.sessions.remove(&session);
    }

    /// What has moved on a session; whether somebody on this side needs it.
    pub(crate) fn looked(
        &mut self,
        session: SessionId,
        counts: Counts,
        needed: bool,
        now: Instant,
        orders: &mut Vec<Order>,
    ) {
        let (Some(after), Some(watched)) = (self.after, self.sessions.get_mut(&session)) else { return };
        if needed || counts != watched.counts {
            (watched.counts, watched.since) = (counts, now);
        }
        let end = watched.since + after;
        watched.due = end.min(now + after / 4);
        if now >= end && !watched.asked {
            (watched.asked, watched.due) = (true, now + self.patience);
            orders.push(Order::Ask { session, counts });
        }
    }

    /// The other side said no, or something was sent before it could be asked.
    pub(crate) fn refused(&mut self, session: SessionId, now: Instant) {
        if let (Some(after), Some(watched)) = (self.after, self.sessions.get_mut(&session)) {
            (watched.since, watched.due, watched.asked) = (now, now + after / 4, false);
        }
    }

    /// The other side asks; it has moved so much. Whether somebody on this side needs the session.
    pub(crate) fn asked(&self, session: SessionId, theirs: Counts, needed: bool, orders: &mut Vec<Order>) {
        orders.push(match needed {
            true => Order::Refuse(session),
            false => {
                let counts = Counts { sent: theirs.received, received: theirs.sent };
                Order::Agree { session, counts }
            }
        });
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self, now: Instant, orders: &mut Vec<Order>) {
        for (session, watched) in self.sessions.iter_mut().filter(|(_, watched)| watched.due <= now) {
            // Until the driver has looked.
            watched.due = now + self.patience;
            orders.push(match watched.asked {
                true => Order::Unanswered(*session),
                false => Order::Look(*session),
            });
        }
    }

    /// When `tick` has something to do.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.sessions.values().map(|watched| watched.due).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: SessionId = SessionId(1);
    const AFTER: Duration = Duration::from_secs(8);

    #[expect(clippy::disallowed_methods, reason = "an instant can only be had from the clock; its value plays no part")]
    fn start() -> Instant {
        Instant::now()
    }

    fn ordered(order: impl FnOnce(&mut Vec<Order>)) -> Vec<Order> {
        let mut orders = Vec::new();
        order(&mut orders);
        orders
    }

    /// Looks whenever it is time, until there is something else to do; what that is, and when.
    fn watch(idle: &mut Idle, counts: Counts, needed: bool, most: Instant) -> Option<(Instant, Order)> {
        loop {
            let now = idle.next_timeout().filter(|due| *due <= most)?;
            for order in ordered(|o| idle.tick(now, o)) {
                let Order::Look(session) = order else { return Some((now, order)) };
                if let Some(ask) = ordered(|o| idle.looked(session, counts, needed, now, o)).first() {
                    return Some((now, *ask));
                }
            }
        }
    }

    /// N3: what moves, or is needed, is not idle; what is idle is asked about once, and again after a no.
    #[test]
    fn a_session_is_asked_about_when_nothing_has_moved_for_the_time() {
        let (mut idle, now) = (Idle::new(Some(AFTER), Duration::from_secs(3)), start());
        idle.up(S, now);
        let counts = Counts { sent: 1, received: 2 };
        assert_eq!(watch(&mut idle, counts, true, now + AFTER * 5), None, "it is needed");
        let (at, order) = watch(&mut idle, counts, false, now + AFTER * 8).expect("it is not any more");
        assert_eq!(order, Order::Ask { session: S, counts });
        assert!(at >= now + AFTER * 5 && at <= now + AFTER * 7);
        idle.refused(S, at);
        let (again, order) = watch(&mut idle, counts, false, at + AFTER * 2).expect("it is still idle");
        assert_eq!((order, again), (Order::Ask { session: S, counts }, at + AFTER));
        let unanswered = watch(&mut idle, counts, false, again + AFTER).expect("nobody answers");
        assert_eq!(unanswered, (again + Duration::from_secs(3), Order::Unanswered(S)));
        idle.down(S);
        assert_eq!(idle.next_timeout(), None);
    }

    /// N3: without a time nothing is looked at, and the other side's question is answered all the same.
    #[test]
    fn who_does_not_ask_answers() {
        let mut idle = Idle::new(None, AFTER);
        idle.up(S, start());
        assert_eq!(idle.next_timeout(), None);
        let theirs = Counts { sent: 5, received: 7 };
        assert_eq!(ordered(|o| idle.asked(S, theirs, true, o)), [Order::Refuse(S)]);
        let counts = Counts { sent: 7, received: 5 };
        assert_eq!(ordered(|o| idle.asked(S, theirs, false, o)), [Order::Agree { session: S, counts }]);
    }
}
