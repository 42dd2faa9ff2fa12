//! Moves the bodies of large messages over a connection of their own, opened when the first is there and closed when there were
//! none for a while. On a thread of its own, since what fills the machine's memory at its full speed would keep whatever else runs
//! on the same worker waiting. The side that opened the session opens it; the other one asks for it by the lane.
//!
//! A connection that ends between chunks, when nothing is under way on it, has been closed in order; any other end of it ends
//! the session (E6).

use std::{
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use actor_core::{NodeDownCause, NodeId};
use bytes::{Buf, Bytes, BytesMut};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::{oneshot, watch},
};

use super::{dial::dial_bodies, spawn_bulk, within};
use crate::{
    arrival::{Fault, Inbound},
    driver::Driver,
    frame::{CHUNK_HEADER, ChunkHeader, Lane as LaneFrame},
    lane::{CEILING, Lane},
    link::{LaneSocket, Link, Phase, reached},
    proto::{
        Input,
        flow::{CHUNK, assembly::Assembly},
    },
};

/// How long a connection stays open without a body in either direction.
const IDLE: Duration = Duration::from_secs(10);

/// How long memory is kept for the next body.
const KEEP: Duration = Duration::from_secs(1);

/// How many bytes the system holds that it has not sent yet: a new body waits for no more of the others.
const UNSENT: u32 = CHUNK as u32;

/// One session's bodies.
struct Bodies {
    driver: Arc<Driver>,
    link: Arc<Link>,
    inbound: Arc<Inbound>,
    node: NodeId,
    lane: Arc<Lane>,
}

/// What one direction of a connection knows of the other.
struct Signs {
    /// Which bodies are still written: those before this number, after the peer has closed its direction.
    before: watch::Sender<u64>,
    /// When a chunk was last moved.
    moved: watch::Sender<Instant>,
}

/// Why a connection is of no more use, and the session with it.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("it was closed within a body")]
    Cut,
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// The task that moves a session's bodies.
pub(super) struct Moving {
    lane_read: oneshot::Sender<()>,
    ended: oneshot::Receiver<()>,
}

impl Moving {
    /// All is read of the lane; resolves when no more bodies come.
    pub(super) async fn ended(self) {
        let _told_or_gone = self.lane_read.send(());
        let _ended_or_gone = self.ended.await;
    }
}

/// Serves the bodies of a session to its end.
pub(super) fn run(
    driver: &Arc<Driver>,
    link: &Arc<Link>,
    inbound: &Arc<Inbound>,
    node: &NodeId,
    lane: &Arc<Lane>,
) -> Moving {
    let bodies = Bodies {
        driver: Arc::clone(driver),
        link: Arc::clone(link),
        inbound: Arc::clone(inbound),
        node: node.clone(),
        lane: Arc::clone(lane),
    };
    let (told_when_dropped, ended) = oneshot::channel();
    let (lane_read, lane) = oneshot::channel();
    spawn_bulk(driver, async move {
        let _ended: oneshot::Sender<()> = told_when_dropped;
        bodies.serve(lane).await;
    });
    Moving { lane_read, ended }
}

impl Bodies {
    async fn serve(&self, mut lane_read: oneshot::Receiver<()>) {
        let mut closed = self.link.phase();
        let mut is_read = false;
        loop {
            let mut connection = pin!(self.connection());
            let connected = loop {
                tokio::select! {
                    connected = &mut connection => break connected,
                    () = reached(&mut closed, Phase::Closed) => return,
                    _ = &mut lane_read, if !is_read => is_read = true,
                    // Of a session that ends a connection is still opened for what waits, and not for what may come.
                    () = self.nothing_waits(), if is_read => return,
                }
            };
            let Some(socket) = connected else { return };
            let moved = tokio::select! {
                moved = self.move_over(socket) => moved,
                () = reached(&mut closed, Phase::Closed) => return,
            };
            if let Err(broken) = moved {
                return self.lost(&broken);
            }
        }
    }

    /// Resolves if no body is to be sent, and none is to come.
    async fn nothing_waits(&self) {
        if self.lane.bodies().1 || self.inbound.expects_bodies() {
            std::future::pending().await
        }
    }

    fn lost(&self, broken: &Broken) {
        let session = self.link.session;
        tracing::debug!(%session, %broken, "a connection of bodies was lost");
        if let Broken::Fault(fault) = broken {
            self.driver.malformed(session, fault);
        }
        self.driver.handle(Input::Lost { session, cause: NodeDownCause::Closed });
    }

    /// A connection, when there is need for one; none if it does not come about.
    async fn connection(&self) -> Option<LaneSocket> {
        if !self.link.is_dialed() {
            return tokio::select! {
                socket = self.link.body_socket() => Some(socket),
                () = self.ask() => None,
            };
        }
        tokio::select! {
            () = self.bodies_wait() => {}
            () = self.inbound.want_bodies.notified() => {}
        }
        match dial_bodies(&self.driver, &self.link, &self.node).await {
            Ok(socket) => Some(socket),
            Err(error) => {
                let session = self.link.session;
                tracing::warn!(%session, %error, "no connection for bodies came about");
                self.driver.handle(Input::Lost { session, cause: NodeDownCause::Closed });
                None
            }
        }
    }

    async fn bodies_wait(&self) {
        while !self.lane.bodies().1 {
            self.lane.bodied().await;
        }
    }

    /// Asks the peer for a connection as soon as there is something to send; never resolves.
    async fn ask(&self) {
        self.bodies_wait().await;
        let asked = self.driver.push(&self.lane, None, &LaneFrame::WantBodies);
        self.driver.keep_up(self.link.session, asked);
        std::future::pending().await
    }

    /// Uses a connection until both sides have closed it.
    async fn move_over(&self, socket: LaneSocket) -> Result<(), Broken> {
        let stream = socket.stream.attach()?;
        stream.keep_unsent_short(UNSENT);
        let (reading, writing) = stream.split();
        let signs = Signs { before: watch::Sender::new(u64::MAX), moved: watch::Sender::new(self.driver.now()) };
        tokio::try_join!(self.read(reading, socket.read, &signs), self.write(writing, &signs))?;
        Ok(())
    }

    async fn write(&self, mut socket: impl AsyncWrite + Unpin, signs: &Signs) -> Result<(), Broken> {
        let mut before = signs.before.subscribe();
        loop {
            let last = *before.borrow_and_update();
            if let Some(chunk) = self.lane.next_chunk(last) {
                let bytes = chunk.parts.iter().map(Bytes::len).sum();
                let header = ChunkHeader { body: chunk.body, length: chunk.length, chunk: bytes }.encode();
                write_chunk(&mut socket, &header, chunk.parts).await?;
                self.link.traffic.sent(CHUNK_HEADER + bytes);
                signs.moved.send_replace(self.driver.now());
                // What arrives is to be read as often as something is written.
                tokio::task::yield_now().await;
                continue;
            }
            let peer_closed = last != u64::MAX;
            if peer_closed || self.is_idle(signs) {
                socket.shutdown().await?;
                return Ok(());
            }
            tokio::select! {
                () = self.lane.bodied() => {}
                _ = before.changed() => {}
                () = self.idle(signs) => {}
            }
        }
    }

    /// Whether it is time to close; only the side that opens connections begins to.
    fn is_idle(&self, signs: &Signs) -> bool {
        let drained = *self.link.phase().borrow() >= Phase::Draining;
        drained || self.link.is_dialed() && self.driver.now().duration_since(*signs.moved.borrow()) >= IDLE
    }

    /// Resolves when it may be time to close.
    async fn idle(&self, signs: &Signs) {
        let mut phase = self.link.phase();
        let until = *signs.moved.borrow() + IDLE;
        tokio::select! {
            () = tokio::time::sleep_until(until.into()), if self.link.is_dialed() => {}
            () = reached(&mut phase, Phase::Draining) => {}
        }
    }

    /// The next header, or none at the end; while there is none, no memory is kept for bodies.
    async fn header(
        &self,
        socket: &mut (impl AsyncRead + Unpin),
        buffer: &mut BytesMut,
        assembly: &mut Assembly,
    ) -> Result<Option<ChunkHeader>, Broken> {
        if let Some(header) = within(KEEP, read_header(socket, buffer)).await {
            return header;
        }
        assembly.release();
        read_header(socket, buffer).await
    }

    async fn read(
        &self,
        mut socket: impl AsyncRead + Unpin,
        mut buffer: BytesMut,
        signs: &Signs,
    ) -> Result<(), Broken> {
        // Answers go past the bound for what users send.
        let mut assembly = Assembly::new(self.driver.settings.max_frame, CEILING);
        while let Some(header) = self.header(&mut socket, &mut buffer, &mut assembly).await? {
            self.inbound.caught_up().await;
            let ChunkHeader { body, length, chunk } = header;
            let memory = assembly.chunk(body, length, chunk).map_err(Fault::from)?;
            let mut missing = chunk;
            let at_hand = buffer.split_to(buffer.len().min(missing));
            memory.extend_from_slice(&at_hand);
            missing -= at_hand.len();
            while missing > 0 {
                let mut rest = bytes::BufMut::limit(&mut *memory, missing);
                match socket.read_buf(&mut rest).await? {
                    0 => return Err(Broken::Cut),
                    read => missing -= read,
                }
            }
            self.link.traffic.received(CHUNK_HEADER + chunk);
            signs.moved.send_replace(self.driver.now());
            if let Some(bytes) = assembly.complete(body) {
                self.inbound.arrived(body, bytes)?;
            }
        }
        // The peer has closed its direction: what has begun in the other one is finished, and no more begins.
        signs.before.send_replace(self.lane.bodies().0);
        if assembly.is_empty() { Ok(()) } else { Err(Broken::Cut) }
    }
}

/// The next header, or none at the end. It may be waited for again.
async fn read_header(
    socket: &mut (impl AsyncRead + Unpin),
    buffer: &mut BytesMut,
) -> Result<Option<ChunkHeader>, Broken> {
    loop {
        if let Some(header) = buffer.first_chunk::<CHUNK_HEADER>() {
            let header = ChunkHeader::decode(*header).map_err(Fault::from)?;
            buffer.advance(CHUNK_HEADER);
            return Ok(Some(header));
        }
        buffer.reserve(READ_AHEAD);
        let mut little = bytes::BufMut::limit(&mut *buffer, READ_AHEAD);
        if socket.read_buf(&mut little).await? == 0 {
            return if buffer.is_empty() { Ok(None) } else { Err(Broken::Cut) };
        }
    }
}

/// How much is read beyond a header: it is copied once more.
const READ_AHEAD: usize = 4 << 10;

async fn write_chunk(
    socket: &mut (impl AsyncWrite + Unpin),
    header: &[u8; CHUNK_HEADER],
    parts: Vec<Bytes>,
) -> Result<(), std::io::Error> {
    let mut parts = parts.into_iter();
    let mut first = Buf::chain(&header[..], parts.next().unwrap_or_default());
    socket.write_all_buf(&mut first).await?;
    for mut part in parts {
        socket.write_all_buf(&mut part).await?;
    }
    Ok(())
}
