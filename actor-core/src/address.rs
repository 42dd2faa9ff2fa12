//! What messages can be told to: the [`Address`] traits that generated methods stand on, and the errors of a send.
//! Knows neither mailboxes nor the network.

use std::{fmt, time::Duration};

use crate::{identity::ActorId, protocol::Message, system::System, wire::EncodeError};

/// Says that a type is an address of protocol `P`, whether or not it takes every message of it.
///
/// Generated methods are found by this trait and then ask for [`Address`] or [`CallAddress`], so that the compiler says what
/// a group is missing instead of that there is no such method. It has no methods; implement it beside [`Address`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not take messages of `{P}`",
    label = "not an address of this protocol",
    note = "an address takes the messages of its own protocol only; get one of this protocol, with `actor.subject::<{P}>()`, or with `narrow::<{P}>()` from one whose protocol includes it"
)]
pub trait AddressOf<P: Message> {}

/// Anything that messages of protocol `P` can be told to: a subject, a name, a group.
///
/// The methods that `#[derive(Protocol)]` generates stand on this trait, so that they are the same for all of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not take messages of `{P}`",
    label = "not an address of this protocol",
    note = "an address takes the messages of its own protocol only; get one of this protocol, with `actor.subject::<{P}>()`, or with `narrow::<{P}>()` from one whose protocol includes it"
)]
pub trait Address<P: Message>: AddressOf<P> {
    /// Sends a message without waiting.
    ///
    /// # Delivery
    /// At most once; in sending order between one sender and one receiver. `Ok` says the message is on its way.
    ///
    /// # Errors
    /// [`SendError`] hands the message back: it surely did not leave.
    fn tell(&self, msg: P) -> Result<(), SendError<P>>;

    /// The actor of this process that it leads to, if it is one. For the watchdog.
    #[doc(hidden)]
    fn __target(&self) -> Option<Target> {
        None
    }

    /// Whether messages go to another node. For calls, which let that node know how long they wait.
    #[doc(hidden)]
    fn __is_away(&self) -> bool {
        false
    }
}

/// An actor of this process.
#[doc(hidden)]
#[derive(Debug)]
pub struct Target {
    pub(crate) system: System,
    pub(crate) actor: ActorId,
}

/// An address with exactly one receiver, so that a call makes sense. A group is not one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be called: a call has exactly one receiver",
    label = "a message of `{P}` that waits for an answer cannot go here",
    note = "a group takes only messages without a `Reply`; to call one member, pick it: `node.groups().members(&key)` gives the subjects of all"
)]
pub trait CallAddress<P: Message>: Address<P> {}

impl<P: Message, A: AddressOf<P> + ?Sized> AddressOf<P> for &A {}

impl<P: Message, A: Address<P> + ?Sized> Address<P> for &A {
    fn tell(&self, msg: P) -> Result<(), SendError<P>> {
        (**self).tell(msg)
    }

    fn __target(&self) -> Option<Target> {
        (**self).__target()
    }

    fn __is_away(&self) -> bool {
        (**self).__is_away()
    }
}

impl<P: Message, A: CallAddress<P> + ?Sized> CallAddress<P> for &A {}

/// A send that surely did not happen; the message comes back. An error for every `M`, printable or not.
#[non_exhaustive]
pub enum SendError<M> {
    /// The actor has stopped.
    Stopped(M),
    /// The mailbox, or the link to the actor's node, is at its bound. Try later, or use `send`, which waits for room.
    Overloaded(M),
    /// Nobody holds the name, or the group has no members.
    Unresolved(M),
    /// There is no connection to the actor's node and none may be made.
    Disconnected(M),
    /// The actor's node could not be reached lately. Until this time has passed nothing is tried for a message's sake; an
    /// explicit connect is.
    Unreachable(M, Duration),
    /// The message cannot cross between nodes.
    Refused(M, EncodeError),
}

/// Why a send did not happen, without the message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendFailure {
    /// The actor has stopped.
    #[error("the actor has stopped")]
    Stopped,
    /// The mailbox or the link is at its bound.
    #[error("the mailbox, or the link to the actor's node, is full; try later, or use `send`, which waits for room")]
    Overloaded,
    /// Nobody holds the name, or the group is empty.
    #[error("nobody holds this name, or the group has no members")]
    Unresolved,
    /// There is no connection.
    #[error("there is no connection to the actor's node")]
    Disconnected,
    /// The node could not be reached lately.
    #[error("the actor's node could not be reached; the next message from {retry_in:?} on tries again")]
    Unreachable {
        /// How long nothing is tried for a message's sake.
        retry_in: Duration,
    },
    /// The message cannot cross between nodes.
    #[error("the message cannot cross between nodes: {0}")]
    Refused(#[from] EncodeError),
}

impl SendFailure {
    /// The failure with the message it hands back.
    pub fn with<M>(self, msg: M) -> SendError<M> {
        match self {
            SendFailure::Stopped => SendError::Stopped(msg),
            SendFailure::Overloaded => SendError::Overloaded(msg),
            SendFailure::Unresolved => SendError::Unresolved(msg),
            SendFailure::Disconnected => SendError::Disconnected(msg),
            SendFailure::Unreachable { retry_in } => SendError::Unreachable(msg, retry_in),
            SendFailure::Refused(error) => SendError::Refused(msg, error),
        }
    }
}

impl<M> SendError<M> {
    /// The message that was not sent.
    pub fn into_message(self) -> M {
        self.split().0
    }

    /// Why it was not sent.
    pub fn failure(&self) -> SendFailure {
        match self {
            SendError::Stopped(_) => SendFailure::Stopped,
            SendError::Overloaded(_) => SendFailure::Overloaded,
            SendError::Unresolved(_) => SendFailure::Unresolved,
            SendError::Disconnected(_) => SendFailure::Disconnected,
            SendError::Unreachable(_, retry_in) => SendFailure::Unreachable { retry_in: *retry_in },
            SendError::Refused(_, error) => SendFailure::Refused(error.clone()),
        }
    }

    /// The message, and why it was not sent.
    pub fn split(self) -> (M, SendFailure) {
        match self {
            SendError::Stopped(msg) => (msg, SendFailure::Stopped),
            SendError::Overloaded(msg) => (msg, SendFailure::Overloaded),
            SendError::Unresolved(msg) => (msg, SendFailure::Unresolved),
            SendError::Disconnected(msg) => (msg, SendFailure::Disconnected),
            SendError::Unreachable(msg, retry_in) => (msg, SendFailure::Unreachable { retry_in }),
            SendError::Refused(msg, error) => (msg, SendFailure::Refused(error)),
        }
    }
}

impl<M> fmt::Debug for SendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.failure(), f)
    }
}

impl<M> fmt::Display for SendError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.failure(), f)
    }
}

impl<M> std::error::Error for SendError<M> {}
