//! Coarse deadlines for very many waits, nearly all of which end before they are due: a wait costs two short locks and a place
//! in a table that is used again at once. Fires up to two ticks late, never early. While new waits come it wakes its runtime every
//! tick, else when one is due.
//!
//! After the timing wheels of Varghese and Lauck: waits stand in lists threaded through one table. A new one goes onto the
//! fresh list without a look at the clock; each tick those still there move to the list of the tick they are due in. The
//! ticking task lives only while somebody waits, in the runtime of those who wait. A runtime's threads share a few wheels,
//! so that they seldom meet at a lock.

use std::{
    cell::Cell,
    collections::BTreeMap,
    hash::{Hash as _, Hasher},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::{runtime::Handle, sync::Notify, task, time::Instant};

use crate::lock::lock;

/// How coarse it is: two of it, and a millisecond of the runtime's timer for each, are the 20 ms that calls promise.
const TICK: Duration = Duration::from_millis(9);
/// How many wheels a process can have at a time, as many as a `u8` counts; waits of runtimes that get none take exact timers.
const PLACES: usize = 256;
/// How many wheels the threads of one runtime share.
const SHARDS: u64 = 8;

/// The deadlines of some threads of one runtime, on cache lines of their own.
#[repr(align(64))]
struct Wheel {
    /// Whose it is; 0 for nobody's. Changes under the lock only.
    owner: AtomicU64,
    table: Mutex<Table>,
    /// For the ticking task, when it rests: somebody waits who was not there before.
    roused: Notify,
}

/// The wheels of the process's runtimes. The one table of its kind: a call knows its runtime and nothing else that could
/// hold a wheel.
static WHEELS: [Wheel; PLACES] =
    [const { Wheel { owner: AtomicU64::new(0), table: Mutex::new(Table::NEW), roused: Notify::const_new() } }; PLACES];

/// The task that waited last on this thread. A task never changes its runtime, which is dearer to ask for.
#[derive(Clone, Copy)]
struct Last {
    task: task::Id,
    owner: u64,
    wheel: u8,
}

thread_local! {
    static LAST: Cell<Option<Last>> = const { Cell::new(None) };
    /// Which of its runtime's wheels this thread uses.
    static SHARD: u64 = {
        static THREADS: AtomicU64 = AtomicU64::new(0);
        THREADS.fetch_add(1, Ordering::Relaxed) % SHARDS
    };
}

struct Table {
    places: Vec<Place>,
    free: List,
    fresh: List,
    due: BTreeMap<Instant, List>,
    waiting: usize,
    ticking: bool,
    /// Whether the ticking task sleeps until one of those it knows is due.
    resting: bool,
    /// How many waits there were.
    turns: u64,
}

/// The first place of a list, plus one; 0 when it is empty.
type List = u32;

struct Place {
    waker: Option<Waker>,
    turn: u64,
    time: Time,
    previous: List,
    next: List,
}

#[derive(Clone, Copy)]
enum Time {
    /// So long from the next tick on.
    After(Duration),
    At(Instant),
}

/// A wait that stands until this is dropped or it is due.
pub(crate) struct Ticket {
    turn: u64,
    place: u32,
    wheel: u8,
}

impl Ticket {
    /// Whether the time is over; if not, this task is woken when it is, and no other.
    pub(super) fn poll(&self, task: &Context<'_>) -> Poll<()> {
        let mut table = self.table();
        let Some(waker) = table.waker(self.place, self.turn) else { return Poll::Ready(()) };
        if !waker.will_wake(task.waker()) {
            let gone = std::mem::replace(waker, task.waker().clone());
            drop(table);
            drop(gone);
        }
        Poll::Pending
    }

    fn table(&self) -> MutexGuard<'static, Table> {
        lock(&WHEELS[usize::from(self.wheel)].table)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let gone = self.table().remove(self.place, self.turn);
        drop(gone);
    }
}

/// Wakes the task when the time is over, unless the ticket is dropped before; `None` if more runtimes wait than there are wheels
/// for.
///
/// # Panics
/// Outside of a tokio runtime, and in one without time.
pub(super) fn wait(after: Duration, task: &Context<'_>) -> Option<Ticket> {
    let id = task::try_id();
    let last = LAST.get().filter(|last| Some(last.task) == id);
    let owner =
        last.map_or_else(|| number_of(&Handle::current()) * SHARDS + SHARD.with(|shard| *shard), |last| last.owner);
    let mut waker = Some(task.waker().clone());
    let mut wait = |wheel: u8| {
        let (place, turn) = WHEELS[usize::from(wheel)].add(owner, after, &mut waker)?;
        Some(Ticket { turn, place, wheel })
    };
    if let Some(ticket) = last.and_then(|last| wait(last.wheel)) {
        return Some(ticket);
    }
    let ours = (0..=u8::MAX).find(|wheel| WHEELS[usize::from(*wheel)].owner.load(Ordering::Acquire) == owner);
    let ticket = ours.into_iter().chain(0..=u8::MAX).find_map(wait)?;
    LAST.set(id.map(|task| Last { task, owner, wheel: ticket.wheel }));
    Some(ticket)
}

/// A number that no other runtime of the process has: runtimes hash as their number.
fn number_of(runtime: &Handle) -> u64 {
    struct Number(u64);

    impl Hasher for Number {
        fn write(&mut self, bytes: &[u8]) {
            self.0 = bytes.iter().fold(self.0, |number, byte| (number << 8) | u64::from(*byte));
        }

        fn write_u64(&mut self, number: u64) {
            self.0 = number;
        }

        fn finish(&self) -> u64 {
            self.0
        }
    }

    let mut number = Number(0);
    runtime.id().hash(&mut number);
    number.finish().max(1)
}

impl Wheel {
    /// Takes a wait of this owner's, whose runtime is the current one; `None` if the wheel is another's that still turns.
    fn add(&'static self, owner: u64, after: Duration, waker: &mut Option<Waker>) -> Option<(u32, u64)> {
        let mut table = lock(&self.table);
        if !table.ticking {
            drop(table);
            // Panics here, in whoever is at fault, if the runtime has no time.
            drop(tokio::time::sleep(TICK));
            table = lock(&self.table);
        }
        if self.owner.load(Ordering::Relaxed) != owner {
            if table.ticking {
                return None;
            }
            self.owner.store(owner, Ordering::Release);
        }
        let added = table.add(after, waker.take()?);
        let starts = !std::mem::replace(&mut table.ticking, true);
        let rouses = std::mem::take(&mut table.resting);
        drop(table);
        if starts {
            tokio::spawn(tick(Unfinished(Some(self))));
        }
        if rouses {
            self.roused.notify_one();
        }
        Some(added)
    }
}

impl Table {
    const NEW: Table = Table {
        places: Vec::new(),
        free: 0,
        fresh: 0,
        due: BTreeMap::new(),
        waiting: 0,
        ticking: false,
        resting: false,
        turns: 0,
    };

    fn add(&mut self, after: Duration, waker: Waker) -> (u32, u64) {
        self.turns += 1;
        self.waiting += 1;
        let turn = self.turns;
        let new = Place { waker: Some(waker), turn, time: Time::After(after), previous: 0, next: 0 };
        let place = match self.free.checked_sub(1) {
            Some(place) => {
                self.free = self.places[place as usize].next;
                self.places[place as usize] = new;
                place
            }
            None => {
                self.places.push(new);
                u32::try_from(self.places.len() - 1)
                    .expect("invariant: four thousand million waits do not fit in memory")
            }
        };
        self.fresh = self.link(place, self.fresh);
        (place, turn)
    }

    /// The list with this place before it.
    fn link(&mut self, place: u32, list: List) -> List {
        if let Some(first) = list.checked_sub(1) {
            self.places[first as usize].previous = place + 1;
        }
        self.places[place as usize].previous = 0;
        self.places[place as usize].next = list;
        place + 1
    }

    /// Whom a wait that still stands wakes.
    fn waker(&mut self, place: u32, turn: u64) -> Option<&mut Waker> {
        self.places.get_mut(place as usize).filter(|found| found.turn == turn)?.waker.as_mut()
    }

    /// Ends a wait that still stands.
    fn remove(&mut self, place: u32, turn: u64) -> Option<Waker> {
        self.waker(place, turn)?;
        let Place { time, previous, next, .. } = self.places[place as usize];
        if let Some(next) = next.checked_sub(1) {
            self.places[next as usize].previous = previous;
        }
        match (previous.checked_sub(1), time) {
            (Some(previous), _) => self.places[previous as usize].next = next,
            (None, Time::After(_)) => self.fresh = next,
            (None, Time::At(due)) if next == 0 => {
                self.due.remove(&due);
            }
            (None, Time::At(due)) => {
                self.due.insert(due, next);
            }
        }
        Some(self.vacate(place))
    }

    fn vacate(&mut self, place: u32) -> Waker {
        let vacated = &mut self.places[place as usize];
        let waker = vacated.waker.take().expect("invariant: a place in a list is taken");
        vacated.next = self.free;
        self.free = place + 1;
        self.waiting -= 1;
        waker
    }

    /// One tick, which was to be at this time: whom to wake.
    fn turn(&mut self, tick: Instant, now: Instant) -> Vec<Waker> {
        let mut list = std::mem::take(&mut self.fresh);
        while let Some(place) = list.checked_sub(1) {
            let found = &mut self.places[place as usize];
            list = found.next;
            let Time::After(after) = found.time else { unreachable!("invariant: a fresh wait has no date yet") };
            let due = due(after, tick, now);
            found.time = Time::At(due);
            let others = self.due.get(&due).copied().unwrap_or_default();
            let list = self.link(place, others);
            self.due.insert(due, list);
        }
        let mut over = Vec::new();
        while let Some(first) = self.due.first_entry().filter(|first| *first.key() <= now) {
            let mut list = first.remove();
            while let Some(place) = list.checked_sub(1) {
                list = self.places[place as usize].next;
                over.push(self.vacate(place));
            }
        }
        over
    }

    /// Nobody new is looked for until the first of these is due.
    fn rest(&mut self) -> Option<Instant> {
        let (due, _) = self.due.first_key_value()?;
        self.resting = true;
        Some(*due)
    }
}

/// The tick in which it is due: the first that is not early for a wait that begins now, while this tick may be late.
fn due(after: Duration, tick: Instant, now: Instant) -> Instant {
    let ticks = after.saturating_add(now - tick).as_nanos().div_ceil(TICK.as_nanos());
    tick + TICK * u32::try_from(ticks).unwrap_or(u32::MAX)
}

/// Ticks while somebody waits, at times that are whole ticks apart, so that what is due in a tick does not wait for the next. Rests
/// when a whole tick brought nobody new.
async fn tick(mut unfinished: Unfinished) {
    let (mut tick, mut turns, mut rest) = (Instant::now(), 0, None);
    while let Some(wheel) = unfinished.0 {
        let next = match rest.take() {
            None => tick + TICK,
            Some(due) => match tokio::time::timeout_at(due, wheel.roused.notified()).await {
                Ok(()) => last(tick, Instant::now() + TICK),
                Err(_) => due,
            },
        };
        tokio::time::sleep_until(next).await;
        let mut table = lock(&wheel.table);
        let now = Instant::now();
        tick = last(tick, now);
        let over = table.turn(tick, now);
        if std::mem::replace(&mut turns, table.turns) == table.turns {
            rest = table.rest();
        }
        if table.waiting == 0 {
            table.ticking = false;
            unfinished.0 = None;
        }
        drop(table);
        over.into_iter().for_each(wake);
    }
}

/// The last time that is whole ticks after this one.
fn last(tick: Instant, now: Instant) -> Instant {
    let ticks = now.saturating_duration_since(tick).as_nanos() / TICK.as_nanos();
    tick + TICK * u32::try_from(ticks).unwrap_or(u32::MAX)
}

/// Wakes somebody whose waker may panic, which is no reason to let others wait.
fn wake(waker: Waker) {
    if catch_unwind(AssertUnwindSafe(|| waker.wake())).is_err() {
        tracing::error!("the waker of a call panicked at its deadline");
    }
}

/// A ticking task that its runtime dropped, polled or not, leaves nobody waiting for ever.
struct Unfinished(Option<&'static Wheel>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        let Some(wheel) = self.0 else { return };
        let mut table = lock(&wheel.table);
        let turns = table.turns;
        let left = std::mem::replace(&mut *table, Table { turns, ..Table::NEW });
        drop(table);
        left.places.into_iter().filter_map(|place| place.waker).for_each(wake);
    }
}
