//! What a protocol is: a closed set of messages with a stable name that an address is typed by.
//! Never dispatches: that is the actor's.

use std::sync::Arc;

use crate::{
    export::InletOf,
    include::Includes,
    route::{Inlet, Way},
    subject::Subject,
    wire::Wire,
};

/// Anything that can stand in a mailbox. Implemented for every type that can move between threads.
pub trait Message: Send + 'static {}

impl<T: Send + 'static> Message for T {}

/// A set of messages with a stable name, which can cross between nodes. Derive it on an enum:
///
/// ```
/// use actor_core::prelude::*;
///
/// #[derive(Protocol)]
/// #[wire(uri = "bank.Account", version = 1)]
/// pub enum Account {
///     Deposit { cents: u64 },
///     Balance { reply: Reply<u64> },
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a protocol",
    label = "a protocol is needed here",
    note = "if `{Self}` is a set of messages of yours, make it an enum with `#[derive(Protocol)] #[wire(uri = \"team.Name\", version = 1)]`, instead of `#[derive(Wire)]` if it has that",
    note = "if this is a message that only carries a value, remove `#[wire(include)]` from its variant",
    note = "if this is a `Subject<{Self}>`: `Down` and `Exit` never leave their node, so their subjects cannot cross; hold a subject of a protocol of your own, and send to it from your `Handler<Down>`"
)]
pub trait Protocol: Wire + Message {
    /// The stable name.
    const URI: &'static str;
    /// The newest version this build knows.
    const VERSION: u16;
    /// [`Tells`] or [`Calls`]: whether a message of it waits for an answer.
    type Kind;

    /// The names of its messages, for people. Written by the derive.
    #[doc(hidden)]
    const MESSAGES: &'static [&'static str] = &[];

    /// Which of [`MESSAGES`](Self::MESSAGES) this one is. Written by the derive.
    #[doc(hidden)]
    fn index(&self) -> u32 {
        0
    }

    /// The way in to an actor by a protocol that this one includes, at whatever depth, if this is the way there. Written by the
    /// derive.
    #[doc(hidden)]
    fn __included(_: &Subject<Self>, _: Way) -> Option<Arc<dyn Inlet>> {
        None
    }

    /// The address of an actor by this protocol, which its own includes, on whatever node the actor is. Asked by the derive of
    /// the other.
    #[doc(hidden)]
    fn __narrowed_from<P: Protocol + Includes<Self>>(subject: &Subject<P>) -> Subject<Self> {
        subject.narrowed()
    }

    /// The way in to an actor by this protocol, which its own includes, or by one that this one does, if this is the way there.
    /// Asked by the derive of the other.
    #[doc(hidden)]
    fn __included_in<P: Protocol + Includes<Self>>(subject: &Subject<P>, way: Way) -> Option<Arc<dyn Inlet>> {
        let narrow = subject.narrowed::<Self>();
        match narrow.way() == way {
            true => Some(Arc::new(InletOf(narrow))),
            false => Self::__included(&narrow, way),
        }
    }

    /// How to copy a message, for a protocol that is `Clone`. Written by the derive; without it every member of a group
    /// decodes a broadcast for itself.
    #[doc(hidden)]
    fn duplicator() -> Option<fn(&Self) -> Self> {
        None
    }
}

/// A protocol none of whose messages holds a `Reply`.
#[derive(Debug)]
pub enum Tells {}

/// A protocol with at least one message that holds a `Reply`.
#[derive(Debug)]
pub enum Calls {}

/// The kind of a protocol that includes others: it waits for answers if one of them does. Asked by the derive.
#[doc(hidden)]
pub trait With<Included> {
    /// The kind of both together.
    type Kind;
}

impl<Included> With<Included> for Tells {
    type Kind = Included;
}

impl<Included> With<Included> for Calls {
    type Kind = Calls;
}

/// A kind of protocol whose messages can go to many receivers at once.
#[diagnostic::on_unimplemented(
    message = "`{P}` cannot be broadcast: one of its messages, or of the protocols it includes, has a `Reply`",
    label = "a group takes only protocols in which no message at all has a `Reply`",
    note = "move the messages without a reply into a protocol of their own, `#[derive(Clone, Protocol)]`, make the group a `GroupKey` of that, and `#[wire(include)]` it in `{P}`",
    note = "or send to one member: `node.groups().members(&key)` gives the subjects of all"
)]
pub trait Broadcast<P> {
    /// A copy for one more receiver.
    fn copy(message: &P) -> P;
}

impl<P: Clone> Broadcast<P> for Tells {
    fn copy(message: &P) -> P {
        message.clone()
    }
}
