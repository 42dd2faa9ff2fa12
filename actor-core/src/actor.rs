//! What an actor is: a value with a closed list of messages it handles, and the reference to a running one.
//! Never runs anything: that is `runtime`'s.

use std::{
    fmt,
    future::{Future, ready},
    sync::Arc,
    time::Duration,
};

use crate::{
    cell::{AnyCell, Cell},
    context::Context,
    ended::{Ended, Started, Watch},
    exit::{Error, ExitReason},
    handle::Handle,
    identity::ActorId,
    info::ActorInfo,
    mailbox::{Capacity, Stop},
    protocol::Message,
    runtime,
    signal::{Monitored, Peer},
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

    /// How many messages may wait before it, unless it is told otherwise where it is spawned: `mailbox = 64` in the derive.
    const CAPACITY: Capacity = Capacity::DEFAULT;

    /// Whether it has hooks, and how long its stop hook may take. See [`Lifecycle`](crate::Lifecycle).
    const LIFECYCLE: Option<Duration> = None;

    /// Gives a message to the handler of its type.
    fn dispatch(&mut self, msg: Self::Inbox, cx: &mut Context<Self>) -> impl Future<Output = Result<(), Error>> + Send;

    /// A number for the kind of message, by which its name is found.
    fn message_index(_: &Self::Inbox) -> u32 {
        0
    }

    /// The name of a kind of message, for people.
    fn message_name(_: u32) -> &'static str {
        "a message"
    }

    /// Runs the start hook, if it has hooks.
    fn on_start(&mut self, _: &mut Context<Self>) -> impl Future<Output = Result<(), Error>> + Send {
        ready(Ok(()))
    }

    /// Runs the stop hook, if it has hooks.
    fn on_stop(&mut self, _: &ExitReason, _: &mut Context<Self>) -> impl Future<Output = Result<(), Error>> + Send {
        ready(Ok(()))
    }
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
    /// The actor as an address of protocol `P`, one of its list: the same actor, no allocation. For a protocol that one of those
    /// includes there is [`Subject::narrow`].
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

    /// Asks the actor to stop after the handler in progress; the messages that wait are dead letters. It ends with
    /// [`ExitReason::Stopped`](crate::ExitReason), whether it traps exits or not. Does not wait for that:
    /// [`ended`](Self::ended) does.
    pub fn stop(&self) {
        self.any().stop();
    }

    /// Asks the actor to handle what waits in its mailbox, and then to stop. From now on it takes no messages: senders get
    /// theirs back. It ends with [`ExitReason::Stopped`](crate::ExitReason). Does not wait for that:
    /// [`ended`](Self::ended) does.
    pub fn drain(&self) {
        self.0.mailbox.request_stop(Stop::Drain);
    }

    /// Ends the actor at the next await of the handler in progress, without its stop hook. It ends with
    /// [`ExitReason::Killed`](crate::ExitReason). Does not wait for that: [`ended`](Self::ended) does.
    pub fn kill(&self) {
        self.0.mailbox.request_stop(Stop::Kill);
    }

    /// Tells the actor to exit, in these words. If it traps exits it gets an [`Exit`](crate::Exit) as a message, in its
    /// place among the messages; else it ends after the handler in progress with
    /// [`ExitReason::Exited`](crate::ExitReason).
    ///
    /// # Delivery
    /// In sending order with what the caller sent before. At most [`EXIT_BOUND`](crate::EXIT_BOUND) wait for an actor that traps
    /// exits; one beyond is a dead letter.
    pub fn exit(&self, why: impl fmt::Display) {
        let from = runtime::current().map(|current| Peer::current(current, &self.0.core.system));
        self.any().exit(from.as_ref(), &ExitReason::Exited(why.to_string()));
    }

    /// Waits until the actor has ended, and says why. Keeps it alive no longer than the reference does.
    ///
    /// # Cancel safety
    /// Dropping it changes nothing.
    pub fn ended(&self) -> Ended {
        self.watch().ended()
    }

    /// Waits until the actor's start hook is done; gives the reason if it ends before. At once for an actor without hooks.
    ///
    /// # Cancel safety
    /// Dropping it changes nothing.
    pub fn started(&self) -> Started {
        self.watch().started(self.0.core.progress.is_started())
    }

    /// The actor as it is at this moment, for people who look on.
    pub fn info(&self) -> ActorInfo {
        self.0.info()
    }

    fn watch(&self) -> Watch {
        let monitored = Monitored::Local(Arc::downgrade(&self.any()));
        let reference = self.0.core.system.next_monitor();
        Watch::begin(reference, monitored, |reference, watcher| self.0.core.watch_end(reference, watcher))
    }

    pub(crate) fn any(&self) -> Arc<dyn AnyCell> {
        self.0.uncounted()
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
