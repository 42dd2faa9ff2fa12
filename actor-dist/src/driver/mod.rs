//! Carries out what the pure `proto` orders, and feeds it the facts: the one owner of a node's state. Everything that changes
//! the cluster's view goes through one lock here, so orders are carried out in the order in which they were given; messages
//! between actors do not. Opens no socket itself: it orders `net` to.

mod broadcast;
mod idle;
mod last;
mod link;
mod links;
mod output;
mod ping;
mod send;
mod settings;
mod settle;
mod view;
mod watches;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    ops::{Deref, DerefMut},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use actor_core::{
    ActorId, NodeDownCause, NodeId, NodeName, Protocol, Watcher,
    route::{Door, Origin},
};
use tokio::sync::{Notify, oneshot, watch};

use crate::{
    arrival::Inbound,
    event::{ConnectionId, Events, NodeEvent, Subscribers},
    groups::JoinError,
    lane::Lane,
    link::Link,
    names::{REGISTER_DEADLINE, RegisterError, Term},
    net::{self, Rooms, transport::Transport},
    node::ConnectError,
    parked::Leftovers,
    proto::{
        self, Input, Proto, Registered,
        groups::{JoinFailure, Joiner},
        names::{Offer, RegisterFailure},
        schema::Conflict,
        session::Verdict,
        session_id::SessionId,
    },
    remote::Back,
};

use self::{ping::Pinged, view::View};

pub(crate) use settings::{Settings, Told};

/// How many types are told one by one that two builds contradict each other about; subscribers are not lost for more.
const CONFLICTS_TOLD: usize = 1024;

/// One node's state and its ways out.
pub(crate) struct Driver {
    pub(crate) settings: Settings,
    me: Weak<Driver>,
    /// How the node reaches others.
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) rooms: Rooms,
    /// The runtime of a thread on which bodies are moved, once there are any, and when that ends.
    pub(crate) bodies: OnceLock<Option<tokio::runtime::Handle>>,
    pub(crate) bodies_end: watch::Sender<bool>,
    state: Mutex<State>,
    /// The way out to each node that was mentioned and is not lost.
    lanes: RwLock<HashMap<NodeName, Arc<Lane>>>,
    view: View,
    next: AtomicU64,
    /// For the control plane: the next timeout may have changed.
    pub(crate) changed: Notify,
    /// For the control plane: it is time to end.
    pub(crate) stopped: Notify,
}

struct State {
    proto: Proto,
    links: BTreeMap<SessionId, Arc<Link>>,
    /// Local actors that watch others on other nodes.
    watchers: HashMap<u64, Arc<dyn Watcher>>,
    /// What stands in our actors' tables for watchers on other nodes.
    attached: HashMap<(SessionId, u64), (ActorId, Arc<dyn Watcher>)>,
    connecting: HashMap<NodeName, Vec<oneshot::Sender<Result<NodeId, ConnectError>>>>,
    /// Why the last attempt at a node failed, until its waiters are told.
    failures: HashMap<NodeName, ConnectError>,
    registering: HashMap<u64, oneshot::Sender<Registered>>,
    pings: HashMap<u64, (SessionId, oneshot::Sender<Pinged>)>,
    subscribers: Subscribers,
    idle: Vec<oneshot::Sender<()>>,
    /// Users' messages that go no further, until the lock is given back.
    leftovers: Leftovers,
    told_timeout: Option<Instant>,
    told_refusal: Option<Instant>,
    stopped: bool,
}

/// The state under its lock. What is left of users' messages is dropped after the lock was given back.
struct Locked<'a>(Option<MutexGuard<'a, State>>);

/// Of the lock.
const HELD: &str = "invariant: the lock is held until this is dropped";

impl Deref for Locked<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        self.0.as_ref().expect(HELD)
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut State {
        self.0.as_mut().expect(HELD)
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        let leftovers = std::mem::take(&mut self.leftovers);
        drop(self.0.take());
        drop(leftovers);
    }
}

impl Driver {
    pub(crate) fn new(settings: Settings, transport: Arc<dyn Transport>, rooms: Rooms) -> Arc<Self> {
        let config = proto::Config {
            me: settings.local.node.clone(),
            window: settings.local.window,
            topology: settings.topology,
            connect: settings.connect,
            seed: settings.seed,
            idle: settings.idle,
        };
        let state = State {
            proto: Proto::new(config),
            links: BTreeMap::new(),
            watchers: HashMap::new(),
            attached: HashMap::new(),
            connecting: HashMap::new(),
            failures: HashMap::new(),
            registering: HashMap::new(),
            pings: HashMap::new(),
            subscribers: Subscribers::default(),
            idle: Vec::new(),
            leftovers: Leftovers::default(),
            told_timeout: None,
            told_refusal: None,
            stopped: false,
        };
        Arc::new_cyclic(|me| Driver {
            settings,
            me: Weak::clone(me),
            transport,
            rooms,
            bodies: OnceLock::new(),
            bodies_end: watch::Sender::new(false),
            state: Mutex::new(state),
            lanes: RwLock::default(),
            view: View::default(),
            next: AtomicU64::new(1),
            changed: Notify::new(),
            stopped: Notify::new(),
        })
    }

    pub(crate) fn id(&self) -> &NodeId {
        &self.settings.local.node
    }

    /// Itself, for the tasks it orders.
    pub(crate) fn arc(&self) -> Arc<Driver> {
        self.me.upgrade().expect("invariant: a driver is used through an `Arc`")
    }

    /// The time, by the clock of the control plane.
    pub(crate) fn now(&self) -> Instant {
        self.rooms.clock.now()
    }

    /// A number not used before on this node.
    fn fresh(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    fn lock(&self) -> Locked<'_> {
        Locked(Some(self.state.lock().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Takes a fact in and carries out what follows from it.
    pub(crate) fn handle(&self, input: Input) {
        let mut state = self.lock();
        self.handle_in(&mut state, input);
    }

    fn handle_in(&self, state: &mut State, input: Input) {
        state.proto.handle(self.now(), input);
        self.carry_out(state);
    }

    /// When the next `Tick` is due.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        let mut state = self.lock();
        state.told_timeout = state.proto.next_timeout();
        state.told_timeout
    }

    pub(crate) fn admit_control(&self, node: NodeId, wire: u64, window: Duration) -> Result<Arc<Link>, Verdict> {
        let mut state = self.lock();
        let admitted = state.proto.admit_control(self.now(), node, wire);
        self.carry_out(&mut state);
        let session = admitted?;
        self.handle_in(&mut state, Input::PeerWindow { session, window });
        let link = Link::new(session, wire, false, self.now());
        state.links.insert(session, Arc::clone(&link));
        Ok(link)
    }

    pub(crate) fn admit_lane(&self, node: &NodeId, wire: u64) -> Result<Arc<Link>, Verdict> {
        let mut state = self.lock();
        let session = state.proto.admit_lane(node, wire)?;
        state.links.get(&session).cloned().ok_or(Verdict::UnknownSession)
    }

    /// The session that this node opened, as it calls it, and that is not over.
    pub(crate) fn session_of(&self, node: &NodeId, wire: u64) -> Option<Arc<Link>> {
        self.lock().links.values().find(|link| link.is(node, wire)).cloned()
    }

    /// The attempt at a session failed, for this reason.
    pub(crate) fn dial_failed(&self, session: SessionId, peer: &NodeName, why: ConnectError) {
        let mut state = self.lock();
        let yielded = matches!(why, ConnectError::Simultaneous { .. });
        if state.connecting.contains_key(peer) {
            state.failures.insert(peer.clone(), why);
        }
        let input = if yielded { Input::DialYielded(session) } else { Input::DialFailed(session) };
        self.handle_in(&mut state, input);
    }

    /// Connects, or waits for a connection that is being made.
    pub(crate) async fn connect(&self, peer: &NodeName) -> Result<NodeId, ConnectError> {
        let waiting = {
            let mut state = self.lock();
            if state.stopped {
                return Err(ConnectError::NodeStopped);
            }
            if let Some((_, node)) = state.proto.nodes().find(|(_, node)| node.name == *peer) {
                return Ok(node.clone());
            }
            let (told, waiting) = oneshot::channel();
            state.connecting.entry(peer.clone()).or_default().push(told);
            self.handle_in(&mut state, Input::Connect(peer.clone()));
            waiting
        };
        waiting.await.unwrap_or(Err(ConnectError::NodeStopped))
    }

    /// Connects for something that a mention is enough for: not where only an explicit connect may.
    pub(crate) async fn reach(&self, peer: &NodeName) -> Result<NodeId, ConnectError> {
        if self.lock().proto.is_explicit_only(peer) {
            return Err(ConnectError::ExplicitOnly { node: peer.clone() });
        }
        self.connect(peer).await
    }

    pub(crate) fn disconnect(&self, peer: &NodeName) {
        self.handle(Input::Disconnect(peer.clone()));
    }

    /// A connection of the session failed before it was of use.
    pub(crate) fn lost(&self, link: &Link) {
        self.handle(Input::Lost { session: link.session, cause: NodeDownCause::Closed });
    }

    /// The peer sent bytes that no node sends; the session ends with this.
    pub(crate) fn malformed(&self, session: SessionId, error: &dyn fmt::Display) {
        tracing::warn!(%session, %error, "a peer sent a malformed frame");
        let mut state = self.lock();
        let peer = state.links.get(&session).and_then(|link| link.peer()).map(|(node, _)| node.clone());
        if let Some(node) = peer {
            let connection = ConnectionId(session.0);
            state.subscribers.tell(&NodeEvent::Malformed { node, connection, why: error.to_string() });
        }
    }

    pub(crate) fn nodes(&self) -> Vec<NodeName> {
        self.lock().proto.nodes().map(|(_, node)| node.name.clone()).collect()
    }

    pub(crate) fn events(&self) -> Events {
        let mut state = self.lock();
        let nodes = state.proto.nodes();
        let standing = nodes.filter_map(|(session, node)| Some((state.links.get(&session)?, node)));
        let up: Vec<_> = standing.flat_map(|(link, node)| up(link, node)).collect();
        state.subscribers.add(up.into_iter())
    }

    /// Somebody was turned away. Told at most ten times a second, since anybody can cause it.
    pub(crate) fn refused(&self, from: std::net::SocketAddr, why: String, unproven: bool) {
        tracing::warn!(%from, why, "a connection was refused");
        let mut state = self.lock();
        let now = self.now();
        if state.told_refusal.is_none_or(|told| now.duration_since(told) >= Duration::from_millis(100)) {
            state.told_refusal = Some(now);
            state.subscribers.tell(&NodeEvent::Refused { from, why, unproven });
        }
    }

    pub(crate) async fn register<P: Protocol>(
        &self,
        name: &str,
        actor: ActorId,
        via: u64,
    ) -> Result<Term, RegisterError> {
        let request = self.fresh();
        let answer = {
            let mut state = self.lock();
            if state.stopped {
                return Err(RegisterError::NodeStopped);
            }
            let (told, answer) = oneshot::channel();
            state.registering.insert(request, told);
            let offer = Offer { name: name.into(), uri: P::URI.into(), edge: P::EDGE, version: P::VERSION, actor, via };
            let deadline = self.now() + REGISTER_DEADLINE;
            self.handle_in(&mut state, Input::Register { request, offer, deadline });
            answer
        };
        // An actor that ended before its name was known here has not taken the name with it.
        if !self.settings.system.exports().contains(actor) {
            self.handle(Input::ActorGone(actor));
        }
        let name = name.to_owned();
        match answer.await {
            Ok(Ok(term)) => Ok(Term(term)),
            Ok(Err(RegisterFailure::Taken { owner })) => Err(RegisterError::Taken { name, owner }),
            Ok(Err(RegisterFailure::Unknown)) => Err(RegisterError::Unknown { name, within: REGISTER_DEADLINE }),
            Ok(Err(RegisterFailure::OwnerGone)) => Err(RegisterError::Stopped { name }),
            Err(_) => Err(RegisterError::NodeStopped),
        }
    }

    pub(crate) fn unregister(&self, name: &str) -> bool {
        let mut state = self.lock();
        let held = state.proto.unregister(name);
        self.carry_out(&mut state);
        held
    }

    pub(crate) fn join<P: Protocol>(&self, group: &str, actor: ActorId, via: u64) -> Result<(), JoinError> {
        let joiner = Joiner { uri: P::URI.into(), edge: P::EDGE, version: P::VERSION, actor, via };
        let mut state = self.lock();
        let joined = state.proto.join(group.into(), joiner);
        self.carry_out(&mut state);
        drop(state);
        joined.map_err(|JoinFailure::WrongProtocol { registered_as }| JoinError::WrongProtocol {
            group: group.to_owned(),
            registered_as: registered_as.as_ref().to_owned(),
            expected: P::URI,
        })?;
        // An actor that ended before its membership was known here has not left.
        if !self.settings.system.exports().contains(actor) {
            self.handle(Input::ActorGone(actor));
            return Err(JoinError::Stopped { group: group.to_owned() });
        }
        Ok(())
    }

    pub(crate) fn leave_group(&self, group: &str, actor: ActorId) -> bool {
        let mut state = self.lock();
        let left = state.proto.leave(&group.into(), actor);
        self.carry_out(&mut state);
        left
    }

    /// Says goodbye to everybody and waits until they know, within the bound.
    pub(crate) async fn leave(&self, within: Duration) {
        let idle = {
            let mut state = self.lock();
            let (told, idle) = oneshot::channel();
            state.idle.push(told);
            self.handle_in(&mut state, Input::Leave);
            idle
        };
        net::within(within, idle).await;
    }

    /// Ends everything that is left; nobody waits in vain, and nothing begins any more.
    pub(crate) fn stop(&self) {
        let mut state = self.lock();
        state.stopped = true;
        let sessions: Vec<_> = state.links.keys().copied().collect();
        self.handle_in(&mut state, Input::Leave);
        drop(state);
        let shut: Vec<_> = sessions.iter().filter_map(|session| self.shut(*session)).collect();
        net::passed(&shut);
        sessions.into_iter().for_each(|session| self.drained(session));
        let mut state = self.lock();
        state.connecting.clear();
        state.registering.clear();
        state.pings.clear();
        state.subscribers = Subscribers::default();
        state.idle.clear();
        drop(state);
        self.settings.system.detach(self.id());
        self.stopped.notify_one();
        self.bodies_end.send_replace(true);
    }

    /// Where bytes of a session come from.
    pub(crate) fn origin(&self, session: SessionId, peer: &NodeName, lane: &Arc<Lane>) -> Origin {
        let answers = Back { driver: self.arc(), session, lane: Arc::clone(lane) };
        let (system, answers) = (self.settings.system.clone(), Arc::new(answers));
        let node = system.number_of_node(peer);
        Origin { system, remote: self.arc(), answers, node, door: Door::default() }
    }

    /// The receiving end of the session with this node.
    pub(crate) fn inbound_of(&self, peer: &NodeName) -> Option<Arc<Inbound>> {
        let state = self.lock();
        let link = state.links.values().find(|link| link.peer().is_some_and(|(node, _)| node.name == *peer))?;
        link.inbound().cloned()
    }

    /// All that came by the session was dealt with, or is not any more; nobody reads it.
    pub(crate) fn drained(&self, session: SessionId) {
        drop(self.shut(session));
        self.handle(Input::Drained(session));
    }

    /// Nothing of the session is delivered any more, so that its end can be told (E3), but for what goes into a mailbox just now.
    /// Without the lock, since who delivers may want it.
    pub(crate) fn shut(&self, session: SessionId) -> Option<Arc<Inbound>> {
        let inbound = self.lock().links.get(&session).and_then(|link| link.inbound().cloned())?;
        inbound.close();
        Some(inbound)
    }
}

/// What is told of a session that stands: that it does, and which types do not cross it.
fn up<'a>(link: &'a Link, node: &'a NodeId) -> impl Iterator<Item = NodeEvent> + 'a {
    let connection = ConnectionId(link.session.0);
    let conflicts = link.agreement().map_or(&[][..], |agreement| &agreement.conflicts);
    let conflicts = conflicts.iter().take(CONFLICTS_TOLD).cloned();
    let conflicts = conflicts.map(move |Conflict { uri, ours, theirs, .. }| {
        let node = node.clone();
        NodeEvent::SchemaConflict { node, connection, uri, ours, theirs }
    });
    std::iter::once(NodeEvent::Up { node: node.clone(), connection }).chain(conflicts)
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").field("node", self.id()).finish_non_exhaustive()
    }
}
