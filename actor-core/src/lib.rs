//! Typed actors: protocols, subjects, replies, mailboxes, monitors, names, and the versioned codecs by which their messages
//! cross nodes. Everything that needs no network; `actor-dist` adds the network.
//!
//! ```
//! use actor_core::prelude::*;
//!
//! #[derive(Protocol)]
//! #[wire(uri = "bank.Account", version = 1)]
//! pub enum Account {
//!     Deposit { cents: u64 },
//!     Balance { reply: Reply<u64> },
//! }
//!
//! #[derive(Actor)]
//! #[actor(handles(Account))]
//! struct Bank { cents: u64 }
//!
//! impl Handler<Account> for Bank {
//!     async fn handle(&mut self, msg: Account, _: &mut Context<Self>) -> Result<(), Error> {
//!         match msg {
//!             Account::Deposit { cents } => self.cents += cents,
//!             Account::Balance { reply } => reply.send(self.cents),
//!         }
//!         Ok(())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let bank: Subject<Account> = spawn(Bank { cents: 0 }).subject();
//! bank.deposit(500)?;
//! assert_eq!(bank.balance().await?, 500);
//! # Ok(())
//! # }
//! ```
//!
//! # Looking on
//!
//! | what | how | costs unused | costs used |
//! |---|---|---|---|
//! | who runs, and what each does | [`System::actors`], [`ActorRef::info`] | one store for a message | a look, about 100 ns for an actor |
//! | sums | [`System::stats`]; `System::publish_metrics` with the feature `metrics` | nothing | the same, every so often |
//! | messages that reached nobody | [`DeadLetters::subscribe`] | a count | a copy of the words for each |
//! | handlers that block, calls in a circle | [`System::watchdog`] | a load for a poll of a handler | about 120 ns for a poll, 400 ns for a call, a thread |
//! | links to other nodes | `Node::link` and `Node::links` of the node; `System::publish_metrics` | nothing | the node's lock once for a look |
//! | causes | spans of [`tracing`], target `actor_core::handle`, level `TRACE`; across nodes by a [`TraceBridge`] | a load for a message | about 250 ns for a message, and the subscriber's work |
//!
//! `cargo bench -p actor-core --bench local` measures it.
//!
//! # Features
//!
//! None is on by default.
//!
//! | feature | what it adds |
//! |---|---|
//! | `uuid`, `url`, `serde_json`, `chrono`, `jiff` | types of those crates cross between nodes as they are: see [`Wire`](derive@Wire#types-of-other-crates) |
//! | `metrics` | `System::publish_metrics`, through the `metrics` facade |

mod actor;
mod address;
mod call;
mod cell;
mod census;
mod context;
mod dead_letter;
mod door;
mod ended;
mod endpoint;
mod exit;
mod export;
mod handle;
mod identity;
mod include;
mod info;
mod letter;
mod lifecycle;
mod lock;
mod mailbox;
#[cfg(feature = "metrics")]
mod metric;
mod name;
mod patience;
mod protocol;
mod registry;
mod reply;
pub mod route;
mod runtime;
pub mod schema;
mod signal;
mod stats;
mod subject;
mod sync;
mod system;
mod trace;
mod wait;
mod watchdog;
pub mod wire;

pub use actor::{Actor, ActorRef, Handler, Handles};
pub use actor_macros::{Actor, Protocol, Wire, stubs};
pub use address::{Address, AddressOf, CallAddress, SendError, SendFailure};
pub use call::{Call, CallError, DEFAULT_DEADLINE, call};
pub use context::Context;
pub use dead_letter::{DEAD_LETTER_BOUND, DeadLetter, DeadLetterReason, DeadLetterStream, DeadLetters, SentBy};
pub use ended::{Ended, StartError, Started};
pub use exit::{Error, ExitReason, Linked, NodeDownCause};
pub use export::Exports;
pub use identity::{ActorAddress, ActorId, Incarnation, NodeId, NodeName, NodeNameError};
pub use include::Includes;
pub use info::ActorInfo;
pub use lifecycle::{HasLifecycle, Lifecycle};
pub use mailbox::Capacity;
#[cfg(feature = "metrics")]
pub use metric::MetricsPublisher;
pub use name::{Name, NameError};
pub use protocol::{Broadcast, Calls, Message, Protocol, Tells};
pub use registry::{ByLocalName, LocalName, LocalRegisterError};
pub use reply::Reply;
pub use signal::{Down, EXIT_BOUND, Exit, MonitorRef, Peer, Watcher};
pub use stats::SystemStats;
pub use subject::Subject;
pub use system::{System, spawn};
pub use trace::{BridgeTaken, TraceBridge, TraceContext, TraceContextError};
pub use watchdog::{ALARM_BOUND, Alarm, StalledActor, WaitingActor, Watchdog};

/// What most code that defines or uses actors needs.
pub mod prelude {
    pub use crate::{
        Actor, ActorRef, Address, Call, CallError, Context, Down, Error, Exit, ExitReason, Handler, Lifecycle,
        LocalName, MonitorRef, Protocol, Reply, SendError, Subject, System, spawn, wire::Wire,
    };
    pub use actor_macros::Wire;
}

/// What the derives write calls; not for people.
#[doc(hidden)]
pub mod private;

#[cfg(test)]
extern crate self as actor_core;

#[cfg(test)]
mod tests;
