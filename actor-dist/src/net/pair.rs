//! For tests: a node, and of its peer only what others can see of one: connections that are proven, on which anything can be
//! said and nothing is read but by the test. Never part of a node.

use std::sync::Arc;

use actor_core::{
    Incarnation, NodeId, NodeName, System,
    wire::{Limits, SchemaTable},
};
use bytes::BytesMut;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
};

use super::{Connection, transport::Stream};
use crate::{
    driver::{Settings, Told},
    event::{Events, NodeEvent},
    frame::{Control, FrameReader},
    lane::Lane,
    link::Link,
    node::{Node, NodeBuilder},
    proto::{
        handshake::{Cookie, Cookies, Local, Role, Wanted},
        membership::Topology,
    },
};

const COOKIE: &str = "a cookie for tests only";

/// The number by which the peer calls the session.
const WIRE: u64 = 1;

/// The bound of a frame here.
const LIMIT: usize = 1 << 20;

pub(crate) struct Pair {
    pub(crate) node: Node,
    pub(crate) events: Events,
    pub(crate) peer: NodeId,
    pub(crate) control: Box<dyn Stream>,
    pub(crate) lane: Box<dyn Stream>,
    settings: Settings,
}

/// A node to be, of a build that knows no types, and in a system of its own.
pub(crate) fn builder(short: &str) -> NodeBuilder {
    let node = Node::builder(short).cookie(COOKIE).expect("it is a cookie").system(System::new());
    node.schemas(SchemaTable::default())
}

impl Pair {
    /// With a peer at whose address nobody listens.
    pub(crate) async fn up() -> Pair {
        let nobody = "peer@127.0.0.1:1".parse().expect("it is a name");
        Pair::with(builder("node").start().await.expect("it starts"), nobody).await
    }

    /// The node, and a peer that says this is its name.
    pub(crate) async fn with(node: Node, peer: NodeName) -> Pair {
        let mut events = node.events();
        let peer = NodeId { name: peer, incarnation: Incarnation(1) };
        let local = Local { node: peer.clone(), ..node.driver().settings.local.clone() };
        let told = Told::new(&SchemaTable::default(), false).expect("nothing is contradicted");
        let cookies = Cookies::one(Cookie::new(COOKIE).expect("it is a cookie"));
        let settings = Settings::new(local, told, cookies, System::new(), LIMIT, Limits::default(), Topology::Manual);
        let [control, lane] =
            [dial(&node, &settings, Role::Control).await, dial(&node, &settings, Role::Message).await];
        while !matches!(events.next().await, Some(NodeEvent::Up { node, .. }) if node == peer) {}
        Pair { node, events, peer, control, lane, settings }
    }

    /// One connection more.
    pub(crate) async fn dial(&self, role: Role) -> Box<dyn Stream> {
        dial(&self.node, &self.settings, role).await
    }

    /// The node's end of the session.
    pub(crate) fn link(&self) -> Arc<Link> {
        self.node.driver().session_of(&self.peer, WIRE).expect("it stands")
    }

    /// The node's way out to the peer.
    pub(crate) fn way_out(&self) -> Arc<Lane> {
        self.node.driver().known_lane(&self.peer.name).expect("it stands")
    }

    /// The peer says this by the control connection.
    pub(crate) async fn say_control(&mut self, frame: &Control) {
        let mut bytes = Vec::new();
        frame.encode(&mut bytes, LIMIT).expect("it is short");
        self.control.write_all(&bytes).await.expect("the node reads");
    }

    /// The peer reads what the node says by the control connection, until it is such a frame.
    pub(crate) async fn hear_control(&mut self, such: impl Fn(&Control) -> bool) {
        let (mut reader, mut buffer) = (FrameReader::new(LIMIT), BytesMut::new());
        loop {
            while let Some(frame) = reader.next(&mut buffer).expect("a node says frames") {
                if such(&Control::decode(frame).expect("a node says frames of control")) {
                    return;
                }
            }
            assert_ne!(self.control.read_buf(&mut buffer).await.expect("it can be read"), 0, "it was not said");
        }
    }
}

async fn dial(node: &Node, settings: &Settings, role: Role) -> Box<dyn Stream> {
    let socket = TcpSocket::new_v4().expect("there are sockets");
    // What the sockets hold is not to be most of what there is.
    socket.set_recv_buffer_size(64 << 10).expect("it is no large buffer");
    let address = format!("{}:{}", node.name().host(), node.name().port());
    let stream = socket.connect(address.parse().expect("it is an address")).await.expect("the node listens");
    let mut connection = Connection::new(Box::new(stream));
    let wanted = Wanted { role, session: WIRE, peer: node.name().clone() };
    connection.initiate(settings, wanted).await.expect("it is let in");
    connection.stream
}
