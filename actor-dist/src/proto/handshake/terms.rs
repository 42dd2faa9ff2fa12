//! What each side brings and what both can agree on: transport versions, capabilities, the role of the connection.
//! Never decides whom to talk to, only whether the two can talk. Settled by `initiator` and `responder` alike.

use std::{fmt, time::Duration};

use actor_core::{NodeId, NodeName};

use super::{Party, Refusal};

/// A range of transport versions, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Versions {
    /// The oldest.
    pub(crate) min: u16,
    /// The newest.
    pub(crate) max: u16,
}

impl Versions {
    /// The newest version that both know.
    fn common(self, other: Versions) -> Option<u16> {
        let newest = self.max.min(other.max);
        (newest >= self.min.max(other.min)).then_some(newest)
    }
}

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..={}", self.min, self.max)
    }
}

/// An optional ability of the transport: a bit's number, from 0 to 63.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Capability(pub(crate) u8);

impl Capability {
    /// Large messages travel on a connection of their own, and a full mailbox stops those who write to it.
    pub(crate) const BULK: Capability = Capability(0);
    /// Messages carry the trace in which they were sent.
    pub(crate) const TRACE: Capability = Capability(1);
    /// Callers let the callee's node know how long they wait, and when they give up.
    pub(crate) const CALLERS: Capability = Capability(2);
    /// A session that nobody uses may end by agreement.
    pub(crate) const IDLE: Capability = Capability(3);

    /// What this build can do, as bits.
    pub(crate) const ALL: u64 =
        Capability::BULK.bit() | Capability::TRACE.bit() | Capability::CALLERS.bit() | Capability::IDLE.bit();

    /// Its bit in a set.
    pub(crate) const fn bit(self) -> u64 {
        1 << self.0
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Capability::BULK => f.write_str("`bulk`"),
            Capability::TRACE => f.write_str("`trace`"),
            Capability::CALLERS => f.write_str("`callers`"),
            Capability::IDLE => f.write_str("`idle`"),
            Capability(number) => write!(f, "number {number}"),
        }
    }
}

/// Sets of capabilities, the bit `1 << number` for each. Bits that this build does not know are nobody's business unless they are required.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Capabilities {
    /// What this side can do.
    pub(crate) offered: u64,
    /// What the other side must be able to do.
    pub(crate) required: u64,
}

/// What a connection is for, within a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Role {
    /// Heartbeats and membership; the first connection of a session.
    Control = 0,
    /// The ordered lane of small frames.
    Message = 1,
    /// Bodies of large messages, when [`Capability::BULK`] was agreed on.
    Bulk = 2,
}

impl Role {
    pub(super) fn from_byte(byte: u8) -> Option<Role> {
        [Role::Control, Role::Message, Role::Bulk].into_iter().find(|role| *role as u8 == byte)
    }
}

/// What this node says of itself in every handshake.
#[derive(Debug, Clone)]
pub(crate) struct Local {
    /// Who it is.
    pub(crate) node: NodeId,
    /// The transport versions it speaks.
    pub(crate) versions: Versions,
    /// What it can do and what it insists on.
    pub(crate) capabilities: Capabilities,
    /// Its codec, `actor_core::wire::CODEC_ID`.
    pub(crate) codec: u16,
    /// Whether it wants to be seen (N4).
    pub(crate) visible: bool,
    /// The hash of its schema table.
    pub(crate) schema_root: u64,
    /// Its heartbeat window; crosses in whole milliseconds, up to 49 days.
    pub(crate) window: Duration,
}

/// What the initiator wants of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    /// What it is for.
    pub(crate) role: Role,
    /// The session it belongs to, chosen by the initiator.
    pub(crate) session: u64,
    /// Whom it is for.
    pub(crate) peer: NodeName,
}

/// What the two sides share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Terms {
    pub(super) version: u16,
    pub(super) capabilities: u64,
}

impl Local {
    /// Whether we speak one version of the transport.
    pub(super) fn common_version(&self, theirs: Versions) -> Result<u16, Refusal> {
        self.versions.common(theirs).ok_or(Refusal::VersionMismatch { ours: self.versions, theirs })
    }

    /// Whether the peer is another node, by name too.
    pub(super) fn is_other(&self, peer: &NodeId) -> Result<(), Refusal> {
        match peer.name == self.node.name {
            false => Ok(()),
            true if peer.incarnation == self.node.incarnation => Err(Refusal::ToSelf),
            true => Err(Refusal::NameTaken { name: peer.name.clone() }),
        }
    }

    /// What we share with a peer that brings these; the same on both sides.
    pub(super) fn settle(&self, versions: Versions, theirs: Capabilities) -> Result<Terms, Refusal> {
        let version = self.common_version(versions)?;
        let ours = self.capabilities;
        let refuse = |capability, lacking| Refusal::MissingCapability { capability, lacking };
        if let Some(capability) = first(theirs.required & !ours.offered) {
            return Err(refuse(capability, Party::ThisNode));
        }
        if let Some(capability) = first(ours.required & !theirs.offered) {
            return Err(refuse(capability, Party::Peer));
        }
        Ok(Terms { version, capabilities: ours.offered & theirs.offered })
    }

    /// Whether we write values the same way.
    pub(super) fn same_codec(&self, theirs: u16) -> Result<(), Refusal> {
        match theirs == self.codec {
            true => Ok(()),
            false => Err(Refusal::CodecMismatch { ours: self.codec, theirs }),
        }
    }
}

fn first(bits: u64) -> Option<Capability> {
    (bits != 0).then(|| Capability(bits.trailing_zeros() as u8))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::handshake::{HandshakeError, pair::Pair};

    /// H3: the newest version that both know, or none.
    #[test]
    fn the_newest_common_version_is_chosen() {
        let range = |min, max| Versions { min, max };
        assert_eq!(range(1, 3).common(range(2, 5)), Some(3));
        assert_eq!(range(2, 5).common(range(1, 3)), Some(3));
        assert_eq!(range(1, 1).common(range(1, 1)), Some(1));
        assert_eq!(range(1, 2).common(range(3, 4)), None);
        assert_eq!(range(3, 4).common(range(1, 2)), None);
    }

    /// N4: visibility is symmetric.
    #[test]
    fn a_link_with_a_hidden_end_is_hidden_from_both() {
        for (alice_visible, bob_visible) in [(true, false), (false, true), (false, false)] {
            let mut pair = Pair::new();
            (pair.alice.visible, pair.bob.visible) = (alice_visible, bob_visible);
            let (alice, bob) = pair.honest();
            assert!(!alice.unwrap().visible && !bob.unwrap().visible);
        }
    }

    /// H3: whoever lacks it, both sides name it.
    #[test]
    fn a_missing_required_capability_is_named() {
        let mut pair = Pair::new();
        pair.alice.capabilities.offered = 0b110;
        pair.bob.capabilities.required = 0b001;
        let missing = |capability, lacking| Refusal::MissingCapability { capability, lacking };
        let (alice, bob) = pair.honest();
        assert_eq!(bob.unwrap_err(), HandshakeError::Refusing(missing(Capability::BULK, Party::Peer)));
        let error = alice.unwrap_err();
        assert_eq!(error, HandshakeError::Refused(missing(Capability::BULK, Party::ThisNode)));
        assert!(error.to_string().contains("this node does not offer the required capability `bulk`"));

        let mut pair = Pair::new();
        pair.alice.capabilities.required = 1 << 40;
        let (alice, bob) = pair.honest();
        assert_eq!(alice.unwrap_err(), HandshakeError::Refused(missing(Capability(40), Party::Peer)));
        assert_eq!(bob.unwrap_err(), HandshakeError::Refusing(missing(Capability(40), Party::ThisNode)));
    }

    /// H3.
    #[test]
    fn versions_without_a_common_one_are_refused() {
        let mut pair = Pair::new();
        pair.bob.versions = Versions { min: 3, max: 4 };
        let (one, two) = (pair.alice.versions, pair.bob.versions);
        let (alice, bob) = pair.honest();
        assert_eq!(alice.unwrap_err(), HandshakeError::Refused(Refusal::VersionMismatch { ours: one, theirs: two }));
        assert_eq!(bob.unwrap_err(), HandshakeError::Refusing(Refusal::VersionMismatch { ours: two, theirs: one }));
    }
}
