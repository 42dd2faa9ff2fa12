//! Names in the whole cluster, typed by protocol: one item holds the name and the protocol, so that registering, looking up
//! and sending by name type-check. Decides nothing about who wins: that is `proto::names`.

use std::{fmt, marker::PhantomData, sync::Arc, time::Duration};

use actor_core::{
    Address, AddressOf, CallAddress, DEFAULT_DEADLINE, LocalName, Name, NameError, NodeId, NodeName, Protocol,
    SendError, SendFailure, Subject,
    route::{Parcel, Target, Wait},
    wire::EncodeError,
};

use crate::{node::Node, proto::flow::Recipient};

/// How long a registration may take before its outcome is `Unknown`.
pub const REGISTER_DEADLINE: Duration = Duration::from_secs(5);

/// A name in the whole cluster together with the protocol behind it, one item, checked at compile time.
///
/// ```
/// use actor_core::prelude::*;
/// use actor_dist::GlobalName;
/// # #[derive(Protocol)] #[wire(uri = "bank.Account", version = 1)] pub enum Account { Deposit { cents: u64 } }
/// const BANK: GlobalName<Account> = GlobalName::new("bank");
/// ```
pub struct GlobalName<P> {
    name: Name,
    protocol: PhantomData<fn(P)>,
}

impl<P> GlobalName<P> {
    /// A name known at compile time.
    ///
    /// # Panics
    /// If the name is empty or longer than 255 bytes: in a `const`, a compile error.
    pub const fn new(name: &'static str) -> Self {
        GlobalName { name: Name::new(name), protocol: PhantomData }
    }

    /// A name made at run time.
    ///
    /// # Errors
    /// [`NameError`] for an empty name and for one longer than 255 bytes.
    pub fn named(name: impl Into<Arc<str>>) -> Result<Self, NameError> {
        Ok(GlobalName { name: Name::shared(name)?, protocol: PhantomData })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        self.name.as_str()
    }
}

impl<P: Protocol> GlobalName<P> {
    /// The name as an address: whoever holds it when a message is sent gets the message.
    pub fn on<'a>(&self, node: &'a Node) -> ByName<'a, P> {
        ByName { node, name: self.clone() }
    }
}

impl<P> Clone for GlobalName<P> {
    fn clone(&self) -> Self {
        GlobalName { name: self.name.clone(), protocol: PhantomData }
    }
}

impl<P> fmt::Debug for GlobalName<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GlobalName({:?})", self.name)
    }
}

/// A global name as an address. A name that nobody holds, and one held under another protocol, is
/// [`Unresolved`](SendError::Unresolved); [`Global::lookup`] tells the two apart.
#[derive(Debug)]
pub struct ByName<'a, P> {
    node: &'a Node,
    name: GlobalName<P>,
}

impl<P: Protocol> ByName<'_, P> {
    /// Sends a message, and waits up to five seconds while there is no room: in the holder's mailbox, or on the link to its
    /// node.
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
        Wait::within(deadline).send_to(|| self.node.global().whereis(&self.name), msg).await
    }
}

impl<P: Protocol> AddressOf<P> for ByName<'_, P> {}

impl<P: Protocol> Address<P> for ByName<'_, P> {
    fn tell(&self, msg: P) -> Result<(), SendError<P>> {
        match self.node.global().whereis(&self.name) {
            Some(subject) => subject.tell(msg),
            None => Err(SendError::Unresolved(msg)),
        }
    }

    fn __target(&self) -> Option<Target> {
        self.node.global().whereis(&self.name)?.__target()
    }

    fn __is_away(&self) -> bool {
        self.node.global().whereis(&self.name).is_some_and(|holder| !holder.is_local())
    }
}

impl<P: Protocol> CallAddress<P> for ByName<'_, P> {}

/// The local names of other nodes as addresses: (name, node).
pub trait AtNode<P: Protocol> {
    /// The name on that node as an address. Which actor holds it is decided there, when a message arrives.
    ///
    /// # Errors
    /// None here; what is sent to it fails as [`ByNameAt`] says.
    fn at<'a>(&self, node: &'a Node, peer: &'a NodeName) -> ByNameAt<'a, P>;
}

impl<P: Protocol> AtNode<P> for LocalName<P> {
    fn at<'a>(&self, node: &'a Node, peer: &'a NodeName) -> ByNameAt<'a, P> {
        ByNameAt { node, name: self.clone(), peer }
    }
}

/// A local name on some node as an address.
///
/// # Delivery
/// `Ok` says that the message is on its way to the node. If nobody holds the name there, a call fails at once with
/// `NotDelivered(Unresolved)`, and a tell is a dead letter on both nodes.
///
/// While no session stands, the message waits for one. If the node's build then turns out not to know it, it is a dead letter
/// here, and a call fails with `NotDelivered(Refused(..))`; once a session stands, such a message comes back at once.
///
/// # Errors
/// A tell comes back as [`SendError::Overloaded`] while the holder's mailbox is full, as its node has told, or while there is
/// no room on the link; as [`SendError::Unreachable`] while the node is left alone because it could not be reached, with
/// how long; and as [`SendError::Disconnected`] when this node does not connect to it, or has stopped.
#[derive(Debug)]
pub struct ByNameAt<'a, P> {
    node: &'a Node,
    name: LocalName<P>,
    peer: &'a NodeName,
}

impl<P: Protocol> ByNameAt<'_, P> {
    /// Sends a message, and waits up to five seconds while there is no room: on the link to the node, or in the holder's mailbox.
    ///
    /// # Delivery
    /// As [`Subject::send`], and as said of this address. On this node, if the holder ends while it is waited for, the message
    /// goes to whoever holds the name then; on another node also if the name is given to another actor, within 100 ms.
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
        let wait = Wait::within(deadline);
        if self.peer == self.node.name() {
            return wait.send_to(|| self.node.system().whereis(&self.name), msg).await;
        }
        let to = Recipient::Name(self.name.as_str().into());
        wait.send_by(|msg| self.tell(msg), || self.node.driver().room(self.peer, &to), msg).await
    }
}

impl<P: Protocol> AddressOf<P> for ByNameAt<'_, P> {}

impl<P: Protocol> Address<P> for ByNameAt<'_, P> {
    fn tell(&self, msg: P) -> Result<(), SendError<P>> {
        if self.peer == self.node.name() {
            return self.name.on(self.node.system()).tell(msg);
        }
        let mut parcel = Parcel::new(msg);
        let sent = self.node.driver().send_named(self.peer, self.name.as_str(), &mut parcel);
        sent.map_err(|failure| failure.with(parcel.into_message()))
    }

    fn __target(&self) -> Option<Target> {
        let here = self.peer == self.node.name();
        if here { self.name.on(self.node.system()).__target() } else { None }
    }

    fn __is_away(&self) -> bool {
        self.peer != self.node.name()
    }
}

impl<P: Protocol> CallAddress<P> for ByNameAt<'_, P> {}

/// Grows with every new owner of a name: whoever acts for a name can be told from whoever held it before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Term(pub u64);

/// The names of the cluster, as this node knows them.
#[derive(Debug)]
pub struct Global<'a>(pub(crate) &'a Node);

impl Global<'_> {
    /// Gives an actor of this node a name in the whole cluster, and returns its fencing term.
    ///
    /// # Delivery
    /// `Ok`: every connected node resolves the name. The name goes when its actor ends, on every node. The actor is known
    /// outside from now on, also when the name is refused, and so lives until it stops.
    ///
    /// # Cancel safety
    /// Dropped, the registration goes on; [`unregister`](Self::unregister) undoes it.
    ///
    /// # Errors
    /// [`RegisterError`]; no half-registration stays. The wait ends after [`REGISTER_DEADLINE`].
    pub async fn register<P: Protocol>(&self, name: &GlobalName<P>, to: &Subject<P>) -> Result<Term, RegisterError> {
        let text = || name.as_str().to_owned();
        let address = to.export().map_err(|error| match error {
            EncodeError::Stopped => RegisterError::Stopped { name: text() },
            _ => RegisterError::NotLocal { name: text() },
        })?;
        if address.node != *self.0.id() {
            return Err(RegisterError::NotLocal { name: text() });
        }
        self.0.driver().register::<P>(name.as_str(), address.actor, to.way().via()).await
    }

    /// The actor of that name, if there is one under that protocol. Reads this node's replica.
    pub fn whereis<P: Protocol>(&self, name: &GlobalName<P>) -> Option<Subject<P>> {
        self.lookup(name).ok()
    }

    /// As [`whereis`](Self::whereis), saying why there is none.
    ///
    /// # Errors
    /// [`LookupError`].
    pub fn lookup<P: Protocol>(&self, name: &GlobalName<P>) -> Result<Subject<P>, LookupError> {
        self.0.driver().lookup::<P>(name.as_str())
    }

    /// Takes a name away, on every node; whether this node knew it. If another node owns it, that node is asked to.
    pub fn unregister<P: Protocol>(&self, name: &GlobalName<P>) -> bool {
        self.0.driver().unregister(name.as_str())
    }
}

/// Why a name was not registered. No node resolves the name to the actor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// Somebody holds the name.
    #[error("the name `{name}` is held by an actor on `{owner}`")]
    Taken {
        /// The name.
        name: String,
        /// The holder's node.
        owner: NodeId,
    },
    /// Not every node answered in time; the registration was taken back.
    #[error("not every connected node agreed to the name `{name}` within {within:?}; it was taken back, try again")]
    Unknown {
        /// The name.
        name: String,
        /// The deadline.
        within: Duration,
    },
    /// The actor has ended.
    #[error("the actor to be named `{name}` has stopped")]
    Stopped {
        /// The name.
        name: String,
    },
    /// The subject is not an actor of this node's system.
    #[error("the actor to be named `{name}` does not live on this node; register it on its own")]
    NotLocal {
        /// The name.
        name: String,
    },
    /// The node has stopped.
    #[error("the node has stopped")]
    NodeStopped,
}

/// Why a look-up found nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LookupError {
    /// Nobody holds the name.
    #[error("nobody holds the name `{0}`")]
    Unresolved(String),
    /// It is held under another protocol.
    #[error("the name `{name}` is registered as `{registered_as}`, and was looked up as `{expected}`")]
    WrongProtocol {
        /// The name.
        name: String,
        /// The protocol it was registered with.
        registered_as: String,
        /// The protocol asked for.
        expected: &'static str,
    },
}

impl From<LookupError> for SendFailure {
    fn from(_: LookupError) -> Self {
        SendFailure::Unresolved
    }
}
