//! The frame by which a build's types are told to a peer, before the session stands. Checks form only, and bounds what it
//! reads by the bytes that are there; what follows from two tables is `proto::schema`'s. Driven by the control connection.

use std::collections::BTreeMap;

use actor_core::wire::{DecodeError, Decoder, EncodeError, Encoder, Wire};

use super::{Frame, FrameError, Kind, field, writer::write};
use crate::proto::schema::{Entry, MAX_TEXT, Table, Version};

/// The largest frame of a table, in bytes.
pub(crate) const MAX_TABLE: usize = 8 << 20;
/// How many types a table holds at most.
const MAX_TYPES: u64 = 1 << 14;
/// The longest name of a type, in bytes.
const MAX_NAME: usize = 255;

/// What a node tells of its types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Schemas {
    /// The types.
    pub(crate) table: Table,
    /// Whether it bears no contradiction.
    pub(crate) strict: bool,
}

impl Schemas {
    /// Appends the frame.
    ///
    /// # Errors
    /// [`EncodeError::TooLarge`]: nothing of it is left in the buffer.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        write(out, Kind::Schemas, MAX_TABLE, |e| {
            u8::from(self.strict).encode(e)?;
            e.length(self.table.0.len())?;
            for (edge, Entry { uri, oldest, versions }) in &self.table.0 {
                field::put_edge(e, *edge);
                e.text(uri)?;
                oldest.encode(e)?;
                e.length(versions.len())?;
                versions.iter().try_for_each(|version| put_version(version, e))?;
            }
            Ok(())
        })
    }

    /// Reads the frame.
    ///
    /// # Errors
    /// [`FrameError::Misplaced`] for another one, [`FrameError::Malformed`].
    pub(crate) fn decode(frame: &Frame) -> Result<Schemas, FrameError> {
        field::read(frame, |d| if frame.kind == Kind::Schemas { schemas(d).map(Some) } else { Ok(None) })
    }
}

fn put_version(version: &Version, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
    e.raw(&version.body.to_le_bytes());
    e.text(&version.text)?;
    e.length(version.contains.len())?;
    version.contains.iter().for_each(|edge| field::put_edge(e, *edge));
    Ok(())
}

fn invalid(why: &'static str) -> DecodeError {
    DecodeError::invalid("table of types", why)
}

fn schemas(d: &mut Decoder<'_>) -> Result<Schemas, DecodeError> {
    // Later builds may have more to say in the other bits.
    let strict = u8::decode(d)? & 1 == 1;
    let count = u64::decode(d)?;
    if count > MAX_TYPES {
        return Err(invalid("it holds more than 16384 types"));
    }
    let mut entries = BTreeMap::new();
    for _ in 0..count {
        let edge = field::edge(d)?;
        if entries.insert(edge, entry(d)?).is_some() {
            return Err(invalid("a type is there twice"));
        }
    }
    Ok(Schemas { table: Table(entries), strict })
}

/// Grows with what is there, not with what the count claims.
fn entry(d: &mut Decoder<'_>) -> Result<Entry, DecodeError> {
    let uri = text(d, MAX_NAME)?;
    let oldest = u16::decode(d)?;
    let count = u64::decode(d)?;
    let newest = count.checked_sub(1).and_then(|later| later.checked_add(oldest.into()));
    if oldest == 0 || newest.is_none_or(|newest| newest > u16::MAX.into()) {
        return Err(invalid("the versions of a type are out of bounds"));
    }
    let versions = (0..count).map(|_| version(d)).collect::<Result<_, _>>()?;
    Ok(Entry { uri, oldest, versions })
}

fn version(d: &mut Decoder<'_>) -> Result<Version, DecodeError> {
    let body = field::edge(d)?.bits();
    let text = text(d, MAX_TEXT)?;
    let count = u64::decode(d)?;
    let contains = (0..count).map(|_| field::edge(d)).collect::<Result<_, _>>()?;
    Ok(Version { body, text, contains })
}

/// A text that goes into logs and errors as it is.
fn text(d: &mut Decoder<'_>, limit: usize) -> Result<String, DecodeError> {
    let text = d.text()?;
    if text.len() > limit || text.contains(char::is_control) {
        return Err(invalid("a text is too long, or not printable"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use actor_core::wire::Edge;
    use bytes::BytesMut;

    use super::*;
    use crate::frame::FrameReader;

    fn sample() -> Schemas {
        let version = |body, contains: &[u64]| Version {
            body,
            text: "struct { n: u64 }".to_owned(),
            contains: contains.iter().map(|bits| Edge::from_bits(*bits)).collect(),
        };
        let entry = |uri: &str, versions| Entry { uri: uri.to_owned(), oldest: 3, versions };
        let entries = [
            (Edge::from_bits(1), entry("shop.Item", vec![version(7, &[])])),
            (Edge::from_bits(2), entry("shop.Order", vec![version(8, &[1]), version(9, &[1, 2])])),
        ];
        Schemas { table: Table(entries.into()), strict: true }
    }

    fn encoded(schemas: &Schemas) -> Frame {
        let mut out = Vec::new();
        schemas.encode(&mut out).unwrap();
        FrameReader::new(MAX_TABLE).next(&mut BytesMut::from(&out[..])).unwrap().unwrap()
    }

    fn read(body: Vec<u8>) -> Result<Schemas, FrameError> {
        Schemas::decode(&Frame::plain(Kind::Schemas, body))
    }

    /// H4.
    #[test]
    fn a_table_survives_the_round_trip() {
        for schemas in [sample(), Schemas { table: Table::default(), strict: false }] {
            assert_eq!(Schemas::decode(&encoded(&schemas)), Ok(schemas));
        }
    }

    /// H4, F5: no table is the beginning of another, and neither changed nor random bytes panic.
    #[test]
    fn changed_bytes_never_panic_and_cut_ones_are_malformed() {
        let Frame { kind, body, .. } = encoded(&sample());
        for length in 0..body.len() {
            let cut = Frame::plain(kind, body.slice(..length));
            assert!(matches!(Schemas::decode(&cut), Err(FrameError::Malformed { .. })));
            for byte in 0..=u8::MAX {
                let mut changed = body.to_vec();
                changed[length] = byte;
                let _ = read(changed);
            }
        }
        assert_eq!(
            Schemas::decode(&Frame::plain(Kind::Members, body)),
            Err(FrameError::Misplaced(Kind::Members)),
            "another frame is no table"
        );
    }

    /// H4, F5: no count is believed, and neither is a text.
    #[test]
    fn giant_counts_and_texts_are_malformed() {
        let body = |write: &dyn Fn(&mut Encoder<'_>)| {
            let mut out = vec![0];
            write(&mut Encoder::new(&mut out));
            out
        };
        let count = |e: &mut Encoder<'_>, count: u64| count.encode(e).unwrap();
        let start = |e: &mut Encoder<'_>, uri: &str, oldest: u16| {
            count(e, 1);
            field::put_edge(e, Edge::from_bits(5));
            e.text(uri).unwrap();
            oldest.encode(e).unwrap();
        };
        let version = |e: &mut Encoder<'_>, text: &str| {
            count(e, 1);
            e.raw(&[0; 8]);
            e.text(text).unwrap();
        };
        let giant = u64::MAX;
        let hostile: [&dyn Fn(&mut Encoder<'_>); 10] = [
            &|e| count(e, giant),
            &|e| count(e, MAX_TYPES),
            &|e| count(e, MAX_TYPES + 1),
            &|e| (start(e, "a.A", 1), count(e, giant)).1,
            &|e| (start(e, "a.A", 1), count(e, 0)).1,
            &|e| (start(e, "a.A", 0), version(e, ""), count(e, 0)).2,
            &|e| (start(e, "a.A", u16::MAX), count(e, 2)).1,
            &|e| (start(e, "a.A", 1), version(e, ""), count(e, giant)).2,
            &|e| (start(e, &"a".repeat(300), 1), version(e, ""), count(e, 0)).2,
            &|e| (start(e, "a.A", 1), version(e, "two\nlines"), count(e, 0)).2,
        ];
        for write in hostile {
            assert!(matches!(read(body(write)), Err(FrameError::Malformed { .. })));
        }
        let fine = body(&|e| (start(e, "a.A", 1), version(e, "fine"), count(e, 0)).2);
        assert!(read(fine.clone()).is_ok());
        let mut twice = fine.clone();
        twice[1] = 2;
        twice.extend_from_slice(&fine[2..]);
        assert!(matches!(read(twice), Err(FrameError::Malformed { .. })));
    }

    /// H3: the wire never changes silently.
    #[test]
    fn the_frame_is_what_it_has_always_been() {
        let mut out = Vec::new();
        Schemas { strict: true, table: Table::default() }.encode(&mut out).unwrap();
        assert_eq!(out, [3, 0, 0, 0, 0x25, 1, 0]);
    }
}
