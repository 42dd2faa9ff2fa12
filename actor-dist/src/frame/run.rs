//! The frames that came with one read, in one piece of memory: what most of them are is read where it stands, without a share of
//! the memory for each. Anything unusual about a frame is left to who reads it as a value, and so is every error.

use std::ops::Range;

use actor_core::{
    ActorId,
    wire::{Decoder, Edge, Wire},
};
use bytes::Bytes;

use super::{
    Frame, FrameError, Kind, field,
    reader::{LENGTH, extension, header},
};

/// Frames, each of them whole.
#[derive(Debug)]
pub(crate) struct Run {
    memory: Bytes,
    at: usize,
}

/// A frame.
#[derive(Debug)]
pub(crate) enum Piece {
    /// A plain message to an actor: by a protocol that it handles, without replies, with nothing beside it.
    Tell(Tell),
    Frame(Frame),
}

/// What is read of a plain message.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Tell {
    pub(crate) actor: ActorId,
    pub(crate) edge: Edge,
    /// Where it stands in the memory.
    pub(crate) payload: Range<usize>,
    frame: Range<usize>,
}

impl Run {
    pub(super) fn new(memory: Bytes) -> Run {
        Run { memory, at: 0 }
    }

    /// The next frame; none at the end. Optional ones are skipped.
    ///
    /// # Errors
    /// [`FrameError`]: the rest cannot be read.
    pub(crate) fn next(&mut self) -> Result<Option<Piece>, FrameError> {
        while let Some(length) = self.memory[self.at..].first_chunk::<LENGTH>() {
            let begin = self.at + LENGTH;
            let end = begin + u32::from_le_bytes(*length) as usize;
            self.at = end;
            if let Some(tell) = self.tell(begin..end) {
                return Ok(Some(Piece::Tell(tell)));
            }
            if let Some(frame) = self.frame(begin..end)? {
                return Ok(Some(Piece::Frame(frame)));
            }
        }
        Ok(None)
    }

    /// The memory of all.
    pub(crate) fn memory(&self) -> &Bytes {
        &self.memory
    }

    /// The whole frame of a plain message of this run, which is there and can be read.
    ///
    /// # Errors
    /// [`FrameError`], for one of another run.
    pub(crate) fn whole(&self, tell: &Tell) -> Result<Option<Frame>, FrameError> {
        self.frame(tell.frame.clone())
    }

    fn frame(&self, place: Range<usize>) -> Result<Option<Frame>, FrameError> {
        let frame = &self.memory[place.clone()];
        let (kind, header) = header(frame)?;
        if kind == Kind::Optional {
            return Ok(None);
        }
        let extension = extension(kind, &frame[..header])?;
        Ok(Some(Frame { kind, extension, body: self.memory.slice(place.start + header..place.end) }))
    }

    fn tell(&self, place: Range<usize>) -> Option<Tell> {
        let body = self.memory[place.clone()].strip_prefix(&[Kind::Tell as u8])?;
        let d = &mut Decoder::new(body, field::LIMITS);
        let actor = ActorId::decode(d).ok()?;
        let edge = field::edge(d).ok()?;
        let _version = u16::decode(d).ok()?;
        let length = u32::from_le_bytes(d.raw(4).ok()?.try_into().ok()?) as usize;
        let payload = d.raw(length).ok()?;
        // Behind it stands how many replies are in it.
        let end = place.end.checked_sub(1).filter(|_| d.raw(1) == Ok(&[0]) && d.raw(1).is_err())?;
        Some(Tell { actor, edge, payload: end - payload.len()..end, frame: place })
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;

    use super::{
        super::{FrameReader, Lane},
        *,
    };

    const LIMIT: usize = 1 << 16;

    fn runs(stream: &[u8]) -> Result<Vec<Frame>, FrameError> {
        let (mut reader, mut buffer, mut found) = (FrameReader::new(LIMIT), BytesMut::from(stream), Vec::new());
        while let Some(mut run) = reader.run(&mut buffer)? {
            while let Some(piece) = run.next()? {
                found.extend(match piece {
                    Piece::Frame(frame) => Some(frame),
                    Piece::Tell(tell) => same(&run, &tell),
                });
            }
        }
        Ok(found)
    }

    /// The frame, which says what was read of it.
    fn same(run: &Run, tell: &Tell) -> Option<Frame> {
        let frame = run.whole(tell).unwrap();
        let Ok(Lane::Tell { actor, way, payload, ports, .. }) = Lane::decode(frame.clone().unwrap()) else {
            panic!("it is a message");
        };
        assert_eq!((actor, way.protocol(), way.via(), ports), (tell.actor, tell.edge, 0, vec![]));
        assert_eq!(payload, run.memory()[tell.payload.clone()]);
        frame
    }

    fn singly(stream: &[u8]) -> Result<Vec<Frame>, FrameError> {
        let (mut reader, mut buffer, mut found) = (FrameReader::new(LIMIT), BytesMut::from(stream), Vec::new());
        while let Some(frame) = reader.next(&mut buffer)? {
            found.push(frame);
        }
        Ok(found)
    }

    /// S1, F5: all at once or one by one, whole or broken, the same frames come out, and the same errors.
    #[test]
    fn a_run_is_its_frames() {
        let mut stream = Vec::new();
        for n in 0..4_u8 {
            let payload = Bytes::from(vec![n; usize::from(n) * 40]);
            let (actor, way) = (ActorId(300), actor_core::route::Way::direct(Edge::from_bits(7)));
            let ports = vec![9; usize::from(n == 2)];
            Lane::Tell { actor, way, version: 2, payload, ports }.encode(&mut stream, LIMIT).unwrap();
        }
        stream.extend_from_slice(b"\x04\0\0\0\x45abc\x09\0\0\0\xa2\x03\0ext\xffab");
        assert_eq!(runs(&stream), singly(&stream));
        for at in 0..stream.len() {
            for byte in [0, 1, 0x7f, 0xff, stream[at] ^ 1] {
                let mut broken = stream.clone();
                broken[at] = byte;
                assert_eq!(runs(&broken), singly(&broken), "byte {at} as {byte}");
            }
        }
    }
}
