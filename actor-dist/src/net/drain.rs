//! How long a session that is ended on purpose, or lost, may still move what is on its way: as long as something moves, up to a
//! bound. Moves nothing itself.

use std::{sync::Arc, time::Duration};

use super::spawn_control;
use crate::{driver::Driver, link::Link};

/// How long nothing may move.
pub(crate) const DRAIN: Duration = Duration::from_secs(1);
/// How long it may take in all.
pub(crate) const DRAIN_MOST: Duration = Duration::from_secs(10);

/// Takes a session for moved to its end once nothing moves any more, or after a while, whatever its tasks do.
pub(crate) fn end_drain(driver: &Driver, link: &Arc<Link>) {
    let (driver_later, link) = (driver.arc(), Arc::clone(link));
    spawn_control(driver, async move {
        let since = driver_later.now();
        loop {
            let moved = link.traffic.moved();
            tokio::time::sleep(DRAIN).await;
            if link.is_closed() {
                return;
            }
            if moved == link.traffic.moved() || driver_later.now().saturating_duration_since(since) >= DRAIN_MOST {
                return driver_later.drained(link.session);
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use actor_core::{Incarnation, NodeId, NodeName, System, wire::Limits, wire::SchemaTable};
    use tokio::{io::AsyncReadExt, net::TcpSocket};

    use super::*;
    use crate::{
        driver::{Settings, Told},
        event::{Events, NodeEvent},
        lane::Ports,
        net::{Connection, transport::Stream, within},
        node::Node,
        proto::{
            handshake::{Cookie, Cookies, Local, Role, Wanted},
            membership::Topology,
        },
    };

    const COOKIE: &str = "a cookie for tests only";
    const BACKLOG: usize = 7 << 20;

    /// A node, and what is left of its peer: two connections that nobody reads.
    struct Pair {
        node: Node,
        events: Events,
        peer: NodeName,
        control: Box<dyn Stream>,
        lane: Box<dyn Stream>,
    }

    impl Pair {
        async fn up() -> Pair {
            let node = Node::builder("node").cookie(COOKIE).unwrap().system(System::new());
            let node = node.schemas(SchemaTable::default()).start().await.unwrap();
            let mut events = node.events();
            let peer = NodeId { name: "peer@127.0.0.1:1".parse().unwrap(), incarnation: Incarnation(1) };
            let local = Local { node: peer.clone(), ..node.driver().settings.local.clone() };
            let told = Told::new(&SchemaTable::default(), false).unwrap();
            let cookies = Cookies::one(Cookie::new(COOKIE).unwrap());
            let system = System::new();
            let settings = Settings::new(local, told, cookies, system, 1 << 20, Limits::default(), Topology::Manual);
            let [control, lane] =
                [dial(&node, &settings, Role::Control).await, dial(&node, &settings, Role::Message).await];
            assert!(matches!(events.next().await, Some(NodeEvent::Up { .. })));
            Pair { node, events, peer: peer.name, control, lane }
        }

        /// So much waits for the peer.
        fn send(&self) {
            let lane = self.node.driver().known_lane(&self.peer).unwrap();
            assert!(lane.push(None, None, &mut vec![0; BACKLOG].into(), Ports::new()).is_ok());
        }
    }

    async fn dial(node: &Node, settings: &Settings, role: Role) -> Box<dyn Stream> {
        let socket = TcpSocket::new_v4().unwrap();
        // What the sockets hold is not to be most of what there is.
        socket.set_recv_buffer_size(64 << 10).unwrap();
        let address = format!("{}:{}", node.name().host(), node.name().port());
        let stream = socket.connect(address.parse().unwrap()).await.unwrap();
        let mut connection = Connection::new(Box::new(stream));
        let wanted = Wanted { role, session: 1, peer: node.name().clone() };
        connection.initiate(settings, wanted).await.unwrap();
        connection.stream
    }

    /// N8, F1: a peer that reads nothing holds nobody up for long, though it keeps its connections.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_peer_that_does_not_read_is_left_after_a_moment() {
        let pair = Pair::up().await;
        pair.send();
        assert!(within(DRAIN_MOST - DRAIN, pair.node.leave()).await.is_some(), "it does not wait for the bound");
        drop((pair.events, pair.control, pair.lane));
    }

    /// N8: a peer that reads slowly gets all of it, though that takes longer than nothing may move.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_peer_that_reads_slowly_gets_all_of_it() {
        let mut pair = Pair::up().await;
        pair.send();
        pair.node.disconnect(&pair.peer);
        let (mut buffer, mut read, started) = (vec![0; BACKLOG], 0, pair.node.driver().now());
        while read < BACKLOG {
            tokio::time::sleep(Duration::from_millis(20)).await;
            match pair.lane.read(&mut buffer[..64 << 10]).await.unwrap() {
                0 => panic!("it ends after {read} bytes"),
                more => read += more,
            }
        }
        assert!(pair.node.driver().now().saturating_duration_since(started) > DRAIN, "it was slow");
        drop(pair.lane);
        assert!(matches!(pair.events.next().await, Some(NodeEvent::Down { .. })));
    }
}
