//! The source of [`Wire::decode`](super::Wire::decode): reads bytes under a budget of memory and depth that is
//! charged before anything is allocated, and knows the session that handles and replies belong to.
//! Never trusts a length.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use serde::Deserialize;

use super::{DecodeError, codec, codec::Input};
use crate::route::{Origin, Payload, Request};

/// What one decode may take, whatever its bytes say.
///
/// Memory is charged before it is allocated: a list by the size of its items, a table or an ordered map by what its nodes take,
/// a pointer by what it points to, a text by its length; an item of no size counts one byte. So the heap never holds more
/// than the budget for a decode, but for what the system's allocator adds to each piece, and for the words of an error. For
/// what a length only claims nothing is allocated, whether it is within the budget or not.
///
/// Values that are much larger in memory than on the wire may need a larger budget than the default: a list of a million
/// empty texts is 1 MB on the wire and 24 MB in memory. [`DecodeError::OverBudget`] says so.
///
/// ```
/// use actor_core::wire::{DecodeError, Decoder, Limits, Wire, to_bytes};
///
/// let empty = to_bytes(&vec![String::new(); 1_000_000])?;
/// let read = |memory| Vec::<String>::decode(&mut Decoder::new(&empty, Limits { memory, ..Limits::default() }));
/// assert_eq!(read(16 << 20), Err(DecodeError::OverBudget { limit: 16 << 20 }));
/// assert_eq!(read(32 << 20).map(|texts| texts.len()), Ok(1_000_000));
/// # Ok::<(), actor_core::wire::EncodeError>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of memory. A decode may always take four times its input, so 0 is that alone.
    pub memory: usize,
    /// How deep values of named types may nest. Large values that nest are refused earlier, when they take 512 KiB of the stack.
    pub depth: u32,
}

impl Default for Limits {
    /// 16 MiB and 128 levels.
    fn default() -> Self {
        Limits { memory: 16 << 20, depth: 128 }
    }
}

/// From this level on values are taken for nested.
const SHALLOW: u32 = 4;
/// The most of the stack that nested values take, in bytes. A thread of a runtime has 2 MiB.
const STACK: usize = 512 << 10;

/// What a shared text takes beside itself, in bytes: two counts, and what rounds it up.
pub(crate) const COUNTS: usize = 3 * size_of::<usize>();

/// Where a value is read from, with the context it needs to arrive.
pub struct Decoder<'de> {
    input: Input<'de>,
    memory: Option<&'de Bytes>,
    origin: Option<&'de Origin>,
    budget: usize,
    limit: usize,
    depth: u32,
    deepest: u32,
    /// Where the stack was when values began to nest.
    stack: usize,
    armed: Option<Arc<AtomicBool>>,
    request: Option<&'de Arc<Request>>,
}

impl<'de> Decoder<'de> {
    /// A decoder outside of any session: handles and replies are refused.
    #[inline]
    pub fn new(bytes: &'de [u8], limits: Limits) -> Self {
        let limit = limits.memory.max(bytes.len().saturating_mul(4));
        Decoder {
            input: Input(bytes),
            memory: None,
            origin: None,
            budget: limit,
            limit,
            depth: 0,
            deepest: limits.depth,
            stack: 0,
            armed: None,
            request: None,
        }
    }

    /// A decoder for what came from `origin`; byte strings in it share its memory.
    #[inline]
    pub fn for_session(payload: impl Into<Payload<'de>>, origin: &'de Origin, limits: Limits) -> Self {
        let payload = payload.into();
        Decoder { memory: Some(payload.memory()), origin: Some(origin), ..Decoder::new(payload.bytes(), limits) }
    }

    /// The replies in the message are of this request.
    #[inline]
    pub(crate) fn asked_by(self, request: Option<&'de Arc<Request>>) -> Self {
        Decoder { request, ..self }
    }

    /// What is known of those who wait for the message's replies.
    pub(crate) fn request(&self) -> Option<Arc<Request>> {
        self.request.cloned()
    }

    /// Opens a versioned value of the type `uri`, of which this build knows `oldest` to `newest`; returns the version that
    /// follows.
    ///
    /// # Errors
    /// [`DecodeError::UnknownVersion`], or [`DecodeError::TooDeep`].
    #[inline]
    pub fn begin(&mut self, uri: &'static str, oldest: u16, newest: u16) -> Result<u16, DecodeError> {
        self.descend()?;
        let found = self.get_unsigned()?;
        if found < oldest || found > newest {
            return Err(unknown(uri, found, oldest, newest));
        }
        Ok(found)
    }

    /// Levels of a large type take more of the stack than there is, long before there are too many of them.
    #[inline(never)]
    fn spare_the_stack(&mut self) -> Result<(), DecodeError> {
        let place = 0u8;
        let here = std::ptr::from_ref(&place).addr();
        if self.depth == SHALLOW {
            self.stack = here;
        }
        match self.stack.abs_diff(here) > STACK {
            true => Err(DecodeError::TooDeep { limit: self.depth - 1 }),
            false => Ok(()),
        }
    }

    /// Closes what [`begin`](Self::begin) opened; not needed after an error.
    #[inline]
    pub fn end(&mut self) {
        self.depth -= 1;
    }

    /// One level deeper.
    #[inline]
    pub(super) fn descend(&mut self) -> Result<(), DecodeError> {
        self.depth += 1;
        if self.depth > self.deepest {
            return Err(DecodeError::TooDeep { limit: self.deepest });
        }
        match self.depth >= SHALLOW {
            true => self.spare_the_stack(),
            false => Ok(()),
        }
    }

    /// Back to this level, also after an error.
    #[inline]
    pub(super) fn rise(&mut self, depth: u32) {
        self.depth = depth;
    }

    #[inline]
    pub(super) fn depth(&self) -> u32 {
        self.depth
    }

    /// Reads the tag of an enum's variant.
    #[inline]
    pub fn tag(&mut self) -> Result<u32, DecodeError> {
        self.get_unsigned()
    }

    /// Reads a text.
    #[inline]
    pub fn text(&mut self) -> Result<&'de str, DecodeError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| DecodeError::invalid("text", "it is not UTF-8"))
    }

    /// Reads a byte string, borrowed from the input.
    #[inline]
    pub fn bytes(&mut self) -> Result<&'de [u8], DecodeError> {
        let length: u64 = self.get_unsigned()?;
        self.raw(usize::try_from(length).map_err(|_| DecodeError::UnexpectedEnd)?)
    }

    /// Reads a byte string that shares the message's memory where there is such.
    pub fn shared_bytes(&mut self) -> Result<Bytes, DecodeError> {
        let bytes = self.bytes()?;
        match self.memory {
            Some(memory) => Ok(memory.slice_ref(bytes)),
            None => {
                self.charge(bytes.len())?;
                Ok(Bytes::copy_from_slice(bytes))
            }
        }
    }

    /// Takes the next `length` bytes as they are.
    #[inline]
    pub fn raw(&mut self, length: usize) -> Result<&'de [u8], DecodeError> {
        self.input.advance(length).ok_or(DecodeError::UnexpectedEnd)
    }

    /// Reads how many items follow, each of which takes `size` bytes of memory, and charges for them all; an item of no
    /// size is charged a byte.
    ///
    /// # Errors
    /// [`DecodeError::OverBudget`]: they would take more than is left.
    #[inline]
    pub fn length(&mut self, size: usize) -> Result<usize, DecodeError> {
        let length = self.count()?;
        self.charge(length.saturating_mul(size.max(1)))?;
        Ok(length)
    }

    /// Reads how many items follow, without a charge.
    #[inline]
    pub(super) fn count(&mut self) -> Result<usize, DecodeError> {
        let count: u64 = self.get_unsigned()?;
        usize::try_from(count).map_err(|_| DecodeError::OverBudget { limit: self.limit })
    }

    /// For how many of so many items to take memory before the first was read: no more than there are bytes, since a length is
    /// only a claim.
    #[inline]
    pub(super) fn believed(&self, count: usize) -> usize {
        count.min(self.input.0.len())
    }

    /// Reads how many items follow, each of which is charged when it is read. More than bytes that may be charged there cannot be.
    pub(super) fn claimed(&mut self) -> Result<usize, DecodeError> {
        let count = self.count()?;
        if count > self.budget {
            return Err(DecodeError::OverBudget { limit: self.limit });
        }
        Ok(count)
    }

    /// Charges the budget with memory about to be allocated.
    ///
    /// # Errors
    /// [`DecodeError::OverBudget`]: it is more than is left.
    #[inline]
    pub fn charge(&mut self, bytes: usize) -> Result<(), DecodeError> {
        self.budget = self.budget.checked_sub(bytes).ok_or(DecodeError::OverBudget { limit: self.limit })?;
        Ok(())
    }

    /// Gives back what was charged, because it is about to be freed.
    #[inline]
    pub(super) fn refund(&mut self, bytes: usize) {
        self.budget += bytes;
    }

    #[inline]
    pub(super) fn get<T: Deserialize<'de>>(&mut self) -> Result<T, DecodeError> {
        codec::read(&mut self.input)
    }

    #[inline]
    pub(super) fn get_unsigned<T: From<u8> + Deserialize<'de>>(&mut self) -> Result<T, DecodeError> {
        codec::read_unsigned(&mut self.input)
    }

    #[inline]
    pub(super) fn get_signed<T: From<i8> + Deserialize<'de>>(&mut self) -> Result<T, DecodeError> {
        codec::read_signed(&mut self.input)
    }

    /// The session this came over.
    pub(crate) fn origin(&self) -> Result<&'de Origin, DecodeError> {
        self.origin.ok_or(DecodeError::NoSession)
    }

    /// The flag that makes this message's replies live; set by [`finish`](Self::finish).
    pub(crate) fn arming(&mut self) -> Arc<AtomicBool> {
        Arc::clone(self.armed.get_or_insert_with(Arc::default))
    }

    /// Ends the decode: nothing may be left over. Only now do the replies in the value answer when they are dropped.
    ///
    /// # Errors
    /// [`DecodeError::TrailingBytes`].
    #[inline]
    pub fn finish(self) -> Result<Replies, DecodeError> {
        if !self.input.0.is_empty() {
            return Err(DecodeError::TrailingBytes(self.input.0.len()));
        }
        if let Some(armed) = &self.armed {
            armed.store(true, Ordering::Release);
        }
        Ok(Replies(self.armed))
    }
}

#[cold]
fn unknown(uri: &'static str, found: u16, oldest: u16, newest: u16) -> DecodeError {
    DecodeError::UnknownVersion { uri, found, oldest, newest }
}

/// The replies of a message that was decoded whole, which answer when they are dropped.
#[derive(Debug)]
pub struct Replies(Option<Arc<AtomicBool>>);

impl Replies {
    /// The message reaches nobody and the callers are told why by other means: its replies are dropped in silence.
    pub fn disarm(self) {
        if let Some(armed) = self.0 {
            armed.store(false, Ordering::Release);
        }
    }
}

impl fmt::Debug for Decoder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder").field("left", &self.input.0.len()).field("budget", &self.budget).finish()
    }
}
