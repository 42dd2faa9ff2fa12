//! Fields that many frames have and that actor-core's codec has no form for. Knows no frame; bounds what it allocates by
//! the bytes that are there. Used by `lane`, `control`, `cluster` and `dead_letter`.

use std::sync::Arc;

use actor_core::{
    Name,
    wire::{DecodeError, Decoder, Edge, Encoder, Limits, Wire},
};
use bytes::{Buf, Bytes};

use super::{Frame, FrameError};

/// Reads all of a frame's body; `fields` knows no such frame when it gives none.
pub(super) fn read<T>(
    frame: &Frame,
    fields: impl FnOnce(&mut Decoder<'_>) -> Result<Option<T>, DecodeError>,
) -> Result<T, FrameError> {
    let malformed = |why| FrameError::Malformed { kind: frame.kind, why };
    let mut d = Decoder::new(&frame.body, LIMITS);
    let value = fields(&mut d).map_err(malformed)?.ok_or(FrameError::Misplaced(frame.kind))?;
    d.finish().map_err(malformed)?;
    Ok(value)
}

/// A user's message in its frame.
#[derive(Debug)]
pub(super) struct Parcel {
    /// Empty if it comes apart from its frame.
    pub(super) payload: Bytes,
    /// How long it is.
    pub(super) length: usize,
    pub(super) ports: Vec<u64>,
}

/// Where the payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payload {
    /// In its frame.
    Within,
    /// It comes by another connection.
    Apart,
}

/// Reads all of a frame's body that ends in a parcel. What is left of the body becomes the payload, since a second
/// share of its memory would cost as much as all of the rest.
pub(super) fn read_parcel<T>(
    frame: Frame,
    place: Payload,
    fields: impl FnOnce(&mut Decoder<'_>) -> Result<T, DecodeError>,
) -> Result<(T, Parcel), FrameError> {
    let Frame { kind, body, .. } = frame;
    let mut d = Decoder::new(&body, LIMITS);
    let read = fields(&mut d).and_then(|value| {
        let (payload, length, ports) = parcel(&mut d, place)?;
        d.finish()?;
        Ok((value, payload.as_ptr().addr() - body.as_ptr().addr(), payload.len(), length, ports))
    });
    let (value, start, within, length, ports) = read.map_err(|why| FrameError::Malformed { kind, why })?;
    let mut payload = body;
    payload.advance(start);
    payload.truncate(within);
    Ok((value, Parcel { payload, length, ports }))
}

fn parcel<'de>(d: &mut Decoder<'de>, place: Payload) -> Result<(&'de [u8], usize, Vec<u64>), DecodeError> {
    let length = u32::from_le_bytes(*fixed(d)?) as usize;
    let payload = d.raw(if place == Payload::Within { length } else { 0 })?;
    let count = usize::try_from(u64::decode(d)?).unwrap_or(usize::MAX);
    if count > MAX_PORTS {
        return Err(DecodeError::invalid("message", "it holds more replies than a message may"));
    }
    let (ports, _) = d.raw(count.saturating_mul(8))?.as_chunks();
    Ok((payload, length, ports.iter().map(|port| u64::from_le_bytes(*port)).collect()))
}

/// How many replies one message may hold: each may have to be answered on its own.
pub(super) const MAX_PORTS: usize = 4096;

/// No field of a frame nests, or takes memory beyond what follows from its bytes, but for a reason that holds another.
pub(super) const LIMITS: Limits = Limits { memory: 1 << 10, depth: 4 };

pub(super) fn put_edge(e: &mut Encoder<'_>, edge: Edge) {
    e.raw(&edge.bits().to_le_bytes());
}

pub(super) fn edge(d: &mut Decoder<'_>) -> Result<Edge, DecodeError> {
    Ok(Edge::from_bits(u64::from_le_bytes(*fixed(d)?)))
}

pub(super) fn text(d: &mut Decoder<'_>) -> Result<Arc<str>, DecodeError> {
    Ok(d.text()?.into())
}

/// The name of an actor or a group, which no build makes longer: what is kept by name, or told of one, is bounded by how many
/// there are.
pub(super) fn name<'de>(d: &mut Decoder<'de>) -> Result<&'de str, DecodeError> {
    match d.text()? {
        name if name.len() <= Name::MAX => Ok(name),
        _ => Err(DecodeError::invalid("name", "it is longer than 255 bytes")),
    }
}

fn fixed<'de, const N: usize>(d: &mut Decoder<'de>) -> Result<&'de [u8; N], DecodeError> {
    Ok(d.raw(N)?.try_into().expect("invariant: as many bytes were taken"))
}
