//! What the actors of one system share: ids, names, dead letters, and at most one node. A process may hold several systems,
//! which know nothing of each other. Opens no socket.

use std::{
    fmt,
    sync::{
        Arc, LazyLock, OnceLock, RwLock, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

#[cfg(test)]
use crate::tests::planted::Planted;
use crate::{
    actor::{Actor, ActorRef},
    cell::Cell,
    census::Census,
    context::Context,
    dead_letter::DeadLetters,
    ended::StartError,
    export::Exports,
    identity::{ActorId, NodeId, NodeName},
    info::ActorInfo,
    lock::{read, write},
    mailbox::Capacity,
    protocol::Protocol,
    registry::{LocalName, LocalRegisterError, Registry},
    route::{DeliverError, Inlet, Remote},
    runtime,
    signal::MonitorRef,
    stats::SystemStats,
    subject::Subject,
    trace::{BridgeTaken, TraceBridge},
    watchdog::{self, Watch, Watchdog},
    wire::Edge,
};

/// A set of actors with their names and, if it is known outside, its node. Cheap to clone; all clones are one system.
///
/// `spawn` uses the [default](System::default) one; tests make their own.
#[derive(Clone)]
pub struct System(Arc<Inner>);

/// Numbers what must not be confused though it is of several systems: the systems themselves, and monitors, which one
/// system's node may keep for an actor of another.
static NEXT: AtomicU64 = AtomicU64::new(1);

struct Inner {
    number: u64,
    next_actor: Apart<AtomicU64>,
    born: Instant,
    census: Census,
    registry: Registry,
    exports: Exports,
    dead_letters: DeadLetters,
    remote: RwLock<Option<Arc<dyn Remote>>>,
    watch: RwLock<Option<Arc<Watch>>>,
    bridge: OnceLock<Box<dyn TraceBridge>>,
    /// Those that sent something, ever.
    nodes: RwLock<Vec<NodeName>>,
    #[cfg(test)]
    planted: OnceLock<Planted>,
}

/// How many names of nodes one system tells apart, for people.
const NODES: usize = 1 << 16;

/// A system that is not kept alive.
pub(crate) struct WeakSystem(Weak<Inner>);

impl WeakSystem {
    pub(crate) fn upgrade(&self) -> Option<System> {
        self.0.upgrade().map(System)
    }
}

/// On a cache line of its own, since every spawn writes it.
#[repr(align(128))]
struct Apart<T>(T);

impl System {
    /// A system of its own, without a node.
    pub fn new() -> Self {
        System(Arc::new(Inner {
            next_actor: Apart(AtomicU64::new(1)),
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            born: runtime::now(),
            census: Census::default(),
            registry: Registry::default(),
            exports: Exports::default(),
            dead_letters: DeadLetters::default(),
            remote: RwLock::new(None),
            watch: RwLock::new(None),
            bridge: OnceLock::new(),
            nodes: RwLock::default(),
            #[cfg(test)]
            planted: OnceLock::new(),
        }))
    }

    /// Starts an actor in this system, with a mailbox of its type's [`Capacity`](Actor::CAPACITY).
    ///
    /// # Delivery
    /// Messages sent through the handles are handled one by one, in the order in which each sender sent them. The actor
    /// ends when it stops, fails, or no handle to it is left.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn spawn<A: Actor>(&self, actor: A) -> ActorRef<A> {
        self.spawn_with(actor, A::CAPACITY)
    }

    /// As [`spawn`](Self::spawn), with another capacity.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn spawn_with<A: Actor>(&self, actor: A, capacity: Capacity) -> ActorRef<A> {
        let (actor, start) = self.prepare(actor, capacity);
        start();
        actor
    }

    /// An actor that is there and runs when it is started.
    pub(crate) fn prepare<A: Actor>(&self, actor: A, capacity: Capacity) -> (ActorRef<A>, impl FnOnce() + use<A>) {
        let handle = Cell::new(self.clone(), capacity);
        let context = Context::new(handle.uncounted());
        (ActorRef(handle), move || runtime::start(actor, context))
    }

    /// Starts an actor and waits until its start hook is done.
    ///
    /// # Delivery
    /// As [`spawn`](Self::spawn).
    ///
    /// # Cancel safety
    /// Dropped while it waits, it kills the actor, whose start hook ends at its next await.
    ///
    /// # Errors
    /// [`StartError`] with the reason by which the actor ended instead.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn start<A: Actor>(&self, actor: A) -> Result<ActorRef<A>, StartError> {
        /// An actor whose start nobody waits for any more.
        struct GivenUp<A: Actor>(Option<ActorRef<A>>);

        impl<A: Actor> Drop for GivenUp<A> {
            fn drop(&mut self) {
                if let Some(actor) = &self.0 {
                    actor.kill();
                }
            }
        }

        let mut starting = GivenUp(Some(self.spawn(actor)));
        if let Some(actor) = &starting.0 {
            actor.started().await?;
        }
        Ok(starting.0.take().expect("invariant: it is taken once"))
    }

    /// The actors that run, as they are at this moment, in the order of their ids. For people who look on: it looks at each,
    /// about 100 ns for an actor, without stopping any.
    pub fn actors(&self) -> Vec<ActorInfo> {
        let mut found: Vec<_> = self.0.census.look().1.iter().map(|cell| cell.info()).collect();
        found.sort_by_key(|info| info.id.0);
        found
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

    /// What the system has done so far, summed over all its actors. Looks at each that runs, about 100 ns for an actor.
    pub fn stats(&self) -> SystemStats {
        SystemStats::of(self)
    }

    /// What reached nobody, and a subscription to it.
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

    /// Who holds the name, under whatever protocol. For the runtime of the network.
    pub fn named_actor(&self, name: &str) -> Option<ActorId> {
        self.0.registry.holder(name)
    }

    /// Looks for handlers that block a worker, and for calls that wait in a circle, for as long as this limit or longer.
    /// Alarms are logged as warnings with the target `actor_core::watchdog`, and can be read. A system has one watchdog: the
    /// latest.
    ///
    /// Free without one but for a load of a flag at each poll of a handler; with one it costs about 120 ns for each poll, 400 ns
    /// for each call from a handler, and a thread that looks four times in the limit.
    pub fn watchdog(&self, limit: Duration) -> Watchdog {
        Watchdog::start(self, limit)
    }

    /// Lets messages carry the traces in which they were sent to other nodes, and go on with those of messages that come. For good:
    /// a system has one bridge.
    ///
    /// # Errors
    /// [`BridgeTaken`]; the first one stays.
    pub fn bridge_traces(&self, bridge: impl TraceBridge) -> Result<(), BridgeTaken> {
        self.0.bridge.set(Box::new(bridge)).map_err(|_| BridgeTaken)
    }

    /// What leads traces to other nodes, if anything does. For the runtime of the network.
    pub fn trace_bridge(&self) -> Option<&dyn TraceBridge> {
        self.0.bridge.get().map(|bridge| &**bridge)
    }

    /// What actors write down for the watchdog, if there is one.
    #[inline]
    pub(crate) fn watch(&self) -> Option<Arc<Watch>> {
        match watchdog::is_active() {
            true => read(&self.0.watch).clone(),
            false => None,
        }
    }

    pub(crate) fn set_watch(&self, watch: Option<Arc<Watch>>) {
        *write(&self.0.watch) = watch;
    }

    /// That watchdog has ended, if it is still this system's.
    pub(crate) fn unset_watch(&self, watch: &Arc<Watch>) {
        let mut slot = write(&self.0.watch);
        if slot.as_ref().is_some_and(|other| Arc::ptr_eq(other, watch)) {
            *slot = None;
        }
    }

    pub(crate) fn downgrade(&self) -> WeakSystem {
        WeakSystem(Arc::downgrade(&self.0))
    }

    pub(crate) fn registry(&self) -> &Registry {
        &self.0.registry
    }

    pub(crate) fn next_actor(&self) -> ActorId {
        ActorId(self.0.next_actor.0.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn census(&self) -> &Census {
        &self.0.census
    }

    /// How long ago it was made.
    pub(crate) fn age(&self) -> Duration {
        runtime::now().duration_since(self.0.born)
    }

    /// What stands for a node in the mailboxes of this system, from now on: never 0, unless too many names of nodes are known already.
    /// For the runtime of the network.
    pub fn number_of_node(&self, name: &NodeName) -> u64 {
        let mut nodes = write(&self.0.nodes);
        let place = nodes.iter().position(|node| node == name);
        match place {
            Some(place) => place as u64 + 1,
            None if nodes.len() >= NODES => 0,
            None => {
                nodes.push(name.clone());
                nodes.len() as u64
            }
        }
    }

    /// The node of this number.
    pub(crate) fn node(&self, number: u64) -> Option<NodeName> {
        read(&self.0.nodes).get(usize::try_from(number.checked_sub(1)?).ok()?).cloned()
    }

    /// A number that no other system of the process has.
    #[inline]
    pub(crate) fn number(&self) -> u64 {
        self.0.number
    }

    pub(crate) fn next_monitor(&self) -> MonitorRef {
        MonitorRef(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The bug in it, on purpose.
    #[cfg(test)]
    pub(crate) fn planted(&self) -> &OnceLock<Planted> {
        &self.0.planted
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
