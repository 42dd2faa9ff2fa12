//! The actors of a system, to be looked at: who runs, and sums over those that ran. Keeps nobody alive. One short lock for
//! each beginning and end of an actor, none for its messages.

use std::sync::{
    Arc, Mutex, Weak,
    atomic::{AtomicU32, AtomicU64, Ordering},
};

use crate::{cell::AnyCell, exit::ExitReason, identity::ActorId, lock::lock};

/// Where an actor stands in the census; set when it enters.
#[derive(Default)]
pub(crate) struct Seat(AtomicU32);

#[derive(Default)]
pub(crate) struct Census {
    /// Several, so that spawning workers seldom meet.
    shards: [Mutex<Shard>; SHARDS],
    failed: AtomicU64,
}

const SHARDS: usize = 16;

/// On cache lines of its own.
#[derive(Default)]
#[repr(align(128))]
struct Shard {
    places: Vec<Place>,
    /// The first free place, plus one; 0 when all are taken.
    free: u32,
    ended: u64,
    /// By those that have ended.
    handled: u64,
}

/// Free places are a list through the table.
enum Place {
    Taken(Weak<dyn AnyCell>),
    Free(u32),
}

impl Census {
    fn shard(&self, actor: ActorId) -> &Mutex<Shard> {
        &self.shards[actor.0 as usize % SHARDS]
    }

    /// An actor begins.
    pub(crate) fn enter(&self, actor: ActorId, seat: &Seat, cell: Weak<dyn AnyCell>) {
        let place = lock(self.shard(actor)).enter(Place::Taken(cell));
        seat.0.store(place, Ordering::Relaxed);
    }

    /// It has ended, after so many messages and signals.
    pub(crate) fn leave(&self, actor: ActorId, seat: &Seat, handled: u64, reason: &ExitReason) {
        let gone = lock(self.shard(actor)).leave(seat.0.load(Ordering::Relaxed), handled);
        drop(gone);
        if !reason.is_normal() {
            self.failed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Sums over the actors that have ended, and those that run: each actor is in one of the two. The shards are looked at one
    /// after the other, so that actors that begin or end meanwhile may be missing.
    pub(crate) fn look(&self) -> (Sums, Vec<Arc<dyn AnyCell>>) {
        let (mut sums, mut running) =
            (Sums { failed: self.failed.load(Ordering::Relaxed), ..Sums::default() }, Vec::new());
        for shard in &self.shards {
            let shard = lock(shard);
            sums.ended += shard.ended;
            sums.handled += shard.handled;
            running.extend(shard.places.iter().filter_map(|place| match place {
                Place::Taken(cell) => cell.upgrade(),
                Place::Free(_) => None,
            }));
        }
        (sums, running)
    }
}

/// Counts over the actors of a system.
#[derive(Default)]
pub(crate) struct Sums {
    pub(crate) ended: u64,
    /// Of those that ended, how many did not end normally.
    pub(crate) failed: u64,
    /// By those that ended.
    pub(crate) handled: u64,
}

impl Shard {
    fn enter(&mut self, taken: Place) -> u32 {
        if let Some(at) = self.free.checked_sub(1) {
            if let Place::Free(next) = std::mem::replace(&mut self.places[at as usize], taken) {
                self.free = next;
            }
            return at;
        }
        self.places.push(taken);
        u32::try_from(self.places.len() - 1).expect("invariant: four thousand million actors do not fit in memory")
    }

    fn leave(&mut self, at: u32, handled: u64) -> Place {
        self.ended += 1;
        self.handled += handled;
        let gone = std::mem::replace(&mut self.places[at as usize], Place::Free(self.free));
        self.free = at + 1;
        gone
    }
}
