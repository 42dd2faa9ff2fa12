//! Whom this node dials without being told to, and how soon again after a failure: the mode of connecting, and what became of
//! the attempts at each node. Never dials, and has no chance of its own: waits are spread by a seed that it is given.
//! `mod.rs` asks before a mention or the mesh dials, and reports what came of it; an explicit connect is not asked about.
//!
//! The waits double from one failure to the next, and each falls by chance into its upper half, so that the two ends of a
//! lost session, and many nodes that lost the same one, do not keep step.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use actor_core::NodeName;

/// The longest wait after a first failure; it doubles from one to the next.
pub(crate) const BACKOFF_MIN: Duration = Duration::from_millis(200);
/// The longest wait after any failure.
pub(crate) const BACKOFF_MAX: Duration = Duration::from_secs(5);
/// A session that stood for so long, and a node that failed so long ago, begin anew.
pub(crate) const CALM: Duration = Duration::from_secs(60);
/// Of how many nodes failures are remembered; the one that may be dialed soonest is forgotten for the next.
const FAILED_MAX: usize = 4096;

/// When a node is connected without an explicit connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Always,
    /// Until the first loss of that node.
    Once,
    Never,
}

/// Why a node is not dialed unasked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Barred {
    /// Only an explicit connect brings it, or nothing does.
    Closed,
    /// It could not be reached, and is not tried again before.
    Until(Instant),
}

/// What became of each node.
#[derive(Debug)]
pub(crate) struct Dialing {
    mode: Mode,
    seed: u64,
    failed: BTreeMap<NodeName, Failed>,
    /// Since when each session stands.
    standing: BTreeMap<NodeName, Instant>,
    /// With `Once`: the nodes that had a session and lost it. They have all proven themselves once.
    lost: BTreeSet<NodeName>,
}

#[derive(Debug)]
struct Failed {
    times: u32,
    until: Instant,
}

impl Dialing {
    /// Nothing is known of anybody. The seed is to differ from node to node.
    pub(crate) fn new(mode: Mode, seed: u64) -> Self {
        let (failed, standing, lost) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        Dialing { mode, seed, failed, standing, lost }
    }

    /// Whether the node may be dialed unasked, whenever that is.
    pub(crate) fn allows(&self, name: &NodeName) -> bool {
        match self.mode {
            Mode::Always => true,
            Mode::Once => !self.lost.contains(name),
            Mode::Never => false,
        }
    }

    /// Whether the node may be dialed now because somebody has something for it.
    pub(crate) fn check(&self, name: &NodeName, now: Instant) -> Result<(), Barred> {
        if !self.allows(name) {
            return Err(Barred::Closed);
        }
        match self.failed.get(name) {
            Some(failed) if failed.until > now => Err(Barred::Until(failed.until)),
            _ => Ok(()),
        }
    }

    /// A session with the node stands.
    pub(crate) fn up(&mut self, name: &NodeName, now: Instant) {
        self.standing.insert(name.clone(), now);
        if let Some(failed) = self.failed.get_mut(name) {
            failed.until = now;
        }
    }

    /// A session with the node stands no more.
    pub(crate) fn down(&mut self, name: &NodeName, now: Instant) {
        if self.mode == Mode::Once {
            self.lost.insert(name.clone());
        }
        let since = self.standing.remove(name);
        if since.is_some_and(|since| now.saturating_duration_since(since) >= CALM) {
            self.failed.remove(name);
        }
    }

    /// A session with the node was not needed any more, which is no loss.
    pub(crate) fn idle(&mut self, name: &NodeName) {
        self.standing.remove(name);
    }

    /// When a session that was lost is to be dialed again by itself. One that is lost again and again waits ever longer.
    pub(crate) fn redial(&mut self, name: &NodeName, now: Instant) -> Instant {
        let until = self.fail(name, now);
        // Who has something for it need not wait: the last attempt succeeded.
        if let Some(failed) = self.failed.get_mut(name) {
            failed.until = now;
        }
        until
    }

    /// No session came about. Answers until when the node is not dialed unasked.
    pub(crate) fn fail(&mut self, name: &NodeName, now: Instant) -> Instant {
        let before = self.failed.get(name).filter(|failed| now < failed.until + CALM);
        let times = before.map_or(0, |failed| failed.times).saturating_add(1);
        let until = now + self.spread(longest(times));
        self.make_room(now);
        self.failed.insert(name.clone(), Failed { times, until });
        until
    }

    /// Nothing is held against the node any more.
    pub(crate) fn forgive(&mut self, name: &NodeName) {
        self.failed.remove(name);
    }

    fn make_room(&mut self, now: Instant) {
        if self.failed.len() < FAILED_MAX {
            return;
        }
        self.failed.retain(|_, failed| now < failed.until + CALM);
        if self.failed.len() >= FAILED_MAX
            && let Some((soonest, _)) = self.failed.iter().min_by_key(|(_, failed)| failed.until)
        {
            let soonest = soonest.clone();
            self.failed.remove(&soonest);
        }
    }

    /// From half of the time to all of it. Steele, Lea and Flood's splitmix64.
    fn spread(&mut self, wait: Duration) -> Duration {
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.seed;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        let half = wait / 2;
        half + half.mul_f64((z >> 11) as f64 / (1_u64 << 53) as f64)
    }
}

/// The longest wait after so many failures in a row.
pub(crate) fn longest(times: u32) -> Duration {
    let doubled = 2_u32.saturating_pow(times.saturating_sub(1).min(16));
    BACKOFF_MIN.saturating_mul(doubled).min(BACKOFF_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::disallowed_methods, reason = "an instant can only be had from the clock; its value plays no part")]
    fn start() -> Instant {
        Instant::now()
    }

    fn name(i: usize) -> NodeName {
        format!("n{i}@host:7000").parse().unwrap()
    }

    /// N3
    #[test]
    fn the_mode_says_who_is_dialed_unasked() {
        let (a, now) = (name(1), start());
        for (mode, before, after) in
            [(Mode::Always, true, true), (Mode::Once, true, false), (Mode::Never, false, false)]
        {
            let mut d = Dialing::new(mode, 1);
            assert_eq!(d.check(&a, now).is_ok(), before);
            d.up(&a, now);
            d.down(&a, now);
            assert_eq!(d.allows(&a), after);
            assert_eq!(d.check(&a, now).err(), (!after).then_some(Barred::Closed));
            assert_eq!(d.allows(&name(2)), before, "another node is another matter");
        }
    }

    /// N3: the waits double, end at a bound, and fall into their upper half by chance.
    #[test]
    fn failures_wait_ever_longer_each_by_chance() {
        let a = name(1);
        let mut all = BTreeSet::new();
        for seed in 0..50 {
            let (mut d, mut now) = (Dialing::new(Mode::Always, seed), start());
            for most in [200, 400, 800, 1600, 3200, 5000, 5000].map(Duration::from_millis) {
                let until = d.fail(&a, now);
                assert!(until >= now + most / 2 && until <= now + most);
                assert_eq!(d.check(&a, now), Err(Barred::Until(until)));
                all.insert((most, until - now));
                now = until;
                assert_eq!(d.check(&a, now), Ok(()));
            }
        }
        assert!(all.len() > 300, "nodes with other seeds do not keep step");
    }

    /// N3: what stood for a while, or failed long ago, begins anew; what was up for a moment only does not.
    #[test]
    fn failures_are_forgotten_after_a_while() {
        let (a, mut now) = (name(1), start());
        let mut d = Dialing::new(Mode::Always, 1);
        let first = |d: &mut Dialing, now| d.fail(&a, now) <= now + BACKOFF_MIN;
        assert!(first(&mut d, now) && !first(&mut d, now));
        now += CALM + BACKOFF_MAX;
        assert!(first(&mut d, now));
        for stood in [Duration::from_secs(1), CALM] {
            d.up(&a, now);
            assert_eq!(d.check(&a, now), Ok(()));
            now += stood;
            d.down(&a, now);
            assert_eq!(d.redial(&a, now) <= now + BACKOFF_MIN, stood == CALM);
            assert_eq!(d.check(&a, now), Ok(()), "who has something for it does not wait");
        }
        d.fail(&a, now);
        d.forgive(&a);
        assert_eq!(d.check(&a, now), Ok(()));
        assert!(first(&mut d, now));
    }

    /// N3, F1
    #[test]
    fn what_is_remembered_is_bounded() {
        let (mut d, now) = (Dialing::new(Mode::Always, 1), start());
        for i in 0..FAILED_MAX + 100 {
            d.fail(&name(i), now);
        }
        assert_eq!(d.failed.len(), FAILED_MAX);
        d.fail(&name(0), now + CALM + BACKOFF_MAX);
        assert_eq!(d.failed.len(), 1, "what is long over goes first");
    }
}
