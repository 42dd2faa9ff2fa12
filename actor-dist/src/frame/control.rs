//! The frames of the control connection: life signs and membership. Never carries a user's bytes, so that it is never
//! behind them (E2). Driven by the control plane.

use actor_core::{
    NodeId,
    wire::{DecodeError, Decoder, EncodeError, Encoder, Wire},
};

use super::{Frame, FrameError, Kind, field, writer::write};

/// A frame of the control connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Control {
    /// I am alive.
    Heartbeat,
    /// Say this back.
    Ping { token: u64 },
    /// What was to be said back.
    Pong { token: u64 },
    /// These nodes are in my view.
    Members(Vec<NodeId>),
    /// I am leaving.
    Goodbye,
    /// About the end of a session that nobody uses.
    Quiet(Quiet),
}

/// What is said about the end of a session that nobody uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quiet {
    /// I need it no more, and send nothing until you answer; so many frames I have sent on the lane, and so many taken in.
    Ask { sent: u64, received: u64 },
    /// No.
    No,
    /// Yes: it has ended here.
    Yes,
}

impl Quiet {
    fn encode(self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        match self {
            Quiet::Ask { sent, received } => {
                e.tag(0)?;
                sent.encode(e)?;
                received.encode(e)
            }
            Quiet::No => e.tag(1),
            Quiet::Yes => e.tag(2),
        }
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Quiet, DecodeError> {
        Ok(match d.tag()? {
            0 => Quiet::Ask { sent: Wire::decode(d)?, received: Wire::decode(d)? },
            1 => Quiet::No,
            2 => Quiet::Yes,
            tag => return Err(DecodeError::UnknownVariant { uri: "quiet", tag }),
        })
    }
}

/// How many nodes one frame names at most.
pub(crate) const MAX_MEMBERS: usize = 1 << 16;

impl Control {
    /// Appends the frame.
    ///
    /// # Errors
    /// [`EncodeError::TooLarge`]: it is over `limit` bytes; nothing of it is left in the buffer.
    pub(crate) fn encode(&self, out: &mut Vec<u8>, limit: usize) -> Result<(), EncodeError> {
        let nothing = |_: &mut Encoder<'_>| Ok(());
        match self {
            Control::Heartbeat => write(out, Kind::Heartbeat, limit, nothing),
            Control::Ping { token } => write(out, Kind::Ping, limit, |e| token.encode(e)),
            Control::Pong { token } => write(out, Kind::Pong, limit, |e| token.encode(e)),
            Control::Members(nodes) => write(out, Kind::Members, limit, |e| {
                e.length(nodes.len())?;
                NodeId::encode_all(nodes, e)
            }),
            Control::Goodbye => write(out, Kind::Goodbye, limit, nothing),
            Control::Quiet(quiet) => write(out, Kind::Quiet, limit, |e| quiet.encode(e)),
        }
    }

    /// Reads a frame that came by a control connection.
    ///
    /// # Errors
    /// [`FrameError::Misplaced`] for one of a lane, [`FrameError::Malformed`].
    pub(crate) fn decode(frame: Frame) -> Result<Control, FrameError> {
        field::read(&frame, |d| {
            Ok(Some(match frame.kind {
                Kind::Heartbeat => Control::Heartbeat,
                Kind::Ping => Control::Ping { token: Wire::decode(d)? },
                Kind::Pong => Control::Pong { token: Wire::decode(d)? },
                Kind::Members => Control::Members(members(d)?),
                Kind::Goodbye => Control::Goodbye,
                Kind::Quiet => Control::Quiet(Quiet::decode(d)?),
                _ => return Ok(None),
            }))
        })
    }
}

/// Grows with what is there, not with what the count claims.
fn members(d: &mut Decoder<'_>) -> Result<Vec<NodeId>, DecodeError> {
    let count = u64::decode(d)?;
    if count > MAX_MEMBERS as u64 {
        return Err(DecodeError::invalid("members", "it names more than 65536 nodes"));
    }
    (0..count).map(|_| NodeId::decode(d)).collect()
}

#[cfg(test)]
mod tests {
    use actor_core::Incarnation;
    use bytes::{Bytes, BytesMut};

    use super::*;
    use crate::frame::FrameReader;

    const LIMIT: usize = 1 << 16;

    fn samples() -> [Control; 9] {
        let node =
            |name: &str, incarnation| NodeId { name: name.parse().unwrap(), incarnation: Incarnation(incarnation) };
        [
            Control::Heartbeat,
            Control::Ping { token: 1 },
            Control::Pong { token: u64::MAX },
            Control::Members(vec![]),
            Control::Members(vec![node("a@h:1", 1), node("bob@10.0.0.7:7000", u64::MAX)]),
            Control::Goodbye,
            Control::Quiet(Quiet::Ask { sent: 1, received: u64::MAX }),
            Control::Quiet(Quiet::No),
            Control::Quiet(Quiet::Yes),
        ]
    }

    fn encoded(frame: &Control) -> Vec<u8> {
        let mut out = Vec::new();
        frame.encode(&mut out, LIMIT).unwrap();
        out
    }

    fn cut(bytes: &[u8]) -> Frame {
        FrameReader::new(LIMIT).next(&mut BytesMut::from(bytes)).unwrap().unwrap()
    }

    /// S1.
    #[test]
    fn every_frame_survives_the_round_trip() {
        for sample in samples() {
            assert_eq!(Control::decode(cut(&encoded(&sample))), Ok(sample));
        }
    }

    /// F5: no frame is the beginning of another, and neither changed nor random bytes panic.
    #[test]
    fn changed_bytes_never_panic_and_cut_ones_are_malformed() {
        for sample in samples() {
            let Frame { kind, body, .. } = cut(&encoded(&sample));
            for length in 0..body.len() {
                let cut = Frame::plain(kind, body.slice(..length));
                assert!(matches!(Control::decode(cut), Err(FrameError::Malformed { .. })));
                for byte in 0..=u8::MAX {
                    let mut changed = body.to_vec();
                    changed[length] = byte;
                    let _ = Control::decode(Frame::plain(kind, changed));
                }
            }
        }
    }

    /// F5: a count is not believed.
    #[test]
    fn a_giant_count_of_members_is_malformed() {
        for count in [1u64, MAX_MEMBERS as u64, u64::MAX] {
            let mut body = Vec::new();
            count.encode(&mut Encoder::new(&mut body)).unwrap();
            let frame = Frame::plain(Kind::Members, body);
            assert!(matches!(Control::decode(frame), Err(FrameError::Malformed { .. })));
        }
    }

    /// E2: a user's bytes have no place beside the life signs.
    #[test]
    fn a_lane_frame_on_the_control_connection_is_misplaced() {
        for kind in [Kind::Tell, Kind::Answer, Kind::Down, Kind::Name, Kind::Schemas] {
            let frame = Frame::plain(kind, Bytes::from_static(b"whatever"));
            assert_eq!(Control::decode(frame), Err(FrameError::Misplaced(kind)));
        }
    }

    /// H3: the wire never changes silently; a new layout is a new kind or a new transport version.
    #[test]
    fn the_frames_are_what_they_have_always_been() {
        let golden = [
            "0100000020",
            "020000002101",
            "0a00000022fdffffffffffffffff",
            "020000002300",
            "240000002302056140683a310111626f624031302e302e302e373a37303030fdffffffffffffffff",
            "0100000024",
            "0c000000260001fdffffffffffffffff",
            "020000002601",
            "020000002602",
        ];
        let found = samples().map(|s| encoded(&s).iter().map(|byte| format!("{byte:02x}")).collect::<String>());
        assert_eq!(found.as_slice(), golden.as_slice());
    }
}
