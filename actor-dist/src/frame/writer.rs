//! Appends frames in place: the length is filled in at the end, and a frame that is not finished, because of an error or
//! a panic in foreign code, leaves nothing behind. Never sends, and never copies a payload. Driven by `lane` and
//! `control`; `ParcelWriter` by whoever sends a user's message.

use std::ops::Range;

use actor_core::wire::{EncodeError, Encoder, Wire};

use super::{Extension, Kind, field::MAX_PORTS, kind::EXTENDED, reader::LENGTH};

/// A frame in the making, at the end of a buffer.
#[derive(Debug)]
pub(super) struct FrameWriter<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
    finished: bool,
}

impl<'a> FrameWriter<'a> {
    pub(super) fn begin(out: &'a mut Vec<u8>, kind: Kind, beside: &Extension) -> FrameWriter<'a> {
        let start = out.len();
        out.extend_from_slice(&[0; LENGTH]);
        match beside.is_empty() {
            true => out.push(kind as u8),
            false => extended(out, kind, beside),
        }
        FrameWriter { out, start, finished: false }
    }

    pub(super) fn fields(&mut self) -> Encoder<'_> {
        Encoder::new(self.out)
    }

    /// Fills in the length, of so many bytes more than stand here; a frame beyond the limit is taken back.
    pub(super) fn finish(mut self, shared: usize, limit: usize) -> Result<(), EncodeError> {
        let size = (self.out.len() - self.start - LENGTH).saturating_add(shared);
        let length = u32::try_from(size).ok().filter(|_| size <= limit);
        let length = length.ok_or(EncodeError::TooLarge { size, limit: limit.min(u32::MAX as usize) })?;
        patch(self.out, self.start, length);
        self.finished = true;
        Ok(())
    }
}

/// Begins a frame's header that has an extension.
fn extended(out: &mut Vec<u8>, kind: Kind, beside: &Extension) {
    out.extend_from_slice(&[kind as u8 | EXTENDED, 0, 0]);
    let start = out.len();
    beside.put(out);
    let length = u16::try_from(out.len() - start).expect("invariant: what this build knows is short");
    out[start - 2..start].copy_from_slice(&length.to_le_bytes());
}

/// Puts a deadline into the extension of the header that stands there.
fn announce(out: &mut Vec<u8>, header: usize, deadline: u32) -> usize {
    let mut item = Vec::with_capacity(8);
    if out[header] & EXTENDED == 0 {
        out[header] |= EXTENDED;
        item.extend_from_slice(&[0; 2]);
        Extension { deadline: Some(deadline), trace: None }.put(&mut item);
        let length = (item.len() - 2) as u8;
        item[0] = length;
        out.splice(header + 1..header + 1, item.iter().copied());
    } else {
        Extension { deadline: Some(deadline), trace: None }.put(&mut item);
        out.splice(header + 3..header + 3, item.iter().copied());
        let length = u16::from_le_bytes([out[header + 1], out[header + 2]]) + item.len() as u16;
        out[header + 1..header + 3].copy_from_slice(&length.to_le_bytes());
    }
    item.len()
}

/// Appends a frame that has no parcel.
pub(super) fn write(
    out: &mut Vec<u8>,
    kind: Kind,
    limit: usize,
    fields: impl FnOnce(&mut Encoder<'_>) -> Result<(), EncodeError>,
) -> Result<(), EncodeError> {
    let mut frame = FrameWriter::begin(out, kind, &Extension::default());
    fields(&mut frame.fields())?;
    frame.finish(0, limit)
}

impl Drop for FrameWriter<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.out.truncate(self.start);
        }
    }
}

/// Where a frame with a user's message stands in its buffer, and where the message in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Places {
    frame: usize,
    pub(crate) payload: Range<usize>,
}

/// Appends the token of a frame: all of it but the payload, which has so many bytes.
pub(crate) fn token(out: &mut Vec<u8>, frame: &[u8], places: &Places, length: usize) {
    let start = out.len();
    let Places { frame: begin, payload } = places;
    out.extend_from_slice(&[0; LENGTH]);
    out.push(Kind::Token as u8);
    out.extend_from_slice(&frame[begin + LENGTH..payload.start]);
    let stated = out.len() - LENGTH;
    patch(out, stated, u32::try_from(length).unwrap_or(u32::MAX));
    out.extend_from_slice(&frame[payload.end..]);
    let rest = out.len() - start - LENGTH;
    patch(out, start, u32::try_from(rest).unwrap_or(u32::MAX));
}

/// A frame whose last field is a user's message, to be encoded in place. Dropped before it is finished, it leaves
/// nothing in the buffer.
#[derive(Debug)]
pub(crate) struct ParcelWriter<'a> {
    frame: FrameWriter<'a>,
    start: usize,
}

impl<'a> ParcelWriter<'a> {
    pub(super) fn begin(frame: FrameWriter<'a>) -> ParcelWriter<'a> {
        let start = frame.out.len();
        frame.out.extend_from_slice(&[0; LENGTH]);
        ParcelWriter { frame, start }
    }

    /// Where the payload goes: append to it and do nothing else.
    pub(crate) fn payload(&mut self) -> &mut Vec<u8> {
        self.frame.out
    }

    /// Says beside the message how long its callers wait. The message is written by then, and moves; how many bytes, is returned.
    pub(crate) fn announce(&mut self, deadline: u32) -> usize {
        let moved = announce(self.frame.out, self.frame.start + LENGTH, deadline);
        self.start += moved;
        moved
    }

    /// Ends the payload and the frame, with the ports of the replies that are in the payload, and so many bytes of it that do
    /// not stand here.
    ///
    /// # Errors
    /// [`EncodeError::TooLarge`]: the frame is over `limit` bytes; nothing of it is left in the buffer.
    pub(crate) fn finish(
        mut self,
        ports: impl ExactSizeIterator<Item = u64>,
        shared: usize,
        limit: usize,
    ) -> Result<Places, EncodeError> {
        if ports.len() > MAX_PORTS {
            return Err(EncodeError::TooManyReplies { count: ports.len(), limit: MAX_PORTS });
        }
        let payload = self.start + LENGTH..self.frame.out.len();
        let size = payload.len().saturating_add(shared);
        // A length that does not fit is over the limit too, which the frame's end says.
        patch(self.frame.out, self.start, size as u32);
        let mut fields = self.frame.fields();
        (ports.len() as u64).encode(&mut fields)?;
        ports.for_each(|port| fields.raw(&port.to_le_bytes()));
        let frame = self.frame.start;
        self.frame.finish(shared, limit)?;
        Ok(Places { frame, payload })
    }
}

/// Appends a message with its length and no kind, as before authentication.
pub(crate) fn append_message(out: &mut Vec<u8>, message: &[u8]) {
    let length = u32::try_from(message.len()).expect("invariant: what a handshake says is short");
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(message);
}

fn patch(out: &mut [u8], at: usize, length: u32) {
    out[at..at + LENGTH].copy_from_slice(&length.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parcel(out: &mut Vec<u8>) -> ParcelWriter<'_> {
        ParcelWriter::begin(FrameWriter::begin(out, Kind::Tell, &Extension::default()))
    }

    /// F5: neither an error nor a panic in a user's encoding leaves half a frame in a lane.
    #[test]
    fn an_unfinished_frame_leaves_nothing() {
        let mut out = b"before".to_vec();
        parcel(&mut out).payload().extend_from_slice(b"half a message");
        assert_eq!(out, b"before");
        let panicking = std::panic::AssertUnwindSafe(|| {
            let mut unfinished = parcel(&mut out);
            unfinished.payload().push(1);
            panic!("in foreign code");
        });
        assert!(std::panic::catch_unwind(panicking).is_err());
        assert_eq!(out, b"before");
    }

    /// F1: a frame over the limit is refused with its size, and the one at the limit is not.
    #[test]
    fn a_frame_over_the_limit_is_taken_back() {
        let mut out = b"before".to_vec();
        let mut exact = parcel(&mut out);
        exact.payload().extend_from_slice(&[7; 10]);
        let size = 1 + 4 + 10 + 1 + 8;
        assert_eq!(exact.finish([3].into_iter(), 0, size - 1), Err(EncodeError::TooLarge { size, limit: size - 1 }));
        assert_eq!(out, b"before");
        let mut exact = parcel(&mut out);
        exact.payload().extend_from_slice(&[7; 10]);
        assert!(exact.finish([3].into_iter(), 0, size).is_ok());
        assert_eq!(out.len(), 6 + 4 + size);
    }
}
