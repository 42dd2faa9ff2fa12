//! One direction of a connection in memory: a bounded buffer between a writer and a reader. It can be held, which both ends
//! see as silence, and cut, which both see as an error. Knows nothing of nodes.

use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker, ready},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    task::coop,
};

/// How many bytes may be on their way; a write waits while there are so many.
const BOUND: usize = 64 << 10;

/// What the two ends share.
#[derive(Debug, Default)]
pub(super) struct Pipe(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    bytes: VecDeque<u8>,
    /// Nothing more is written.
    finished: bool,
    /// Nobody reads any more.
    unread: bool,
    held: bool,
    cut: bool,
    reader: Option<Waker>,
    writer: Option<Waker>,
}

/// Reads what was written, and then the end.
#[derive(Debug)]
pub(super) struct PipeReader(Arc<Pipe>);

/// Writes; dropped, the reader comes to the end.
#[derive(Debug)]
pub(super) struct PipeWriter(Arc<Pipe>);

impl Pipe {
    /// One, and its two ends.
    pub(super) fn pair() -> (Arc<Pipe>, PipeReader, PipeWriter) {
        let pipe = Arc::<Pipe>::default();
        (Arc::clone(&pipe), PipeReader(Arc::clone(&pipe)), PipeWriter(pipe))
    }

    /// Breaks it for both ends; what is on its way is lost.
    pub(super) fn cut(&self) {
        self.change(|state| {
            state.cut = true;
            state.bytes.clear();
        });
    }

    /// Lets nothing arrive, or lets all arrive again.
    pub(super) fn hold(&self, held: bool) {
        self.change(|state| state.held = held);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes it, and has both ends look at it again.
    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        change(&mut state);
        let waiting = [state.reader.take(), state.writer.take()];
        drop(state);
        waiting.into_iter().flatten().for_each(Waker::wake);
    }
}

impl AsyncRead for PipeReader {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let turn = ready!(coop::poll_proceed(cx));
        let mut state = self.0.lock();
        if state.cut {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        if state.held || (state.bytes.is_empty() && !state.finished) {
            state.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        turn.made_progress();
        let (front, _) = state.bytes.as_slices();
        let count = front.len().min(buffer.remaining());
        buffer.put_slice(&front[..count]);
        state.bytes.drain(..count);
        let writer = state.writer.take();
        drop(state);
        writer.into_iter().for_each(Waker::wake);
        Poll::Ready(Ok(()))
    }
}

impl PipeWriter {
    fn put(&self, cx: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let turn = ready!(coop::poll_proceed(cx));
        let mut state = self.0.lock();
        if state.cut {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        if state.finished || (state.unread && !state.held) {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let mut room = BOUND - state.bytes.len();
        if room == 0 {
            state.writer = Some(cx.waker().clone());
            return Poll::Pending;
        }
        turn.made_progress();
        let before = state.bytes.len();
        for slice in slices {
            let count = slice.len().min(room);
            state.bytes.extend(&slice[..count]);
            room -= count;
        }
        let written = state.bytes.len() - before;
        let reader = state.reader.take();
        drop(state);
        reader.into_iter().for_each(Waker::wake);
        Poll::Ready(Ok(written))
    }

    fn finish(&self) {
        self.0.change(|state| state.finished = true);
    }
}

impl Drop for PipeReader {
    fn drop(&mut self) {
        self.0.change(|state| {
            state.unread = true;
            state.bytes = VecDeque::new();
        });
    }
}

impl Drop for PipeWriter {
    fn drop(&mut self) {
        self.finish();
    }
}

impl AsyncWrite for PipeWriter {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.put(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.put(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.finish();
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// F1: what is on its way is bounded, and all of it arrives in order, whatever the sizes.
    #[tokio::test]
    async fn what_is_on_its_way_is_bounded_and_arrives_whole() {
        let (pipe, mut reading, mut writing) = Pipe::pair();
        let sent: Vec<u8> = (0..300_000u32).map(|n| n.to_le_bytes()[(n % 3) as usize]).collect();
        let send = async {
            let (first, rest) = sent.split_at(100);
            let (second, rest) = rest.split_at(7);
            let written = writing.write_vectored(&[IoSlice::new(first), IoSlice::new(second)]).await.unwrap();
            assert_eq!(written, 107);
            writing.write_all(rest).await.unwrap();
            writing.shutdown().await.unwrap();
            assert_eq!(writing.write(b"late").await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
        };
        let mut heard = Vec::new();
        let hear = async {
            let mut part = [0; 777];
            loop {
                assert!(pipe.lock().bytes.len() <= BOUND);
                match reading.read(&mut part).await.unwrap() {
                    0 => break,
                    count => heard.extend_from_slice(&part[..count]),
                }
            }
        };
        tokio::join!(send, hear);
        assert!(heard == sent);
    }

    /// E1: both ends see a cut, also when they wait; a reader that goes is seen by the writer.
    #[tokio::test]
    async fn a_cut_wakes_both_ends() {
        let (pipe, mut reading, mut writing) = Pipe::pair();
        let full = vec![0; BOUND + 1];
        pipe.hold(true);
        let (written, read, ()) = tokio::join!(writing.write_all(&full), reading.read_u8(), async { pipe.cut() });
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        assert_eq!(read.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        let (_, reading, mut writing) = Pipe::pair();
        drop(reading);
        assert_eq!(writing.write(b"x").await.unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    /// Held bytes, and the end, arrive when they are let go.
    #[tokio::test]
    async fn what_was_held_arrives_later() {
        let (pipe, mut reading, mut writing) = Pipe::pair();
        pipe.hold(true);
        writing.write_all(b"held").await.unwrap();
        drop(writing);
        let mut text = String::new();
        let (read, ()) = tokio::join!(reading.read_to_string(&mut text), async { pipe.hold(false) });
        assert_eq!((read.unwrap(), text.as_str()), (4, "held"));
    }
}
