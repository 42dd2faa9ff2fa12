//! What the actors of one system share: ids, names, dead letters, and at most one node. A process may hold several systems,
//! which know nothing of each other. Opens no socket.

use std::{
    fmt,
    sync::{
        Arc, LazyLock, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use crate::{
    actor::{Actor, ActorRef},
    cell::Cell,
    context::Context,
    export::Exports,
    identity::{ActorId, NodeId},
    lock::{read, write},
    mailbox::Capacity,
    protocol::Protocol,
    registry::{LocalName, LocalRegisterError, Registry},
    route::{DeliverError, Inlet, Remote},
    runtime,
    signal::MonitorRef,
    subject::Subject,
    wire::Edge,
};

/// A set of actors with their names and, if it is known outside, its node. Cheap to clone; all clones are one system.
///
/// `spawn` uses the [default](System::default) one; tests make their own.
#[derive(Clone)]
pub struct System(Arc<Inner>);

struct Inner {
    next_actor: AtomicU64,
    next_monitor: AtomicU64,
    registry: Registry,
    exports: Exports,
    dead_letters: DeadLetters,
    remote: RwLock<Option<Arc<dyn Remote>>>,
}

impl System {
    /// A system of its own, without a node.
    pub fn new() -> Self {
        System(Arc::new(Inner {
            next_actor: AtomicU64::new(1),
            next_monitor: AtomicU64::new(1),
            registry: Registry::default(),
            exports: Exports::default(),
            dead_letters: DeadLetters::default(),
            remote: RwLock::new(None),
        }))
    }

    /// Starts an actor in this system, with a mailbox of the default [`Capacity`].
    ///
    /// # Delivery
    /// Messages sent through the handles are handled one by one, in the order in which each sender sent them. The actor
    /// ends when it stops, fails, or no handle to it is left.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn spawn<A: Actor>(&self, actor: A) -> ActorRef<A> {
        self.spawn_with(actor, Capacity::default())
    }

    /// As [`spawn`](Self::spawn), with another capacity.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn spawn_with<A: Actor>(&self, actor: A, capacity: Capacity) -> ActorRef<A> {
        let handle = Cell::new(self.clone(), capacity);
        runtime::start(actor, Context::new(handle.uncounted()));
        ActorRef(handle)
    }

    /// Gives an actor of this system a name, until it ends or [`unregister`](Self::unregister) is called.
    ///
    /// # Delivery
    /// Other nodes of the cluster can then send to (name, this node).
    ///
    /// # Errors
    /// [`LocalRegisterError`]; the names are as before.
    pub fn register<P: Protocol>(&self, name: &LocalName<P>, to: &Subject<P>) -> Result<(), LocalRegisterError> {
        match to.local_id(self) {
            Some(_) => self.0.registry.register(name, to),
            None => Err(LocalRegisterError::NotLocal(name.as_str().to_owned())),
        }
    }

    /// The actor of that name, if it is there under that protocol.
    pub fn whereis<P: Protocol>(&self, name: &LocalName<P>) -> Option<Subject<P>> {
        self.0.registry.whereis(name)
    }

    /// Takes a name away; whether there was one.
    pub fn unregister<P: Protocol>(&self, name: &LocalName<P>) -> bool {
        self.0.registry.unregister(name.as_str())
    }

    /// What reached nobody.
    pub fn dead_letters(&self) -> &DeadLetters {
        &self.0.dead_letters
    }

    /// Whether both are one system.
    pub fn same(&self, other: &System) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Connects the system to the network. For the runtime of the network.
    ///
    /// # Errors
    /// Gives the node back when the system has one already.
    pub fn attach(&self, remote: Arc<dyn Remote>) -> Result<(), Arc<dyn Remote>> {
        let mut slot = write(&self.0.remote);
        match &*slot {
            Some(_) => Err(remote),
            None => {
                *slot = Some(remote);
                Ok(())
            }
        }
    }

    /// Disconnects the system from this node; nobody outside knows its actors any more. Nothing happens if the system has
    /// another node by now. For the runtime of the network.
    pub fn detach(&self, node: &NodeId) {
        let mut slot = write(&self.0.remote);
        if slot.as_ref().is_none_or(|remote| remote.node() != node) {
            return;
        }
        let remote = slot.take();
        drop(slot);
        self.0.exports.clear();
        drop(remote);
    }

    /// The way to other nodes, if there is one.
    pub fn remote(&self) -> Option<Arc<dyn Remote>> {
        read(&self.0.remote).clone()
    }

    /// The actors that are known outside.
    pub fn exports(&self) -> &Exports {
        &self.0.exports
    }

    /// The way in to a named actor, for bytes.
    ///
    /// # Errors
    /// [`DeliverError`] when nobody holds the name, or under another protocol.
    pub fn named_inlet(&self, name: &str, edge: Edge) -> Result<Arc<dyn Inlet>, DeliverError> {
        self.0.registry.inlet(name, edge)
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.0.registry
    }

    pub(crate) fn next_actor(&self) -> ActorId {
        ActorId(self.0.next_actor.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn next_monitor(&self) -> MonitorRef {
        MonitorRef(self.0.next_monitor.fetch_add(1, Ordering::Relaxed))
    }
}

impl Default for System {
    /// The process's default system, the same one at every call.
    fn default() -> Self {
        static DEFAULT: LazyLock<System> = LazyLock::new(System::new);
        DEFAULT.clone()
    }
}

impl fmt::Debug for System {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("System").field("node", &self.remote().map(|r| r.node().clone())).finish_non_exhaustive()
    }
}

/// Starts an actor in the default system.
///
/// # Delivery
/// As [`System::spawn`].
///
/// # Panics
/// Outside of a tokio runtime.
pub fn spawn<A: Actor>(actor: A) -> ActorRef<A> {
    System::default().spawn(actor)
}

/// Counts of messages that reached nobody.
#[derive(Debug, Default)]
pub struct DeadLetters {
    stopped: AtomicU64,
    undelivered: AtomicU64,
}

impl DeadLetters {
    /// Messages that still waited in a mailbox when its actor ended.
    pub fn stopped(&self) -> u64 {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Messages from other nodes, and copies of broadcasts, that no actor took: it had ended, its mailbox was full, or they
    /// could not be decoded.
    pub fn undelivered(&self) -> u64 {
        self.undelivered.load(Ordering::Relaxed)
    }

    pub(crate) fn add_stopped(&self, count: usize) {
        self.stopped.fetch_add(count as u64, Ordering::Relaxed);
    }

    /// Counts messages from another node that no actor took. For the runtime of the network.
    pub fn add_undelivered(&self, count: usize) {
        self.undelivered.fetch_add(count as u64, Ordering::Relaxed);
    }
}
