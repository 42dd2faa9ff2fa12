//! What is large is copied once on its way out, and not at all on its way in.

use actor_core::{
    Incarnation, NodeId,
    prelude::*,
    route::Origin,
    wire::{DecodeError, Decoder, Encoder, Limits, to_bytes},
};
use bytes::Bytes;

use crate::{
    counting::{Taken, taken},
    nowhere::Nowhere,
};

const MIB: usize = 1 << 20;
/// What the bookkeeping of one large value may take, in bytes.
const LITTLE: usize = 256;

#[derive(Wire, Debug, PartialEq)]
#[wire(uri = "test.Letter", version = 1)]
struct Letter {
    number: u64,
    body: Bytes,
}

#[derive(Wire, Debug, PartialEq)]
#[wire(uri = "test.Parcel", version = 1)]
struct Parcel {
    number: u64,
    body: Vec<u8>,
}

/// Encodes into a buffer that has room already, as a lane's has.
fn into_room(value: &impl Wire) -> Taken {
    let mut out = Vec::with_capacity(2 * MIB);
    let (written, taken) = taken(|| value.encode(&mut Encoder::new(&mut out)));
    assert_eq!(written, Ok(()));
    assert!(out.len() > MIB);
    taken
}

/// DESIGN §4: byte strings are written by one copy, into the buffer that they leave from.
#[test]
fn a_large_value_is_written_by_one_copy() {
    let none = Taken { peak: 0, total: 0, times: 0 };
    assert_eq!(into_room(&Letter { number: 1, body: vec![7; MIB].into() }), none);
    assert_eq!(into_room(&Parcel { number: 1, body: vec![7; MIB] }), none);
    assert_eq!(into_room(&"ü".repeat(MIB / 2 + 1)), none);
}

/// DESIGN §4: `Bytes` is where it arrived.
#[test]
fn shared_bytes_are_a_part_of_their_frame() {
    let frame = Bytes::from(to_bytes(&Letter { number: 1, body: vec![7; MIB].into() }).expect("it can be written"));
    let origin = Nowhere::origin();
    let (letter, taken) = taken(|| {
        let mut d = Decoder::for_session(&frame, &origin, Limits::default());
        let letter = Letter::decode(&mut d).expect("it can be read");
        d.finish().expect("it is all");
        letter
    });
    let place = letter.body.as_ptr().addr() - frame.as_ptr().addr();
    assert_eq!((place, letter.body.len()), (frame.len() - MIB, MIB));
    assert!(taken.total <= LITTLE, "{taken:?}");
}

/// DESIGN §4: a `Vec` is its own: one copy, and memory of its size.
#[test]
fn a_vector_of_bytes_is_read_by_one_copy() {
    let bytes = to_bytes(&Parcel { number: 1, body: vec![7; MIB] }).expect("it can be written");
    let (parcel, taken) = taken(|| Parcel::decode(&mut Decoder::new(&bytes, Limits::default())));
    assert_eq!(parcel.expect("it can be read").body.len(), MIB);
    assert_eq!((taken.times, taken.total), (1, MIB));
}

#[derive(Protocol)]
#[wire(uri = "test.Ask", version = 1)]
enum Ask {
    Who { to: Vec<Subject<Ask>>, replies: Vec<Reply<u64>> },
}

/// Handles and replies are charged as what they are, too.
#[test]
fn handles_and_replies_stay_within_the_budget() {
    let origin = Nowhere::origin();
    let edge = <Ask as Wire>::EDGE.bits().to_le_bytes();
    for count in [0, 1, 7, 100, 1000u64] {
        let mut frame = Vec::new();
        let e = &mut Encoder::new(&mut frame);
        e.begin("test.Ask", <Ask as Wire>::EDGE, 1, 1).and_then(|_| e.tag(0)).expect("it can be written");
        e.length(count as usize).expect("it can be written");
        for n in 0..count {
            let node = NodeId { name: format!("n{n}@h:1").parse().expect("a name"), incarnation: Incarnation(n) };
            node.encode(e).and_then(|()| n.encode(e)).expect("it can be written");
            e.raw(&edge);
            1u16.encode(e).and_then(|()| 0u64.encode(e)).expect("it can be written");
        }
        (0..count).collect::<Vec<u64>>().encode(e).expect("it can be written");
        let frame = Bytes::from(frame);
        for memory in [0, 1 << 10, 1 << 16, 1 << 20] {
            let (read, taken) = taken(|| decode(&frame, &origin, memory));
            let budget = memory.max(frame.len() * 4);
            assert!(taken.peak <= budget + 2 * LITTLE, "{count}: {} of {budget}: {read:?}", taken.peak);
            assert!(read.is_ok() || memory < 1 << 20, "{read:?}");
        }
    }
}

fn decode(frame: &Bytes, origin: &Origin, memory: usize) -> Result<(), DecodeError> {
    let mut d = Decoder::for_session(frame, origin, Limits { memory, ..Limits::default() });
    let Ask::Who { to, replies } = Ask::decode(&mut d)?;
    let done = d.finish()?;
    done.disarm();
    drop((to, replies));
    Ok(())
}
