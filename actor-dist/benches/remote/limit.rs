//! One bare connection that does the same work.

use std::{io::ErrorKind, time::Instant};

use bincode::Options as _;
use bytes::{Buf as _, Bytes, BytesMut};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
};

use super::{BULK, CALLS, TELLS, announce, quantile, timed};

/// How much is written and read at once.
const BUFFER: usize = 64 << 10;

#[derive(Serialize, Deserialize)]
struct Small {
    to: u32,
    data: [u8; 32],
}

const SMALL: u8 = 0;
const CALL: u8 = 1;
const LARGE: u8 = 2;
/// Answered when all before it was taken.
const DONE: u8 = 3;

fn codec() -> impl bincode::Options {
    bincode::options().with_varint_encoding()
}

/// A connection and what was read of it.
struct Connection {
    stream: TcpStream,
    read: BytesMut,
}

impl Connection {
    fn new(stream: TcpStream) -> Self {
        stream.set_nodelay(true).expect("the socket takes it");
        Connection { stream, read: BytesMut::with_capacity(BUFFER) }
    }

    /// The next frame; `None` at the end.
    async fn frame(&mut self) -> Option<(u8, Bytes)> {
        loop {
            let length = self.read.first_chunk().map(|length| u32::from_le_bytes(*length) as usize);
            if let Some(length) = length.filter(|length| self.read.len() >= 4 + length) {
                self.read.advance(4);
                let mut frame = self.read.split_to(length).freeze();
                return Some((frame.get_u8(), frame));
            }
            self.read.reserve(length.map_or(BUFFER, |length| (4 + length).saturating_sub(self.read.len()).max(BUFFER)));
            match self.stream.read_buf(&mut self.read).await {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
                Err(error) => panic!("the connection broke: {error}"),
            }
        }
    }

    async fn write(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("the other process lives");
    }

    async fn done(&mut self) {
        self.write(&[1, 0, 0, 0, DONE]).await;
        assert!(matches!(self.frame().await, Some((DONE, _))));
    }
}

fn put(out: &mut Vec<u8>, kind: u8, message: &Small) {
    let start = out.len();
    out.extend([0, 0, 0, 0, kind]);
    codec().serialize_into(&mut *out, message).expect("it can be written");
    let length = (out.len() - start - 4) as u32;
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
}

pub(crate) fn serve(runtime: &Runtime) {
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("there is a free port");
    let address = listener.local_addr().expect("it is bound");
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(Connection::new(stream)));
        }
    });
    announce(&address.to_string());
}

async fn answer(mut connection: Connection) {
    let mut counts = [0_u64; 64];
    while let Some((kind, body)) = connection.frame().await {
        match kind {
            SMALL => {
                let small: Small = codec().deserialize(&body).expect("it can be read");
                counts[small.to as usize] += u64::from(small.data[0]);
            }
            CALL => {
                let small: Small = codec().deserialize(&body).expect("it can be read");
                let mut out = Vec::new();
                put(&mut out, CALL, &small);
                connection.write(&out).await;
            }
            LARGE => drop(std::hint::black_box(body)),
            _ => connection.write(&[1, 0, 0, 0, DONE]).await,
        }
    }
}

/// The connecting end; taken for a round, so that a task can have it.
pub(crate) struct Peer(Option<Connection>);

impl Peer {
    pub(crate) fn connect(runtime: &Runtime, address: &str) -> Self {
        let stream = runtime.block_on(TcpStream::connect(address)).expect("the other process listens");
        Peer(Some(Connection::new(stream)))
    }

    fn take(&mut self) -> Connection {
        self.0.take().expect("one round at a time")
    }
}

pub(crate) fn tell(runtime: &Runtime, peer: &mut Peer, pairs: u32) -> f64 {
    let mut connection = peer.take();
    let (each, connection) = timed(runtime, TELLS, async move {
        let mut out = Vec::with_capacity(BUFFER + 64);
        for n in 0..TELLS as u32 {
            put(&mut out, SMALL, &Small { to: n % pairs, data: [1; 32] });
            if out.len() >= BUFFER {
                connection.write(&out).await;
                out.clear();
            }
        }
        connection.write(&out).await;
        connection.done().await;
        connection
    });
    peer.0 = Some(connection);
    each
}

pub(crate) fn call(runtime: &Runtime, peer: &mut Peer) -> f64 {
    let mut connection = peer.take();
    let (_, (p50, connection)) = timed(runtime, 1, async move {
        let (mut times, mut out) = (Vec::new(), Vec::new());
        for _ in 0..CALLS {
            let begun = Instant::now();
            out.clear();
            put(&mut out, CALL, &Small { to: 0, data: [1; 32] });
            connection.write(&out).await;
            let (_, body) = connection.frame().await.expect("it answers");
            let _small: Small = codec().deserialize(&body).expect("it can be read");
            times.push(begun.elapsed().as_nanos() as f64);
        }
        (quantile(times.into_iter(), 0.5), connection)
    });
    peer.0 = Some(connection);
    p50
}

pub(crate) fn bulk(runtime: &Runtime, peer: &mut Peer, size: usize) -> f64 {
    let mut connection = peer.take();
    let (each, connection) = timed(runtime, (BULK >> 10) as u64, async move {
        let body = Bytes::from(vec![7; size]);
        for _ in 0..BULK / size {
            let mut head = (size as u32 + 1).to_le_bytes().to_vec();
            head.push(LARGE);
            connection.write(&head).await;
            connection.write(&body).await;
        }
        connection.done().await;
        connection
    });
    peer.0 = Some(connection);
    each
}
