//! Tests of sessions: one node against what its peers and its network do.

use actor_core::Incarnation;

use super::*;

const PEER: &str = "m";

#[expect(clippy::disallowed_methods, reason = "an instant can only be had from the clock; its value plays no part")]
fn start() -> Instant {
    Instant::now()
}

fn node(short: &str, incarnation: u64) -> NodeId {
    NodeId { name: format!("{short}@host:7000").parse().unwrap(), incarnation: Incarnation(incarnation) }
}

/// A node, greater or lesser than its peer `m`, and the time.
struct One {
    sessions: Sessions,
    now: Instant,
}

impl One {
    fn new(short: &str) -> Self {
        One { sessions: Sessions::new(node(short, 1).name), now: start() }
    }

    fn act(&mut self, act: impl FnOnce(&mut Sessions, Instant, &mut Vec<Order>)) -> Vec<Order> {
        let mut orders = Vec::new();
        act(&mut self.sessions, self.now, &mut orders);
        orders
    }

    fn connect(&mut self) -> Vec<Order> {
        self.act(|s, now, o| s.connect(&node(PEER, 1).name, now, o))
    }

    fn admit(&mut self, incarnation: u64, wire: u64) -> (Result<SessionId, Verdict>, Vec<Order>) {
        let mut admitted = Err(Verdict::Myself);
        let orders = self.act(|s, now, o| admitted = s.admit_control(node(PEER, incarnation), wire, now, o));
        (admitted, orders)
    }

    fn opened(&mut self, session: u64, incarnation: u64) -> Vec<Order> {
        self.act(|s, _, o| s.control_opened(SessionId(session), node(PEER, incarnation), o))
    }

    fn lane_opened(&mut self, session: u64) -> Vec<Order> {
        self.act(|s, _, o| s.lane_opened(SessionId(session), o))
    }

    fn lost(&mut self, session: u64, cause: NodeDownCause) -> Vec<Order> {
        self.act(|s, _, o| s.lost(SessionId(session), cause, o))
    }

    fn drained(&mut self, session: u64) -> Vec<Order> {
        self.act(|s, _, o| s.drained(SessionId(session), o))
    }

    fn tick_after(&mut self, time: Duration) -> Vec<Order> {
        self.now += time;
        self.act(|s, now, o| s.tick(now, o))
    }

    fn disconnect(&mut self) -> Vec<Order> {
        self.act(|s, _, o| s.disconnect(&node(PEER, 1).name, o))
    }

    /// Admits an attempt of the peer's and opens it.
    fn up(&mut self, wire: u64) -> SessionId {
        let session = self.admit(1, wire).0.unwrap();
        assert_eq!(self.sessions.admit_lane(&node(PEER, 1), wire), Ok(session));
        assert_eq!(self.lane_opened(session.0), [open(session.0, 1)]);
        session
    }

    fn standing(&self) -> Vec<u64> {
        self.sessions.nodes().map(|(session, _)| session.0).collect()
    }
}

fn dial(session: u64) -> Order {
    Order::Dial { session: SessionId(session), peer: node(PEER, 1).name, wire: session }
}

fn abort(session: u64) -> Order {
    Order::Abort { session: SessionId(session) }
}

fn open(session: u64, incarnation: u64) -> Order {
    Order::Open { session: SessionId(session), node: node(PEER, incarnation) }
}

fn drain(session: u64, cause: NodeDownCause) -> Order {
    Order::Drain { session: SessionId(session), node: node(PEER, 1), cause }
}

fn over(session: u64, cause: NodeDownCause) -> Order {
    Order::Over { session: SessionId(session), node: node(PEER, 1), cause }
}

fn failed() -> Order {
    Order::Failed { peer: node(PEER, 1).name }
}

/// N3
#[test]
fn a_dial_becomes_a_session_by_its_control_connection_and_then_its_lane() {
    let mut a = One::new("a");
    assert_eq!(a.connect(), [dial(1)]);
    assert_eq!(a.connect(), [], "it is on its way");
    let lane = Order::DialLane { session: SessionId(1), node: node(PEER, 1), wire: 1 };
    assert_eq!(a.opened(1, 1), [lane]);
    assert_eq!(a.lane_opened(1), [open(1, 1)]);
    assert_eq!(a.connect(), [], "it stands");
    assert_eq!(a.standing(), [1]);
    assert_eq!(a.sessions.next_timeout(), None);
}

/// N3
#[test]
fn a_peers_attempt_becomes_a_session_when_its_lane_is_open() {
    let mut a = One::new("a");
    assert_eq!(a.admit(1, 70), (Ok(SessionId(1)), vec![]));
    assert_eq!(a.connect(), [], "the peer's attempt is on its way");
    assert_eq!(a.sessions.admit_lane(&node(PEER, 1), 71), Err(Verdict::UnknownSession));
    assert_eq!(a.sessions.admit_lane(&node(PEER, 2), 70), Err(Verdict::UnknownSession));
    assert_eq!(a.sessions.admit_lane(&node("other", 1), 70), Err(Verdict::UnknownSession));
    assert_eq!(a.sessions.admit_lane(&node(PEER, 1), 70), Ok(SessionId(1)));
    assert_eq!(a.sessions.admit_lane(&node(PEER, 1), 70), Err(Verdict::UnknownSession), "one lane only");
    assert_eq!(a.lane_opened(1), [open(1, 1)]);
}

/// N6: both sides decide alike.
#[test]
fn of_two_attempts_at_once_the_one_of_the_greater_name_stands() {
    let mut greater = One::new("z");
    greater.connect();
    assert_eq!(greater.admit(1, 9), (Err(Verdict::Simultaneous), vec![]));
    greater.opened(1, 1);
    assert_eq!(greater.admit(1, 9).0, Err(Verdict::Simultaneous), "also when it waits for its lane only");
    assert_eq!(greater.lane_opened(1), [open(1, 1)]);

    let mut lesser = One::new("a");
    lesser.connect();
    assert_eq!(lesser.admit(1, 9), (Ok(SessionId(2)), vec![abort(1)]));
    assert_eq!(lesser.opened(1, 1), [abort(1)], "its own has come about too late");
    assert_eq!(lesser.act(|s, now, o| s.dial_yielded(SessionId(1), now, o)), []);
    assert_eq!(lesser.sessions.admit_lane(&node(PEER, 1), 9), Ok(SessionId(2)));
    assert_eq!(lesser.lane_opened(2), [open(2, 1)]);
}

/// N6, N7
#[test]
fn who_yields_waits_for_the_others_attempt_and_dials_again_a_few_times() {
    let mut a = One::new("a");
    a.connect();
    for session in 1..=u64::from(YIELDS) {
        assert_eq!(a.act(|s, now, o| s.dial_yielded(SessionId(session), now, o)), [abort(session)]);
        assert_eq!(a.connect(), [], "it waits");
        assert_eq!(a.sessions.next_timeout(), Some(a.now + YIELD));
        let again = if session < u64::from(YIELDS) { dial(session + 1) } else { failed() };
        assert_eq!(a.tick_after(YIELD), [again]);
    }
    assert!(a.sessions.peers.is_empty() && a.sessions.by_session.is_empty());
}

/// N6: an attempt that fails does not end the wait for one that may still come.
#[test]
fn who_yields_goes_on_when_the_attempt_that_it_admitted_fails() {
    let mut a = One::new("a");
    a.connect();
    a.act(|s, now, o| s.dial_yielded(SessionId(1), now, o));
    let admitted = a.admit(1, 5).0.unwrap();
    assert_eq!(a.lost(admitted.0, NodeDownCause::Closed), [abort(admitted.0)]);
    assert_eq!(a.tick_after(YIELD), [dial(3)]);
    let admitted = a.admit(1, 6).0.unwrap();
    assert_eq!(a.lost(admitted.0, NodeDownCause::Closed), [abort(admitted.0), failed()]);
}

/// N6: the half-dead session is replaced once the new one is proven altogether, and its end is told first (E3).
#[test]
fn a_newer_attempt_replaces_a_session_that_stands_when_its_lane_is_open() {
    let mut a = One::new("a");
    let old = a.up(1).0;
    assert_eq!(a.admit(1, 2), (Ok(SessionId(2)), vec![]));
    assert_eq!(a.standing(), [old], "not yet");
    assert_eq!(a.sessions.admit_lane(&node(PEER, 1), 2), Ok(SessionId(2)));
    assert_eq!(a.lane_opened(2), [drain(old, NodeDownCause::Closed)]);
    assert_eq!(a.connect(), [], "the new one waits for the old one's end");
    assert!(a.sessions.is_current(SessionId(2)) && !a.sessions.is_current(SessionId(old)));
    assert_eq!(a.drained(old), [over(old, NodeDownCause::Closed), open(2, 1)]);
    assert_eq!(a.standing(), [2]);
}

/// N6: the proof of a dial that was given up may arrive long after.
#[test]
fn an_attempt_that_dies_does_not_touch_the_session_that_stands() {
    let mut a = One::new("a");
    let standing = a.up(1).0;
    let stale = a.admit(1, 2).0.unwrap().0;
    assert_eq!(a.lost(stale, NodeDownCause::Closed), [abort(stale)]);
    let stale = a.admit(1, 3).0.unwrap().0;
    assert_eq!(a.tick_after(SETUP), [abort(stale)]);
    assert_eq!(a.standing(), [standing]);
}

/// N6
#[test]
fn an_attempt_that_was_overtaken_by_a_later_one_of_its_peer_is_refused() {
    let mut a = One::new("a");
    a.admit(1, 8).0.unwrap();
    assert_eq!(a.admit(1, 7), (Err(Verdict::Simultaneous), vec![]));
    assert_eq!(a.admit(1, 9), (Ok(SessionId(2)), vec![abort(1)]));
    assert_eq!(a.admit(2, 1), (Ok(SessionId(3)), vec![abort(2)]), "another run counts anew");
}

/// N1, E3
#[test]
fn a_restarted_peer_gets_a_session_after_the_one_of_its_earlier_run_is_over() {
    let mut a = One::new("a");
    let old = a.up(1).0;
    let new = a.admit(2, 1).0.unwrap().0;
    a.sessions.admit_lane(&node(PEER, 2), 1).unwrap();
    assert_eq!(a.lane_opened(new), [drain(old, NodeDownCause::Closed)]);
    assert_eq!(a.sessions.node(SessionId(old)), Some(&node(PEER, 1)), "what drains is still heard");
    assert_eq!(a.sessions.node(SessionId(new)), None);
    assert_eq!(a.drained(old), [over(old, NodeDownCause::Closed), open(new, 2)]);
}

/// N6, E3: while the old session drains, the next may be replaced, lost or followed by another attempt.
#[test]
fn what_is_ready_waits_for_the_end_of_what_drains_and_may_be_lost_or_replaced_meanwhile() {
    let mut a = One::new("a");
    let old = a.up(1).0;
    assert_eq!(a.lost(old, NodeDownCause::Silent), [drain(old, NodeDownCause::Silent)]);
    assert_eq!(a.connect(), [dial(2)]);
    a.opened(2, 1);
    assert_eq!(a.lane_opened(2), []);
    let other = a.admit(1, 5).0.unwrap().0;
    a.sessions.admit_lane(&node(PEER, 1), 5).unwrap();
    assert_eq!(a.lane_opened(other), [abort(2)]);
    assert_eq!(a.lost(other, NodeDownCause::Closed), [abort(other), failed()]);
    assert_eq!(a.connect(), [dial(4)]);
    assert_eq!(a.drained(old), [over(old, NodeDownCause::Silent)]);
    assert!(a.standing().is_empty());
    a.opened(4, 1);
    assert_eq!(a.lane_opened(4), [open(4, 1)]);
}

/// N7: every attempt ends in time, in whichever stage it is.
#[test]
fn an_attempt_has_a_deadline() {
    for stage in 0..4 {
        let mut a = One::new("a");
        match stage {
            0 => drop(a.connect()),
            1 => drop((a.connect(), a.opened(1, 1))),
            2 => drop(a.admit(1, 5)),
            _ => drop((a.admit(1, 5), a.sessions.admit_lane(&node(PEER, 1), 5))),
        }
        assert_eq!(a.sessions.next_timeout(), Some(a.now + SETUP));
        assert_eq!(a.tick_after(SETUP - Duration::from_millis(1)), []);
        assert_eq!(a.tick_after(Duration::from_millis(1)), [abort(1), failed()]);
        assert!(a.sessions.is_idle() && a.sessions.peers.is_empty());
        assert_eq!((a.opened(1, 1), a.lane_opened(1)), (vec![abort(1)], vec![abort(1)]), "too late");
    }
}

/// E6: whichever connection goes, and whatever is said of it later.
#[test]
fn a_lost_session_drains_and_is_over_once() {
    let mut a = One::new("a");
    let session = a.up(1).0;
    assert_eq!(a.lost(session, NodeDownCause::Left), [drain(session, NodeDownCause::Left)]);
    assert_eq!(a.lost(session, NodeDownCause::Closed), []);
    assert_eq!(a.drained(session), [over(session, NodeDownCause::Left)]);
    assert_eq!((a.drained(session), a.lost(session, NodeDownCause::Closed)), (vec![], vec![]));
    let session = a.up(2).0;
    let end = [drain(session, NodeDownCause::Closed), over(session, NodeDownCause::Closed)];
    assert_eq!(a.drained(session), end, "the lane's end is the session's");
    assert!(a.sessions.is_idle() && a.sessions.peers.is_empty());
}

/// N5: nothing is left of an attempt that failed, and the next one is a new one.
#[test]
fn a_failed_dial_is_told_and_forgotten() {
    let mut a = One::new("a");
    a.connect();
    assert_eq!(a.act(|s, _, o| s.dial_failed(SessionId(1), o)), [abort(1), failed()]);
    assert_eq!(a.act(|s, _, o| s.dial_failed(SessionId(1), o)), []);
    assert!(a.sessions.peers.is_empty() && a.sessions.by_session.is_empty());
    assert_eq!(a.connect(), [dial(2)]);
    assert_eq!(a.lost(2, NodeDownCause::Closed), [abort(2), failed()]);
    assert!(a.sessions.peers.is_empty() && a.sessions.by_session.is_empty());
}

/// N5, N8: whatever there is with the peer ends, and whoever waits is told.
#[test]
fn a_disconnect_ends_what_stands_and_what_is_on_its_way() {
    let mut a = One::new("a");
    assert_eq!(a.disconnect(), []);
    a.connect();
    assert_eq!(a.disconnect(), [abort(1), failed()]);
    a.connect();
    a.act(|s, now, o| s.dial_yielded(SessionId(2), now, o));
    assert_eq!(a.disconnect(), [failed()]);
    let standing = a.up(5).0;
    let newer = a.admit(1, 6).0.unwrap().0;
    let left = drain(standing, NodeDownCause::Left);
    assert_eq!(a.disconnect(), [abort(newer), left, failed()]);
    assert_eq!(a.disconnect(), []);
    assert_eq!(a.drained(standing), [over(standing, NodeDownCause::Left)]);
    assert!(a.sessions.is_idle() && a.sessions.peers.is_empty());
}

/// N8
#[test]
fn a_node_that_leaves_ends_every_session_and_begins_none() {
    let mut a = One::new("a");
    let standing = a.up(1).0;
    let other = node("other", 1).name;
    a.act(|s, now, o| s.connect(&other, now, o));
    let orders = a.act(|s, _, o| s.leave(o));
    let gone = Order::Failed { peer: other };
    assert_eq!(orders, [drain(standing, NodeDownCause::Left), abort(2), gone]);
    assert!(!a.sessions.is_idle());
    assert_eq!(a.connect(), [failed()]);
    assert_eq!(a.admit(1, 9).0, Err(Verdict::Leaving));
    assert_eq!(a.drained(standing), [over(standing, NodeDownCause::Left)]);
    assert!(a.sessions.is_idle());
}

/// N5
#[test]
fn a_node_neither_dials_nor_admits_its_own_name() {
    let mut a = One::new(PEER);
    assert_eq!(a.connect(), [failed()]);
    assert_eq!(a.admit(2, 1).0, Err(Verdict::Myself));
}
