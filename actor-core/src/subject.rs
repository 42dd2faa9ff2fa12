//! The typed handle to an actor, local or on another node, which can stand in messages and cross nodes itself.
//! Never decides how a message travels: that is the endpoint's behind it.

use std::{fmt, sync::Arc, time::Duration};

use crate::{
    actor::Handles,
    address::{Address, AddressOf, CallAddress, SendError, Target},
    call::DEFAULT_DEADLINE,
    cell::{AnyCell, Cell},
    ended::{Ended, Watch},
    endpoint::{Endpoint, Gone, Place, There, Through, Waiting},
    exit::ExitReason,
    handle::Handle,
    identity::{ActorAddress, ActorId, NodeId},
    include::Includes,
    info::ActorInfo,
    letter::Source,
    mailbox::Room,
    protocol::{Message, Protocol},
    route::{Remote, Way},
    signal::{Down, MonitorRef, Monitored, Watcher},
    system::System,
    wait::Wait,
    wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Wire},
};

/// A typed address of one actor: it takes the messages of `P` and nothing else. Cheap to clone, keeps a local actor
/// alive, and crosses nodes when `P` is a protocol.
pub struct Subject<P>(Handle<dyn Endpoint<P>>);

impl<P: Message> Subject<P> {
    pub(crate) fn local<A: Handles<P>>(handle: Handle<Cell<A>>) -> Self {
        Subject(handle.erase(|cell| cell as Arc<dyn Endpoint<P>>))
    }

    /// Sends a message, and waits up to five seconds while it finds no room: in the actor's mailbox, on whatever node that is, or on
    /// the link to its node.
    ///
    /// # Delivery
    /// At most once, in sending order with what this sender sent before. Those who wait for the mailbox of an actor of this node get
    /// room first come first served, and before any `tell`; those who wait for one of another node go on together when that
    /// node says that there is room.
    ///
    /// # Cancel safety
    /// Dropped while it waits, it drops the message unsent.
    ///
    /// # Errors
    /// [`SendError`] hands the message back; [`SendError::Overloaded`] after the wait.
    pub async fn send(&self, msg: P) -> Result<(), SendError<P>> {
        // What finds room at once, as most do, is not carried through what waits.
        match self.0.tell(msg) {
            Err(SendError::Overloaded(msg)) => self.send_while(&mut Wait::within(DEFAULT_DEADLINE), msg).await,
            done => done,
        }
    }

    /// As [`send`](Self::send), with a deadline of one's own, which is kept as [that of a call](crate::Call::timeout).
    ///
    /// # Cancel safety
    /// As [`send`](Self::send).
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_within(&self, deadline: Duration, msg: P) -> Result<(), SendError<P>> {
        match self.0.tell(msg) {
            Err(SendError::Overloaded(msg)) => self.send_while(&mut Wait::within(deadline), msg).await,
            done => done,
        }
    }

    pub(crate) async fn send_while(&self, wait: &mut Wait, msg: P) -> Result<(), SendError<P>> {
        let into = |room: Room<'_>, msg| self.0.tell_into(room, Source::here(), msg);
        wait.send(|msg| self.0.tell(msg), || self.0.room(), into, msg).await
    }

    /// Waits until the actor has ended, or nothing is known of it any more, and says why. Keeps it alive no longer than the
    /// subject does. For code outside of actors; in a handler, [`Context::monitor`](crate::Context::monitor) does not wait.
    ///
    /// # Cancel safety
    /// Dropping it changes nothing.
    pub fn ended(&self) -> Ended {
        let reference = match self.0.place() {
            Place::Local(cell) => cell.core().system.next_monitor(),
            Place::Remote(remote, _) => remote.system().next_monitor(),
            Place::Gone(_) => MonitorRef(0),
        };
        let begin = |reference, watcher| match self.0.place() {
            Place::Local(cell) => cell.core().watch_end(reference, watcher),
            Place::Remote(..) | Place::Gone(_) => self.watch(reference, watcher),
        };
        Watch::begin(reference, self.monitored(), begin).ended()
    }

    /// The actor as it is at this moment, for people who look on; `None` for an actor of another node.
    pub fn actor_info(&self) -> Option<ActorInfo> {
        match self.0.place() {
            Place::Local(cell) => Some(cell.info()),
            Place::Remote(..) | Place::Gone(_) => None,
        }
    }

    /// Whether the actor lives in this system.
    pub fn is_local(&self) -> bool {
        matches!(self.0.place(), Place::Local(_))
    }

    /// Where the actor is known to the cluster; `None` for an actor of this system, which need not be known outside.
    pub fn address(&self) -> Option<ActorAddress> {
        match self.0.place() {
            Place::Local(_) => None,
            Place::Remote(_, address) | Place::Gone(address) => Some(address.clone()),
        }
    }

    /// Whether both lead to one actor.
    pub fn same_actor<Q: Message>(&self, other: &Subject<Q>) -> bool {
        match (self.0.place(), other.0.place()) {
            (Place::Local(a), Place::Local(b)) => a.core().id == b.core().id && a.core().system.same(&b.core().system),
            (Place::Local(_), _) | (_, Place::Local(_)) => false,
            (Place::Remote(_, a) | Place::Gone(a), Place::Remote(_, b) | Place::Gone(b)) => a == b,
        }
    }

    /// The same actor as an address of a protocol that this one includes: it takes the messages of `Q` alone, and they arrive
    /// in the variant that includes them. For handing out less than all: to whoever looks after health, billing, backups.
    ///
    /// Narrowing asks nobody, on whatever node the actor is, and never fails; it allocates once, and a message not at all.
    /// What is narrowed is a subject like any other: it keeps the actor alive, it can be monitored, named, put into a group,
    /// shipped, and narrowed further, and [`same_actor`](Self::same_actor) is true of both.
    ///
    /// An actor that also lists `Q` itself in `handles(..)` gets what is sent here as a message of `P`, all the same.
    ///
    /// # Delivery
    /// As that of this subject; what is sent to the one and to the other is in one order. To an actor of another node a message
    /// of `Q` crosses as itself, in the version of `Q` that both nodes know, and whoever holds the handle need not know `P`. If
    /// the actor's node runs a build in which `P` does not include `Q` yet, it refuses: a call fails with
    /// [`CallError::Undecodable`](crate::CallError), a tell is a dead letter on both nodes.
    ///
    /// # Examples
    /// ```
    /// use actor_core::prelude::*;
    ///
    /// #[derive(Protocol)]
    /// #[wire(uri = "ops.Health", version = 1)]
    /// pub enum Health {
    ///     Ping { reply: Reply<String> },
    /// }
    ///
    /// #[derive(Protocol)]
    /// #[wire(uri = "bank.Account", version = 1)]
    /// pub enum Account {
    ///     Deposit { cents: u64 },
    ///     #[wire(include)]
    ///     Health(Health),
    /// }
    ///
    /// # #[derive(Actor)]
    /// # #[actor(handles(Account))]
    /// # struct Bank { cents: u64 }
    /// impl Handler<Account> for Bank {
    ///     async fn handle(&mut self, msg: Account, _: &mut Context<Self>) -> Result<(), Error> {
    ///         match msg {
    ///             Account::Deposit { cents } => self.cents += cents,
    ///             Account::Health(Health::Ping { reply }) => reply.send(format!("{} cents", self.cents)),
    ///         }
    ///         Ok(())
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let account: Subject<Account> = spawn(Bank { cents: 5 }).subject();
    /// let health: Subject<Health> = account.narrow();
    /// account.deposit(7)?;
    /// assert_eq!(health.ping().await?, "12 cents");
    /// # Ok(())
    /// # }
    /// ```
    pub fn narrow<Q: Message>(&self) -> Subject<Q>
    where
        P: Includes<Q>,
    {
        P::__narrow(self)
    }

    /// The same actor, whose messages are wrapped on their way; `this` is the edge of the protocol that they are wrapped in.
    pub(crate) fn through<Q: Message>(&self, this: Edge) -> Subject<Q>
    where
        P: Includes<Q>,
    {
        let via = Way::new(this, self.0.via()).number();
        Subject(Handle::counted(Arc::new(Through::new(self.0.clone(), via))))
    }

    /// As `tell`, of a message that did not come into being here.
    pub(crate) fn tell_from(&self, source: Source, msg: P) -> Result<(), SendError<P>> {
        self.0.tell_from(source, msg)
    }

    pub(crate) fn place(&self) -> Place<'_> {
        self.0.place()
    }

    /// Waits for room, as long as it takes.
    pub(crate) fn room(&self) -> Waiting<'_> {
        self.0.room()
    }

    /// Tells a message for which there is room, and which did not come into being here.
    pub(crate) fn tell_into(&self, room: Room<'_>, source: Source, msg: P) -> Result<(), SendError<P>> {
        self.0.tell_into(room, source, msg)
    }

    /// The cell of a local actor.
    pub(crate) fn cell(&self) -> Option<Arc<dyn AnyCell>> {
        self.0.uncounted().cell()
    }

    /// How a monitor of it is ended.
    pub(crate) fn monitored(&self) -> Monitored {
        match self.0.place() {
            Place::Local(_) => self.cell().map_or(Monitored::Gone, |cell| Monitored::Local(Arc::downgrade(&cell))),
            Place::Remote(remote, _) => Monitored::Remote(Arc::clone(remote)),
            Place::Gone(_) => Monitored::Gone,
        }
    }

    /// Begins to watch; the watcher is told at once if there is no such actor.
    pub(crate) fn watch(&self, reference: MonitorRef, watcher: Arc<dyn Watcher>) {
        match self.0.place() {
            Place::Local(cell) => cell.core().watch(reference, watcher),
            Place::Remote(remote, address) => remote.watch(address, reference, watcher),
            Place::Gone(_) => watcher.down(Down::new(reference, ExitReason::NoSuchActor)),
        }
    }
}

impl<P: Protocol> Subject<P> {
    /// By which protocol the actor is reached. For the runtime of the network.
    pub fn way(&self) -> Way {
        Way::new(P::EDGE, self.0.via())
    }

    /// The same actor by an included protocol: wrapped here if the actor is here, and there if it is there.
    pub(crate) fn narrowed<Q: Protocol>(&self) -> Subject<Q>
    where
        P: Includes<Q>,
    {
        let via = self.way().number();
        match self.0.place() {
            Place::Local(_) => self.through(P::EDGE),
            Place::Remote(remote, address) => Subject::remote(Arc::clone(remote), address.clone(), via),
            Place::Gone(address) => Subject::gone(address.clone(), via),
        }
    }

    /// A subject for an actor on another node; for `via` see [`Way`]. For the runtime of the network.
    pub fn remote(remote: Arc<dyn Remote>, address: ActorAddress, via: u64) -> Self {
        Subject(Handle::counted(Arc::new(There::new(remote, address, via))))
    }

    /// A subject for an actor that is known to be no more.
    pub fn gone(address: ActorAddress, via: u64) -> Self {
        Subject(Handle::counted(Arc::new(Gone { address, via })))
    }

    /// The subject behind an address, which may be one of this very node. For the runtime of the network.
    ///
    /// # Errors
    /// [`DecodeError::WrongProtocol`] when the address is this node's and the actor is known there by other protocols.
    pub fn resolve(
        remote: &Arc<dyn Remote>,
        system: &System,
        address: ActorAddress,
        via: u64,
    ) -> Result<Self, DecodeError> {
        if address.node.name != remote.node().name {
            return Ok(Subject::remote(Arc::clone(remote), address, via));
        }
        match address.node == *remote.node() {
            true => Ok(system.exports().subject(address.actor, via)?.unwrap_or_else(|| Subject::gone(address, via))),
            false => Ok(Subject::gone(address, via)),
        }
    }

    /// Makes a local actor known outside, by this protocol, and gives its address; from then on the handle pins it until
    /// it stops. For the runtime of the network.
    ///
    /// # Errors
    /// [`EncodeError::NotAlive`] without a node, [`EncodeError::Stopped`] for an actor that has ended.
    pub fn export(&self) -> Result<ActorAddress, EncodeError> {
        match self.0.place() {
            Place::Local(cell) => {
                let core = cell.core();
                let remote = core.system.remote().ok_or(EncodeError::NotAlive)?;
                core.system.exports().add(self)?;
                // A node that ended meanwhile has not seen the entry.
                if core.system.remote().is_none_or(|now| !Arc::ptr_eq(&now, &remote)) {
                    core.system.exports().remove(core.id);
                    return Err(EncodeError::NotAlive);
                }
                Ok(ActorAddress { node: remote.node().clone(), actor: core.id })
            }
            Place::Remote(_, address) | Place::Gone(address) => Ok(address.clone()),
        }
    }

    /// The actor's id, if it is one of that system.
    pub fn local_id(&self, system: &System) -> Option<ActorId> {
        match self.0.place() {
            Place::Local(cell) if cell.core().system.same(system) => Some(cell.core().id),
            _ => None,
        }
    }
}

impl<P: Message> AddressOf<P> for Subject<P> {}

impl<P: Message> Address<P> for Subject<P> {
    fn tell(&self, msg: P) -> Result<(), SendError<P>> {
        self.0.tell(msg)
    }

    fn __target(&self) -> Option<Target> {
        match self.0.place() {
            Place::Local(cell) => Some(Target { system: cell.core().system.clone(), actor: cell.core().id }),
            Place::Remote(..) | Place::Gone(_) => None,
        }
    }

    fn __is_away(&self) -> bool {
        matches!(self.0.place(), Place::Remote(..))
    }
}

impl<P: Message> CallAddress<P> for Subject<P> {}

impl<P> Clone for Subject<P> {
    fn clone(&self) -> Self {
        Subject(self.0.clone())
    }
}

impl<P> fmt::Debug for Subject<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = std::any::type_name::<P>().rsplit("::").next().unwrap_or_default();
        match self.0.place() {
            Place::Local(cell) => write!(f, "Subject<{protocol}>({:?})", cell.core().id),
            Place::Remote(_, address) => write!(f, "Subject<{protocol}>({address})"),
            Place::Gone(address) => write!(f, "Subject<{protocol}>({address}, gone)"),
        }
    }
}

/// What a handle takes beside itself when it arrives, in bytes.
const HANDLE: usize = 96;

impl<P: Protocol> Wire for Subject<P> {
    const EDGE: Edge = Edge::of("subject", &[P::EDGE]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "subject", &[P::type_name]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        let address = self.export()?;
        address.node.encode(e)?;
        address.actor.encode(e)?;
        e.raw(&P::EDGE.bits().to_le_bytes());
        P::VERSION.encode(e)?;
        self.0.via().encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let node = NodeId::decode(d)?;
        let actor = ActorId::decode(d)?;
        let edge: [u8; 8] = d.raw(8)?.try_into().map_err(|_| DecodeError::UnexpectedEnd)?;
        let edge = Edge::from_bits(u64::from_le_bytes(edge));
        let version = u16::decode(d)?;
        let via = u64::decode(d)?;
        if edge != P::EDGE {
            return Err(DecodeError::WrongProtocol { expected: P::URI, found: crate::wire::describe(edge) });
        }
        // A newer one is as good: in which version its messages are written is agreed on by session (H4).
        if version == 0 {
            return Err(DecodeError::UnknownVersion { uri: P::URI, found: version, oldest: 1, newest: P::VERSION });
        }
        let origin = d.origin()?;
        d.charge(HANDLE)?;
        Subject::resolve(&origin.remote, &origin.system, ActorAddress { node, actor }, via)
    }
}
