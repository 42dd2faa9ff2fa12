//! What is fed with bytes of any origin, to find those that do harm: a panic here is a finding. The only door to the inside
//! of this crate, and only in builds with `--cfg fuzzing` and in its own tests. Driven by the programs in `fuzz/`, and for
//! a moment by every test run.

use std::collections::BTreeMap;

use bytes::{Bytes, BytesMut};

pub use crate::proto::handshake::play as handshake;
use crate::{
    frame::{
        CHUNK_HEADER, ChunkHeader, Control, Extension, Frame, FrameError, FrameReader, Lane, Piece, Run, Schemas, Tell,
        take_message, tell,
    },
    proto::{flow::assembly::Assembly, handshake::MAX_MESSAGE},
};

/// The bound of a frame here: small, so that what is beyond it is tried often.
const LIMIT: usize = 1 << 12;

/// A stream of frames, cut into pieces as its first byte says.
///
/// # Panics
/// If it matters where the stream is cut, or whether its frames are read one by one or where they stand; if two readers take
/// one frame; or if what was read from a frame cannot be written and read again as what it is.
pub fn frames(input: &[u8]) {
    let Some((step, stream)) = input.split_first() else { return };
    let (step, uncut) = (usize::from(*step) + 1, stream.len().max(1));
    let singly = read(stream, uncut);
    assert_eq!(singly, read(stream, step), "cut after {step} bytes");
    assert_eq!(singly, read_in_runs(stream, uncut), "at once");
    assert_eq!(singly, read_in_runs(stream, step), "at once, cut after {step} bytes");
    assert_eq!(messages(stream, uncut), messages(stream, step), "messages, cut after {step} bytes");
    for frame in singly.0 {
        let taken = [lane(&frame), control(&frame), schemas(&frame)];
        assert!(taken.iter().filter(|taken| **taken).count() <= 1, "{frame:?} is read as two things");
        assert_eq!(only(&frame.written()), frame, "its extension is read and written");
        announced(&frame);
    }
}

/// What was read of a stream, and why there is no more.
type Found<T> = (Vec<T>, Option<FrameError>);

/// All frames that arrive in pieces of so many bytes.
fn read(stream: &[u8], step: usize) -> Found<Frame> {
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

/// The same frames, each read where it stands among those that came with it.
fn read_in_runs(stream: &[u8], step: usize) -> Found<Frame> {
    let (mut reader, mut buffer, mut frames) = (FrameReader::new(LIMIT), BytesMut::new(), Vec::new());
    for piece in stream.chunks(step) {
        buffer.extend_from_slice(piece);
        if let Err(error) = whole_ones(&mut reader, &mut buffer, &mut frames) {
            return (frames, Some(error));
        }
        assert_ne!(reader.missing(&buffer), 0, "something is missing of what is left");
    }
    (frames, None)
}

/// Takes what is whole.
fn whole_ones(reader: &mut FrameReader, buffer: &mut BytesMut, frames: &mut Vec<Frame>) -> Result<(), FrameError> {
    while let Some(mut run) = reader.run(buffer)? {
        while let Some(piece) = run.next()? {
            frames.push(match piece {
                Piece::Frame(frame) => frame,
                Piece::Tell(tell) => told(&run, &tell),
            });
        }
    }
    Ok(())
}

/// The frame of a plain message, which says what was read where it stands.
fn told(run: &Run, plain: &Tell) -> Frame {
    let frame = run.whole(plain).expect("it is a frame").expect("it is not skipped");
    assert_eq!(frame.extension, Extension::default());
    match Lane::decode(frame.clone()) {
        Ok(Lane::Tell { actor, way, payload, ports, .. }) => {
            assert_eq!((actor, way.protocol(), way.via(), &*ports), (plain.actor, plain.edge, 0, &[][..]));
            assert_eq!(payload, run.memory()[plain.payload.clone()]);
        }
        other => panic!("{plain:?} is read as {other:?}"),
    }
    frame
}

/// The same stream as messages before authentication.
fn messages(stream: &[u8], step: usize) -> Found<Bytes> {
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

/// A deadline that is known when the message is written stands where one does that was known before.
fn announced(frame: &Frame) {
    let (Some(deadline), Ok(Lane::Tell { actor, way, version, payload, ports })) =
        (frame.extension.deadline, Lane::decode(frame.clone()))
    else {
        return;
    };
    let written = |beside: &Extension, late: Option<u32>| {
        let mut out = Vec::new();
        let mut parcel = tell(&mut out, beside, actor, way, version).expect("it was read");
        parcel.payload().extend_from_slice(&payload);
        late.map(|deadline| parcel.announce(deadline));
        parcel.finish(ports.iter().copied(), 0, LIMIT).expect("what was in a frame fits into one");
        out
    };
    let unannounced = Extension { deadline: None, ..frame.extension };
    assert_eq!(written(&unannounced, Some(deadline)), written(&frame.extension, None), "{frame:?}");
}

/// The frame that was written.
fn only(written: &[u8]) -> Frame {
    let (mut frames, broken) = read(written, written.len());
    assert_eq!((frames.len(), broken), (1, None));
    frames.remove(0)
}

/// Chunks of bodies, as a connection for them brings them.
///
/// # Panics
/// If a body is not what its chunks were, there is no room for a chunk that was taken, or memory is used again that somebody
/// holds.
pub fn bodies(input: &[u8]) {
    let (mut assembly, mut begun, mut held) = (Assembly::new(LIMIT, 4 * LIMIT), BTreeMap::new(), Vec::new());
    let mut left = input;
    while let Some((header, rest)) = left.split_first_chunk::<CHUNK_HEADER>() {
        let Ok(found) = ChunkHeader::decode(*header) else { break };
        assert_eq!(found.encode(), *header);
        let ChunkHeader { body, length, chunk } = found;
        let Ok(memory) = assembly.chunk(body, length, chunk) else { break };
        assert!(memory.capacity() - memory.len() >= chunk, "no memory is taken for it any more");
        let Some((bytes, rest)) = rest.split_at_checked(chunk) else { break };
        memory.extend_from_slice(bytes);
        left = rest;
        let expected: &mut Vec<u8> = begun.entry(body).or_default();
        expected.extend_from_slice(bytes);
        let expected = if expected.len() == length { begun.remove(&body) } else { None };
        let whole = assembly.complete(body);
        assert_eq!(whole.as_deref(), expected.as_deref());
        assert_eq!(assembly.is_empty(), begun.is_empty());
        match body % 4 {
            0 => held.extend(whole.zip(expected)),
            1 => assembly.release(),
            _ => {}
        }
    }
    assert!(held.iter().all(|(body, expected)| body == expected), "memory was used again that is held");
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;
    use crate::{frame::Kind, proto::handshake::numbers};

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

    /// F5, S1.
    #[test]
    fn no_chunk_does_harm() {
        feed("bodies", 30_000, bodies);
    }

    /// A frame of a layout that is no more is malformed, and all that is made of it.
    #[test]
    fn every_kind_of_frame_is_among_the_seeds() {
        let known = |number| read(&[1, 0, 0, 0, number], 5).0.first().map(|frame| frame.kind);
        let mut missing: BTreeSet<Kind> = (0..0x80).filter_map(known).filter(|kind| *kind != Kind::Chunk).collect();
        for seed in seeds("frames") {
            for frame in read(&seed[1..], seed.len()).0 {
                if lane(&frame) || control(&frame) || schemas(&frame) {
                    missing.remove(&frame.kind);
                }
            }
        }
        assert!(missing.is_empty(), "{missing:?}");
    }

    /// H1, H5.
    #[test]
    fn no_conversation_does_harm() {
        feed("handshake", 3_000, handshake);
    }
}
