//! Failure detection by silence: which sessions are due a heartbeat, and which were silent for too long.
//! Never reads a clock, sends nothing and ends nothing: it is told the time of every fact and says what is due.
//! The driver reports what is heard and sent, and calls `tick` at `next_timeout`.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use super::session_id::SessionId;

/// Who was heard when, and who was written to when.
#[derive(Debug)]
pub(crate) struct Detector {
    config: Config,
    watched: BTreeMap<SessionId, Watched>,
    /// How long the peers of sessions that do not stand yet say they bear silence.
    announced: BTreeMap<SessionId, Duration>,
    /// When the next tick was asked for. Facts only ever bring it forward: lateness is measured against it, and a fact
    /// that arrives after a pause must not hide the pause.
    planned: Option<Instant>,
}

/// How long silence may last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Config {
    /// The silence after which a session is declared dead; above zero. A heartbeat is sent every quarter of it, or of the
    /// peer's where that is shorter.
    pub(crate) window: Duration,
}

/// The shortest window of a peer that is served; a peer that asks for less is declared dead by itself alone.
const SHORTEST: Duration = Duration::from_millis(100);

impl Default for Config {
    fn default() -> Self {
        Config { window: Duration::from_secs(10) }
    }
}

/// What the driver is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// Send a heartbeat on the control connection; it counts as sent already.
    Heartbeat(SessionId),
    /// Nothing was heard for the window. Said once; the session is no longer watched.
    Silent(SessionId),
}

#[derive(Debug)]
struct Watched {
    heard: Instant,
    sent: Instant,
    /// How long nothing may be sent.
    heartbeat: Duration,
}

impl Detector {
    /// A detector that watches nothing yet.
    pub(crate) fn new(config: Config) -> Self {
        Detector { config, watched: BTreeMap::new(), announced: BTreeMap::new(), planned: None }
    }

    /// The peer of a session to come says how long it bears silence.
    pub(crate) fn announced(&mut self, session: SessionId, window: Duration) {
        self.announced.insert(session, window);
    }

    /// A session stands: it counts as heard and written to just now.
    pub(crate) fn watch(&mut self, session: SessionId, now: Instant) {
        let theirs = self.announced.remove(&session).map_or(self.config.window, |theirs| theirs.max(SHORTEST));
        let heartbeat = self.config.window.min(theirs) / 4;
        self.watched.insert(session, Watched { heard: now, sent: now, heartbeat });
        let due = now + heartbeat;
        self.planned = Some(self.planned.map_or(due, |planned| planned.min(due)));
    }

    /// A session ended otherwise.
    pub(crate) fn forget(&mut self, session: SessionId) {
        self.announced.remove(&session);
        self.watched.remove(&session);
        if self.watched.is_empty() {
            self.planned = None;
        }
    }

    /// Bytes of any kind, on any connection of the session, were received.
    pub(crate) fn heard(&mut self, session: SessionId, now: Instant) {
        if let Some(watched) = self.watched.get_mut(&session) {
            watched.heard = watched.heard.max(now);
        }
    }

    /// Something was sent on the session's control connection.
    pub(crate) fn sent(&mut self, session: SessionId, now: Instant) {
        if let Some(watched) = self.watched.get_mut(&session) {
            watched.sent = watched.sent.max(now);
        }
    }

    /// Time has passed. Sessions are judged in their order.
    pub(crate) fn tick(&mut self, now: Instant, orders: &mut Vec<Order>) {
        self.discount_own_pause(now);
        let window = self.config.window;
        self.watched.retain(|&session, watched| {
            if now >= watched.heard + window {
                orders.push(Order::Silent(session));
                return false;
            }
            if now >= watched.sent + watched.heartbeat {
                orders.push(Order::Heartbeat(session));
                watched.sent = now;
            }
            true
        });
        self.planned = self.watched.values().map(|w| (w.heard + window).min(w.sent + w.heartbeat)).min();
    }

    /// When `tick` wants to be called; at most a heartbeat ahead while anything is watched.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        self.planned
    }

    /// A tick that is late by more than half a heartbeat (of this node's own) means that this process did not run. What it did not hear in
    /// that time is no silence of others.
    fn discount_own_pause(&mut self, now: Instant) {
        let Some(planned) = self.planned else { return };
        let late = now.saturating_duration_since(planned);
        if late > self.config.window / 8 {
            for watched in self.watched.values_mut() {
                // Bytes read since the pause are of now, not of the future.
                watched.heard = (watched.heard + late).min(now);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// E1: a peer with a shorter window gets the heartbeats that it needs.
    #[test]
    fn heartbeats_serve_the_shorter_of_the_two_windows() {
        let (start, mut orders) = (start(), Vec::new());
        let mut d = Detector::new(Config { window: Duration::from_secs(10) });
        d.announced(S1, Duration::from_secs(2));
        d.watch(S1, start);
        assert_eq!(d.next_timeout(), Some(start + Duration::from_millis(500)));
        d.tick(start + Duration::from_millis(500), &mut orders);
        assert_eq!(orders, [Order::Heartbeat(S1)]);
        d.announced(S2, Duration::ZERO);
        d.watch(S2, start);
        assert!(d.next_timeout() > Some(start), "a peer cannot ask for heartbeats without end");
    }

    const S1: SessionId = SessionId(1);
    const S2: SessionId = SessionId(2);

    #[expect(clippy::disallowed_methods, reason = "an instant can only be had from the clock; its value plays no part")]
    fn start() -> Instant {
        Instant::now()
    }

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    fn detector() -> Detector {
        Detector::new(Config { window: ms(1000) })
    }

    fn tick(detector: &mut Detector, now: Instant) -> Vec<Order> {
        let mut orders = Vec::new();
        detector.tick(now, &mut orders);
        orders
    }

    /// Ticks exactly when asked to, until `end`.
    fn run(detector: &mut Detector, end: Instant) -> Vec<(Instant, Order)> {
        let mut seen = Vec::new();
        while let Some(at) = detector.next_timeout().filter(|at| *at <= end) {
            seen.extend(tick(detector, at).into_iter().map(|order| (at, order)));
        }
        seen
    }

    fn random(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// E1
    #[test]
    fn an_idle_session_is_sent_a_heartbeat_every_quarter_of_the_window() {
        let (mut d, t) = (detector(), start());
        d.watch(S1, t);
        for quarter in 1..20 {
            let now = t + ms(250 * quarter);
            d.heard(S1, now);
            assert_eq!(d.next_timeout(), Some(now));
            assert_eq!(tick(&mut d, now), [Order::Heartbeat(S1)]);
        }
    }

    /// E1
    #[test]
    fn a_busy_session_is_sent_no_heartbeat() {
        let (mut d, t) = (detector(), start());
        d.watch(S1, t);
        for step in 1..100 {
            let now = t + ms(100 * step);
            d.heard(S1, now);
            d.sent(S1, now);
            assert_eq!(run(&mut d, now), []);
        }
    }

    /// E1
    #[test]
    fn silence_is_declared_once_and_nothing_is_sent_after_it() {
        let (mut d, t) = (detector(), start());
        d.watch(S1, t);
        let seen = run(&mut d, t + ms(60_000));
        let silent: Vec<_> = seen.iter().filter(|(_, order)| *order == Order::Silent(S1)).collect();
        assert_eq!(silent, [&(t + ms(1000), Order::Silent(S1))]);
        assert_eq!(seen.last(), Some(&(t + ms(1000), Order::Silent(S1))));
        assert_eq!(d.next_timeout(), None);
    }

    /// E1
    #[test]
    fn a_session_that_was_forgotten_is_never_declared_silent() {
        let (mut d, t) = (detector(), start());
        d.watch(S1, t);
        d.forget(S1);
        assert_eq!(d.next_timeout(), None);
        assert_eq!(tick(&mut d, t + ms(5000)), []);
    }

    /// E1: whatever the phase of its heartbeats and whatever small delays there are on both sides.
    #[test]
    fn death_is_declared_between_three_quarters_of_the_window_and_the_window_plus_a_heartbeat() {
        for seed in 0..2000 {
            let (mut rng, t) = (seed, start());
            let mut d = detector();
            d.watch(S1, t);
            d.watch(S2, t);
            let death = t + ms(random(&mut rng) % 5000);
            let mut next_heard = t + ms(random(&mut rng) % 250);
            let declared = 'declared: loop {
                let now = d.next_timeout().expect("somebody is watched") + ms(random(&mut rng) % 125);
                while next_heard <= now.min(death) {
                    d.heard(S1, next_heard);
                    next_heard += ms(250);
                }
                d.heard(S2, now);
                for order in tick(&mut d, now) {
                    assert_ne!(order, Order::Silent(S2), "seed {seed}");
                    if order == Order::Silent(S1) {
                        break 'declared now;
                    }
                }
            };
            let after = declared.saturating_duration_since(death);
            assert!(after >= ms(750) && after <= ms(1250), "seed {seed}: declared {after:?} after its death");
        }
    }

    /// E2
    #[test]
    fn an_hour_of_being_stopped_declares_nobody() {
        let (mut d, t) = (detector(), start());
        d.watch(S1, t);
        d.watch(S2, t + ms(100));
        let resumed = t + ms(3_600_000);
        assert_eq!(tick(&mut d, resumed), [Order::Heartbeat(S1), Order::Heartbeat(S2)]);
        for step in 1..100 {
            let now = resumed + ms(100 * step);
            d.heard(S1, now);
            d.heard(S2, now);
            assert!(run(&mut d, now).iter().all(|(_, order)| matches!(order, Order::Heartbeat(_))));
        }
    }

    /// E2: what one peer sent during the pause is read, and answered, before the first tick.
    #[test]
    fn facts_that_come_before_the_late_tick_do_not_hide_the_pause() {
        let (mut d, t) = (detector(), start());
        d.watch(S1, t);
        d.watch(S2, t);
        let resumed = t + ms(3_600_000);
        d.heard(S1, resumed);
        d.sent(S1, resumed);
        d.sent(S2, resumed);
        assert_eq!(tick(&mut d, resumed), []);
        let silent = (resumed + ms(1000), Order::Silent(S1));
        assert!(run(&mut d, resumed + ms(1000)).contains(&silent), "what was heard since is of now, not of the future");
    }

    /// E1, E2
    #[test]
    fn a_peer_that_is_truly_silent_is_found_after_a_pause() {
        let (mut d, t) = (detector(), start());
        d.watch(S1, t);
        d.watch(S2, t);
        let resumed = t + ms(3_600_000);
        let mut silent = None;
        let mut now = resumed;
        while silent.is_none() {
            d.heard(S2, now);
            silent = tick(&mut d, now).contains(&Order::Silent(S1)).then_some(now);
            now = d.next_timeout().expect("the other is watched");
        }
        let after = silent.map(|at| at - resumed);
        assert!(after >= Some(ms(500)) && after <= Some(ms(1250)), "found {after:?} after the pause");
    }

    /// E2: starved for good, it still gets there.
    #[test]
    fn a_silent_peer_is_found_although_every_tick_is_late() {
        let (mut d, t) = (detector(), start());
        d.watch(S1, t);
        let mut found = false;
        for _ in 0..20 {
            let Some(at) = d.next_timeout() else { break };
            found |= tick(&mut d, at + ms(700)).contains(&Order::Silent(S1));
        }
        assert!(found);
    }
}
