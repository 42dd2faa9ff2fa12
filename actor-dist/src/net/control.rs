//! Reads and writes one control connection, on the control plane, until the session ends. Nothing of a user's comes by here,
//! so that heartbeats never wait for it (E2).

use std::sync::Arc;

use actor_core::NodeDownCause;
use bytes::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::mpsc,
};

use super::{Connection, DRAIN, lane::GRACE, within};
use crate::{
    driver::Driver,
    frame::{Control, FrameError, FrameReader, Quiet},
    link::{Link, Phase, reached},
    proto::Input,
};

/// The largest control frame: a list of members.
const MAX_FRAME: usize = 1 << 20;

/// Serves the connection until the session ends.
pub(super) async fn run(driver: &Arc<Driver>, link: &Arc<Link>, connection: Connection) {
    let Some(frames) = link.take_control_frames() else { return };
    let (reading, writing) = connection.stream.split();
    tokio::join!(read(driver, link, reading, connection.read), write(driver, link, writing, frames));
}

async fn read(driver: &Driver, link: &Link, mut socket: impl AsyncRead + Unpin, mut buffer: BytesMut) {
    let session = link.session;
    let mut phase = link.phase();
    let mut reader = FrameReader::new(MAX_FRAME);
    // What the peer says counts from the moment the session stands here too; an older one may still be read to its end.
    // A connection that fails meanwhile is seen then, or the session runs out of time.
    reached(&mut phase, Phase::Standing).await;
    let cause = loop {
        match take_frames(driver, link, &mut reader, &mut buffer) {
            Ok(Some(cause)) => break cause,
            Ok(None) => {}
            Err(error) => {
                driver.malformed(session, &error);
                break NodeDownCause::Closed;
            }
        }
        let read = tokio::select! {
            read = socket.read_buf(&mut buffer) => read,
            () = reached(&mut phase, Phase::Draining) => return,
        };
        match read {
            Ok(1..) => {
                link.traffic.heard(driver.now());
                driver.handle(Input::Heard(session));
            }
            Ok(0) | Err(_) => break NodeDownCause::Closed,
        }
    };
    driver.handle(Input::Lost { session, cause });
}

/// Handles the frames that are whole; `Some` when the peer says goodbye.
fn take_frames(
    driver: &Driver,
    link: &Link,
    reader: &mut FrameReader,
    buffer: &mut BytesMut,
) -> Result<Option<NodeDownCause>, FrameError> {
    while let Some(frame) = reader.next(buffer)? {
        match Control::decode(frame)? {
            Control::Heartbeat => {}
            Control::Ping { token } => {
                let _dropped_if_unread = link.say(Control::Pong { token });
                driver.pinged(link);
            }
            Control::Pong { token } => driver.pong(link, token),
            Control::Members(nodes) => driver.handle(Input::Members { session: link.session, nodes }),
            Control::Goodbye => return Ok(Some(NodeDownCause::Left)),
            Control::Quiet(Quiet::Ask { sent, received }) => driver.quiet_asked(link.session, sent, received),
            Control::Quiet(Quiet::No) => driver.quiet_refused(link),
            // Who was not asked has no say in what this node needs.
            Control::Quiet(Quiet::Yes) if link.peer().is_some_and(|(_, lane)| lane.is_held()) => {
                return Ok(Some(NodeDownCause::Idle));
            }
            Control::Quiet(Quiet::Yes) => return Ok(Some(NodeDownCause::Left)),
        }
    }
    Ok(None)
}

async fn write(driver: &Driver, link: &Link, mut socket: impl AsyncWrite + Unpin, mut frames: mpsc::Receiver<Control>) {
    let mut phase = link.phase();
    let mut bytes = Vec::new();
    loop {
        let frame = tokio::select! {
            biased;
            frame = frames.recv() => frame,
            () = reached(&mut phase, Phase::Draining) => break,
        };
        let Some(frame) = frame else { break };
        bytes.clear();
        if let Err(error) = frame.encode(&mut bytes, MAX_FRAME) {
            tracing::error!(%error, "a control frame could not be written");
            continue;
        }
        let written = tokio::select! {
            written = socket.write_all(&bytes) => written,
            () = reached(&mut phase, Phase::Closed) => return,
        };
        if written.is_err() {
            // Who says goodbye reads no more, and what it said may not be read yet.
            let told = within(GRACE, reached(&mut phase, Phase::Draining)).await.is_some();
            tracing::trace!(session = %link.session, told, "nobody reads a control connection");
            driver.handle(Input::Lost { session: link.session, cause: NodeDownCause::Closed });
            return;
        }
        driver.handle(Input::Sent(link.session));
    }
    // What was said before the end, the goodbye above all, is still said.
    bytes.clear();
    while let Ok(frame) = frames.try_recv() {
        let encoded = frame.encode(&mut bytes, MAX_FRAME);
        debug_assert!(encoded.is_ok(), "invariant: what ends a session is short");
    }
    let said = within(DRAIN, async {
        socket.write_all(&bytes).await?;
        socket.shutdown().await
    });
    let said = said.await.is_some();
    tracing::trace!(session = %link.session, said, "a control connection was closed");
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use actor_core::{System, wire::SchemaTable};

    use crate::{
        event::NodeEvent,
        net::transport::Memory,
        node::{Node, NodeBuilder, Topology},
    };

    /// N3: who pings at the moment at which both sides agree that nobody needs the session does not notice.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_ping_that_meets_the_end_of_an_unused_session_goes_by_the_next() {
        let network = Memory::new();
        let on = |short: &str| -> NodeBuilder {
            let builder = Node::builder(short).cookie("a cookie for tests only").unwrap().system(System::new());
            builder.schemas(SchemaTable::default()).topology(Topology::Manual).transport(network.clone())
        };
        let a = on("a").idle_close(Duration::from_millis(200)).start().await.unwrap();
        let b = on("b").start().await.unwrap();
        a.connect(b.name()).await.unwrap();
        let lane = a.driver().known_lane(b.name()).unwrap();
        let moved = |from: &Node, to: &Node| {
            Some((from.link(to.name())?.sent.messages, to.link(from.name())?.received.messages))
        };
        while ![moved(&a, &b), moved(&b, &a)].iter().all(|moved| moved.is_some_and(|(sent, taken)| sent == taken)) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        network.hold(a.name(), b.name());
        // It has asked whether the session may end, which is not known there yet.
        while !lane.is_held() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let mut events = a.events();
        let (pinged, ()) = tokio::join!(a.ping(b.name()), async { network.heal(a.name(), b.name()) });
        pinged.unwrap();
        let mut downs = 0;
        while let Ok(Some(event)) = tokio::time::timeout(Duration::ZERO, events.next()).await {
            downs += usize::from(matches!(event, NodeEvent::Down { .. }));
        }
        assert_eq!(downs, 1, "the session did end");
    }
}
