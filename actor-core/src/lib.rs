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

mod actor;
mod address;
mod call;
mod cell;
mod context;
mod exit;
mod export;
mod handle;
mod identity;
mod lock;
mod mailbox;
mod name;
mod protocol;
mod registry;
mod reply;
pub mod route;
mod runtime;
mod signal;
mod subject;
mod sync;
mod system;
pub mod wire;

pub use actor::{Actor, ActorRef, Handler, Handles};
pub use actor_macros::{Actor, Protocol, Wire};
pub use address::{Address, AddressOf, CallAddress, SendError, SendFailure};
pub use call::{Call, CallError, DEFAULT_DEADLINE, call};
pub use context::Context;
pub use exit::{Error, ExitReason, NodeDownCause};
pub use export::Exports;
pub use identity::{ActorAddress, ActorId, Incarnation, NodeId, NodeName, NodeNameError};
pub use mailbox::Capacity;
pub use name::{Name, NameError};
pub use protocol::{Broadcast, Calls, Message, Protocol, Tells};
pub use registry::{LocalName, LocalRegisterError};
pub use reply::Reply;
pub use signal::{Down, MonitorRef, Watcher};
pub use subject::Subject;
pub use system::{DeadLetters, System, spawn};

/// What most code that defines or uses actors needs.
pub mod prelude {
    pub use crate::{
        Actor, ActorRef, Address, Call, CallError, Context, Down, Error, ExitReason, Handler, LocalName, MonitorRef,
        Protocol, Reply, SendError, Subject, System, spawn, wire::Wire,
    };
    pub use actor_macros::Wire;
}

/// What the derives write calls; not for people.
#[doc(hidden)]
pub mod private {
    pub use crate::call::call;
    pub use inventory;

    /// Finds out whether a type is `Clone`, where the derive stands: the inherent method wins if it is.
    #[derive(Debug)]
    pub struct Probe<T>(pub std::marker::PhantomData<T>);

    impl<T: Clone> Probe<T> {
        pub fn duplicator(&self) -> Option<fn(&T) -> T> {
            Some(T::clone)
        }
    }

    /// The other answer.
    pub trait NotClone<T> {
        fn duplicator(&self) -> Option<fn(&T) -> T> {
            None
        }
    }

    impl<T> NotClone<T> for &Probe<T> {}
}
