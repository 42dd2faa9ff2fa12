//! Which actors of a system can be addressed from outside, and by which protocols. An entry pins its actor until the actor
//! ends. The decoder of a protocol is bound here, when a handle is first shipped: delivery asks no registry of types.

use std::{
    any::Any,
    borrow::Cow,
    collections::HashMap,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, RwLock, atomic::Ordering},
};

use crate::{
    address::{SendError, SendFailure},
    cell::AnyCell,
    endpoint::Place,
    exit::ExitReason,
    identity::{ActorAddress, ActorId},
    letter::Source,
    lock::{lock, read, write},
    protocol::Protocol,
    route::{Beside, DeliverError, Enter, Inlet, Origin, Payload, Remote, Shared, Undelivered, Way},
    signal::{LinkKey, LinkTo, MonitorRef, Peer, Watcher},
    subject::Subject,
    wire::{DecodeError, Decoder, EncodeError, Limits, Replies, describe},
};

/// The actors of a system that are known outside.
#[derive(Default)]
pub struct Exports(RwLock<HashMap<ActorId, Export>>);

struct Export {
    cell: Arc<dyn AnyCell>,
    inlets: Vec<Arc<dyn Inlet>>,
}

impl Exports {
    pub(crate) fn add<P: Protocol>(&self, subject: &Subject<P>) -> Result<(), EncodeError> {
        let Some(cell) = subject.cell() else { return Ok(()) };
        let id = cell.core().id;
        if read(&self.0).get(&id).is_some_and(|export| export.by(subject.way()).is_some()) {
            return Ok(());
        }
        let mut table = write(&self.0);
        cell.core().exported.store(true, Ordering::SeqCst);
        let export = table.entry(id).or_insert_with(|| Export { cell: Arc::clone(&cell), inlets: Vec::new() });
        if export.by(subject.way()).is_none() {
            export.inlets.push(Arc::new(InletOf(subject.clone())));
        }
        drop(table);
        // An actor that ended before the flag was set has not seen the entry.
        if cell.core().is_gone() {
            self.remove(id);
            return Err(EncodeError::Stopped);
        }
        Ok(())
    }

    /// An actor may be known outside by its id, without any way in for messages; that does not keep it alive.
    pub(crate) fn know(&self, cell: &Arc<dyn AnyCell>) {
        let id = cell.core().id;
        cell.core().exported.store(true, Ordering::SeqCst);
        write(&self.0).entry(id).or_insert_with(|| Export { cell: Arc::clone(cell), inlets: Vec::new() });
    }

    /// An actor elsewhere links itself with one here; whether there is such an actor. For the runtime of the network.
    #[must_use = "without an actor the other one is to be told"]
    pub fn link(&self, actor: ActorId, with: &ActorAddress, remote: &Arc<dyn Remote>) -> bool {
        let to = LinkTo::There(Arc::clone(remote), with.clone());
        self.cell(actor).is_some_and(|cell| cell.core().ties().link(LinkKey::There(with.clone()), to))
    }

    /// An actor elsewhere unlinked itself from one here; what came by the link before stays. For the runtime of the network.
    pub fn unlinked(&self, actor: ActorId, with: &ActorAddress) {
        if let Some(cell) = self.cell(actor) {
            cell.core().ties().unlinked(&LinkKey::There(with.clone()));
        }
    }

    /// An actor here unlinked itself from one elsewhere: neither the link nor what came by it stays. For the runtime of the
    /// network.
    pub fn unlink(&self, actor: ActorId, with: &ActorAddress) {
        if let Some(cell) = self.cell(actor) {
            cell.core().ties().unlink(&LinkKey::There(with.clone()));
        }
    }

    /// An actor elsewhere that was linked with one here has ended, or nothing is known of it any more. For the runtime of the
    /// network.
    pub fn linked_ended(&self, actor: ActorId, with: &ActorAddress, reason: &ExitReason) {
        if let Some(cell) = self.cell(actor) {
            cell.linked_ended(&LinkKey::There(with.clone()), &Peer::remote(with), reason);
        }
    }

    /// Runs `deliver`, which hands over the exit of a linked actor elsewhere with [`linked_ended`](Self::linked_ended), if that
    /// ends the actor here, ahead of the messages that wait for it. False, and nothing is run, if the actor traps exits or has
    /// no such link. For the runtime of the network.
    pub fn hurry(&self, actor: ActorId, with: &ActorAddress, deliver: impl FnOnce()) -> bool {
        let key = LinkKey::There(with.clone());
        let Some(cell) = self.cell(actor).filter(|cell| cell.core().ties().hurry(&key)) else { return false };
        deliver();
        cell.core().ties().hurried(&key);
        true
    }

    fn cell(&self, actor: ActorId) -> Option<Arc<dyn AnyCell>> {
        read(&self.0).get(&actor).map(|export| Arc::clone(&export.cell))
    }

    pub(crate) fn remove(&self, actor: ActorId) {
        let export = write(&self.0).remove(&actor);
        drop(export);
    }

    /// The way in to an actor by a protocol, or by one that it includes.
    ///
    /// # Errors
    /// [`SendFailure::Stopped`] when there is no such actor, [`DecodeError::WrongProtocol`] when it is not known by this
    /// protocol; both inside of [`DeliverError`].
    pub fn inlet(&self, actor: ActorId, way: Way) -> Result<Arc<dyn Inlet>, DeliverError> {
        let included = {
            let table = read(&self.0);
            let export = table.get(&actor).ok_or(SendFailure::Stopped)?;
            if let Some(inlet) = export.by(way) {
                return Ok(Arc::clone(inlet));
            }
            let included = export.inlets.iter().find_map(|inlet| inlet.included(way));
            included.ok_or_else(|| export.mismatch(way))?
        };
        // Found once, it is kept: whoever holds the narrowed handle, here or elsewhere, will come again.
        let mut table = write(&self.0);
        let export = table.get_mut(&actor).ok_or(SendFailure::Stopped)?;
        if export.by(way).is_none() {
            export.inlets.push(Arc::clone(&included));
        }
        Ok(included)
    }

    /// Whether the actor is known outside.
    pub fn contains(&self, actor: ActorId) -> bool {
        read(&self.0).contains_key(&actor)
    }

    /// The actor by a protocol, or by one that it includes; `None` when there is no such actor.
    ///
    /// # Errors
    /// [`DecodeError::WrongProtocol`] when it is not known by this protocol.
    pub fn subject<P: Protocol>(&self, actor: ActorId, via: u64) -> Result<Option<Subject<P>>, DecodeError> {
        match self.inlet(actor, Way::new(P::EDGE, via)) {
            Ok(inlet) => Ok(inlet.as_any().downcast_ref::<InletOf<P>>().map(|inlet| inlet.0.clone())),
            Err(DeliverError::NotTaken(_)) => Ok(None),
            Err(DeliverError::Undecodable(_)) => {
                let found = read(&self.0).get(&actor).map_or("no protocol".into(), Export::known_as);
                Err(DecodeError::WrongProtocol { expected: P::URI, found })
            }
        }
    }

    /// Watches an actor for somebody outside; whether there is such an actor. If not, the watcher is not told.
    #[must_use = "without an actor nobody will ever be told"]
    pub fn watch(&self, actor: ActorId, reference: MonitorRef, watcher: Arc<dyn Watcher>) -> bool {
        self.cell(actor).is_some_and(|cell| cell.core().try_watch(reference, watcher).is_ok())
    }

    /// Ends a watch.
    pub fn unwatch(&self, actor: ActorId, reference: MonitorRef, watcher: &Arc<dyn Watcher>) {
        if let Some(cell) = self.cell(actor) {
            cell.core().unwatch(reference, watcher);
        }
    }

    /// Forgets everything: the node is gone, and with it every handle outside.
    pub fn clear(&self) {
        let exports = std::mem::take(&mut *write(&self.0));
        drop(exports);
    }

    /// How many actors are known outside.
    pub fn len(&self) -> usize {
        read(&self.0).len()
    }

    /// Whether no actor is known outside.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Exports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Exports({})", self.len())
    }
}

impl Export {
    fn by(&self, way: Way) -> Option<&Arc<dyn Inlet>> {
        self.inlets.iter().find(|inlet| inlet.way() == way)
    }

    fn known_as(&self) -> Cow<'static, str> {
        let names: Vec<_> = self.inlets.iter().map(|inlet| describe(inlet.way().protocol())).collect();
        names.join(" and ").into()
    }

    fn mismatch(&self, way: Way) -> DecodeError {
        let expected = self.inlets.first().map_or("no protocol", |inlet| inlet.uri());
        DecodeError::WrongProtocol { expected, found: describe(way.protocol()) }
    }
}

/// A message that waits for room in its actor's mailbox.
struct Waits<P> {
    subject: Subject<P>,
    message: P,
    node: u64,
    beside: Beside,
    replies: Replies,
}

impl<P: Protocol> Waits<P> {
    async fn tell(subject: Subject<P>, node: u64, beside: Beside, mut message: P) -> Result<(), SendError<P>> {
        let source = || Source::there(node, &beside);
        loop {
            message = match subject.tell_from(source(), message) {
                Err(SendError::Overloaded(message)) => message,
                done => return done,
            };
            message = match subject.room().await {
                Ok(room) => match subject.tell_into(room, source(), message) {
                    Err(SendError::Overloaded(message)) => message,
                    done => return done,
                },
                Err(failure) => return Err(failure.with(message)),
            };
        }
    }
}

impl<P: Protocol> Undelivered for Waits<P> {
    fn deliver(self: Box<Self>) -> Pin<Box<dyn Future<Output = Result<(), SendFailure>> + Send>> {
        let Waits { subject, message, node, beside, replies } = *self;
        Box::pin(async move {
            Self::tell(subject, node, beside, message).await.map_err(|error| {
                replies.disarm();
                error.split().1
            })
        })
    }

    fn give_up(self: Box<Self>) {
        let Waits { message, replies, .. } = *self;
        replies.disarm();
        drop(message);
    }
}

/// A message of which many get a copy; under a lock, since it need not be `Sync`.
struct Copied<P>(Mutex<P>, u64, Beside);

impl<P: Protocol> Shared for Copied<P> {
    fn copy_to(&self, member: &dyn Inlet, enter: Enter<'_>) -> Option<bool> {
        let member = member.as_any().downcast_ref::<InletOf<P>>()?;
        let mut copy = Some(P::duplicator()?(&lock(&self.0)));
        Some(enter(&mut || {
            let told = copy.take().map(|copy| member.0.tell_from(Source::there(self.1, &self.2), copy));
            // What was not taken is dropped outside, where users' code may take long.
            told.is_some_and(|told| told.map_err(|error| copy = Some(error.split().0)).is_ok())
        }))
    }
}

/// The way in for bytes of protocol `P`.
pub(crate) struct InletOf<P>(pub(crate) Subject<P>);

impl<P: Protocol> InletOf<P> {
    #[inline]
    fn decode(
        payload: Payload<'_>,
        origin: &Origin,
        limits: Limits,
        beside: &Beside,
    ) -> Result<(P, Replies), DecodeError> {
        let mut d = Decoder::for_session(payload, origin, limits).asked_by(beside.request.as_ref());
        let message = P::decode(&mut d)?;
        Ok((message, d.finish()?))
    }
}

impl<P: Protocol> Inlet for InletOf<P> {
    fn deliver(
        &self,
        payload: Payload<'_>,
        origin: &Origin,
        limits: Limits,
        beside: Beside,
    ) -> Result<Option<Box<dyn Undelivered>>, DeliverError> {
        let (message, replies) = Self::decode(payload, origin, limits, &beside)?;
        let Some(passing) = origin.door.pass() else {
            replies.disarm();
            return Err(SendFailure::Disconnected.into());
        };
        let told = self.0.tell_from(Source::there(origin.node, &beside), message);
        drop(passing);
        match told {
            Ok(()) => Ok(None),
            Err(SendError::Overloaded(message)) => {
                Ok(Some(Box::new(Waits { subject: self.0.clone(), message, node: origin.node, beside, replies })))
            }
            Err(error) => {
                replies.disarm();
                Err(error.split().1.into())
            }
        }
    }

    fn read(
        &self,
        payload: Payload<'_>,
        origin: &Origin,
        limits: Limits,
        beside: Beside,
    ) -> Result<Box<dyn Undelivered>, DecodeError> {
        let (message, replies) = Self::decode(payload, origin, limits, &beside)?;
        Ok(Box::new(Waits { subject: self.0.clone(), message, node: origin.node, beside, replies }))
    }

    fn actor(&self) -> Option<ActorId> {
        match self.0.place() {
            Place::Local(cell) => Some(cell.core().id),
            Place::Remote(..) | Place::Gone(_) => None,
        }
    }

    fn share(
        &self,
        payload: Payload<'_>,
        origin: &Origin,
        limits: Limits,
        beside: Beside,
    ) -> Result<Box<dyn Shared>, DecodeError> {
        let (message, _replies) = Self::decode(payload, origin, limits, &beside)?;
        Ok(Box::new(Copied(Mutex::new(message), origin.node, beside)))
    }

    fn way(&self) -> Way {
        self.0.way()
    }

    fn included(&self, way: Way) -> Option<Arc<dyn Inlet>> {
        P::__included(&self.0, way)
    }

    fn uri(&self) -> &'static str {
        P::URI
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
