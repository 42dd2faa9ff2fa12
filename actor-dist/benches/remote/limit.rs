//! One bare connection that does the same work.

use std::{
    io::ErrorKind,
    time::{Duration, Instant},
};

use bincode::Options as _;
use bytes::{Buf as _, Bytes, BytesMut};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, tcp::OwnedWriteHalf},
    runtime::Runtime,
    sync::mpsc,
};

use super::{
    BULK, CALLS, TELLS, announce,
    beside::{Beside, TIME, WARM, rate},
    quantile, timed,
};

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

/// The bytes of a large message that are written before it is a call's turn.
const CHUNK: usize = 64 << 10;
/// How much the system holds that it has not sent yet.
const UNSENT: u32 = 128 << 10;

/// What the writer of the chunked loop writes next.
enum Write {
    Call(Vec<u8>),
    /// Large messages from now on, or not.
    Bulk(bool),
    /// Answered when all before it was taken; says how many bytes of large messages that were.
    Done,
}

/// Writes chunks while it is to, and whatever else there is between two of them.
async fn chunks(
    mut writing: OwnedWriteHalf,
    mut jobs: mpsc::UnboundedReceiver<Write>,
    sent: mpsc::UnboundedSender<usize>,
) {
    let chunk = vec![7; CHUNK];
    let head = [&(CHUNK as u32 + 1).to_le_bytes()[..], &[LARGE]].concat();
    let (mut bulk, mut bytes) = (false, 0);
    loop {
        let job = match bulk {
            true => jobs.try_recv().ok(),
            false => Some(match jobs.recv().await {
                Some(job) => job,
                None => return,
            }),
        };
        let written = match job {
            Some(Write::Call(call)) => writing.write_all(&call).await,
            Some(Write::Bulk(now)) => {
                bulk = now;
                Ok(())
            }
            Some(Write::Done) => {
                let _nobody_asked = sent.send(std::mem::take(&mut bytes));
                writing.write_all(&[1, 0, 0, 0, DONE]).await
            }
            None => {
                bytes += CHUNK;
                let written = writing.write_all(&head).await;
                written.and(writing.write_all(&chunk).await)
            }
        };
        written.expect("the other process lives");
        tokio::task::yield_now().await;
    }
}

/// On a connection of its own, for one round. What a chunk belongs to makes no difference here, so the size does not either.
pub(crate) fn beside(runtime: &Runtime, peer: &mut Peer, _: usize) -> Beside {
    let address = peer.0.as_ref().and_then(|connection| connection.stream.peer_addr().ok()).expect("it is connected");
    let (_, beside) = timed(runtime, 1, async move {
        let stream = TcpStream::connect(address).await.expect("the other process listens");
        stream.set_nodelay(true).expect("the socket takes it");
        socket2::SockRef::from(&stream).set_tcp_notsent_lowat(UNSENT).expect("the socket takes it");
        let (mut reading, writing) = stream.into_split();
        let (jobs, queue) = mpsc::unbounded_channel();
        let (sent, mut bytes) = mpsc::unbounded_channel();
        let writer = tokio::spawn(chunks(writing, queue, sent));
        let (answered, mut answers) = mpsc::unbounded_channel();
        let reader = tokio::spawn(async move {
            let mut read = BytesMut::with_capacity(BUFFER);
            while reading.read_buf(&mut read).await.is_ok_and(|read| read > 0) {
                while let Some(length) = read.first_chunk().map(|length| u32::from_le_bytes(*length) as usize) {
                    if read.len() < 4 + length {
                        break;
                    }
                    read.advance(4 + length);
                    let _nobody_asked = answered.send(());
                }
            }
        });
        let say = |job| jobs.send(job).expect("the writer lives");
        let begun = Instant::now();
        say(Write::Bulk(true));
        tokio::time::sleep(TIME).await;
        say(Write::Done);
        answers.recv().await.expect("it answers");
        let alone = rate(bytes.recv().await.expect("it counts"), begun.elapsed());
        tokio::time::sleep(WARM).await;
        say(Write::Done);
        answers.recv().await.expect("it answers");
        bytes.recv().await.expect("it counts");
        let (begun, mut times, mut elapsed) = (Instant::now(), Vec::new(), Duration::ZERO);
        while elapsed < TIME {
            let call = Instant::now();
            let mut out = Vec::new();
            put(&mut out, CALL, &Small { to: 0, data: [1; 32] });
            say(Write::Call(out));
            answers.recv().await.expect("it answers");
            times.push(call.elapsed().as_nanos() as f64);
            elapsed = begun.elapsed();
        }
        say(Write::Done);
        answers.recv().await.expect("it answers");
        let rate = rate(bytes.recv().await.expect("it counts"), begun.elapsed());
        writer.abort();
        reader.abort();
        Beside { alone, rate, times }
    });
    beside
}
