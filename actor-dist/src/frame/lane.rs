//! The frames of the message lane: what actors send each other, what watches and links them, and what names and groups
//! say. Checks form only; whether an actor, a port or a name exists is for the node to say. Driven by the lane's reader, and
//! by whoever sends: what carries a user's message is begun here and finished by its `ParcelWriter`.

use std::{borrow::Cow, sync::Arc};

use actor_core::{
    ActorId, ExitReason,
    route::{GaveUp, Way},
    wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Wire},
};
use bytes::Bytes;

use super::{
    AnswerFailure, Extension, Frame, FrameError, Kind, ParcelWriter, Undelivered, cluster, dead_letter, failure,
    field::{self, Parcel, Payload, put_edge, read_parcel},
    link,
    reader::inner,
    writer::{FrameWriter, Places, token, write},
};
use crate::proto::{flow::Recipient, groups, links, names};

/// A frame of the message lane. Payloads are slices of the frame that they came in; ports are those of the replies in
/// the payload.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Lane {
    /// A message to an actor: of the kind `TellThrough` if its way is through another protocol, else `Tell`.
    Tell { actor: ActorId, way: Way, version: u16, payload: Bytes, ports: Vec<u64> },
    /// A message to whoever holds a name there.
    TellNamed { name: Arc<str>, edge: Edge, version: u16, payload: Bytes, ports: Vec<u64> },
    /// A message to all members of a group there. It holds no replies.
    Broadcast { group: Arc<str>, edge: Edge, version: u16, payload: Bytes },
    /// The answer to a call, by the port that the call brought.
    Answer { port: u64, payload: Bytes, ports: Vec<u64> },
    /// There will be no answer.
    NoAnswer { port: u64, failure: AnswerFailure },
    /// Tell me when this actor ends.
    Monitor { reference: u64, actor: ActorId },
    /// No more of that.
    Demonitor { reference: u64 },
    /// It has ended.
    Down { reference: u64, reason: ExitReason },
    /// About a link: one of the kinds from `Link` to `Exit`.
    Link(links::Message),
    /// About names.
    Name(names::Message),
    /// About groups.
    Group(groups::Message),
    /// What `frame` is, whose payload of so many bytes comes by the connection of bodies.
    Token { length: usize, beside: Extension, frame: Box<Lane> },
    /// No more messages for this recipient: its mailbox is full.
    Stop(Recipient<'static>),
    /// It takes messages again.
    Go(Recipient<'static>),
    /// There are bodies to be sent; whoever opened the session is to open a connection for them.
    WantBodies,
    /// These tells of yours reached nobody, and so many others. It may be skipped.
    DeadLetters { letters: Vec<Undelivered>, others: u64 },
    /// The caller behind this port waits for so many milliseconds from now on. It may be skipped.
    Waits { port: u64, milliseconds: u32 },
    /// The caller behind this port waits no longer. It may be skipped.
    GiveUp { port: u64, why: GaveUp },
}

/// Begins a message to an actor.
pub(crate) fn tell<'a>(
    out: &'a mut Vec<u8>,
    beside: &Extension,
    actor: ActorId,
    way: Way,
    version: u16,
) -> Result<ParcelWriter<'a>, EncodeError> {
    match way.via() {
        0 => addressed(out, Kind::Tell, beside, way.protocol(), version, |e| actor.encode(e)),
        via => addressed(out, Kind::TellThrough, beside, way.protocol(), version, |e| {
            actor.encode(e)?;
            via.encode(e)
        }),
    }
}

/// Begins a message to whoever holds a name.
pub(crate) fn tell_named<'a>(
    out: &'a mut Vec<u8>,
    beside: &Extension,
    name: &str,
    edge: Edge,
    version: u16,
) -> Result<ParcelWriter<'a>, EncodeError> {
    addressed(out, Kind::TellNamed, beside, edge, version, |e| e.text(name))
}

/// Begins a message to the members of a group. It takes no ports.
pub(crate) fn broadcast<'a>(
    out: &'a mut Vec<u8>,
    beside: &Extension,
    group: &str,
    edge: Edge,
    version: u16,
) -> Result<ParcelWriter<'a>, EncodeError> {
    addressed(out, Kind::Broadcast, beside, edge, version, |e| e.text(group))
}

/// Begins an answer.
pub(crate) fn answer(out: &mut Vec<u8>, port: u64) -> Result<ParcelWriter<'_>, EncodeError> {
    let mut frame = FrameWriter::begin(out, Kind::Answer, &Extension::default());
    port.encode(&mut frame.fields())?;
    Ok(ParcelWriter::begin(frame))
}

fn addressed<'a>(
    out: &'a mut Vec<u8>,
    kind: Kind,
    beside: &Extension,
    edge: Edge,
    version: u16,
    to: impl FnOnce(&mut Encoder<'_>) -> Result<(), EncodeError>,
) -> Result<ParcelWriter<'a>, EncodeError> {
    let mut frame = FrameWriter::begin(out, kind, beside);
    let e = &mut frame.fields();
    to(e)?;
    put_edge(e, edge);
    version.encode(e)?;
    Ok(ParcelWriter::begin(frame))
}

/// A parcel whose payload is at hand.
fn fill(mut parcel: ParcelWriter<'_>, payload: &[u8], ports: &[u64], limit: usize) -> Result<Places, EncodeError> {
    parcel.payload().extend_from_slice(payload);
    parcel.finish(ports.iter().copied(), 0, limit)
}

impl Lane {
    /// Appends the frame, with nothing beside it.
    ///
    /// # Errors
    /// [`EncodeError::TooLarge`]: it is over `limit` bytes; nothing of it is left in the buffer.
    pub(crate) fn encode(&self, out: &mut Vec<u8>, limit: usize) -> Result<(), EncodeError> {
        let beside = &Extension::default();
        match self {
            Lane::Tell { .. } | Lane::TellNamed { .. } | Lane::Broadcast { .. } | Lane::Answer { .. } => {
                self.encode_parcel(out, beside, limit).map(|_places| ())
            }
            Lane::NoAnswer { port, failure } => write(out, Kind::NoAnswer, limit, |e| {
                port.encode(e)?;
                failure.encode(e)
            }),
            Lane::Monitor { reference, actor } => write(out, Kind::Monitor, limit, |e| {
                reference.encode(e)?;
                actor.encode(e)
            }),
            Lane::Demonitor { reference } => write(out, Kind::Demonitor, limit, |e| reference.encode(e)),
            Lane::Down { reference, reason } => write(out, Kind::Down, limit, |e| {
                reference.encode(e)?;
                failure::put_reason(e, reason)
            }),
            Lane::Link(message) => link::put(out, limit, message),
            Lane::Name(message) => write(out, Kind::Name, limit, |e| cluster::put_name(e, message)),
            Lane::Group(message) => write(out, Kind::Group, limit, |e| cluster::put_group(e, message)),
            Lane::Token { length, beside, frame } => {
                let mut whole = Vec::new();
                let places = frame.encode_parcel(&mut whole, beside, limit)?;
                token(out, &whole, &places, *length);
                Ok(())
            }
            Lane::Stop(to) => write(out, Kind::Stop, limit, |e| put_recipient(e, to)),
            Lane::Go(to) => write(out, Kind::Go, limit, |e| put_recipient(e, to)),
            Lane::WantBodies => write(out, Kind::WantBodies, limit, |_| Ok(())),
            Lane::DeadLetters { letters, others } => {
                write(out, Kind::DeadLetters, limit, |e| dead_letter::put(e, letters, *others))
            }
            Lane::Waits { port, milliseconds } => write(out, Kind::Waits, limit, |e| {
                port.encode(e)?;
                milliseconds.encode(e)
            }),
            Lane::GiveUp { port, why } => write(out, Kind::GiveUp, limit, |e| {
                port.encode(e)?;
                e.tag(u32::from(*why == GaveUp::Dropped))
            }),
        }
    }

    fn encode_parcel(&self, out: &mut Vec<u8>, beside: &Extension, limit: usize) -> Result<Places, EncodeError> {
        match self {
            Lane::Tell { actor, way, version, payload, ports } => {
                fill(tell(out, beside, *actor, *way, *version)?, payload, ports, limit)
            }
            Lane::TellNamed { name, edge, version, payload, ports } => {
                fill(tell_named(out, beside, name, *edge, *version)?, payload, ports, limit)
            }
            Lane::Broadcast { group, edge, version, payload } => {
                fill(broadcast(out, beside, group, *edge, *version)?, payload, &[], limit)
            }
            Lane::Answer { port, payload, ports } => fill(answer(out, *port)?, payload, ports, limit),
            other => Err(EncodeError::Codec(format!("a token stands for what a user sent, and not for {other:?}"))),
        }
    }

    /// Reads a frame that came by a message lane.
    ///
    /// # Errors
    /// [`FrameError::Misplaced`] for one of the control connection, [`FrameError::Malformed`].
    pub(crate) fn decode(frame: Frame) -> Result<Lane, FrameError> {
        match frame.kind {
            Kind::Token => Self::decode_token(frame.body),
            Kind::Tell | Kind::TellThrough | Kind::TellNamed | Kind::Broadcast | Kind::Answer => {
                Ok(Self::decode_parcel(frame, Payload::Within)?.0)
            }
            _ => Self::decode_signal(&frame),
        }
    }

    /// What a user sent, and how long its payload is.
    fn decode_parcel(frame: Frame, place: Payload) -> Result<(Lane, usize), FrameError> {
        match frame.kind {
            Kind::Tell => {
                let ((actor, edge, version), Parcel { payload, length, ports }) =
                    read_parcel(frame, place, |d| Ok((Wire::decode(d)?, field::edge(d)?, Wire::decode(d)?)))?;
                Ok((Lane::Tell { actor, way: Way::direct(edge), version, payload, ports }, length))
            }
            Kind::TellThrough => {
                let (((actor, via), edge, version), Parcel { payload, length, ports }) =
                    read_parcel(frame, place, |d| {
                        Ok(((Wire::decode(d)?, Wire::decode(d)?), field::edge(d)?, Wire::decode(d)?))
                    })?;
                Ok((Lane::Tell { actor, way: Way::new(edge, via), version, payload, ports }, length))
            }
            Kind::TellNamed => {
                let ((name, edge, version), Parcel { payload, length, ports }) = read_parcel(frame, place, to_named)?;
                Ok((Lane::TellNamed { name, edge, version, payload, ports }, length))
            }
            Kind::Broadcast => {
                let ((group, edge, version), Parcel { payload, length, ports }) = read_parcel(frame, place, to_named)?;
                if !ports.is_empty() {
                    let why = DecodeError::invalid("broadcast", "it holds replies");
                    return Err(FrameError::Malformed { kind: Kind::Broadcast, why });
                }
                Ok((Lane::Broadcast { group, edge, version, payload }, length))
            }
            Kind::Answer => {
                let (port, Parcel { payload, length, ports }) = read_parcel(frame, place, Wire::decode)?;
                Ok((Lane::Answer { port, payload, ports }, length))
            }
            other => Err(FrameError::Misplaced(other)),
        }
    }

    fn decode_token(body: Bytes) -> Result<Lane, FrameError> {
        let read = inner(body).and_then(|frame| {
            let beside = frame.extension;
            Ok((beside, Self::decode_parcel(frame, Payload::Apart)?))
        });
        let (beside, (frame, length)) = read.map_err(|error| match error {
            FrameError::Malformed { why, .. } => FrameError::Malformed { kind: Kind::Token, why },
            FrameError::Empty | FrameError::CutExtension(_) => {
                FrameError::Malformed { kind: Kind::Token, why: DecodeError::UnexpectedEnd }
            }
            other => other,
        })?;
        Ok(Lane::Token { length, beside, frame: Box::new(frame) })
    }

    fn decode_signal(frame: &Frame) -> Result<Lane, FrameError> {
        field::read(frame, |d| {
            Ok(Some(match frame.kind {
                Kind::NoAnswer => Lane::NoAnswer { port: Wire::decode(d)?, failure: AnswerFailure::decode(d)? },
                Kind::Monitor => Lane::Monitor { reference: Wire::decode(d)?, actor: Wire::decode(d)? },
                Kind::Demonitor => Lane::Demonitor { reference: Wire::decode(d)? },
                Kind::Down => Lane::Down { reference: Wire::decode(d)?, reason: failure::reason(d)? },
                Kind::Name => Lane::Name(cluster::name(d)?),
                Kind::Group => Lane::Group(cluster::group(d)?),
                Kind::Stop => Lane::Stop(recipient(d)?),
                Kind::Go => Lane::Go(recipient(d)?),
                Kind::WantBodies => Lane::WantBodies,
                Kind::DeadLetters => {
                    let (letters, others) = dead_letter::read(d)?;
                    Lane::DeadLetters { letters, others }
                }
                Kind::Waits => Lane::Waits { port: Wire::decode(d)?, milliseconds: Wire::decode(d)? },
                Kind::GiveUp => {
                    let port = Wire::decode(d)?;
                    // What a later build may mean, it does not wait.
                    Lane::GiveUp { port, why: if d.tag()? == 0 { GaveUp::Late } else { GaveUp::Dropped } }
                }
                kind => return Ok(link::read(kind, d)?.map(Lane::Link)),
            }))
        })
    }
}

fn put_recipient(e: &mut Encoder<'_>, to: &Recipient<'_>) -> Result<(), EncodeError> {
    match to {
        Recipient::Actor(actor) => {
            e.raw(&[0]);
            actor.encode(e)
        }
        Recipient::Name(name) => {
            e.raw(&[1]);
            e.text(name)
        }
    }
}

fn recipient(d: &mut Decoder<'_>) -> Result<Recipient<'static>, DecodeError> {
    match d.raw(1)? {
        [0] => Ok(Recipient::Actor(Wire::decode(d)?)),
        [1] => Ok(Recipient::Name(Cow::Owned(field::name(d)?.to_owned()))),
        _ => Err(DecodeError::invalid("recipient", "it is neither an actor nor a name")),
    }
}

fn to_named(d: &mut Decoder<'_>) -> Result<(Arc<str>, Edge, u16), DecodeError> {
    Ok((field::name(d)?.into(), field::edge(d)?, Wire::decode(d)?))
}

#[cfg(test)]
mod tests {
    use actor_core::{Incarnation, NodeDownCause, NodeId, TraceContext, wire::Limits};
    use bytes::BytesMut;

    use super::*;
    use crate::frame::{FrameReader, Receiver};

    const LIMIT: usize = 1 << 16;

    fn samples() -> Vec<Lane> {
        let (actor, edge) = (ActorId(7), Edge::from_bits(0x0102_0304_0506_0708));
        let (way, through) = (Way::direct(edge), Way::new(edge, 300));
        let payload = || Bytes::from_static(b"payload");
        let name: Arc<str> = "bank".into();
        let failures = [
            AnswerFailure::NoReply,
            AnswerFailure::Stopped,
            AnswerFailure::Overloaded,
            AnswerFailure::Unresolved,
            AnswerFailure::Undecodable("a".into()),
            AnswerFailure::WrongProtocol("b".into()),
            AnswerFailure::Refused("c".into()),
            AnswerFailure::BadAnswer("d".into()),
            AnswerFailure::Other("e".into()),
        ];
        let reasons = [
            ExitReason::Normal,
            ExitReason::Failed("why".into()),
            ExitReason::NoSuchActor,
            ExitReason::NodeDown(NodeDownCause::Silent),
        ];
        let mut samples = vec![
            Lane::Tell { actor, way, version: 2, payload: payload(), ports: vec![] },
            Lane::Tell { actor: ActorId(u64::MAX), way, version: 300, payload: Bytes::new(), ports: vec![1, u64::MAX] },
            Lane::TellNamed { name: name.clone(), edge, version: 2, payload: payload(), ports: vec![9] },
            Lane::Broadcast { group: "room:42".into(), edge, version: 2, payload: payload() },
            Lane::Answer { port: 9, payload: payload(), ports: vec![3] },
            Lane::Monitor { reference: 11, actor },
            Lane::Demonitor { reference: 1 << 40 },
        ];
        samples.extend(failures.map(|failure| Lane::NoAnswer { port: 9, failure }));
        samples.extend(reasons.map(|reason| Lane::Down { reference: 11, reason }));
        samples.extend(about_links().map(Lane::Link));
        samples.extend(about_names(&name).map(Lane::Name));
        let (group, uri, version, via) = ("room:42".into(), "chat.Event".into(), 1, 3);
        samples.push(Lane::Group(groups::Message::Join { group, uri, edge, version, actor, via, count: 2 }));
        samples.push(Lane::Group(groups::Message::Leave { group: "room:42".into(), actor, count: 1 }));
        samples.push(Lane::Tell { actor, way: through, version: 2, payload: payload(), ports: vec![9] });
        let tell = |way| Lane::Tell { actor, way, version: 2, payload: Bytes::new(), ports: vec![9] };
        let answer = Lane::Answer { port: 9, payload: Bytes::new(), ports: vec![] };
        samples.extend([tell(way), tell(through), answer].map(|frame| Lane::Token {
            length: 1 << 20,
            beside: Extension::default(),
            frame: frame.into(),
        }));
        let (deadline, trace) = (Some(7), None);
        samples.push(Lane::Token { length: 1 << 20, beside: Extension { deadline, trace }, frame: tell(way).into() });
        let (actor, name) = (Recipient::Actor(actor), Recipient::Name("bank".into()));
        samples.extend([Lane::Stop(actor.clone()), Lane::Stop(name.clone()), Lane::Go(actor), Lane::Go(name)]);
        samples.push(Lane::WantBodies);
        samples.push(dead_letters(edge));
        samples.push(Lane::Waits { port: 9, milliseconds: 60_000 });
        samples.push(Lane::GiveUp { port: u64::MAX, why: GaveUp::Late });
        samples.push(Lane::GiveUp { port: 9, why: GaveUp::Dropped });
        samples
    }

    fn dead_letters(edge: Edge) -> Lane {
        let one = |receiver, count, why| Undelivered { receiver, edge, count, why };
        let letters = vec![
            one(Receiver::Actor(ActorId(300)), 1, AnswerFailure::Stopped),
            one(Receiver::Name("bank".into()), 2, AnswerFailure::Undecodable("why".into())),
            one(Receiver::Group("room:42".into()), u64::MAX, AnswerFailure::WrongProtocol("b".into())),
        ];
        Lane::DeadLetters { letters, others: 9 }
    }

    fn about_links() -> [links::Message; 5] {
        use links::Message;
        let (from, to) = (ActorId(7), ActorId(300));
        // Only a node can say who its actors are: the reason of one that was linked is had from its bytes.
        let bytes = b"\x0b\x07\x01\x05a@h:1\x03\x04\x03why";
        let linked = ExitReason::decode(&mut Decoder::new(bytes, Limits::default())).unwrap();
        [
            Message::Link { from, to },
            Message::Unlink { id: 11, from, to },
            Message::UnlinkAck { id: u64::MAX, from: to, to: from },
            Message::Exit { from, to, reason: ExitReason::Killed },
            Message::Exit { from, to, reason: linked },
        ]
    }

    fn about_names(name: &Arc<str>) -> [names::Message; 10] {
        use names::{Entry, Message};
        let (name, term, request) = (|| Arc::clone(name), 5, 6);
        let owner = NodeId { name: "a@h:1".parse().unwrap(), incarnation: Incarnation(3) };
        let (edge, actor, uri) = (Edge::from_bits(1), ActorId(7), "bank.Account".into());
        [
            Message::Claim { request, name: name(), term },
            Message::Granted { request, name: name(), term },
            Message::Taken { request, name: name(), owner: owner.clone() },
            Message::Release { name: name(), term },
            Message::Publish(Entry { name: name(), uri, edge, version: 2, actor, via: 0, term }),
            Message::Published { name: name(), term },
            Message::Withdraw { name: name(), term },
            Message::Conflict { name: name(), term, winner_term: 8, winner: owner },
            Message::Unregister { name: name(), term },
            Message::Synced { term },
        ]
    }

    fn encoded(frames: &[Lane]) -> Vec<u8> {
        let mut out = Vec::new();
        frames.iter().for_each(|frame| frame.encode(&mut out, LIMIT).unwrap());
        out
    }

    /// The frame and nothing behind it.
    fn cut(bytes: &[u8]) -> Frame {
        let mut buffer = BytesMut::from(bytes);
        let frame = FrameReader::new(LIMIT).next(&mut buffer).unwrap().unwrap();
        assert!(buffer.is_empty());
        frame
    }

    /// A fixed sequence of numbers without a pattern (xorshift, Marsaglia).
    fn numbers(mut state: u64) -> impl FnMut() -> usize {
        move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state as usize
        }
    }

    /// DESIGN §6, H3: what stands beside a message changes nothing of it.
    #[test]
    fn an_extension_stands_before_the_body() {
        let beside = Extension { deadline: Some(5000), trace: TraceContext::new([0xab; 16], [7; 8], 1) };
        let (way, mut out) = (Way::direct(Edge::from_bits(0x0102_0304_0506_0708)), Vec::new());
        fill(tell(&mut out, &beside, ActorId(7), way, 2).unwrap(), b"payload", &[], LIMIT).unwrap();
        let frame = cut(&out);
        assert_eq!((frame.extension, frame.written()), (beside, out.clone()));
        assert_eq!(Lane::decode(frame), Ok(samples().remove(0)));
        let hex: String = out.iter().map(|byte| format!("{byte:02x}")).collect();
        let (length, kind, extension) = ("3a000000", "81", "21000104881300000219");
        let trace = ["ab".repeat(16), "07".repeat(8), "01".to_owned()].concat();
        let body = "07080706050403020102070000007061796c6f616400";
        assert_eq!(hex, [length, kind, extension, &trace, body].concat());
    }

    /// DESIGN §6: how long callers wait is known when the message is written, and stands before it all the same.
    #[test]
    fn a_deadline_that_is_known_late_stands_where_it_belongs() {
        let trace = TraceContext::new([0xab; 16], [7; 8], 1);
        let way = Way::direct(Edge::from_bits(0x0102_0304_0506_0708));
        for trace in [None, trace] {
            let written = |beside: &Extension, late: Option<u32>| {
                let mut out = b"before".to_vec();
                let mut parcel = tell(&mut out, beside, ActorId(7), way, 2).unwrap();
                parcel.payload().extend_from_slice(b"payload");
                let moved = late.map(|deadline| parcel.announce(deadline));
                parcel.finish([9].into_iter(), 0, LIMIT).unwrap();
                (out, moved)
            };
            let (early, _) = written(&Extension { deadline: Some(5000), trace }, None);
            let (late, moved) = written(&Extension { deadline: None, trace }, Some(5000));
            assert_eq!((late, moved), (early, Some(if trace.is_some() { 6 } else { 8 })));
        }
    }

    /// S1: frames arrive as they were sent, in order, whatever the pieces.
    #[test]
    fn every_frame_survives_the_round_trip() {
        let (samples, mut buffer, mut found) = (samples(), BytesMut::new(), Vec::new());
        let mut reader = FrameReader::new(LIMIT);
        for byte in encoded(&samples) {
            buffer.extend_from_slice(&[byte]);
            while let Some(frame) = reader.next(&mut buffer).unwrap() {
                found.push(Lane::decode(frame).unwrap());
            }
        }
        assert_eq!(found, samples);
    }

    /// F5: no frame is the beginning of another.
    #[test]
    fn a_body_cut_anywhere_is_malformed() {
        for sample in samples() {
            let Frame { kind, body, .. } = cut(&encoded(&[sample]));
            for length in 0..body.len() {
                let error = Lane::decode(Frame::plain(kind, body.slice(..length))).unwrap_err();
                assert_eq!(error, FrameError::Malformed { kind, why: DecodeError::UnexpectedEnd });
            }
            let longer = Bytes::from([&body[..], b"x"].concat());
            let error = Lane::decode(Frame::plain(kind, longer)).unwrap_err();
            assert_eq!(error, FrameError::Malformed { kind, why: DecodeError::TrailingBytes(1) });
        }
    }

    /// F5: neither changed nor random bytes panic, and nothing that comes out of them is larger than they are.
    #[test]
    fn changed_and_random_bytes_never_panic() {
        let mut next = numbers(0x5eed);
        let kinds = samples().iter().map(|sample| cut(&encoded(std::slice::from_ref(sample)))).collect::<Vec<_>>();
        for round in 0..40_000 {
            let Frame { kind, body, .. } = &kinds[round % kinds.len()];
            let mut bytes = if round % 3 == 0 { vec![0; next() % 40] } else { body.to_vec() };
            let changes = if round % 3 == 0 { bytes.len() } else { 1 + next() % 3 };
            for _ in 0..changes.min(bytes.len()) {
                let at = next() % bytes.len();
                bytes[at] = next() as u8;
            }
            let frame = Frame::plain(*kind, bytes);
            let length = frame.body.len();
            if let Ok(Lane::Tell { payload, ports, .. } | Lane::Answer { payload, ports, .. }) = Lane::decode(frame) {
                assert!(payload.len() + ports.len() * 8 <= length);
            }
        }
    }

    /// F5: a count is compared with its bound, and with the bytes that are there, before anything is allocated for it.
    #[test]
    fn a_giant_count_of_ports_is_malformed() {
        let mut body = encoded(&[Lane::Answer { port: 9, payload: Bytes::new(), ports: vec![] }]).split_off(5);
        assert_eq!(body.pop(), Some(0));
        for count in [1u64, 1 << 32, 1 << 61, u64::MAX] {
            let mut bytes = body.clone();
            count.encode(&mut Encoder::new(&mut bytes)).unwrap();
            let error = Lane::decode(Frame::plain(Kind::Answer, bytes)).unwrap_err();
            let why = match count {
                1 => DecodeError::UnexpectedEnd,
                _ => DecodeError::invalid("message", "it holds more replies than a message may"),
            };
            assert_eq!(error, FrameError::Malformed { kind: Kind::Answer, why });
        }
    }

    /// DESIGN §4: a payload is where it arrived.
    #[test]
    fn a_payload_is_a_slice_of_its_frame() {
        let frame = cut(&encoded(&samples()[..1]));
        let Lane::Tell { payload, .. } = Lane::decode(frame.clone()).unwrap() else { panic!("it was a tell") };
        assert_eq!(frame.body.slice_ref(&payload), payload);
    }

    /// DESIGN §6: what is encoded in place is the same as what is encoded from a value.
    #[test]
    fn a_parcel_is_encoded_in_place() {
        let mut out = Vec::new();
        let edge = Edge::from_bits(0x0102_0304_0506_0708);
        let mut parcel = tell_named(&mut out, &Extension::default(), "bank", edge, 2).unwrap();
        parcel.payload().extend_from_slice(b"payload");
        parcel.finish([9].into_iter(), 0, LIMIT).unwrap();
        assert_eq!(out, encoded(&samples()[2..3]));
    }

    /// P6: a broadcast is encoded once for all, so that nobody's reply can be in it.
    #[test]
    fn a_broadcast_with_replies_is_malformed() {
        let mut out = Vec::new();
        broadcast(&mut out, &Extension::default(), "room:42", Edge::from_bits(1), 1)
            .unwrap()
            .finish([4].into_iter(), 0, LIMIT)
            .unwrap();
        assert!(matches!(Lane::decode(cut(&out)), Err(FrameError::Malformed { kind: Kind::Broadcast, .. })));
    }

    /// F1, F5: nothing is kept, and nothing told, of a name that no build makes.
    #[test]
    fn a_name_that_is_too_long_is_malformed() {
        let frames = |length: usize| {
            let (name, edge): (String, _) = ("n".repeat(length), Edge::from_bits(1));
            let (payload, ports) = (Bytes::new(), vec![]);
            let named = Lane::TellNamed { name: (&*name).into(), edge, version: 1, payload: payload.clone(), ports };
            let (length, beside) = (1 << 20, Extension::default());
            [
                Lane::Token { length, beside, frame: named.clone().into() },
                named,
                Lane::Broadcast { group: (&*name).into(), edge, version: 1, payload },
                Lane::Stop(Recipient::Name(name.clone().into())),
                Lane::Go(Recipient::Name(name.into())),
            ]
        };
        for (longest, longer) in frames(255).into_iter().zip(frames(256)) {
            assert_eq!(Lane::decode(cut(&encoded(std::slice::from_ref(&longest)))), Ok(longest));
            assert!(matches!(Lane::decode(cut(&encoded(&[longer]))), Err(FrameError::Malformed { .. })));
        }
    }

    /// F5.
    #[test]
    fn a_control_frame_on_a_lane_is_misplaced() {
        let body = Bytes::from_static(b"whatever");
        for kind in [Kind::Heartbeat, Kind::Ping, Kind::Pong, Kind::Members, Kind::Goodbye, Kind::Schemas] {
            assert_eq!(Lane::decode(Frame::plain(kind, body.clone())), Err(FrameError::Misplaced(kind)));
        }
    }

    /// H3: the wire never changes silently; a new layout is a new kind or a new transport version.
    #[test]
    fn the_frames_are_what_they_have_always_been() {
        let golden = [
            "170000000107080706050403020102070000007061796c6f616400",
            "2a00000001fdffffffffffffffff0807060504030201fb2c0100000000020100000000000000ffffffffffffffff",
            "23000000020462616e6b080706050403020102070000007061796c6f6164010900000000000000",
            "1e0000000307726f6f6d3a3432080706050403020102070000007061796c6f616400",
            "160000000409070000007061796c6f6164010300000000000000",
            "03000000060b07",
            "0a00000007fd0000000000010000",
            "0400000005090100",
            "0400000005090200",
            "0400000005090300",
            "0400000005090400",
            "050000000509050161",
            "050000000509060162",
            "050000000509070163",
            "050000000509080164",
            "050000000509000165",
            "03000000080b00",
            "07000000080b0403776879",
            "03000000080b06",
            "04000000080b0701",
            "050000000907fb2c01",
            "060000000a0b07fb2c01",
            "0e0000000bfdfffffffffffffffffb2c0107",
            "060000000c07fb2c0103",
            "140000000c07fb2c010b0701056140683a31030403776879",
            "090000001000060462616e6b05",
            "090000001001060462616e6b05",
            "0f0000001002060462616e6b056140683a3103",
            "0800000010030462616e6b05",
            "2000000010040462616e6b0c62616e6b2e4163636f756e74010000000000000002070005",
            "0800000010050462616e6b05",
            "0800000010060462616e6b05",
            "1000000010070462616e6b0508056140683a3103",
            "0800000010080462616e6b05",
            "03000000100905",
            "21000000110007726f6f6d3a34320a636861742e4576656e74080706050403020101070302",
            "0c000000110107726f6f6d3a34320701",
            "220000000d07fb2c01080706050403020102070000007061796c6f6164010900000000000000",
            "190000000e010708070605040302010200001000010900000000000000",
            "1c0000000e0d07fb2c0108070605040302010200001000010900000000000000",
            "080000000e04090000100000",
            "210000000e8106000104070000000708070605040302010200001000010900000000000000",
            "030000000f0007",
            "070000000f010462616e6b",
            "03000000120007",
            "0700000012010462616e6b",
            "0100000013",
            "43000000400300fb2c010807060504030201010200010462616e6b08070605040302010205037768790207726f6f6d3a34320807060504030201fdffffffffffffffff06016209",
            "050000004109fb60ea",
            "0b00000042fdffffffffffffffff00",
            "03000000420901",
        ];
        let found: Vec<String> =
            samples().into_iter().map(|s| encoded(&[s]).iter().map(|byte| format!("{byte:02x}")).collect()).collect();
        assert_eq!(found, golden);
    }
}
