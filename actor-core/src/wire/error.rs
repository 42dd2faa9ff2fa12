//! Why a value did not become bytes, and why bytes did not become a value. Never a bare hash: types are named.

use std::{borrow::Cow, sync::Arc};

/// A value that cannot cross. Nothing of it was sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncodeError {
    /// A local handle was shipped from a system that has no node, so nobody outside could use it.
    #[error(
        "the handle's actor lives in a system without a node; start a `Node` on that system before shipping its handles"
    )]
    NotAlive,
    /// The handle's actor has stopped, so it can no longer be made known outside.
    #[error("the handle's actor has stopped")]
    Stopped,
    /// A reply was encoded outside of a message that is being sent.
    #[error("a reply crosses only inside a message that is being sent to another node")]
    NoSession,
    /// The encoded message is larger than a frame may be.
    #[error(
        "the message is {size} bytes, and a frame holds {limit}; send it in parts or raise `max_frame` on every node"
    )]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The message holds too many replies.
    #[error("the message holds {count} replies, and {limit} is the most; send it in parts")]
    TooManyReplies {
        /// How many it holds.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// The reader's build is too old for this value, which has no form for it.
    #[error("the reader knows `{uri}` up to version {has}, and {what} needs {needs}")]
    PeerTooOld {
        /// The type.
        uri: &'static str,
        /// What is new: a variant, a field, or `it` for the whole.
        what: Cow<'static, str>,
        /// The version that has it.
        needs: u16,
        /// The newest version that the reader knows.
        has: u16,
    },
    /// The value is of a kind that is no more in the version which the reader is written.
    #[error("{what} of `{uri}` is no more since version {until}, and the reader is written version {has}")]
    PeerTooNew {
        /// The type.
        uri: &'static str,
        /// What is no more.
        what: Cow<'static, str>,
        /// The first version without it.
        until: u16,
        /// The version that is written.
        has: u16,
    },
    /// The two builds contradict each other about this type, or about one that it contains.
    #[error(
        "nothing of `{uri}` crosses between this build and the reader's, which contradict each other: {contradiction}; make the change in a version of its own"
    )]
    Quarantined {
        /// The type.
        uri: &'static str,
        /// The type that they contradict each other about, and what each of them means by it.
        contradiction: Arc<str>,
    },
    /// A value of another crate's type has no form to cross in.
    #[error("`{name}` cannot cross: {why}")]
    Foreign {
        /// The name of its form.
        name: &'static str,
        /// What is wrong.
        why: Cow<'static, str>,
    },
    /// The codec refused.
    #[error("the value could not be written: {0}")]
    Codec(String),
}

/// Bytes that are not the value expected. Nothing of it was kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes end within the value.
    #[error("the bytes end within the value")]
    UnexpectedEnd,
    /// Bytes are left over after the value.
    #[error("{0} bytes are left over after the value")]
    TrailingBytes(usize),
    /// The bytes stand for no value of the type.
    #[error("no valid {what}: {why}")]
    Invalid {
        /// The type expected.
        what: Cow<'static, str>,
        /// What is wrong.
        why: Cow<'static, str>,
    },
    /// The sender encoded a version that this build does not know.
    #[error("the sender wrote `{uri}` version {found}, and this build knows {oldest} to {newest}")]
    UnknownVersion {
        /// The type.
        uri: &'static str,
        /// The version in the bytes.
        found: u16,
        /// The oldest version this build knows.
        oldest: u16,
        /// The newest version this build knows.
        newest: u16,
    },
    /// The sender used a variant that this build does not know.
    #[error("the sender used variant {tag} of `{uri}`, which this build does not know")]
    UnknownVariant {
        /// The type.
        uri: &'static str,
        /// The variant's tag.
        tag: u32,
    },
    /// A handle, name or message of another protocol.
    #[error("expected a handle for `{expected}`, got one for {found}")]
    WrongProtocol {
        /// The protocol expected.
        expected: &'static str,
        /// The protocol found, by name where this build knows it.
        found: Cow<'static, str>,
    },
    /// The value would take more memory than one decode may.
    #[error("the value takes over {limit} bytes of memory to decode; raise the memory of the reader's `Limits`")]
    OverBudget {
        /// The budget in bytes.
        limit: usize,
    },
    /// Values are nested deeper than the limit.
    #[error("values are nested deeper than {limit}")]
    TooDeep {
        /// The limit.
        limit: u32,
    },
    /// A handle or a reply arrived where there is no session to answer through.
    #[error("a handle or reply can only arrive over a session with its node")]
    NoSession,
}

impl DecodeError {
    /// The bytes stand for no `what`.
    pub fn invalid(what: impl Into<Cow<'static, str>>, why: impl Into<Cow<'static, str>>) -> Self {
        DecodeError::Invalid { what: what.into(), why: why.into() }
    }
}
