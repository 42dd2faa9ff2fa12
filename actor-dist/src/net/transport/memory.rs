//! A network in memory: nodes of one process reach each other by bounded pipes, at the addresses that they would have outside.
//! Opens no socket. Everything above the bytes is as on a real network.

use std::{
    collections::BTreeMap,
    io::{self, IoSlice},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll},
};

use actor_core::NodeName;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    sync::{Notify, mpsc},
};

use super::{
    ControlPlane, Detached, Listener, Stream, Transport, advertised, async_trait,
    pipe::{Pipe, PipeReader, PipeWriter},
};

/// How many connections may wait for a node to take them in; beyond, they are refused.
const BACKLOG: usize = 256;
/// The first of the ports that are given out.
const FIRST_PORT: u16 = 49152;

/// A network in memory, for tests without sockets. Clones are the same network: give one to each node's builder.
///
/// A node has the addresses that it would have outside: it may bind any IP address, is reached at what it advertises, and
/// needs no `allow_plaintext`. Handshakes, codec, lanes and failure detection are the real ones. In each direction of a
/// connection 64 KiB may be on their way.
///
/// # Examples
/// ```
/// use actor_core::{NodeDownCause, System};
/// use actor_dist::{Node, NodeEvent, transport::Memory};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let network = Memory::new();
/// let node = |name: &str| Ok::<_, Box<dyn std::error::Error>>(
///     Node::builder(name).transport(network.clone()).system(System::new()).cookie("only for this example")?,
/// );
/// let alice = node("alice")?.start().await?;
/// let bob = node("bob")?.bind("10.0.0.7:7000").start().await?;
/// assert_eq!(bob.name().as_str(), "bob@10.0.0.7:7000");
///
/// let mut events = alice.events();
/// alice.connect(bob.name()).await?;
/// network.cut(alice.name(), bob.name());
/// assert!(matches!(events.next().await, Some(NodeEvent::Up { .. })));
/// assert!(matches!(events.next().await, Some(NodeEvent::Down { cause: NodeDownCause::Closed, .. })));
/// assert!(alice.connect(bob.name()).await.is_err());
///
/// network.heal(alice.name(), bob.name());
/// alice.connect(bob.name()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default)]
pub struct Memory {
    network: Arc<Network>,
    inline: bool,
}

#[derive(Debug, Default)]
struct Network {
    state: Mutex<State>,
    /// For those who wait for a way that is held.
    healed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// Who listens, by advertised host and port.
    doors: BTreeMap<Door, mpsc::Sender<Arrived>>,
    given_ports: u16,
    /// Pairs between which something is wrong.
    ways: BTreeMap<Pair, Way>,
    wires: Vec<(Pair, [Weak<Pipe>; 2])>,
}

type Door = (String, u16);
type Arrived = (Box<dyn Stream>, SocketAddr);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Pair(NodeName, NodeName);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Held,
    Cut,
}

impl Pair {
    fn of(a: &NodeName, b: &NodeName) -> Self {
        Pair(a.min(b).clone(), a.max(b).clone())
    }
}

impl Memory {
    /// An empty network.
    pub fn new() -> Self {
        Memory::default()
    }

    /// Nodes that take this value (and not clones made before) run their control plane on the runtime of whoever starts them, by
    /// that runtime's clock: nothing of them happens elsewhere, and a paused clock (tokio's `start_paused`) is theirs too.
    pub fn inline(mut self) -> Self {
        self.inline = true;
        self
    }

    /// Breaks all connections between two nodes, as both see at once, and refuses new ones until [`heal`](Memory::heal). What
    /// was on its way is lost.
    pub fn cut(&self, a: &NodeName, b: &NodeName) {
        self.set(a, b, Some(Way::Cut)).iter().for_each(|pipe| pipe.cut());
    }

    /// Lets nothing arrive between two nodes until [`heal`](Memory::heal), without a sign of it: each takes the other for
    /// silent. Nothing is lost; who connects meanwhile waits.
    pub fn hold(&self, a: &NodeName, b: &NodeName) {
        self.set(a, b, Some(Way::Held)).iter().for_each(|pipe| pipe.hold(true));
    }

    /// Ends what [`cut`](Memory::cut) or [`hold`](Memory::hold) did.
    pub fn heal(&self, a: &NodeName, b: &NodeName) {
        self.set(a, b, None).iter().for_each(|pipe| pipe.hold(false));
        self.network.healed.notify_waiters();
    }

    /// Notes what is wrong between the two, and gives what connects them.
    fn set(&self, a: &NodeName, b: &NodeName, way: Option<Way>) -> Vec<Arc<Pipe>> {
        let pair = Pair::of(a, b);
        let mut state = self.network.lock();
        match way {
            Some(way) => state.ways.insert(pair.clone(), way),
            None => state.ways.remove(&pair),
        };
        let wires = state.wires.iter().filter(|(between, _)| *between == pair);
        wires.flat_map(|(_, pipes)| pipes).filter_map(Weak::upgrade).collect()
    }
}

impl Network {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection, unless the way is held.
    fn open(&self, from: &NodeName, to: &NodeName) -> io::Result<Option<Wire>> {
        let pair = Pair::of(from, to);
        let mut state = self.lock();
        match state.ways.get(&pair) {
            Some(Way::Cut) => return Err(io::Error::new(io::ErrorKind::HostUnreachable, "the way is cut")),
            Some(Way::Held) => return Ok(None),
            None => {}
        }
        let host = from.host().parse().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let from = SocketAddr::new(host, state.unused_port()?);
        state.open(pair, from, &(host_of(to.host()), to.port())).map(Some)
    }
}

impl State {
    /// A port that nobody listens on, whatever the host.
    fn unused_port(&mut self) -> io::Result<u16> {
        let free = |port: &u16| !self.doors.keys().any(|(_, taken)| taken == port);
        let ports = u16::MAX - FIRST_PORT + 1;
        let mut candidates = (0..ports).map(|step| FIRST_PORT + (self.given_ports + step) % ports);
        let port = candidates.find(free).ok_or(io::ErrorKind::AddrNotAvailable)?;
        self.given_ports = (port - FIRST_PORT + 1) % ports;
        Ok(port)
    }

    fn open(&mut self, pair: Pair, from: SocketAddr, to: &Door) -> io::Result<Wire> {
        let door = self.doors.get(to).ok_or(io::ErrorKind::ConnectionRefused)?;
        let (there, their_reading, our_writing) = Pipe::pair();
        let (back, our_reading, their_writing) = Pipe::pair();
        let theirs = Wire { reading: their_reading, writing: their_writing };
        door.try_send((Box::new(theirs), from)).map_err(|_| io::ErrorKind::ConnectionRefused)?;
        self.wires.retain(|(_, pipes)| pipes.iter().any(|pipe| pipe.strong_count() > 0));
        self.wires.push((pair, [there, back].map(|pipe| Arc::downgrade(&pipe))));
        Ok(Wire { reading: our_reading, writing: our_writing })
    }
}

#[async_trait]
impl Transport for Memory {
    async fn bind(&self, address: &str, known_as: Option<&str>) -> io::Result<Box<dyn Listener>> {
        let mut bound = parse(address)?;
        let mut state = self.network.lock();
        if bound.port() == 0 {
            bound.set_port(state.unused_port()?);
        }
        let known_as = known_as.map(|address| advertised(address, bound.port()));
        let door = known_as.as_deref().and_then(door).unwrap_or_else(|| (bound.ip().to_string(), bound.port()));
        if state.doors.contains_key(&door) {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        let (sender, arrived) = mpsc::channel(BACKLOG);
        state.doors.insert(door.clone(), sender);
        Ok(Box::new(Listening { network: Arc::clone(&self.network), bound, door, arrived }))
    }

    async fn connect(&self, from: &NodeName, to: &NodeName) -> io::Result<Box<dyn Stream>> {
        loop {
            let mut healed = pin!(self.network.healed.notified());
            healed.as_mut().enable();
            if let Some(wire) = self.network.open(from, to)? {
                return Ok(Box::new(wire));
            }
            healed.await;
        }
    }

    fn is_confidential(&self) -> bool {
        true
    }

    fn control_plane(&self) -> ControlPlane {
        if self.inline { ControlPlane::Inline } else { ControlPlane::OwnThread }
    }
}

/// An address to bind.
fn parse(address: &str) -> io::Result<SocketAddr> {
    let local = address.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    local.as_deref().unwrap_or(address).parse().map_err(|_| {
        let why = "a network in memory knows no host names: bind an IP address and a port, and advertise the name";
        io::Error::new(io::ErrorKind::InvalidInput, why)
    })
}

fn door(address: &str) -> Option<Door> {
    let (host, port) = address.rsplit_once(':')?;
    Some((host_of(host.trim_start_matches('[').trim_end_matches(']')), port.parse().ok()?))
}

/// The host, written in one way.
fn host_of(host: &str) -> String {
    host.parse::<IpAddr>().map_or_else(|_| host.to_ascii_lowercase(), |ip| ip.to_string())
}

struct Listening {
    network: Arc<Network>,
    bound: SocketAddr,
    door: Door,
    arrived: mpsc::Receiver<Arrived>,
}

#[async_trait]
impl Listener for Listening {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.bound)
    }

    async fn accept(&mut self) -> io::Result<Arrived> {
        self.arrived.recv().await.ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.network.lock().doors.remove(&self.door);
    }
}

/// One end of a connection.
struct Wire {
    reading: PipeReader,
    writing: PipeWriter,
}

impl Stream for Wire {
    fn split(self: Box<Self>) -> (Box<dyn AsyncRead + Send + Unpin>, Box<dyn AsyncWrite + Send + Unpin>) {
        (Box::new(self.reading), Box::new(self.writing))
    }

    fn detach(self: Box<Self>) -> io::Result<Detached> {
        Ok(Detached::as_is(self))
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.reading).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.writing).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.writing).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.writing.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.writing).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.writing).poll_shutdown(cx)
    }
}
