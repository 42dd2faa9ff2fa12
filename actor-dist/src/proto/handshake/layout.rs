//! The bytes of a handshake message's fields: fixed-width little-endian integers, and strings after a 16 bit length.
//! Knows no message and no codec, never allocates for what a length claims, and never panics on a peer's bytes. Used by
//! `message` and `refusal`.

use actor_core::NodeName;

use super::{HandshakeError, MAX_MESSAGE};

/// Writes one message.
#[derive(Debug)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn new() -> Writer {
        Writer(Vec::with_capacity(256))
    }

    pub(super) fn raw(mut self, bytes: &[u8]) -> Writer {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(super) fn u8(self, number: u8) -> Writer {
        self.raw(&[number])
    }

    pub(super) fn u16(self, number: u16) -> Writer {
        self.raw(&number.to_le_bytes())
    }

    pub(super) fn u32(self, number: u32) -> Writer {
        self.raw(&number.to_le_bytes())
    }

    pub(super) fn u64(self, number: u64) -> Writer {
        self.raw(&number.to_le_bytes())
    }

    /// A string of at most 65 535 bytes; all that is written here is far shorter.
    pub(super) fn text(self, text: &str) -> Writer {
        self.area(text.as_bytes())
    }

    pub(super) fn area(self, bytes: &[u8]) -> Writer {
        let length = u16::try_from(bytes.len()).expect("invariant: what a handshake says is short");
        self.u16(length).raw(bytes)
    }

    pub(super) fn finish(self) -> Vec<u8> {
        debug_assert!(self.0.len() <= MAX_MESSAGE, "a handshake message of {} bytes", self.0.len());
        self.0
    }
}

/// Reads one message; what is left over at its end is a newer peer's and ignored (H3).
#[derive(Debug, Clone)]
pub(super) struct Reader<'a> {
    what: &'static str,
    left: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads the message called `what`.
    pub(super) fn new(what: &'static str, bytes: &'a [u8]) -> Result<Reader<'a>, HandshakeError> {
        let reader = Reader { what, left: bytes };
        match bytes.len() > MAX_MESSAGE {
            true => Err(reader.malformed("it is longer than a handshake message may be")),
            false => Ok(reader),
        }
    }

    pub(super) fn malformed(&self, why: &'static str) -> HandshakeError {
        HandshakeError::Malformed { what: self.what, why }
    }

    pub(super) fn raw(&mut self, length: usize) -> Result<&'a [u8], HandshakeError> {
        let (taken, left) = self.left.split_at_checked(length).ok_or_else(|| self.malformed("it ends too early"))?;
        self.left = left;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], HandshakeError> {
        let bytes = self.raw(N)?;
        Ok(bytes.try_into().expect("invariant: as many bytes were taken"))
    }

    pub(super) fn u8(&mut self) -> Result<u8, HandshakeError> {
        Ok(self.array::<1>()?[0])
    }

    pub(super) fn u16(&mut self) -> Result<u16, HandshakeError> {
        self.array().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, HandshakeError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, HandshakeError> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn area(&mut self) -> Result<&'a [u8], HandshakeError> {
        let length = self.u16()?;
        self.raw(usize::from(length))
    }

    pub(super) fn text(&mut self) -> Result<&'a str, HandshakeError> {
        std::str::from_utf8(self.area()?).map_err(|_| self.malformed("a text in it is not UTF-8"))
    }

    pub(super) fn node_name(&mut self) -> Result<NodeName, HandshakeError> {
        self.text()?.parse().map_err(|_| self.malformed("a node name in it is none"))
    }

    pub(super) fn rest(self) -> &'a [u8] {
        self.left
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// H5: a length is compared with what is there before anything is done with it.
    #[test]
    fn a_length_beyond_the_message_is_malformed() {
        let mut reader = Reader::new("hello", &[0xff, 0xff, b'a']).unwrap();
        assert_eq!(reader.area(), Err(HandshakeError::Malformed { what: "hello", why: "it ends too early" }));
        assert!(Reader::new("hello", &[0; MAX_MESSAGE]).is_ok());
        assert!(Reader::new("hello", &[0; MAX_MESSAGE + 1]).is_err());
    }
}
