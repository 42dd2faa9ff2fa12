//! Opens connections that were ordered, on the control plane, and reports what came of them.

use std::{sync::Arc, time::Duration};

use actor_core::{NodeId, NodeName};

use super::{Connection, control, spawn_control, within};
use crate::{
    driver::Driver,
    link::{LaneSocket, Link, Phase, reached},
    node::ConnectError,
    proto::{
        Input,
        handshake::{Authenticated, HandshakeError, Role, Wanted},
    },
};

/// How long the network may take to connect.
const CONNECT: Duration = Duration::from_secs(5);

/// Opens the control connection of a new session.
pub(crate) fn dial_control(driver: &Driver, link: Arc<Link>, peer: NodeName, wire: u64) {
    let driver_later = driver.arc();
    spawn_control(driver, async move {
        let driver = driver_later;
        let wanted = Wanted { role: Role::Control, session: wire, peer: peer.clone() };
        let opened = unless_closed(&link, async {
            let (mut connection, proven) = dial(&driver, &peer, wanted).await?;
            let agreed = connection.agree(&driver.settings, proven.peer_schema_root).await;
            Ok((connection, proven, agreed.map_err(|cut| cut.for_dialer(&peer))?))
        });
        match opened.await {
            None => {}
            Some(Ok((connection, proven, agreement))) => {
                link.agree(agreement, proven.capabilities);
                driver.handle(Input::PeerWindow { session: link.session, window: proven.peer_window });
                driver.handle(Input::ControlOpened { session: link.session, node: proven.peer });
                control::run(&driver, &link, connection).await;
            }
            Some(Err(why)) => driver.dial_failed(link.session, &peer, why),
        }
    });
}

/// Opens the message lane of a session.
pub(crate) fn dial_lane(driver: &Driver, link: Arc<Link>, node: NodeId, wire: u64) {
    let driver_later = driver.arc();
    spawn_control(driver, async move {
        let driver = driver_later;
        let wanted = Wanted { role: Role::Message, session: wire, peer: node.name.clone() };
        let opened = unless_closed(&link, async {
            let (connection, proven) = dial(&driver, &node.name, wanted).await?;
            if proven.peer != node {
                // It restarted in between: the session is with nobody.
                return Err(ConnectError::lost(&node.name));
            }
            LaneSocket::of(connection).map_err(|e| unreachable(&node.name, &e))
        });
        match opened.await {
            None => {}
            Some(Ok(socket)) => {
                link.put_lane_socket(socket);
                driver.handle(Input::LaneOpened(link.session));
            }
            Some(Err(why)) => driver.dial_failed(link.session, &node.name, why),
        }
    });
}

/// Opens a connection for the bodies of a session that this node opened.
pub(super) async fn dial_bodies(driver: &Driver, link: &Link, node: &NodeId) -> Result<LaneSocket, ConnectError> {
    let wanted = Wanted { role: Role::Bulk, session: link.wire(), peer: node.name.clone() };
    let (connection, proven) = dial(driver, &node.name, wanted).await?;
    if proven.peer != *node {
        return Err(ConnectError::lost(&node.name));
    }
    LaneSocket::of(connection).map_err(|e| unreachable(&node.name, &e))
}

async fn dial(driver: &Driver, peer: &NodeName, wanted: Wanted) -> Result<(Connection, Authenticated), ConnectError> {
    let stream = match within(CONNECT, driver.transport.connect(&driver.id().name, peer)).await {
        Some(Ok(stream)) => stream,
        Some(Err(error)) => return Err(unreachable(peer, &error)),
        None => return Err(ConnectError::TimedOut { node: peer.clone() }),
    };
    let mut connection = Connection::new(stream);
    let proven = match connection.initiate(&driver.settings, wanted).await {
        Ok(proven) => proven,
        Err(cut) => return Err(cut.for_dialer(peer)),
    };
    if proven.peer.name != *peer {
        let error = HandshakeError::WrongPeer { wanted: peer.clone(), found: proven.peer.name };
        return Err(ConnectError::from_handshake(peer.clone(), error));
    }
    Ok((connection, proven))
}

fn unreachable(node: &NodeName, error: &std::io::Error) -> ConnectError {
    ConnectError::Unreachable { node: node.clone(), why: error.to_string() }
}

/// What the future gives, unless the session is given up first.
async fn unless_closed<T>(link: &Link, future: impl Future<Output = T>) -> Option<T> {
    let mut phase = link.phase();
    tokio::select! {
        output = future => Some(output),
        () = reached(&mut phase, Phase::Closed) => None,
    }
}
