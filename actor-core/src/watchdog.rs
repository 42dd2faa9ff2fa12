//! Looks for actors that hold up others: a handler that blocks its worker, and handlers that wait for each other's answers in a
//! circle. Runs on a thread of its own, because what it looks for stops the workers. Never ends or wakes an actor.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::mpsc;

use crate::{
    identity::ActorId,
    lock::lock,
    runtime::{self, Current},
    system::System,
};

/// How many alarms wait for whoever reads them; those beyond are logged only.
pub const ALARM_BOUND: usize = 256;

/// Something that holds up actors. Each is also logged, as a warning.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Alarm {
    /// A handler has kept its worker for longer than the limit without an await that gave it back. Told once for each time.
    Stalled(StalledActor),
    /// Handlers of this system have waited for longer than the limit for each other's answers, in a circle, whether they called by
    /// handle or by name; the last one waits for the first. A circle through another system or node is not seen. Their calls end at their deadlines. A reply that was passed on to a third actor may still resolve it. Told
    /// once for each circle.
    Deadlock(Vec<WaitingActor>),
}

/// A handler that blocks its worker.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StalledActor {
    /// The actor.
    pub actor: ActorId,
    /// Its Rust type.
    pub kind: &'static str,
    /// The message it handles, as `Protocol::Variant`; `a hook` in a hook.
    pub message: &'static str,
    /// For how long it had kept the worker when this was noticed.
    pub lasted: Duration,
}

/// A handler that waits for the answer to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WaitingActor {
    /// The actor.
    pub actor: ActorId,
    /// Its Rust type; empty if it has ended meanwhile.
    pub kind: &'static str,
    /// The message it handles, as `Protocol::Variant`; empty in a hook.
    pub message: &'static str,
}

impl fmt::Display for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Alarm::Stalled(StalledActor { actor, kind, message, lasted }) => {
                write!(f, "{actor:?} {kind} has blocked its worker for {lasted:?} in `{message}`")
            }
            Alarm::Deadlock(circle) => {
                f.write_str("calls wait in a circle: ")?;
                for WaitingActor { actor, kind, message } in circle {
                    write!(f, "{actor:?} {kind} in `{message}` waits for ")?;
                }
                circle.first().map_or(Ok(()), |first| write!(f, "{:?}", first.actor))
            }
        }
    }
}

/// A running watchdog of one system; ends when it is dropped.
#[derive(Debug)]
#[must_use = "it looks until it is dropped"]
pub struct Watchdog {
    alarms: mpsc::Receiver<Alarm>,
    watch: Arc<Watch>,
    system: System,
}

impl Watchdog {
    /// Starts it; the system's earlier one looks no more.
    pub(crate) fn start(system: &System, limit: Duration) -> Self {
        let (told, alarms) = mpsc::channel(ALARM_BOUND);
        let watch = Arc::new(Watch::default());
        ACTIVE.fetch_add(1, Ordering::Relaxed);
        system.set_watch(Some(Arc::clone(&watch)));
        let limit = limit.max(Duration::from_millis(1));
        let mut look = Look { limit, seen: BTreeSet::new(), told };
        let (weak, census) = (Arc::downgrade(&watch), system.downgrade());
        runtime::every("actor-watchdog", limit / 4, move |now| match (weak.upgrade(), census.upgrade()) {
            (Some(watch), Some(system)) if system.watch().is_some_and(|now| Arc::ptr_eq(&now, &watch)) => {
                look.at(&watch, &system, now);
                true
            }
            _ => false,
        });
        Watchdog { alarms, watch, system: system.clone() }
    }

    /// The next alarm; `None` soon after the system got another watchdog.
    ///
    /// # Cancel safety
    /// No alarm is lost.
    pub async fn next(&mut self) -> Option<Alarm> {
        self.alarms.recv().await
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        ACTIVE.fetch_sub(1, Ordering::Relaxed);
        self.system.unset_watch(&self.watch);
    }
}

/// How many watchdogs there are in the process; without any, nobody writes down what it does.
static ACTIVE: AtomicUsize = AtomicUsize::new(0);

/// Whether any system has a watchdog.
#[inline]
pub(crate) fn is_active() -> bool {
    ACTIVE.load(Ordering::Relaxed) > 0
}

/// What actors write down for the watchdog of their system.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// Several, so that workers seldom meet.
    busy: [Mutex<Vec<Busy>>; 16],
    waits: Mutex<Waits>,
}

/// A handler that is being polled.
#[derive(Debug)]
struct Busy {
    actor: ActorId,
    kind: &'static str,
    message: &'static str,
    since: Instant,
    told: bool,
}

/// Who waits for whose answer, and since when.
#[derive(Debug, Default)]
struct Waits {
    turns: u64,
    edges: BTreeMap<(ActorId, u64), (ActorId, Instant)>,
}

/// While it lives, a handler is being polled.
pub(crate) struct Polled {
    watch: Arc<Watch>,
    actor: ActorId,
}

/// While it lives, a handler waits for an answer.
#[derive(Debug)]
pub(crate) struct Wait {
    watch: Arc<Watch>,
    key: (ActorId, u64),
}

impl Watch {
    pub(crate) fn poll(self: Arc<Self>, actor: ActorId, kind: &'static str, message: &'static str) -> Polled {
        let since = runtime::now();
        lock(self.shard(actor)).push(Busy { actor, kind, message, since, told: false });
        Polled { watch: self, actor }
    }

    pub(crate) fn wait(self: Arc<Self>, who: ActorId, whom: ActorId) -> Wait {
        let since = runtime::now();
        let mut waits = lock(&self.waits);
        waits.turns += 1;
        let key = (who, waits.turns);
        waits.edges.insert(key, (whom, since));
        drop(waits);
        Wait { watch: self, key }
    }

    fn shard(&self, actor: ActorId) -> &Mutex<Vec<Busy>> {
        &self.busy[actor.0 as usize % self.busy.len()]
    }
}

impl Drop for Polled {
    fn drop(&mut self) {
        let mut busy = lock(self.watch.shard(self.actor));
        if let Some(at) = busy.iter().rposition(|busy| busy.actor == self.actor) {
            busy.swap_remove(at);
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        lock(&self.watch.waits).edges.remove(&self.key);
    }
}

/// The looking.
struct Look {
    limit: Duration,
    /// The waits whose circle was told.
    seen: BTreeSet<(ActorId, u64)>,
    told: mpsc::Sender<Alarm>,
}

impl Look {
    fn at(&mut self, watch: &Watch, system: &System, now: Instant) {
        for shard in &watch.busy {
            let stalls = stalls(&mut lock(shard), self.limit, now);
            stalls.into_iter().for_each(|stall| self.tell(Alarm::Stalled(stall)));
        }
        let waits = lock(&watch.waits);
        self.seen.retain(|key| waits.edges.contains_key(key));
        let late = waits.edges.iter().filter(|(_, (_, since))| now.duration_since(*since) >= self.limit);
        let late: BTreeMap<_, _> = late.map(|(key, (whom, _))| (*key, *whom)).collect();
        drop(waits);
        for circle in circles(&late) {
            if circle.iter().any(|key| self.seen.contains(key)) {
                continue;
            }
            self.seen.extend(&circle);
            let known = system.actors();
            let waiting = circle.iter().map(|(actor, _)| {
                let info = known.iter().find(|info| info.id == *actor);
                let (kind, message) = info.map_or(("", ""), |info| (info.kind, info.current.unwrap_or_default()));
                WaitingActor { actor: *actor, kind, message }
            });
            self.tell(Alarm::Deadlock(waiting.collect()));
        }
    }

    fn tell(&self, alarm: Alarm) {
        tracing::warn!(target: "actor_core::watchdog", "{alarm}");
        let _logged = self.told.try_send(alarm);
    }
}

/// Those that have run for longer than the limit and were not told yet.
fn stalls(busy: &mut [Busy], limit: Duration, now: Instant) -> Vec<StalledActor> {
    let late = busy.iter_mut().filter(|busy| !busy.told && now.duration_since(busy.since) >= limit);
    late.map(|busy| {
        busy.told = true;
        let Busy { actor, kind, message, since, .. } = *busy;
        StalledActor { actor, kind, message, lasted: now.duration_since(since) }
    })
    .collect()
}

/// The circles in which these wait, each found once: from every actor the way is followed until it comes back to one that
/// was met on it.
fn circles(waits: &BTreeMap<(ActorId, u64), ActorId>) -> Vec<Vec<(ActorId, u64)>> {
    let (mut found, mut done) = (Vec::new(), BTreeSet::new());
    for start in waits.keys() {
        let mut way: Vec<(ActorId, u64)> = Vec::new();
        let mut open = vec![(*start, 0)];
        while let Some((key, depth)) = open.pop() {
            way.truncate(depth);
            if !done.insert(key) {
                continue;
            }
            way.push(key);
            let whom = waits[&key];
            if let Some(at) = way.iter().position(|(actor, _)| *actor == whom) {
                found.push(way[at..].to_vec());
                continue;
            }
            let next = waits.range((whom, 0)..=(whom, u64::MAX));
            open.extend(next.map(|(key, _)| (*key, depth + 1)));
        }
    }
    found
}

/// What is written down of a call from a handler to an actor of the same system, if that has a watchdog.
pub(crate) fn waits_for(who: Current, system: &System, whom: ActorId) -> Option<Wait> {
    (who.system == system.number()).then(|| system.watch())?.map(|watch| watch.wait(who.actor, whom))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circles_of(edges: &[(u64, u64)]) -> Vec<Vec<u64>> {
        let waits = (1..).zip(edges).map(|(turn, (who, whom))| ((ActorId(*who), turn), ActorId(*whom))).collect();
        let mut found: Vec<Vec<u64>> = Vec::new();
        for circle in circles(&waits) {
            found.push(circle.iter().map(|(actor, _)| actor.0).collect());
        }
        found
    }

    #[test]
    fn a_circle_is_found_once_from_wherever_the_look_starts() {
        assert_eq!(circles_of(&[(1, 2), (2, 3), (3, 1)]), [[1, 2, 3]]);
        assert_eq!(circles_of(&[(9, 1), (1, 2), (2, 1)]), [[1, 2]]);
        assert_eq!(circles_of(&[(7, 7)]), [[7]]);
        assert_eq!(circles_of(&[(1, 2), (2, 1), (3, 4), (4, 3)]), [[1, 2], [3, 4]]);
    }

    #[test]
    fn waits_without_a_circle_are_none() {
        assert_eq!(circles_of(&[]), [[0; 0]; 0]);
        assert_eq!(circles_of(&[(1, 2), (2, 3), (1, 3), (4, 3)]), [[0; 0]; 0]);
    }

    #[test]
    fn of_several_waits_of_one_handler_any_may_be_in_the_circle() {
        assert_eq!(circles_of(&[(1, 5), (1, 2), (5, 6), (2, 1)]), [[1, 2]]);
    }
}
