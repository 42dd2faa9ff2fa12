//! What waits before an actor, and who waits for room there. Knows nothing of actors: `queue` is the mailbox, `room` the
//! turn-taking of senders that wait, `stop` what ends it.

mod queue;
mod room;
mod stop;

pub use queue::Capacity;
pub(crate) use queue::{Mailbox, Urgency};
pub(crate) use room::Room;
pub(crate) use stop::Stop;
