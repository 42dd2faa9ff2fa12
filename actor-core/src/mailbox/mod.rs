//! What waits before an actor, and who waits for room there. Knows nothing of actors: `queue` is the mailbox, `room` the
//! turn-taking of senders that wait.

mod queue;
mod room;

pub use queue::Capacity;
pub(crate) use queue::{Item, Mailbox, Urgency};
pub(crate) use room::Room;
