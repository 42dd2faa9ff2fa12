//! The sink of [`Wire::encode`](super::Wire::encode): appends bytes and collects the replies that leave with them.
//! Never sends: the caller commits the replies when the message is surely on its way, or drops them and hands the
//! message back whole.

use std::{borrow::Cow, fmt, sync::Arc};

use bytes::Bytes;
use serde::Serialize;

use super::{
    Edge, EncodeError, codec,
    version::{Agreed, Versions},
};
use crate::route::{Port, PortId, Ports};

/// Where a value is written, with the context it needs to cross.
pub struct Encoder<'a> {
    out: &'a mut Vec<u8>,
    session: Option<&'a dyn Ports>,
    versions: Option<&'a Versions>,
    shares: bool,
    /// None as long as nothing leaves with the bytes, as is so for most messages.
    parts: Option<Box<Parts>>,
}

/// What leaves with what was written.
#[derive(Default)]
pub struct Parts {
    /// Of the replies in it; opening them in the session's table commits the message's replies.
    pub ports: Vec<(PortId, Box<dyn Port>)>,
    /// The byte strings that were not copied, each with the length that the output had before it.
    pub shared: Vec<(usize, Bytes)>,
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("ports", &self.ports.len()).field("shared", &self.shared.len()).finish()
    }
}

/// Byte strings from this size on are shared, if the writer can.
const SHARED: usize = 16 << 10;

impl<'a> Encoder<'a> {
    /// An encoder outside of any session: replies are refused.
    #[inline]
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        Encoder { out, session: None, versions: None, shares: false, parts: None }
    }

    /// An encoder for a message that leaves over this session.
    #[inline]
    pub fn for_session(out: &'a mut Vec<u8>, session: &'a dyn Ports) -> Self {
        Encoder { session: Some(session), ..Encoder::new(out) }
    }

    /// For a reader who understands these versions; without this, the newest of this build.
    #[inline]
    pub fn versions(mut self, versions: &'a Versions) -> Self {
        self.versions = (!versions.is_newest()).then_some(versions);
        self
    }

    /// For a writer that takes large byte strings as they are: those are not copied, and [`into_parts`](Self::into_parts) says
    /// where they go.
    #[inline]
    pub fn sharing(mut self) -> Self {
        self.shares = true;
        self
    }

    /// Opens a versioned value of the type `uri`, of which this build knows `oldest` to `newest`; `name` is the edge of its name
    /// alone. Returns the version to write, which the reader understands.
    ///
    /// # Errors
    /// [`EncodeError::PeerTooOld`], [`EncodeError::Quarantined`].
    #[inline]
    pub fn begin(&mut self, uri: &'static str, name: Edge, oldest: u16, newest: u16) -> Result<u16, EncodeError> {
        let version = match self.versions {
            None => newest,
            Some(versions) => agreed(versions, uri, name, oldest, newest)?,
        };
        self.put_unsigned(&version)?;
        Ok(version)
    }

    /// Writes the tag of an enum's variant.
    #[inline]
    pub fn tag(&mut self, tag: u32) -> Result<(), EncodeError> {
        self.put_unsigned(&tag)
    }

    /// Writes a text: its length in bytes, then UTF-8.
    #[inline]
    pub fn text(&mut self, text: &str) -> Result<(), EncodeError> {
        self.bytes(text.as_bytes())
    }

    /// Writes a byte string: its length, then the bytes in one copy.
    #[inline]
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), EncodeError> {
        self.length(bytes.len())?;
        self.raw(bytes);
        Ok(())
    }

    /// Writes a byte string whose memory can be shared.
    #[inline]
    pub fn shared_bytes(&mut self, bytes: &Bytes) -> Result<(), EncodeError> {
        if !self.shares || bytes.len() < SHARED {
            return self.bytes(bytes);
        }
        self.length(bytes.len())?;
        let place = self.out.len();
        self.parts().shared.push((place, bytes.clone()));
        Ok(())
    }

    /// Writes how many items follow.
    #[inline]
    pub fn length(&mut self, length: usize) -> Result<(), EncodeError> {
        codec::write_unsigned(self.out, length as u64);
        Ok(())
    }

    /// Appends bytes as they are.
    #[inline]
    pub fn raw(&mut self, bytes: &[u8]) {
        self.out.extend_from_slice(bytes);
    }

    /// All that was written.
    pub(super) fn written(&self) -> &[u8] {
        self.out
    }

    #[inline]
    pub(super) fn put<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), EncodeError> {
        codec::write(self.out, value)
    }

    #[inline]
    pub(super) fn put_unsigned<T: Into<u64> + Copy>(&mut self, number: &T) -> Result<(), EncodeError> {
        codec::write_unsigned(self.out, (*number).into());
        Ok(())
    }

    #[inline]
    pub(super) fn put_signed<T: Into<i64> + Copy>(&mut self, number: &T) -> Result<(), EncodeError> {
        codec::write_signed(self.out, (*number).into());
        Ok(())
    }

    /// Reserves a port for the answer to come and writes its number.
    pub(crate) fn port(&mut self, port: Box<dyn Port>) -> Result<(), EncodeError> {
        let id = self.session.ok_or(EncodeError::NoSession)?.reserve();
        self.put_unsigned(&id.0)?;
        self.parts().ports.push((id, port));
        Ok(())
    }

    fn parts(&mut self) -> &mut Parts {
        self.parts.get_or_insert_default()
    }

    /// What leaves with the bytes; none if that is nothing.
    #[inline]
    pub fn into_parts(self) -> Option<Box<Parts>> {
        self.parts
    }
}

fn agreed(versions: &Versions, uri: &'static str, name: Edge, oldest: u16, newest: u16) -> Result<u16, EncodeError> {
    match versions.get(name) {
        None => Ok(newest),
        Some(&Agreed::Version(has)) if has < oldest => {
            Err(EncodeError::PeerTooOld { uri, what: Cow::Borrowed("it"), needs: oldest, has })
        }
        Some(&Agreed::Version(has)) => Ok(has.min(newest)),
        Some(Agreed::Quarantined(why)) => Err(EncodeError::Quarantined { uri, contradiction: Arc::clone(why) }),
    }
}

impl fmt::Debug for Encoder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").field("written", &self.out.len()).field("parts", &self.parts).finish()
    }
}
