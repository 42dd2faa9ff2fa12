//! Reads and writes one message lane, on the workers of whoever started the node. The writer takes all that waits at once;
//! the reader never waits for a mailbox.

use std::{
    io::IoSlice,
    sync::Arc,
    time::{Duration, Instant},
};

use actor_core::{NodeDownCause, NodeId};
use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{Connection, DRAIN, bulk, spawn_control, spawn_worker, within};
use crate::{
    arrival::{Arrival, Fault, Inbound},
    driver::Driver,
    frame::FrameReader,
    lane::{Chunks, Lane},
    link::{LaneSocket, Link, Phase, reached},
    proto::{Input, handshake::Capability, session_id::SessionId},
};

/// How much is read at once.
const READ: usize = 64 << 10;
/// How much memory is taken for a frame of which only the length is there.
const BELIEVED: usize = 1 << 20;
/// A larger buffer than this is not kept for later.
const KEEP: usize = 1 << 20;
/// How long the end of a connection waits for the reason of it.
pub(super) const GRACE: Duration = Duration::from_millis(100);
/// How often reading a lane counts as a sign of life, at most.
const LIFE: Duration = Duration::from_millis(250);

impl LaneSocket {
    /// The connection, free of the control plane's runtime.
    pub(super) fn of(connection: Connection) -> std::io::Result<LaneSocket> {
        Ok(LaneSocket { stream: connection.stream.detach()?, read: connection.read })
    }
}

/// The end of reading and of writing, told however they come about: a runtime that shuts down drops its tasks. Told from the
/// control plane, since a task may be dropped where it was spawned, under the driver's lock.
struct Ended {
    driver: Arc<Driver>,
    session: SessionId,
}

impl Drop for Ended {
    fn drop(&mut self) {
        let (driver, session) = (Arc::clone(&self.driver), self.session);
        spawn_control(&self.driver, async move { driver.drained(session) });
    }
}

/// Starts to move what the lane holds, and to take in what comes.
pub(crate) fn run(driver: &Driver, link: Arc<Link>, node: NodeId, lane: Arc<Lane>) {
    let driver = driver.arc();
    let ended = Arc::new(Ended { driver: Arc::clone(&driver), session: link.session });
    spawn_worker(&driver.clone(), async move {
        let reading_ended = ended;
        let socket = link.take_lane_socket().map(|socket| (socket.stream.attach(), socket.read));
        let Some((Ok(stream), buffer)) = socket else {
            tracing::error!(%node, "a message lane could not be handed to the workers");
            return;
        };
        let (reading, writing) = stream.split();
        let (writer_driver, writer_link, writer_lane) = (Arc::clone(&driver), Arc::clone(&link), Arc::clone(&lane));
        let (peer, writing_ended) = (node.name.clone(), Arc::clone(&reading_ended));
        spawn_worker(&driver, async move {
            let _ended = writing_ended;
            writer_driver.settle(&writer_lane, &peer);
            write(&writer_driver, &writer_link, &writer_lane, writing).await;
        });
        let Some(inbound) = link.inbound() else { return };
        let bodies = link.can(Capability::BULK).then(|| bulk::run(&driver, &link, inbound, &node, &lane));
        let mut arrival = Arrival::new(Arc::clone(inbound));
        let read = read(&driver, &link, &mut arrival, reading, buffer).await;
        if let Err(error) = &read {
            driver.malformed(link.session, error);
        }
        // Nothing comes any more; what is to go still goes.
        driver.handle(Input::Lost { session: link.session, cause: NodeDownCause::Closed });
        if read.is_ok() {
            inbound.lane_read();
            drain(&link, inbound, bodies).await;
        }
        drop(reading_ended);
    });
}

/// What came is dealt with as far as it can be before the session is over, the bodies that are under way too.
async fn drain(link: &Link, inbound: &Arc<Inbound>, bodies: Option<bulk::Moving>) {
    let mut phase = link.phase();
    tokio::select! {
        () = ended(bodies) => inbound.abandon_bodies(),
        () = reached(&mut phase, Phase::Closed) => {}
    }
    inbound.settled().await;
}

async fn ended(bodies: Option<bulk::Moving>) {
    if let Some(bodies) = bodies {
        bodies.ended().await;
    }
}

/// Reads to the end of the lane, or for a while after the session was lost.
async fn read(
    driver: &Driver,
    link: &Link,
    arrival: &mut Arrival,
    mut socket: impl AsyncRead + Unpin,
    mut buffer: BytesMut,
) -> Result<(), Fault> {
    let mut phase = link.phase();
    let mut reader = FrameReader::new(driver.settings.max_frame);
    let mut told: Option<Instant> = None;
    loop {
        let mut messages = 0;
        while let Some(run) = reader.run(&mut buffer)? {
            if link.is_closed() {
                return Ok(());
            }
            messages += arrival.run(run)?;
        }
        link.traffic.took(messages);
        // What the length of a large frame claims is believed up to a bound, and from there on as far as there is as much.
        buffer.reserve(reader.missing(&buffer).min(buffer.len().max(BELIEVED)).max(READ));
        let read = tokio::select! {
            read = socket.read_buf(&mut buffer) => read,
            // A lost session is closed after a while, whatever still comes.
            () = reached(&mut phase, Phase::Closed) => return Ok(()),
        };
        let read = read.unwrap_or(0);
        link.traffic.received(read);
        if read == 0 {
            // The goodbye comes by the other connection, and may be a moment behind.
            let told = within(GRACE, reached(&mut phase, Phase::Draining)).await.is_some();
            tracing::trace!(session = %link.session, told, "a lane has ended");
            return Ok(());
        }
        alive(driver, link, &mut told);
    }
}

/// Bytes are a sign of life; told now and then, not for each of them.
fn alive(driver: &Driver, link: &Link, told: &mut Option<Instant>) {
    let now = driver.now();
    link.traffic.heard(now);
    if told.is_none_or(|told| now.duration_since(told) >= LIFE) {
        *told = Some(now);
        driver.handle(Input::Heard(link.session));
    }
}

async fn write(driver: &Driver, link: &Link, lane: &Lane, mut socket: impl AsyncWrite + Unpin) {
    let mut phase = link.phase();
    let mut chunks = Chunks::default();
    while lane.take(&mut chunks).await {
        let written = tokio::select! {
            written = write_all(&mut socket, &chunks, |bytes| link.traffic.sent(bytes)) => written,
            () = reached(&mut phase, Phase::Closed) => return,
        };
        if written.is_err() {
            driver.handle(Input::Lost { session: link.session, cause: NodeDownCause::Closed });
            return;
        }
        chunks.clear(KEEP);
    }
    let closed = within(DRAIN, socket.shutdown()).await.is_some();
    tracing::trace!(session = %link.session, closed, "a lane was closed");
}

/// Writes it all, as much at once as the socket takes, and counts it as it goes.
async fn write_all(
    socket: &mut (impl AsyncWrite + Unpin),
    chunks: &Chunks,
    sent: impl Fn(usize),
) -> std::io::Result<()> {
    let mut slices: Vec<_> = chunks.iter().map(IoSlice::new).collect();
    let mut left = &mut slices[..];
    while !left.is_empty() {
        let written = socket.write_vectored(left).await?;
        if written == 0 {
            return Err(std::io::ErrorKind::WriteZero.into());
        }
        sent(written);
        IoSlice::advance_slices(&mut left, written);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{
        cell::Cell,
        io,
        pin::Pin,
        task::{Context, Poll},
    };

    use bytes::Bytes;

    use super::*;
    use crate::{chunks::LARGE, packet::Packet};

    /// A socket that takes so many bytes at a time.
    struct Takes(usize, Vec<u8>);

    impl AsyncWrite for Takes {
        fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            let taken = bytes.len().min(self.0);
            self.1.extend_from_slice(&bytes[..taken]);
            Poll::Ready(Ok(taken))
        }

        fn poll_write_vectored(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            slices: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            let before = self.1.len();
            let bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).take(self.0).collect();
            self.1.extend(bytes);
            Poll::Ready(Ok(self.1.len() - before))
        }

        fn is_write_vectored(&self) -> bool {
            true
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    /// S1: what is large and the small between it leave with one call, or with as many as the socket needs, in their order.
    #[tokio::test]
    async fn a_lane_is_written_at_once() {
        let mut chunks = Chunks::default();
        for byte in 0..5 {
            let shared = vec![(1, Bytes::from(vec![byte; LARGE]))];
            chunks.append(&mut Packet { bytes: vec![byte, byte + 10], shared, ..Packet::default() });
        }
        let whole: Vec<u8> = chunks.iter().flatten().copied().collect();
        for (takes, calls) in [(usize::MAX, 1), (whole.len() - 1, 2), (7000, whole.len().div_ceil(7000))] {
            let (mut socket, counted, sent) = (Takes(takes, Vec::new()), Cell::new(0), Cell::new(0));
            let count = |bytes| {
                counted.set(counted.get() + 1);
                sent.set(sent.get() + bytes);
            };
            write_all(&mut socket, &chunks, count).await.unwrap();
            assert!(socket.1 == whole && (counted.get(), sent.get()) == (calls, whole.len()));
        }
        let refused = write_all(&mut Takes(0, Vec::new()), &chunks, |_| {}).await;
        assert_eq!(refused.map_err(|error| error.kind()), Err(io::ErrorKind::WriteZero));
    }
}
