//! Room in a mailbox as something to wait for and to hold: first come, first served, and given back when it is not used.
//! Counts nothing itself: the mailbox does.

use std::{
    collections::{BTreeSet, VecDeque},
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};

use crate::address::SendFailure;

/// Who hands out room.
pub(super) trait Rooms: Send + Sync {
    /// Asks for room, and joins those who wait with the first ask.
    fn poll_room(&self, ticket: &mut Option<u64>, task: &Context<'_>) -> Poll<Result<(), SendFailure>>;
    /// Waits no more; room that was admitted meanwhile goes to the next.
    fn give_up(&self, ticket: u64);
    /// Held room is not used.
    fn give_back(&self);
}

/// Room for one message, held; given back when dropped.
#[derive(Default)]
pub(crate) struct Room<'a>(Option<&'a dyn Rooms>);

impl Room<'_> {
    /// The message is in.
    pub(super) fn fill(mut self) {
        self.0 = None;
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        if let Some(rooms) = self.0 {
            rooms.give_back();
        }
    }
}

/// Waits for room.
pub(crate) struct Waiting<'a> {
    rooms: &'a dyn Rooms,
    ticket: Option<u64>,
}

impl<'a> Waiting<'a> {
    pub(super) fn new(rooms: &'a dyn Rooms) -> Self {
        Waiting { rooms, ticket: None }
    }
}

impl<'a> Future for Waiting<'a> {
    type Output = Result<Room<'a>, SendFailure>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let rooms = self.rooms;
        rooms.poll_room(&mut self.ticket, task).map_ok(|()| Room(Some(rooms)))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.rooms.give_up(ticket);
        }
    }
}

impl fmt::Debug for Room<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Room({})", if self.0.is_some() { "held" } else { "none" })
    }
}

/// Who waits, in turn, and who was admitted and has not noticed yet. Tickets grow, so that one is found by halving; who leaves
/// leaves a gap.
#[derive(Default)]
pub(super) struct Waiters {
    next: u64,
    queue: VecDeque<(u64, Option<Waker>)>,
    waiting: usize,
    admitted: BTreeSet<u64>,
}

impl Waiters {
    pub(super) fn join(&mut self, task: &Context<'_>) -> u64 {
        self.next += 1;
        self.waiting += 1;
        self.queue.push_back((self.next, Some(task.waker().clone())));
        self.next
    }

    pub(super) fn register(&mut self, ticket: u64, task: &Context<'_>) {
        if let Some(Some(waker)) = self.find(ticket) {
            waker.clone_from(task.waker());
        }
    }

    fn find(&mut self, ticket: u64) -> Option<&mut Option<Waker>> {
        let at = self.queue.binary_search_by_key(&ticket, |(other, _)| *other).ok()?;
        Some(&mut self.queue[at].1)
    }

    /// Admits the first in turn, and says whom to wake.
    pub(super) fn admit(&mut self) -> Option<Waker> {
        loop {
            let (ticket, waker) = self.queue.pop_front()?;
            if let Some(waker) = waker {
                self.waiting -= 1;
                self.admitted.insert(ticket);
                return Some(waker);
            }
        }
    }

    /// Whether this one was admitted, which counts once.
    pub(super) fn take_admitted(&mut self, ticket: u64) -> bool {
        self.admitted.remove(&ticket)
    }

    /// Waits no more; whether it had been admitted.
    pub(super) fn leave(&mut self, ticket: u64) -> bool {
        let left = self.find(ticket).and_then(Option::take).is_some();
        self.waiting -= usize::from(left);
        if self.waiting == 0 {
            self.queue.clear();
        }
        self.take_admitted(ticket)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    pub(super) fn wake_all(self) {
        for waker in self.queue.into_iter().filter_map(|(_, waker)| waker) {
            waker.wake();
        }
    }
}
