//! What an actor is: a value with a closed list of messages it handles, and the reference to a running one.
//! Never runs anything: that is `runtime`'s.

use std::{fmt, future::Future};

use crate::{
    cell::Cell,
    context::Context,
    exit::{Error, Stop},
    handle::Handle,
    identity::ActorId,
    protocol::Message,
    subject::Subject,
};

/// A value that runs as an actor. Derive it: `#[derive(Actor)] #[actor(handles(Account, Down))]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an actor",
    label = "cannot run as an actor",
    note = "derive it: `#[derive(Actor)] #[actor(handles(MyProtocol))]`"
)]
pub trait Actor: Sized + Send + 'static {
    /// All the messages it handles, as one type.
    type Inbox: Send + 'static;

    /// Gives a message to the handler of its type.
    fn dispatch(&mut self, msg: Self::Inbox, cx: &mut Context<Self>) -> impl Future<Output = Result<(), Error>> + Send;
}

/// Says that the actor's list of messages has `M` in it. Written by the derive.
#[diagnostic::on_unimplemented(
    message = "actor `{Self}` does not handle `{M}`",
    label = "`{M}` is not in this actor's `#[actor(handles(..))]`",
    note = "add `{M}` to `#[actor(handles(..))]` on `{Self}` and implement `Handler<{M}>` for it"
)]
pub trait Handles<M: Message>: Actor {
    /// The message as one of the inbox.
    fn wrap(msg: M) -> Self::Inbox;
    /// Back again; `None` if it is another message.
    fn unwrap(inbox: Self::Inbox) -> Option<M>;
}

/// What an actor does with a message.
///
/// An `Err` or a panic ends this actor and nobody else; monitors see it as the reason.
#[diagnostic::on_unimplemented(
    message = "actor `{Self}` lists `{M}` in `handles(..)` but has no handler for it",
    label = "no `impl Handler<{M}> for {Self}`",
    note = "write `impl Handler<{M}> for {Self} {{ async fn handle(&mut self, msg: {M}, cx: &mut Context<Self>) -> Result<(), Error> {{ .. }} }}`"
)]
pub trait Handler<M: Message>: Actor {
    /// Handles one message; the next is taken when this is done.
    fn handle(&mut self, msg: M, cx: &mut Context<Self>) -> impl Future<Output = Result<(), Error>> + Send;
}

/// A running actor, by its own type. Gives subjects for the protocols it handles. Cheap to clone.
///
/// The actor lives while a handle to it lives: this one, a subject, a name, a group, or a handle on another node. When
/// there is none left it drains its mailbox and stops with [`ExitReason::Unreferenced`](crate::ExitReason).
pub struct ActorRef<A: Actor>(pub(crate) Handle<Cell<A>>);

impl<A: Actor> ActorRef<A> {
    /// The actor as an address of protocol `P`: the same actor, no allocation.
    pub fn subject<P: Message>(&self) -> Subject<P>
    where
        A: Handles<P>,
    {
        Subject::local(self.0.clone())
    }

    /// The actor's id in its system.
    pub fn id(&self) -> ActorId {
        self.0.core.id
    }

    /// Asks the actor to stop after the handler in progress; the messages that wait are dead letters.
    /// It ends with [`ExitReason::Stopped`](crate::ExitReason), and this does not wait for that.
    pub fn stop(&self) {
        self.0.mailbox.request_stop(Stop::Orderly);
    }

    /// Ends the actor at the next await of the handler in progress. It ends with
    /// [`ExitReason::Killed`](crate::ExitReason), and this does not wait for that.
    pub fn kill(&self) {
        self.0.mailbox.request_stop(Stop::Kill);
    }
}

impl<A: Actor> Clone for ActorRef<A> {
    fn clone(&self) -> Self {
        ActorRef(self.0.clone())
    }
}

impl<A: Actor> fmt::Debug for ActorRef<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ActorRef{:?}", self.id())
    }
}
