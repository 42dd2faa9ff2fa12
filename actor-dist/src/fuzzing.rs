//! What is fed with bytes of any origin, to find those that do harm: a panic here is a finding. The only door to the inside
//! of this crate, and only in builds with `--cfg fuzzing` and in its own tests. Driven by the programs in `fuzz/`, and for
//! a moment by every test run.

use bytes::BytesMut;

pub use crate::proto::handshake::play as handshake;
use crate::{
    frame::{Control, Frame, FrameError, FrameReader, Lane, Schemas, take_message},
    proto::handshake::MAX_MESSAGE,
};

/// The bound of a frame here: small, so that what is beyond it is tried often.
const LIMIT: usize = 1 << 12;

/// A stream of frames, cut into pieces as its first byte says.
///
/// # Panics
/// If it matters where the stream is cut, if two readers take one frame, or if what was read from a frame cannot be written
/// and read again as what it is.
pub fn frames(input: &[u8]) {
    let Some((step, stream)) = input.split_first() else { return };
    let step = usize::from(*step) + 1;
    let (whole, broken) = read(stream, stream.len().max(1));
    assert_eq!((&whole, &broken), (&read(stream, step).0, &read(stream, step).1), "cut after {step} bytes");
    assert_eq!(messages(stream, stream.len().max(1)), messages(stream, step), "messages, cut after {step} bytes");
    for frame in whole {
        let taken = [lane(&frame), control(&frame), schemas(&frame)];
        assert!(taken.iter().filter(|taken| **taken).count() <= 1, "{frame:?} is read as two things");
        assert_eq!(only(&frame.written()), frame, "its extension is read and written");
    }
}

/// All frames that arrive in pieces of so many bytes, and why there are no more.
fn read(stream: &[u8], step: usize) -> (Vec<Frame>, Option<FrameError>) {
    let (mut reader, mut buffer, mut frames) = (FrameReader::new(LIMIT), BytesMut::new(), Vec::new());
    for piece in stream.chunks(step) {
        buffer.extend_from_slice(piece);
        loop {
            match reader.next(&mut buffer) {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(error) => return (frames, Some(error)),
            }
        }
    }
    (frames, None)
}

/// The same stream as messages before authentication.
fn messages(stream: &[u8], step: usize) -> (Vec<bytes::Bytes>, Option<FrameError>) {
    let (mut buffer, mut messages) = (BytesMut::new(), Vec::new());
    for piece in stream.chunks(step) {
        buffer.extend_from_slice(piece);
        loop {
            match take_message(&mut buffer, MAX_MESSAGE) {
                Ok(Some(message)) => messages.push(message),
                Ok(None) => break,
                Err(error) => return (messages, Some(error)),
            }
        }
    }
    (messages, None)
}

fn lane(frame: &Frame) -> bool {
    let written = |frame: &Frame| {
        let mut out = Vec::new();
        let found = Lane::decode(frame.clone()).ok()?;
        found.encode(&mut out, LIMIT).expect("what was in a frame fits into one");
        Some(out)
    };
    is_same_again(frame, written)
}

fn control(frame: &Frame) -> bool {
    let written = |frame: &Frame| {
        let mut out = Vec::new();
        let found = Control::decode(frame.clone()).ok()?;
        found.encode(&mut out, LIMIT).expect("what was in a frame fits into one");
        Some(out)
    };
    is_same_again(frame, written)
}

fn schemas(frame: &Frame) -> bool {
    let written = |frame: &Frame| {
        let mut out = Vec::new();
        let found = Schemas::decode(frame).ok()?;
        found.encode(&mut out).expect("what was in a frame fits into one");
        Some(out)
    };
    is_same_again(frame, written)
}

/// Whether the frame can be read; what is written of it is then written of that again. Values are not compared: an actor that
/// is nowhere is not equal to itself.
fn is_same_again(frame: &Frame, written: impl Fn(&Frame) -> Option<Vec<u8>>) -> bool {
    let Some(once) = written(frame) else { return false };
    assert_eq!(written(&only(&once)).as_ref(), Some(&once), "{frame:?}");
    true
}

/// The frame that was written.
fn only(written: &[u8]) -> Frame {
    let (mut frames, broken) = read(written, written.len());
    assert_eq!((frames.len(), broken), (1, None));
    frames.remove(0)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;
    use crate::proto::handshake::numbers;

    /// The inputs that were kept for a target: one of each kind, and what was once a finding.
    fn seeds(target: &str) -> Vec<Vec<u8>> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(target);
        let entries = fs::read_dir(folder).expect("the workspace has seeds").flatten();
        let seeds: Vec<_> = entries.map(|entry| fs::read(entry.path()).expect("a seed can be read")).collect();
        assert!(!seeds.is_empty(), "there are seeds for {target}");
        seeds
    }

    /// Every seed as it is, then so many that are made of them by chance.
    fn feed(target: &str, rounds: usize, run: fn(&[u8])) {
        let (seeds, mut next) = (seeds(target), numbers(0x5eed));
        seeds.iter().for_each(|seed| run(seed));
        let mut below = |bound: usize| (next() % bound.max(1) as u64) as usize;
        for _ in 0..rounds {
            let mut input = seeds[below(seeds.len())].clone();
            if below(4) == 0 {
                input.truncate(below(input.len()));
                input.extend_from_slice(&seeds[below(seeds.len())]);
            }
            for _ in 0..below(6) {
                let at = below(input.len());
                match (below(3), input.get_mut(at)) {
                    (0, Some(byte)) => *byte ^= 1 << below(8),
                    (1, Some(byte)) => *byte = below(256) as u8,
                    _ => input.insert(at, below(256) as u8),
                }
            }
            run(&input);
        }
    }

    /// F5, S1.
    #[test]
    fn no_stream_does_harm() {
        feed("frames", 30_000, frames);
    }

    /// H1, H5.
    #[test]
    fn no_conversation_does_harm() {
        feed("handshake", 3_000, handshake);
    }
}
