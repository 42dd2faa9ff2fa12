//! Where a subject leads: an actor here, one of another node, one that is no more, or any of them through a protocol that
//! includes another. Never decides how a message travels to another node: that is the route's.

use std::{future::Future, marker::PhantomData, pin::Pin, sync::Arc};

use crate::{
    actor::Handles,
    address::{SendError, SendFailure},
    cell::{AnyCell, Cell},
    handle::{Counted, Handle},
    identity::ActorAddress,
    include::Includes,
    letter::{Letter, Source},
    mailbox::Room,
    protocol::{Message, Protocol},
    route::{Parcel, Remote, Way},
};

/// Waits for room in a mailbox or on a link.
pub(crate) type Waiting<'a> = Pin<Box<dyn Future<Output = Result<Room<'a>, SendFailure>> + Send + 'a>>;

/// Where a subject leads.
pub(crate) trait Endpoint<P>: Counted + Send + Sync {
    fn tell(&self, msg: P) -> Result<(), SendError<P>>;
    /// As `tell`, of a message that came from elsewhere.
    fn tell_from(&self, source: Source, msg: P) -> Result<(), SendError<P>>;
    fn room(&self) -> Waiting<'_>;
    fn tell_into(&self, room: Room<'_>, source: Source, msg: P) -> Result<(), SendError<P>>;
    fn place(&self) -> Place<'_>;
    /// The number of the way to the protocol that includes this one; 0 for none.
    fn via(&self) -> u64;
    /// The cell of a local actor.
    fn cell(self: Arc<Self>) -> Option<Arc<dyn AnyCell>>;
}

/// Where an actor is.
pub(crate) enum Place<'a> {
    Local(&'a dyn AnyCell),
    Remote(&'a Arc<dyn Remote>, &'a ActorAddress),
    Gone(&'a ActorAddress),
}

/// Puts a message into a mailbox. Inlined: what is between a sender and the lock counts for every message.
#[inline(always)]
fn put<P: Message, A: Handles<P>>(cell: &Cell<A>, source: Source, msg: P) -> Result<(), SendError<P>> {
    let letter = Letter::Message(A::wrap(msg), source);
    cell.mailbox.push(letter).map_err(|(back, failure)| failure.with(unwrap::<A, P>(back)))
}

impl<P: Message, A: Handles<P>> Endpoint<P> for Cell<A> {
    fn tell(&self, msg: P) -> Result<(), SendError<P>> {
        put(self, Source::here(), msg)
    }

    fn tell_from(&self, source: Source, msg: P) -> Result<(), SendError<P>> {
        put(self, source, msg)
    }

    fn room(&self) -> Waiting<'_> {
        Box::pin(self.mailbox.room())
    }

    fn tell_into(&self, room: Room<'_>, source: Source, msg: P) -> Result<(), SendError<P>> {
        let letter = Letter::Message(A::wrap(msg), source);
        self.mailbox.push_into(room, letter).map_err(|(back, failure)| failure.with(unwrap::<A, P>(back)))
    }

    fn place(&self) -> Place<'_> {
        Place::Local(self)
    }

    fn via(&self) -> u64 {
        0
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

/// An actor of another node.
pub(crate) struct There<P> {
    remote: Arc<dyn Remote>,
    address: ActorAddress,
    via: u64,
    protocol: PhantomData<fn(P)>,
}

impl<P> There<P> {
    pub(crate) fn new(remote: Arc<dyn Remote>, address: ActorAddress, via: u64) -> Self {
        There { remote, address, via, protocol: PhantomData }
    }
}

/// Nothing here lives by a handle to another node's actor.
impl<P> Counted for There<P> {
    fn retain(&self) {}
    fn release(&self) {}
}

impl<P: Protocol> Endpoint<P> for There<P> {
    fn tell(&self, msg: P) -> Result<(), SendError<P>> {
        let mut parcel = Parcel::new(msg).by(Way::new(P::EDGE, self.via));
        let sent = self.remote.send(&self.address, &mut parcel);
        sent.map_err(|failure| failure.with(parcel.into_message()))
    }

    fn tell_from(&self, _: Source, msg: P) -> Result<(), SendError<P>> {
        self.tell(msg)
    }

    fn room(&self) -> Waiting<'_> {
        Box::pin(async {
            self.remote.room(&self.address).await;
            Ok(Room::default())
        })
    }

    fn tell_into(&self, _: Room<'_>, _: Source, msg: P) -> Result<(), SendError<P>> {
        self.tell(msg)
    }

    fn place(&self) -> Place<'_> {
        Place::Remote(&self.remote, &self.address)
    }

    fn via(&self) -> u64 {
        self.via
    }

    fn cell(self: Arc<Self>) -> Option<Arc<dyn AnyCell>> {
        None
    }
}

/// An actor that is known to be no more.
pub(crate) struct Gone {
    pub(crate) address: ActorAddress,
    pub(crate) via: u64,
}

impl Counted for Gone {
    fn retain(&self) {}
    fn release(&self) {}
}

impl<P: Message> Endpoint<P> for Gone {
    fn tell(&self, msg: P) -> Result<(), SendError<P>> {
        Err(SendError::Stopped(msg))
    }

    fn tell_from(&self, _: Source, msg: P) -> Result<(), SendError<P>> {
        Err(SendError::Stopped(msg))
    }

    fn room(&self) -> Waiting<'_> {
        Box::pin(async { Err(SendFailure::Stopped) })
    }

    fn tell_into(&self, _: Room<'_>, _: Source, msg: P) -> Result<(), SendError<P>> {
        Err(SendError::Stopped(msg))
    }

    fn place(&self) -> Place<'_> {
        Place::Gone(&self.address)
    }

    fn via(&self) -> u64 {
        self.via
    }

    fn cell(self: Arc<Self>) -> Option<Arc<dyn AnyCell>> {
        None
    }
}

/// The actor behind another endpoint, by a protocol that the other one's includes. Holds the actor once, however many hold this.
pub(crate) struct Through<P> {
    whole: Handle<dyn Endpoint<P>>,
    via: u64,
}

impl<P> Through<P> {
    pub(crate) fn new(whole: Handle<dyn Endpoint<P>>, via: u64) -> Self {
        Through { whole, via }
    }
}

/// What it leads to is held by its own handle.
impl<P> Counted for Through<P> {
    fn retain(&self) {}
    fn release(&self) {}
}

impl<P: Includes<Q>, Q: Message> Endpoint<Q> for Through<P> {
    fn tell(&self, msg: Q) -> Result<(), SendError<Q>> {
        self.whole.tell(P::wrap(msg)).map_err(part)
    }

    fn tell_from(&self, source: Source, msg: Q) -> Result<(), SendError<Q>> {
        self.whole.tell_from(source, P::wrap(msg)).map_err(part)
    }

    fn room(&self) -> Waiting<'_> {
        self.whole.room()
    }

    fn tell_into(&self, room: Room<'_>, source: Source, msg: Q) -> Result<(), SendError<Q>> {
        self.whole.tell_into(room, source, P::wrap(msg)).map_err(part)
    }

    fn place(&self) -> Place<'_> {
        self.whole.place()
    }

    fn via(&self) -> u64 {
        self.via
    }

    fn cell(self: Arc<Self>) -> Option<Arc<dyn AnyCell>> {
        self.whole.uncounted().cell()
    }
}

/// The message that was not sent, as it was given.
fn part<P: Includes<Q>, Q: Message>(error: SendError<P>) -> SendError<Q> {
    let (whole, failure) = error.split();
    failure.with(P::unwrap(whole).expect("invariant: what comes back is what was given, and wrap and unwrap agree"))
}
