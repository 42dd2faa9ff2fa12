//! Cuts a stream of bytes into frames, whatever pieces it comes in. Compares a length with the bound before anything is
//! done about it, and leaves the buffer as it is after an error, which is the connection's end. Driven by whoever reads
//! the connection and owns the buffer.

use bytes::{Buf, Bytes, BytesMut};

use super::{Extension, FrameError, Kind, Run, kind::EXTENDED};

/// One frame, whole, with its body not looked into yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    /// What it is.
    pub(crate) kind: Kind,
    /// What stands beside the body.
    pub(crate) extension: Extension,
    /// What follows the header.
    pub(crate) body: Bytes,
}

#[cfg(any(test, fuzzing))]
impl Frame {
    /// The bytes of the frame, without what this build does not know of its extension.
    pub(crate) fn written(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut frame = super::writer::FrameWriter::begin(&mut out, self.kind, &self.extension);
        frame.fields().raw(&self.body);
        frame.finish(0, usize::MAX).expect("a frame that was read has a length");
        out
    }
}

#[cfg(test)]
impl Frame {
    /// A frame without an extension.
    pub(crate) fn plain(kind: Kind, body: impl Into<Bytes>) -> Frame {
        Frame { kind, extension: Extension::default(), body: body.into() }
    }
}

/// Cuts frames of at most so many bytes.
#[derive(Debug, Clone)]
pub(crate) struct FrameReader {
    max_frame: usize,
}

impl FrameReader {
    /// A reader that takes frames of up to `max_frame` bytes, the four of the length not counted.
    pub(crate) fn new(max_frame: usize) -> FrameReader {
        FrameReader { max_frame }
    }

    /// Takes the next frame out of the buffer; none when more bytes are needed. Optional frames are skipped.
    ///
    /// # Errors
    /// [`FrameError`]: the stream cannot be read any further.
    pub(crate) fn next(&mut self, buffer: &mut BytesMut) -> Result<Option<Frame>, FrameError> {
        while let Some(length) = complete(buffer, self.max_frame)? {
            let (kind, header) = header(&buffer[LENGTH..LENGTH + length])?;
            if kind == Kind::Optional {
                buffer.advance(LENGTH + length);
                continue;
            }
            let extension = extension(kind, &buffer[LENGTH..LENGTH + header])?;
            let mut body = take(buffer, length);
            body.advance(header);
            return Ok(Some(Frame { kind, extension, body }));
        }
        Ok(None)
    }

    /// Takes all frames that are whole out of the buffer, in one piece; none when more bytes are needed.
    ///
    /// # Errors
    /// [`FrameError`], when none of them is left before it.
    pub(crate) fn run(&mut self, buffer: &mut BytesMut) -> Result<Option<Run>, FrameError> {
        let mut end = 0;
        let cut = loop {
            match complete(&buffer[end..], self.max_frame) {
                Ok(Some(length)) => end += LENGTH + length,
                Ok(None) => break Ok(None),
                Err(error) => break Err(error),
            }
        };
        if end == 0 { cut } else { Ok(Some(Run::new(buffer.split_to(end).freeze()))) }
    }

    /// How many bytes the frame that the buffer begins with still needs, once its length is there.
    pub(crate) fn missing(&self, buffer: &BytesMut) -> usize {
        let length = buffer.first_chunk::<LENGTH>().map_or(0, |prefix| u32::from_le_bytes(*prefix) as usize);
        (LENGTH + length.min(self.max_frame)).saturating_sub(buffer.len())
    }
}

/// Takes the next message of at most `limit` bytes that stands behind a length and has no kind, as before
/// authentication; none when more bytes are needed.
///
/// # Errors
/// [`FrameError::TooLarge`] or [`FrameError::Empty`].
pub(crate) fn take_message(buffer: &mut BytesMut, limit: usize) -> Result<Option<Bytes>, FrameError> {
    Ok(complete(buffer, limit)?.map(|length| take(buffer, length)))
}

/// The bytes of a length.
pub(super) const LENGTH: usize = 4;

/// The length of the frame that the buffer begins with, if all of it is there.
fn complete(buffer: &[u8], limit: usize) -> Result<Option<usize>, FrameError> {
    let Some(prefix) = buffer.first_chunk::<LENGTH>() else { return Ok(None) };
    let length = u32::from_le_bytes(*prefix) as usize;
    if length == 0 {
        return Err(FrameError::Empty);
    }
    if length > limit {
        return Err(FrameError::TooLarge { claimed: length, limit });
    }
    Ok((buffer.len() - LENGTH >= length).then_some(length))
}

/// The frame that stands in another one.
pub(super) fn inner(mut body: Bytes) -> Result<Frame, FrameError> {
    if body.is_empty() {
        return Err(FrameError::Empty);
    }
    let (kind, header) = header(&body)?;
    let extension = extension(kind, &body[..header])?;
    body.advance(header);
    Ok(Frame { kind, extension, body })
}

fn take(buffer: &mut BytesMut, length: usize) -> Bytes {
    buffer.advance(LENGTH);
    buffer.split_to(length).freeze()
}

/// The bytes of a kind, and of a kind and an extension's length.
const PLAIN: usize = 1;
const EXTENDS: usize = PLAIN + 2;

/// What stands in a header beside the kind.
pub(super) fn extension(kind: Kind, header: &[u8]) -> Result<Extension, FrameError> {
    match header.len() {
        ..=PLAIN => Ok(Extension::default()),
        _ => Extension::read(&header[EXTENDS..]).map_err(|why| FrameError::MalformedExtension { kind, why }),
    }
}

/// What the frame is, and how many bytes its kind and its extension take.
pub(super) fn header(frame: &[u8]) -> Result<(Kind, usize), FrameError> {
    let kind = Kind::from_number(frame[0] & !EXTENDED)?;
    if frame[0] & EXTENDED == 0 {
        return Ok((kind, PLAIN));
    }
    let length = frame[1..].first_chunk().map(|length| usize::from(u16::from_le_bytes(*length)));
    match length.map(|length| EXTENDS + length) {
        Some(header) if header <= frame.len() => Ok((kind, header)),
        _ => Err(FrameError::CutExtension(kind)),
    }
}

#[cfg(test)]
mod tests {
    use actor_core::wire::DecodeError;

    use super::*;

    fn frames(stream: &[u8]) -> Result<Vec<Frame>, FrameError> {
        let (mut reader, mut buffer) = (FrameReader::new(100), BytesMut::from(stream));
        let mut frames = Vec::new();
        while let Some(frame) = reader.next(&mut buffer)? {
            frames.push(frame);
        }
        Ok(frames)
    }

    fn frame(kind: Kind, body: &'static [u8]) -> Frame {
        Frame::plain(kind, body)
    }

    const STREAM: &[u8] =
        b"\x03\0\0\0\x21ab\x01\0\0\0\x20\x04\0\0\0\x45abc\x09\0\0\0\xa2\x03\0\x63\x01t\xffab\x02\0\0\0\x21c";

    /// F5, H3: extensions and optional kinds are skipped, and what follows them is read.
    #[test]
    fn unknown_extensions_and_optional_kinds_are_skipped() {
        let expected = [
            frame(Kind::Ping, b"ab"),
            frame(Kind::Heartbeat, b""),
            frame(Kind::Pong, b"\xffab"),
            frame(Kind::Ping, b"c"),
        ];
        assert_eq!(frames(STREAM).unwrap(), expected);
    }

    /// S1: the pieces in which a stream arrives make no difference.
    #[test]
    fn byte_by_byte_gives_the_same_frames() {
        let (mut reader, mut buffer, mut found) = (FrameReader::new(100), BytesMut::new(), Vec::new());
        for byte in STREAM {
            buffer.extend_from_slice(&[*byte]);
            while let Some(frame) = reader.next(&mut buffer).unwrap() {
                found.push(frame);
            }
        }
        assert_eq!(found, frames(STREAM).unwrap());
        assert!(buffer.is_empty());
    }

    /// F5, H5: a length beyond the bound is an error before the frame is waited for, and stays one.
    #[test]
    fn a_giant_length_is_refused_at_once() {
        let mut buffer = BytesMut::from(&b"\xff\xff\xff\xff"[..]);
        let capacity = buffer.capacity();
        let giant = FrameError::TooLarge { claimed: u32::MAX as usize, limit: 1 << 20 };
        assert_eq!(FrameReader::new(1 << 20).next(&mut buffer), Err(giant.clone()));
        assert_eq!(FrameReader::new(1 << 20).next(&mut buffer), Err(giant.clone()));
        assert_eq!(take_message(&mut buffer, 1 << 20), Err(giant));
        assert_eq!((buffer.len(), buffer.capacity()), (4, capacity));
    }

    /// F5.
    #[test]
    fn what_is_no_frame_says_why() {
        assert_eq!(frames(b"\0\0\0\0"), Err(FrameError::Empty));
        assert_eq!(frames(b"\x01\0\0\0\x3f"), Err(FrameError::UnknownKind(0x3f)));
        assert_eq!(frames(b"\x01\0\0\0\0"), Err(FrameError::UnknownKind(0)));
        assert_eq!(frames(b"\x02\0\0\0\xa0\0"), Err(FrameError::CutExtension(Kind::Heartbeat)));
        assert_eq!(frames(b"\x03\0\0\0\xa0\x01\0"), Err(FrameError::CutExtension(Kind::Heartbeat)));
        assert_eq!(frames(b"\x03\0\0\0\xff\x01\0"), Err(FrameError::CutExtension(Kind::Optional)));
        let short = FrameError::MalformedExtension { kind: Kind::Heartbeat, why: DecodeError::UnexpectedEnd };
        assert_eq!(frames(b"\x05\0\0\0\xa0\x02\0\x63\x01"), Err(short));
        assert_eq!(frames(b"\x65\0\0\0"), Err(FrameError::TooLarge { claimed: 101, limit: 100 }));
    }

    /// H5: before authentication a message is a length and bytes, under a bound of its own.
    #[test]
    fn a_message_without_a_kind_is_taken_whole() {
        let mut buffer = BytesMut::from(&b"\x03\0\0\0\x3fab\x09"[..]);
        assert_eq!(take_message(&mut buffer, 3), Ok(Some(Bytes::from_static(b"\x3fab"))));
        assert_eq!((take_message(&mut buffer, 3), &buffer[..]), (Ok(None), &b"\x09"[..]));
    }
}
