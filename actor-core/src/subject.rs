//! The typed handle to an actor, local or on another node, which can stand in messages and cross nodes itself.
//! Never decides how a message travels: that is the endpoint's behind it.

use std::{fmt, future::Future, marker::PhantomData, pin::Pin, sync::Arc, time::Duration};

use crate::{
    actor::Handles,
    address::{Address, AddressOf, CallAddress, SendError, SendFailure, Target},
    call::DEFAULT_DEADLINE,
    cell::{AnyCell, Cell},
    ended::{Ended, Watch},
    exit::ExitReason,
    handle::{Counted, Handle},
    identity::{ActorAddress, ActorId, NodeId},
    info::ActorInfo,
    letter::Letter,
    mailbox::Room,
    protocol::{Message, Protocol},
    route::{Parcel, Remote},
    runtime,
    signal::{Down, MonitorRef, Monitored, Watcher},
    system::System,
    wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Wire},
};

/// A typed address of one actor: it takes the messages of `P` and nothing else. Cheap to clone, keeps a local actor
/// alive, and crosses nodes when `P` is a protocol.
pub struct Subject<P>(Handle<dyn Endpoint<P>>);

/// Waits for room in a mailbox or on a link.
type Waiting<'a> = Pin<Box<dyn Future<Output = Result<Room<'a>, SendFailure>> + Send + 'a>>;

/// Where a subject leads.
pub(crate) trait Endpoint<P>: Counted + Send + Sync {
    fn tell(&self, msg: P) -> Result<(), SendError<P>>;
    fn room(&self) -> Waiting<'_>;
    fn tell_into(&self, room: Room<'_>, msg: P) -> Result<(), SendError<P>>;
    fn place(&self) -> Place<'_>;
    /// The cell of a local actor.
    fn cell(self: Arc<Self>) -> Option<Arc<dyn AnyCell>>;
}

/// Where an actor is.
pub(crate) enum Place<'a> {
    Local(&'a dyn AnyCell),
    Remote(&'a Arc<dyn Remote>, &'a ActorAddress),
    Gone(&'a ActorAddress),
}

impl<P: Message> Subject<P> {
    pub(crate) fn local<A: Handles<P>>(handle: Handle<Cell<A>>) -> Self {
        Subject(handle.erase(|cell| cell as Arc<dyn Endpoint<P>>))
    }

    /// Sends a message, and waits up to five seconds while it finds no room: in the mailbox of an actor of this system, or on
    /// the link to another node (whose mailboxes are not waited for).
    ///
    /// # Delivery
    /// At most once, in sending order with what this sender sent before. Those who wait for a mailbox get room first come
    /// first served.
    ///
    /// # Cancel safety
    /// Dropped while it waits, it drops the message unsent.
    ///
    /// # Errors
    /// [`SendError`] hands the message back; [`SendError::Overloaded`] after the wait.
    pub async fn send(&self, msg: P) -> Result<(), SendError<P>> {
        self.send_within(DEFAULT_DEADLINE, msg).await
    }

    /// As [`send`](Self::send), with a deadline of one's own.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_within(&self, deadline: Duration, msg: P) -> Result<(), SendError<P>> {
        let mut msg = match self.0.tell(msg) {
            Err(SendError::Overloaded(msg)) => msg,
            done => return done,
        };
        let mut timer = runtime::Timer::after(deadline);
        loop {
            let room = match runtime::before(&mut timer, self.0.room()).await {
                None => return Err(SendError::Overloaded(msg)),
                Some(Err(failure)) => return Err(failure.with(msg)),
                Some(Ok(room)) => room,
            };
            msg = match self.0.tell_into(room, msg) {
                Err(SendError::Overloaded(msg)) => msg,
                done => return done,
            };
        }
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

    pub(crate) fn place(&self) -> Place<'_> {
        self.0.place()
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
    /// A subject for an actor on another node. For the runtime of the network.
    pub fn remote(remote: Arc<dyn Remote>, address: ActorAddress) -> Self {
        Subject(Handle::counted(Arc::new(RemoteEndpoint { remote, address, protocol: PhantomData })))
    }

    /// A subject for an actor that is known to be no more.
    pub fn gone(address: ActorAddress) -> Self {
        Subject(Handle::counted(Arc::new(GoneEndpoint(address))))
    }

    /// The subject behind an address, which may be one of this very node. For the runtime of the network.
    ///
    /// # Errors
    /// [`DecodeError::WrongProtocol`] when the address is this node's and the actor is known there by other protocols.
    pub fn resolve(remote: &Arc<dyn Remote>, system: &System, address: ActorAddress) -> Result<Self, DecodeError> {
        if address.node.name != remote.node().name {
            return Ok(Subject::remote(Arc::clone(remote), address));
        }
        match address.node == *remote.node() {
            true => Ok(system.exports().subject(address.actor)?.unwrap_or_else(|| Subject::gone(address))),
            false => Ok(Subject::gone(address)),
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
        P::VERSION.encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let node = NodeId::decode(d)?;
        let actor = ActorId::decode(d)?;
        let edge: [u8; 8] = d.raw(8)?.try_into().map_err(|_| DecodeError::UnexpectedEnd)?;
        let edge = Edge::from_bits(u64::from_le_bytes(edge));
        let version = u16::decode(d)?;
        if edge != P::EDGE {
            return Err(DecodeError::WrongProtocol { expected: P::URI, found: crate::wire::describe(edge) });
        }
        // A newer one is as good: in which version its messages are written is agreed on by session (H4).
        if version == 0 {
            return Err(DecodeError::UnknownVersion { uri: P::URI, found: version, oldest: 1, newest: P::VERSION });
        }
        let origin = d.origin()?;
        d.charge(HANDLE)?;
        Subject::resolve(&origin.remote, &origin.system, ActorAddress { node, actor })
    }
}

impl<P: Message, A: Handles<P>> Endpoint<P> for Cell<A> {
    fn tell(&self, msg: P) -> Result<(), SendError<P>> {
        self.mailbox.push(Letter::here(A::wrap(msg))).map_err(|(back, failure)| failure.with(unwrap::<A, P>(back)))
    }

    fn room(&self) -> Waiting<'_> {
        Box::pin(self.mailbox.room())
    }

    fn tell_into(&self, room: Room<'_>, msg: P) -> Result<(), SendError<P>> {
        let letter = Letter::here(A::wrap(msg));
        self.mailbox.push_into(room, letter).map_err(|(back, failure)| failure.with(unwrap::<A, P>(back)))
    }

    fn place(&self) -> Place<'_> {
        Place::Local(self)
    }

    fn cell(self: Arc<Self>) -> Option<Arc<dyn AnyCell>> {
        Some(self)
    }
}

fn unwrap<A: Handles<P>, P: Message>(letter: Letter<A::Inbox>) -> P {
    let message = match letter {
        Letter::Message(inbox, _) => A::unwrap(inbox),
        Letter::Signal(_) => None,
    };
    message.expect("invariant: what comes back is what was given, and wrap and unwrap agree")
}

struct RemoteEndpoint<P> {
    remote: Arc<dyn Remote>,
    address: ActorAddress,
    protocol: PhantomData<fn(P)>,
}

/// Nothing here lives by a handle to another node's actor.
impl<P> Counted for RemoteEndpoint<P> {
    fn retain(&self) {}
    fn release(&self) {}
}

impl<P: Protocol> Endpoint<P> for RemoteEndpoint<P> {
    fn tell(&self, msg: P) -> Result<(), SendError<P>> {
        let mut parcel = Parcel::new(msg);
        let sent = self.remote.send(&self.address, &mut parcel);
        sent.map_err(|failure| failure.with(parcel.into_message()))
    }

    fn room(&self) -> Waiting<'_> {
        Box::pin(async {
            self.remote.room(&self.address.node).await;
            Ok(Room::default())
        })
    }

    fn tell_into(&self, _: Room<'_>, msg: P) -> Result<(), SendError<P>> {
        self.tell(msg)
    }

    fn place(&self) -> Place<'_> {
        Place::Remote(&self.remote, &self.address)
    }

    fn cell(self: Arc<Self>) -> Option<Arc<dyn AnyCell>> {
        None
    }
}

struct GoneEndpoint(ActorAddress);

impl Counted for GoneEndpoint {
    fn retain(&self) {}
    fn release(&self) {}
}

impl<P: Message> Endpoint<P> for GoneEndpoint {
    fn tell(&self, msg: P) -> Result<(), SendError<P>> {
        Err(SendError::Stopped(msg))
    }

    fn room(&self) -> Waiting<'_> {
        Box::pin(async { Err(SendFailure::Stopped) })
    }

    fn tell_into(&self, _: Room<'_>, msg: P) -> Result<(), SendError<P>> {
        Err(SendError::Stopped(msg))
    }

    fn place(&self) -> Place<'_> {
        Place::Gone(&self.0)
    }

    fn cell(self: Arc<Self>) -> Option<Arc<dyn AnyCell>> {
        None
    }
}
