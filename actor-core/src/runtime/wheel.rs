//! Coarse deadlines for very many waits, nearly all of which end before they are due: a wait costs one push onto a list, and
//! nothing at all when it ends early. Fires up to two ticks late, never early.
//!
//! After the timing wheels of Varghese and Lauck, in the simplest form: new waits go onto one list; each tick those of them
//! that still wait are sorted into the tick they are due in. The ticking task lives only while somebody waits, in the
//! runtime of those who wait.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, RwLock},
    time::Duration,
};

use tokio::{
    runtime::{Handle, Id},
    time::Instant,
};

use crate::lock::{lock, read, write};

/// How coarse it is.
const TICK: Duration = Duration::from_millis(10);

/// Something that waits, and may have stopped waiting.
pub(crate) trait Waits: Send + Sync {
    /// Whether it still waits.
    fn waits(&self) -> bool;
    /// The time is over.
    fn expire(&self);
}

struct Wait {
    due: Instant,
    who: Arc<dyn Waits>,
}

#[derive(Default)]
struct State {
    fresh: Vec<Wait>,
    sorted: BTreeMap<Instant, Vec<Arc<dyn Waits>>>,
    ticking: bool,
}

/// The deadlines of one runtime.
#[derive(Default)]
struct Wheel(Mutex<State>);

impl Wheel {
    /// Expires `who` when the time is over, if it still waits then.
    fn add(self: &Arc<Self>, runtime: &Handle, after: Duration, who: Arc<dyn Waits>) {
        let due = Instant::now() + after;
        let mut state = lock(&self.0);
        state.fresh.push(Wait { due, who });
        if !state.ticking {
            state.ticking = true;
            drop(state);
            runtime.spawn(tick(Arc::clone(self)));
        }
    }

    /// One tick; false when nobody waits any more.
    fn turn(&self, now: Instant) -> bool {
        let mut due = Vec::new();
        let mut state = lock(&self.0);
        let fresh = std::mem::take(&mut state.fresh);
        for wait in fresh.into_iter().filter(|wait| wait.who.waits()) {
            state.sorted.entry(next_tick(wait.due, now)).or_default().push(wait.who);
        }
        while let Some(first) = state.sorted.first_entry().filter(|first| *first.key() <= now) {
            due.extend(first.remove());
        }
        state.ticking = !state.sorted.is_empty() || !state.fresh.is_empty();
        let goes_on = state.ticking;
        drop(state);
        due.into_iter().for_each(|who| who.expire());
        goes_on
    }
}

/// The tick at or after which it is due.
fn next_tick(due: Instant, now: Instant) -> Instant {
    let ticks = due.saturating_duration_since(now).as_nanos().div_ceil(TICK.as_nanos());
    now + TICK * u32::try_from(ticks).unwrap_or(u32::MAX)
}

/// Ticks while somebody waits.
async fn tick(wheel: Arc<Wheel>) {
    let mut unfinished = Unfinished(Some(wheel));
    while let Some(wheel) = &unfinished.0 {
        tokio::time::sleep(TICK).await;
        if !wheel.turn(Instant::now()) {
            unfinished.0 = None;
        }
    }
}

/// A ticking task that its runtime dropped has left its wheel standing; it is to be seen as such.
struct Unfinished(Option<Arc<Wheel>>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(wheel) = &self.0 {
            *lock(&wheel.0) = State::default();
        }
    }
}

/// The wheels of the process's runtimes. The one table of its kind: a call knows its runtime and nothing else that could
/// hold a wheel.
static WHEELS: RwLock<Vec<(Id, Arc<Wheel>)>> = RwLock::new(Vec::new());

/// Expires `who` when the time is over, if it still waits then.
///
/// # Panics
/// Outside of a tokio runtime.
pub(crate) fn expire(after: Duration, who: Arc<dyn Waits>) {
    let runtime = Handle::current();
    let id = runtime.id();
    let known = read(&WHEELS).iter().find(|(other, _)| *other == id).map(|(_, wheel)| Arc::clone(wheel));
    let wheel = known.unwrap_or_else(|| {
        let mut wheels = write(&WHEELS);
        wheels.retain(|(other, wheel)| *other == id || lock(&wheel.0).ticking);
        match wheels.iter().find(|(other, _)| *other == id) {
            Some((_, wheel)) => Arc::clone(wheel),
            None => {
                let wheel = Arc::<Wheel>::default();
                wheels.push((id, Arc::clone(&wheel)));
                wheel
            }
        }
    });
    wheel.add(&runtime, after, who);
}
