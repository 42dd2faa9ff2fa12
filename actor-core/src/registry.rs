//! Names within one system, typed by protocol. A name keeps its actor alive and goes when the actor ends. Never leaves the
//! system by itself; a node lets others address (name, node).

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    fmt,
    marker::PhantomData,
    sync::{Arc, RwLock, atomic::Ordering},
    time::Duration,
};

use crate::{
    address::{Address, AddressOf, CallAddress, SendError, SendFailure, Target},
    call::DEFAULT_DEADLINE,
    endpoint::Place,
    export::InletOf,
    identity::ActorId,
    lock::{read, write},
    name::{Name, NameError},
    protocol::Protocol,
    route::{DeliverError, Inlet},
    subject::Subject,
    system::System,
    wait::Wait,
    wire::{DecodeError, Edge, describe},
};

/// A name in one system together with the protocol behind it, one item, checked at compile time.
///
/// ```
/// use actor_core::prelude::*;
/// # #[derive(Protocol)] #[wire(uri = "bank.Account", version = 1)] pub enum Account { Deposit { cents: u64 } }
/// const BANK: LocalName<Account> = LocalName::new("bank");
/// ```
pub struct LocalName<P> {
    name: Name,
    protocol: PhantomData<fn(P)>,
}

impl<P> LocalName<P> {
    /// A name known at compile time.
    ///
    /// # Panics
    /// If the name is empty or longer than 255 bytes: in a `const`, a compile error.
    pub const fn new(name: &'static str) -> Self {
        LocalName { name: Name::new(name), protocol: PhantomData }
    }

    /// A name made at run time.
    ///
    /// # Errors
    /// [`NameError`] for an empty name and for one longer than 255 bytes.
    pub fn named(name: impl Into<Arc<str>>) -> Result<Self, NameError> {
        Ok(LocalName { name: Name::shared(name)?, protocol: PhantomData })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        self.name.as_str()
    }
}

impl<P: Protocol> LocalName<P> {
    /// The name as an address in a system: whoever holds it when a message is sent gets the message.
    ///
    /// ```
    /// # use actor_core::prelude::*;
    /// # #[derive(Protocol)] #[wire(uri = "bank.Account", version = 1)] pub enum Account { Deposit { cents: u64 } }
    /// # #[derive(Actor)] #[actor(handles(Account))] struct Bank;
    /// # impl Handler<Account> for Bank {
    /// #     async fn handle(&mut self, _: Account, _: &mut Context<Self>) -> Result<(), Error> { Ok(()) }
    /// # }
    /// const BANK: LocalName<Account> = LocalName::new("bank");
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let system = System::new();
    /// system.register(&BANK, &system.spawn(Bank).subject())?;
    /// BANK.on(&system).deposit(5)?;
    /// BANK.on(&system).send(Account::Deposit { cents: 7 }).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on<'a>(&self, system: &'a System) -> ByLocalName<'a, P> {
        ByLocalName { system, name: self.clone() }
    }
}

impl<P> Clone for LocalName<P> {
    fn clone(&self) -> Self {
        LocalName { name: self.name.clone(), protocol: PhantomData }
    }
}

impl<P> fmt::Debug for LocalName<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LocalName({:?})", self.name)
    }
}

/// A local name as an address. A name that nobody holds, and one held under another protocol, is
/// [`Unresolved`](SendError::Unresolved).
#[derive(Debug)]
pub struct ByLocalName<'a, P> {
    system: &'a System,
    name: LocalName<P>,
}

impl<P: Protocol> ByLocalName<'_, P> {
    /// Sends a message, and waits up to five seconds while the holder's mailbox is full.
    ///
    /// # Delivery
    /// As [`Subject::send`]. If the holder ends while it is waited for, the message goes to whoever holds the name then.
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
        Wait::within(deadline).send_to(|| self.system.whereis(&self.name), msg).await
    }
}

impl<P: Protocol> AddressOf<P> for ByLocalName<'_, P> {}

impl<P: Protocol> Address<P> for ByLocalName<'_, P> {
    fn tell(&self, msg: P) -> Result<(), SendError<P>> {
        match self.system.whereis(&self.name) {
            Some(subject) => subject.tell(msg),
            None => Err(SendError::Unresolved(msg)),
        }
    }

    fn __target(&self) -> Option<Target> {
        self.system.whereis(&self.name)?.__target()
    }
}

impl<P: Protocol> CallAddress<P> for ByLocalName<'_, P> {}

/// Why a local name was not registered. Nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LocalRegisterError {
    /// Another actor of this system holds the name.
    #[error("the name `{0}` is held by another actor of this system")]
    Taken(String),
    /// The subject is not an actor of this system.
    #[error("the name `{0}` is local, and the subject is not an actor of this system")]
    NotLocal(String),
    /// The actor has ended.
    #[error("the actor to be named `{0}` has stopped")]
    Stopped(String),
}

/// The names of a system.
#[derive(Default)]
pub(crate) struct Registry(RwLock<Table>);

#[derive(Default)]
struct Table {
    names: BTreeMap<String, Named>,
    /// The names of each actor that has some, so that its end costs no look at the others'.
    by_actor: BTreeMap<ActorId, BTreeSet<String>>,
}

struct Named {
    actor: ActorId,
    inlet: Arc<dyn Inlet>,
}

impl Registry {
    pub(crate) fn register<P: Protocol>(&self, name: &LocalName<P>, to: &Subject<P>) -> Result<(), LocalRegisterError> {
        let text = name.as_str().to_owned();
        let Place::Local(cell) = to.place() else {
            return Err(LocalRegisterError::NotLocal(text));
        };
        if cell.is_closed() {
            return Err(LocalRegisterError::Stopped(text));
        }
        let actor = cell.core().id;
        cell.core().named.store(true, Ordering::SeqCst);
        let mut table = write(&self.0);
        match table.names.entry(text.clone()) {
            Entry::Occupied(held) if held.get().actor == actor && held.get().inlet.way() == to.way() => {}
            Entry::Occupied(_) => return Err(LocalRegisterError::Taken(text)),
            Entry::Vacant(free) => {
                free.insert(Named { actor, inlet: Arc::new(InletOf(to.clone())) });
                table.by_actor.entry(actor).or_default().insert(text.clone());
            }
        }
        drop(table);
        // An actor that ended before the flag was set has not seen the entry.
        if cell.core().is_gone() {
            self.remove_actor(actor);
            return Err(LocalRegisterError::Stopped(text));
        }
        Ok(())
    }

    pub(crate) fn whereis<P: Protocol>(&self, name: &LocalName<P>) -> Option<Subject<P>> {
        let table = read(&self.0);
        table.names.get(name.as_str())?.inlet.as_any().downcast_ref::<InletOf<P>>().map(|inlet| inlet.0.clone())
    }

    pub(crate) fn unregister(&self, name: &str) -> bool {
        let mut table = write(&self.0);
        let removed = table.names.remove(name);
        if let Some(Entry::Occupied(mut names)) = removed.as_ref().map(|named| table.by_actor.entry(named.actor)) {
            names.get_mut().remove(name);
            if names.get().is_empty() {
                names.remove();
            }
        }
        drop(table);
        removed.is_some()
    }

    pub(crate) fn inlet(&self, name: &str, edge: Edge) -> Result<Arc<dyn Inlet>, DeliverError> {
        let table = read(&self.0);
        let named = table.names.get(name).ok_or(SendFailure::Unresolved)?;
        match named.inlet.way().protocol() == edge {
            true => Ok(Arc::clone(&named.inlet)),
            false => Err(DecodeError::WrongProtocol { expected: named.inlet.uri(), found: describe(edge) }.into()),
        }
    }

    pub(crate) fn holder(&self, name: &str) -> Option<ActorId> {
        read(&self.0).names.get(name).map(|named| named.actor)
    }

    pub(crate) fn remove_actor(&self, actor: ActorId) {
        let mut table = write(&self.0);
        let names = table.by_actor.remove(&actor).unwrap_or_default();
        // The subjects behind them go without the lock: they may be the last of their actors.
        let removed: Vec<_> = names.iter().filter_map(|name| table.names.remove(name)).collect();
        drop(table);
        drop(removed);
    }
}
