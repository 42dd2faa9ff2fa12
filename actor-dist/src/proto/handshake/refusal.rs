//! Why a node turns a connection down, in a form that both sides read from their own point of view. Proves nothing and
//! tells no secret: before the initiator has proven itself, only what a `Challenge` shows is in it. Sent by `responder`
//! and by a driver that never got that far (`Busy`, `Leaving`); read by `message` wherever an answer is expected.

use actor_core::NodeName;

use super::{
    Capability, HandshakeError, Versions,
    layout::{Reader, Writer},
    message::Kind,
};

/// Why a connection is not wanted. `ours`, `theirs` and [`Party`] are seen from this node on either side.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Refusal {
    /// The initiator did not prove the responder's cookie.
    #[error("the two nodes do not hold the same cookie; give both the same one")]
    WrongCookie,
    /// The two speak no common version.
    #[error("this node speaks transport versions {ours} and the peer {theirs}; upgrade the older of the two")]
    VersionMismatch {
        /// What this node speaks.
        ours: Versions,
        /// What the peer speaks.
        theirs: Versions,
    },
    /// One requires what the other does not offer.
    #[error("{lacking} does not offer the required capability {capability}; switch it on there, or upgrade that node")]
    MissingCapability {
        /// What is missing.
        capability: Capability,
        /// Who does not offer it.
        lacking: Party,
    },
    /// The two write values differently.
    #[error("this node writes values with codec {ours} and the peer with codec {theirs}; build both with the same one")]
    CodecMismatch {
        /// The codec of this node.
        ours: u16,
        /// The codec of the peer.
        theirs: u16,
    },
    /// The connection was meant for another node.
    #[error("the connection was meant for `{wanted}`, and `{actual}` answers there; look for a wrong or reused port")]
    NotMe {
        /// Whom the initiator wanted.
        wanted: NodeName,
        /// Who the responder is.
        actual: NodeName,
    },
    /// The responder is connecting to the initiator at the same time, and that attempt is kept (N6).
    #[error("both nodes connected at once, and the other connection is kept")]
    Simultaneous,
    /// The session has a connection of this role.
    #[error("the session already has a connection of this role")]
    Duplicate,
    /// A lane came for a session that the responder does not have.
    #[error("there is no such session; it has ended, connect anew")]
    UnknownSession,
    /// Too many connections are being set up (H5).
    #[error("too many connections are being set up there; try again later")]
    Busy,
    /// The responder is leaving the cluster.
    #[error("the node is leaving the cluster")]
    Leaving,
    /// Both ends are one node.
    #[error("the node connected to itself; its own address stands among its peers")]
    ToSelf,
    /// Both nodes have one name.
    #[error("both nodes are called `{name}`; give each a name of its own")]
    NameTaken {
        /// The name.
        name: NodeName,
    },
    /// A message made no sense.
    #[error("a `{what}` message was not valid; one of the two nodes has a bug, or is no node")]
    Malformed {
        /// The message.
        what: String,
    },
    /// A reason of a newer peer.
    #[error("reason {code}, which this build does not know: {text}")]
    Other {
        /// Its number.
        code: u16,
        /// The peer's words.
        text: String,
    },
}

/// One of the two ends of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Party {
    /// This end.
    ThisNode,
    /// The other end.
    Peer,
}

impl std::fmt::Display for Party {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Party::ThisNode => "this node",
            Party::Peer => "the peer",
        })
    }
}

/// The longest text in a refusal, in bytes.
const MAX_TEXT: usize = 512;

impl Refusal {
    /// The message that says so.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let text = match self {
            Refusal::Other { text, .. } => clip(text),
            known => clip(&known.to_string()),
        };
        Writer::new().u8(Kind::Refused as u8).u16(self.code()).area(&self.detail()).text(&text).finish()
    }

    fn code(&self) -> u16 {
        match self {
            Refusal::WrongCookie => 1,
            Refusal::VersionMismatch { .. } => 2,
            Refusal::MissingCapability { .. } => 3,
            Refusal::CodecMismatch { .. } => 4,
            Refusal::NotMe { .. } => 5,
            Refusal::Simultaneous => 6,
            Refusal::Duplicate => 7,
            Refusal::UnknownSession => 8,
            Refusal::Busy => 9,
            Refusal::Leaving => 10,
            Refusal::ToSelf => 11,
            Refusal::NameTaken { .. } => 12,
            Refusal::Malformed { .. } => 13,
            Refusal::Other { code, .. } => *code,
        }
    }

    /// The fields, the refusing side's first.
    fn detail(&self) -> Vec<u8> {
        let out = Writer::new();
        match self {
            Refusal::VersionMismatch { ours, theirs } => {
                out.u16(ours.min).u16(ours.max).u16(theirs.min).u16(theirs.max).finish()
            }
            Refusal::MissingCapability { capability, lacking } => {
                out.u8(capability.0).u8(u8::from(*lacking == Party::Peer)).finish()
            }
            Refusal::CodecMismatch { ours, theirs } => out.u16(*ours).u16(*theirs).finish(),
            Refusal::NotMe { wanted, actual } => out.text(wanted.as_str()).text(actual.as_str()).finish(),
            Refusal::NameTaken { name } => out.text(name.as_str()).finish(),
            Refusal::Malformed { what } => out.text(&clip(what)).finish(),
            _ => Vec::new(),
        }
    }

    /// Reads what follows the kind.
    pub(super) fn decode(mut reader: Reader<'_>) -> Result<Refusal, HandshakeError> {
        let code = reader.u16()?;
        let detail = Reader::new("refusal", reader.area()?)?;
        let text = clip(reader.text()?);
        // A newer peer may say more with a reason than this build can read: its words are then all there is.
        Ok(known(code, detail).unwrap_or(Refusal::Other { code, text }))
    }
}

/// The reason with this number, seen from the refused side.
fn known(code: u16, mut d: Reader<'_>) -> Option<Refusal> {
    Some(match code {
        1 => Refusal::WrongCookie,
        2 => {
            let theirs = Versions { min: d.u16().ok()?, max: d.u16().ok()? };
            Refusal::VersionMismatch { theirs, ours: Versions { min: d.u16().ok()?, max: d.u16().ok()? } }
        }
        3 => {
            let capability = Capability(d.u8().ok()?);
            let lacking = if d.u8().ok()? == 0 { Party::Peer } else { Party::ThisNode };
            Refusal::MissingCapability { capability, lacking }
        }
        4 => {
            let theirs = d.u16().ok()?;
            Refusal::CodecMismatch { theirs, ours: d.u16().ok()? }
        }
        5 => Refusal::NotMe { wanted: d.node_name().ok()?, actual: d.node_name().ok()? },
        6 => Refusal::Simultaneous,
        7 => Refusal::Duplicate,
        8 => Refusal::UnknownSession,
        9 => Refusal::Busy,
        10 => Refusal::Leaving,
        11 => Refusal::ToSelf,
        12 => Refusal::NameTaken { name: d.node_name().ok()? },
        13 => Refusal::Malformed { what: clip(d.text().ok()?) },
        _ => return None,
    })
}

/// A text short enough to send and harmless enough to log.
fn clip(text: &str) -> String {
    let mut clipped = String::new();
    for letter in text.chars().filter(|letter| !letter.is_control()) {
        if clipped.len() + letter.len_utf8() > MAX_TEXT {
            break;
        }
        clipped.push(letter);
    }
    clipped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn received(bytes: &[u8]) -> Refusal {
        let mut reader = Reader::new("refusal", bytes).unwrap();
        assert_eq!(reader.u8().unwrap(), Kind::Refused as u8);
        Refusal::decode(reader).unwrap()
    }

    fn name(text: &str) -> NodeName {
        text.parse().unwrap()
    }

    /// H3: what a node says of itself and of the peer is turned round on the way.
    #[test]
    fn a_refusal_reads_from_the_readers_side() {
        let (one, two) = (Versions { min: 1, max: 2 }, Versions { min: 3, max: 9 });
        let pairs = [
            (Refusal::VersionMismatch { ours: one, theirs: two }, Refusal::VersionMismatch { ours: two, theirs: one }),
            (
                Refusal::MissingCapability { capability: Capability::BULK, lacking: Party::Peer },
                Refusal::MissingCapability { capability: Capability::BULK, lacking: Party::ThisNode },
            ),
            (
                Refusal::MissingCapability { capability: Capability(40), lacking: Party::ThisNode },
                Refusal::MissingCapability { capability: Capability(40), lacking: Party::Peer },
            ),
            (Refusal::CodecMismatch { ours: 1, theirs: 2 }, Refusal::CodecMismatch { ours: 2, theirs: 1 }),
        ];
        for (sent, expected) in pairs {
            assert_eq!(received(&sent.encode()), expected);
        }
    }

    /// N5: all other reasons arrive as they were sent.
    #[test]
    fn a_refusal_arrives_as_it_was_sent() {
        for refusal in [
            Refusal::WrongCookie,
            Refusal::NotMe { wanted: name("a@h:1"), actual: name("b@h:1") },
            Refusal::Simultaneous,
            Refusal::Duplicate,
            Refusal::UnknownSession,
            Refusal::Busy,
            Refusal::Leaving,
            Refusal::ToSelf,
            Refusal::NameTaken { name: name("a@h:1") },
            Refusal::Malformed { what: "proof".into() },
            Refusal::Other { code: 999, text: "come back on monday".into() },
        ] {
            assert_eq!(received(&refusal.encode()), refusal);
        }
    }

    /// H3: a newer peer's reason, or a known one with other details, keeps its number and its words.
    #[test]
    fn an_unknown_reason_keeps_its_words() {
        let raw = |code, detail: &[u8]| Writer::new().u8(5).u16(code).area(detail).text("too\nlate").u8(9).finish();
        let other = |code| Refusal::Other { code, text: "toolate".into() };
        assert_eq!(received(&raw(700, b"abc")), other(700));
        assert_eq!(received(&raw(4, b"")), other(4));
        assert_eq!(received(&raw(4, &[1, 0, 2, 0, 3])), Refusal::CodecMismatch { ours: 2, theirs: 1 });
    }

    /// H5: a refusal is short, whatever was put into it.
    #[test]
    fn a_long_text_is_cut_at_a_character() {
        let long = Refusal::Other { code: 99, text: "ü".repeat(100_000) };
        assert_eq!(received(&long.encode()), Refusal::Other { code: 99, text: "ü".repeat(256) });
        let what = Refusal::Malformed { what: "x".repeat(100_000) };
        assert!(what.encode().len() < 1100);
    }
}
