//! The byte that says what a frame is. Never says what is in one: that is `lane`'s and `control`'s. The numbers are the
//! wire's and are never used again for something else.

use std::fmt;

use super::FrameError;

/// The bit that says that a header extension follows.
pub(super) const EXTENDED: u8 = 0x80;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Kind {
    Tell = 0x01,
    TellNamed = 0x02,
    Broadcast = 0x03,
    Answer = 0x04,
    NoAnswer = 0x05,
    Monitor = 0x06,
    Demonitor = 0x07,
    Down = 0x08,
    Link = 0x09,
    Unlink = 0x0a,
    UnlinkAck = 0x0b,
    Exit = 0x0c,
    TellThrough = 0x0d,
    Token = 0x0e,
    Stop = 0x0f,
    Name = 0x10,
    Group = 0x11,
    Go = 0x12,
    WantBodies = 0x13,
    Heartbeat = 0x20,
    Ping = 0x21,
    Pong = 0x22,
    Members = 0x23,
    Goodbye = 0x24,
    Schemas = 0x25,
    Quiet = 0x26,
    Chunk = 0x30,
    DeadLetters = 0x40,
    Waits = 0x41,
    GiveUp = 0x42,
    /// One that this build does not know and may skip: any of the optional numbers that has no name yet.
    Optional = 0x7f,
}

impl Kind {
    /// The kind with this number, which has no [`EXTENDED`] bit.
    pub(super) fn from_number(number: u8) -> Result<Kind, FrameError> {
        Ok(match number {
            0x01 => Kind::Tell,
            0x02 => Kind::TellNamed,
            0x03 => Kind::Broadcast,
            0x04 => Kind::Answer,
            0x05 => Kind::NoAnswer,
            0x06 => Kind::Monitor,
            0x07 => Kind::Demonitor,
            0x08 => Kind::Down,
            0x09 => Kind::Link,
            0x0a => Kind::Unlink,
            0x0b => Kind::UnlinkAck,
            0x0c => Kind::Exit,
            0x0d => Kind::TellThrough,
            0x0e => Kind::Token,
            0x0f => Kind::Stop,
            0x10 => Kind::Name,
            0x11 => Kind::Group,
            0x12 => Kind::Go,
            0x13 => Kind::WantBodies,
            0x20 => Kind::Heartbeat,
            0x21 => Kind::Ping,
            0x22 => Kind::Pong,
            0x23 => Kind::Members,
            0x24 => Kind::Goodbye,
            0x25 => Kind::Schemas,
            0x26 => Kind::Quiet,
            0x30 => Kind::Chunk,
            0x40 => Kind::DeadLetters,
            0x41 => Kind::Waits,
            0x42 => Kind::GiveUp,
            0x43..=0x7f => Kind::Optional,
            _ => return Err(FrameError::UnknownKind(number)),
        })
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Kind::Tell => "tell",
            Kind::TellNamed => "tell-by-name",
            Kind::Broadcast => "broadcast",
            Kind::Answer => "answer",
            Kind::NoAnswer => "no-answer",
            Kind::Monitor => "monitor",
            Kind::Demonitor => "demonitor",
            Kind::Down => "down",
            Kind::Link => "link",
            Kind::Unlink => "unlink",
            Kind::UnlinkAck => "unlink-ack",
            Kind::Exit => "exit",
            Kind::TellThrough => "tell-through",
            Kind::Token => "token",
            Kind::Stop => "stop",
            Kind::Go => "go",
            Kind::WantBodies => "want-bodies",
            Kind::Name => "name",
            Kind::Group => "group",
            Kind::Heartbeat => "heartbeat",
            Kind::Ping => "ping",
            Kind::Pong => "pong",
            Kind::Members => "members",
            Kind::Goodbye => "goodbye",
            Kind::Schemas => "schemas",
            Kind::Quiet => "quiet",
            Kind::Chunk => "chunk",
            Kind::DeadLetters => "dead-letters",
            Kind::Waits => "waits",
            Kind::GiveUp => "give-up",
            Kind::Optional => "optional",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// H3: what may be skipped and what may not is in the number.
    #[test]
    fn a_kind_is_known_or_optional_or_an_error() {
        for number in 0..EXTENDED {
            match Kind::from_number(number) {
                Ok(Kind::Optional) => assert!(number > 0x42),
                Ok(kind) => assert_eq!(kind as u8, number),
                Err(error) => assert!(number < 0x40 && error == FrameError::UnknownKind(number)),
            }
        }
    }
}
