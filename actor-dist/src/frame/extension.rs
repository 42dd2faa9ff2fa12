//! The extension of a frame's header: what travels beside a message, in items that a reader passes over when it does not know
//! them. Takes no byte when there is none. Decides nothing: what is sent to whom is agreed on by capabilities.
//!
//! ```text
//! extension = items, 1024 bytes at most
//! item      = tag u8 | length, variable | bytes
//! deadline  = tag 1: milliseconds that the caller still waits, u32 LE
//! trace     = tag 2: trace id, 16 bytes | span id, 8 bytes | flags u8   (W3C Trace Context, version 00)
//! ```
//!
//! Tag 3 is kept for causal stamps and tag 4 for sequence numbers.

use actor_core::{
    TraceContext,
    wire::{DecodeError, Decoder, Limits, Wire},
};

/// What travels beside a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Extension {
    /// How long the caller still waits, in milliseconds.
    pub(crate) deadline: Option<u32>,
    /// Below which span of a trace it was sent.
    pub(crate) trace: Option<TraceContext>,
}

const DEADLINE: u8 = 1;
const TRACE: u8 = 2;

/// The largest extension that is read, in bytes.
const MAX: usize = 1024;

/// Items take no memory beyond their own.
const LIMITS: Limits = Limits { memory: 1 << 10, depth: 4 };

impl Extension {
    pub(super) fn is_empty(&self) -> bool {
        self.deadline.is_none() && self.trace.is_none()
    }

    /// Appends the items.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        if let Some(deadline) = self.deadline {
            out.extend_from_slice(&[DEADLINE, 4]);
            out.extend_from_slice(&deadline.to_le_bytes());
        }
        if let Some(trace) = &self.trace {
            out.extend_from_slice(&[TRACE, 25]);
            out.extend_from_slice(&trace.trace_id());
            out.extend_from_slice(&trace.span_id());
            out.push(trace.flags());
        }
    }

    /// Reads all items, and passes over those it does not know.
    pub(super) fn read(bytes: &[u8]) -> Result<Extension, DecodeError> {
        if bytes.len() > MAX {
            return Err(invalid("it is longer than 1024 bytes"));
        }
        let (mut found, mut left) = (Extension::default(), bytes);
        while let Some((tag, rest)) = left.split_first() {
            let mut d = Decoder::new(rest, LIMITS);
            let length = u64::decode(&mut d)?;
            let item = d.raw(usize::try_from(length).map_err(|_| DecodeError::UnexpectedEnd)?)?;
            let read = item.as_ptr().addr() - rest.as_ptr().addr() + item.len();
            left = &rest[read..];
            let fresh = match *tag {
                DEADLINE => found.deadline.replace(deadline(item)?).is_none(),
                TRACE => found.trace.replace(trace(item)?).is_none(),
                _ => true,
            };
            if !fresh {
                return Err(invalid("an item is there twice"));
            }
        }
        Ok(found)
    }
}

fn deadline(item: &[u8]) -> Result<u32, DecodeError> {
    let bytes = item.try_into().map_err(|_| invalid("a deadline has four bytes"))?;
    Ok(u32::from_le_bytes(bytes))
}

fn trace(item: &[u8]) -> Result<TraceContext, DecodeError> {
    let context =
        match (item.first_chunk::<16>(), item.get(16..24).and_then(|span| span.first_chunk::<8>()), item.len()) {
            (Some(trace), Some(span), 25) => TraceContext::new(*trace, *span, item[24]),
            _ => return Err(invalid("a trace context has 25 bytes")),
        };
    context.ok_or_else(|| invalid("the ids of a trace context are not zero"))
}

fn invalid(why: &'static str) -> DecodeError {
    DecodeError::invalid("header extension", why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Extension {
        Extension { deadline: Some(5000), trace: TraceContext::new([0xab; 16], [7; 8], 1) }
    }

    fn written(extension: &Extension) -> Vec<u8> {
        let mut out = Vec::new();
        extension.put(&mut out);
        out
    }

    /// DESIGN §6: nothing when there is nothing; H3: the wire never changes silently.
    #[test]
    fn the_items_are_what_they_have_always_been() {
        let bytes = written(&sample());
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "0104881300000219abababababababababababababababab070707070707070701");
        assert_eq!(Extension::read(&bytes), Ok(sample()));
        assert!(written(&Extension::default()).is_empty());
        assert_eq!(Extension::read(b""), Ok(Extension::default()));
        let deadline = Extension { deadline: Some(7), trace: None };
        assert_eq!(Extension::read(&written(&deadline)), Ok(deadline));
    }

    /// H3: later builds may have more to say, anywhere.
    #[test]
    fn unknown_items_are_passed_over() {
        let (ours, theirs) = (written(&sample()), b"\x03\x02ab\xff\0\x04\xfb\x2c\x01");
        let long = [&theirs[..], &[9; 300]].concat();
        for bytes in [[&ours[..], &long].concat(), [&long[..], &ours].concat()] {
            assert_eq!(Extension::read(&bytes), Ok(sample()));
        }
    }

    /// F5: what is cut, twice there, too long or of another form is malformed, and no bytes panic.
    #[test]
    fn what_is_no_extension_says_why() {
        let why = |bytes: &[u8]| Extension::read(bytes).unwrap_err().to_string();
        let bytes = written(&sample());
        for length in 1..bytes.len() {
            if length != 6 {
                assert_eq!(Extension::read(&bytes[..length]), Err(DecodeError::UnexpectedEnd), "{length}");
            }
            for byte in 0..=u8::MAX {
                let mut changed = bytes.clone();
                changed[length] = byte;
                let _ = Extension::read(&changed);
            }
        }
        assert!(why(&[&bytes[..6], &bytes[..6]].concat()).contains("an item is there twice"));
        assert!(why(b"\x01\x03abc").contains("a deadline has four bytes"));
        assert!(why(b"\x02\x03abc").contains("a trace context has 25 bytes"));
        assert!(why(&[&b"\x02\x19"[..], &[0; 25]].concat()).contains("are not zero"));
        assert!(why(&[9; 1025]).contains("longer than 1024 bytes"));
        assert_eq!(Extension::read(b"\x07\xfd\xff\xff\xff\xff\xff\xff\xff\xff"), Err(DecodeError::UnexpectedEnd));
    }
}
