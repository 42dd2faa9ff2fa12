//! Messages that reached nobody: counted always, told one by one to whoever subscribed. Never keeps a message: what is told
//! is which message it was, for whom and from whom.

use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use tokio::sync::mpsc;

use crate::{
    exit::ExitReason,
    identity::{ActorId, NodeName},
    lock::lock,
};

/// How many dead letters wait for a subscriber that does not read; those beyond are counted as missed.
pub const DEAD_LETTER_BOUND: usize = 1024;

/// A message that reached nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// For which actor of this system it was, if that is known.
    pub to: Option<ActorId>,
    /// What it was for, for people: the Rust type of the actor, a name, a group.
    pub receiver: String,
    /// Which message: `Protocol::Variant`, or the protocol's stable name if it was not read.
    pub message: String,
    /// Why it reached nobody.
    pub reason: DeadLetterReason,
    /// Who sent it.
    pub from: SentBy,
    /// For how many like it this stands: one, unless another node told of them, which it does in sums.
    pub count: u64,
}

impl DeadLetter {
    /// A message from another node, or a copy of a broadcast, that was not taken. For the runtime of the network.
    pub fn not_taken(
        receiver: impl Into<String>,
        message: impl Into<String>,
        why: impl fmt::Display,
        from: SentBy,
    ) -> Self {
        let reason = DeadLetterReason::NotTaken(why.to_string());
        DeadLetter { to: None, receiver: receiver.into(), message: message.into(), reason, from, count: 1 }
    }
}

impl fmt::Display for DeadLetter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` for {}", self.message, self.receiver)?;
        if self.count != 1 {
            write!(f, ", {} times,", self.count)?;
        }
        if let Some(to) = self.to {
            write!(f, " {to:?}")?;
        }
        write!(f, " from {}: {}", self.from, self.reason)
    }
}

/// Who sent a message that reached nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SentBy {
    /// A handler of this actor of this process, by its id in its own system.
    Actor(ActorId),
    /// Somebody on this node.
    Node(NodeName),
    /// Code of this process outside of handlers.
    Outside,
}

impl fmt::Display for SentBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SentBy::Actor(actor) => write!(f, "{actor:?}"),
            SentBy::Node(node) => write!(f, "node `{}`", node.as_str()),
            SentBy::Outside => f.write_str("outside of any actor"),
        }
    }
}

/// Why a message reached nobody.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeadLetterReason {
    /// It waited in the mailbox when the actor ended.
    #[error("its actor ended before its turn came: {0}")]
    Ended(ExitReason),
    /// It came from another node or went to one, or was a copy of a broadcast, and no actor took it.
    #[error("it was not taken: {0}")]
    NotTaken(String),
    /// It came from another node, and the deadlines of all who waited for its answers passed before its turn came.
    #[error("the deadline of whoever waited for its answer passed before its turn came")]
    GivenUp,
}

/// What reached nobody in one system.
#[derive(Default)]
pub struct DeadLetters {
    ended: AtomicU64,
    not_taken: AtomicU64,
    elsewhere: AtomicU64,
    given_up: AtomicU64,
    /// Whether anybody wants to be told.
    wanted: AtomicBool,
    subscribers: Mutex<Arc<Vec<Subscriber>>>,
}

#[derive(Clone)]
struct Subscriber {
    queue: mpsc::Sender<DeadLetter>,
    missed: Arc<AtomicU64>,
}

/// A subscription to dead letters, from its beginning on; ends when it is dropped.
#[derive(Debug)]
#[must_use = "dead letters are told to whoever reads this"]
pub struct DeadLetterStream {
    queue: mpsc::Receiver<DeadLetter>,
    missed: Arc<AtomicU64>,
}

impl DeadLetterStream {
    /// The next one; `None` once the system is gone.
    ///
    /// # Cancel safety
    /// None is lost.
    pub async fn next(&mut self) -> Option<DeadLetter> {
        self.queue.recv().await
    }

    /// How many it was not told of because [`DEAD_LETTER_BOUND`] others waited.
    pub fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }
}

impl DeadLetters {
    /// How many messages still waited in a mailbox when its actor ended.
    pub fn ended(&self) -> u64 {
        self.ended.load(Ordering::Relaxed)
    }

    /// How many messages from other nodes, and copies of broadcasts, no actor took: it had ended, its mailbox was full, or they
    /// could not be decoded.
    pub fn not_taken(&self) -> u64 {
        self.not_taken.load(Ordering::Relaxed)
    }

    /// How many messages from here reached no actor of another node, or waited there when their actor ended, as far as that node said
    /// so: it says it of tells, a moment later and in sums. A call that was not taken fails instead.
    pub fn elsewhere(&self) -> u64 {
        self.elsewhere.load(Ordering::Relaxed)
    }

    /// Tells every dead letter from now on. Costs nothing but the telling: without a subscriber they are counted only.
    ///
    /// # Delivery
    /// In the order in which they became dead letters, for each actor; at most [`DEAD_LETTER_BOUND`] wait, the others are
    /// counted in [`DeadLetterStream::missed`].
    pub fn subscribe(&self) -> DeadLetterStream {
        let (sender, receiver) = mpsc::channel(DEAD_LETTER_BOUND);
        let missed = Arc::<AtomicU64>::default();
        let mut subscribers = lock(&self.subscribers);
        let subscribers = Arc::make_mut(&mut *subscribers);
        subscribers.retain(|other| !other.queue.is_closed());
        subscribers.push(Subscriber { queue: sender, missed: Arc::clone(&missed) });
        self.wanted.store(true, Ordering::Release);
        DeadLetterStream { queue: receiver, missed }
    }

    /// How many requests of other nodes were dropped when their turn came, because nobody waited for the answer any more.
    pub fn given_up(&self) -> u64 {
        self.given_up.load(Ordering::Relaxed)
    }

    /// A request that nobody waits for.
    pub(crate) fn add_given_up(&self, letter: impl FnOnce() -> DeadLetter) {
        self.given_up.fetch_add(1, Ordering::Relaxed);
        self.tell(letter);
    }

    /// A message that waited when its actor ended.
    pub(crate) fn add_ended(&self, letter: impl FnOnce() -> DeadLetter) {
        self.ended.fetch_add(1, Ordering::Relaxed);
        self.tell(letter);
    }

    /// Counts and tells messages that no actor took: so many like this one. For the runtime of the network.
    pub fn add_not_taken(&self, count: usize, letter: impl Fn() -> DeadLetter) {
        self.not_taken.fetch_add(count as u64, Ordering::Relaxed);
        (0..count).for_each(|_| self.tell(&letter));
    }

    /// Counts and tells messages from here that no actor of another node took: so many as the letter says. For the runtime of
    /// the network.
    pub fn add_elsewhere(&self, count: u64, letter: impl FnOnce() -> DeadLetter) {
        self.elsewhere.fetch_add(count, Ordering::Relaxed);
        self.tell(|| DeadLetter { count, ..letter() });
    }

    fn tell(&self, letter: impl FnOnce() -> DeadLetter) {
        if !self.wanted.load(Ordering::Acquire) {
            return;
        }
        let letter = letter();
        // Whoever reads is woken by this, so it is done without the lock.
        let subscribers = Arc::clone(&lock(&self.subscribers));
        let mut gone = false;
        for subscriber in subscribers.iter() {
            match subscriber.queue.try_send(letter.clone()) {
                Ok(()) => {}
                Err(mpsc::error::TrySendError::Full(_)) => {
                    subscriber.missed.fetch_add(1, Ordering::Relaxed);
                }
                Err(mpsc::error::TrySendError::Closed(_)) => gone = true,
            }
        }
        if gone {
            let mut subscribers = lock(&self.subscribers);
            Arc::make_mut(&mut *subscribers).retain(|other| !other.queue.is_closed());
            self.wanted.store(!subscribers.is_empty(), Ordering::Release);
        }
    }
}

impl fmt::Debug for DeadLetters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (ended, not_taken) = (self.ended(), self.not_taken());
        f.debug_struct("DeadLetters")
            .field("ended", &ended)
            .field("not_taken", &not_taken)
            .field("elsewhere", &self.elsewhere())
            .field("given_up", &self.given_up())
            .finish_non_exhaustive()
    }
}
