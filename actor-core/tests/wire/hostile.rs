//! Bytes of somebody who means harm, or whose memory is broken: each gets the error that says what is wrong, and none does more.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fs,
    path::Path,
};

use actor_core::{
    Incarnation, NodeId,
    prelude::*,
    wire::{DecodeError, Decoder, Limits, from_bytes, to_bytes},
};

use bytes::Bytes;

use crate::{
    chance::Chance,
    contract,
    kind::{self, Event, Tree},
    nowhere::Nowhere,
};

/// DESIGN §4: no value is the beginning of another.
#[test]
fn a_value_cut_anywhere_ends_too_early() {
    for kind in kind::all() {
        for sample in &kind.samples {
            for length in 0..sample.len() {
                let error = (kind.read)(&sample[..length]).expect_err("it is cut");
                // The one value that the codec reads in two steps and has one error for.
                let in_letter = error == DecodeError::invalid("char", "char is not valid");
                assert!(in_letter || error == DecodeError::UnexpectedEnd, "{} to {length}: {error}", kind.name);
            }
        }
    }
}

/// DESIGN §4.
#[test]
fn bytes_that_are_left_over_are_counted() {
    for kind in kind::all() {
        for sample in &kind.samples {
            let longer = [&sample[..], &[0, 0]].concat();
            assert_eq!((kind.read)(&longer), Err(DecodeError::TrailingBytes(2)), "{}", kind.name);
        }
    }
}

/// What is read is what was written; changed bytes are another value or an error, and never a panic.
#[test]
fn changed_bytes_are_a_value_or_an_error() {
    let (kinds, mut chance) = (kind::all(), Chance::new(0x5eed));
    let (mut values, mut errors) = (0, 0);
    for kind in &kinds {
        for sample in &kind.samples {
            assert_eq!((kind.again)(sample).map(|written| written.len()), Ok(sample.len()), "{}", kind.name);
        }
    }
    for round in 0..100_000 {
        let kind = &kinds[round % kinds.len()];
        match (kind.again)(&chance.changed(&kind.samples)) {
            Ok(written) => {
                values += 1;
                assert!((kind.read)(&written).is_ok(), "{}", kind.name);
            }
            Err(_) => errors += 1,
        }
    }
    assert!(values > 10_000 && errors > 10_000, "the changes try both: {values} and {errors}");
}

/// What was kept of fuzzing a target: one of each kind, and what was once a finding.
fn seeds(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/seeds").join(target);
    let entries = fs::read_dir(folder).expect("the workspace has seeds").flatten();
    entries.map(|entry| fs::read(entry.path()).expect("a seed can be read")).collect()
}

/// The first byte says which kind. A seed of a type that is another by now is no value, and nothing is made of it.
#[test]
fn what_was_kept_of_fuzzing_does_no_harm() {
    let kinds = kind::all();
    let mut without: BTreeSet<_> = kinds.iter().map(|kind| kind.name).collect();
    for seed in seeds("codec") {
        let (first, bytes) = seed.split_first().expect("a seed is not empty");
        let kind = &kinds[usize::from(*first) % kinds.len()];
        if (kind.again)(bytes).is_ok() {
            without.remove(kind.name);
        }
    }
    assert!(without.is_empty(), "{without:?} have no seed that is a value");
}

/// DESIGN §4: whatever people make of a contract, it is one or an error.
#[test]
fn no_contract_does_harm() {
    let (seeds, mut chance) = (seeds("contract"), Chance::new(0x5eed));
    assert!(!seeds.is_empty(), "there are seeds");
    for round in 0..20_000 {
        let bytes = if round < seeds.len() { seeds[round].clone() } else { chance.changed(&seeds) };
        contract::feed(&String::from_utf8_lossy(&bytes));
    }
}

/// A length before a few bytes.
fn claim(length: u64, rest: &[u8]) -> Vec<u8> {
    [&to_bytes(&length).expect("it can be written"), rest].concat()
}

/// DESIGN §4: a length is compared with what is there, and with the budget, and not believed.
#[test]
fn a_giant_length_is_refused_for_what_it_is() {
    let over = DecodeError::OverBudget { limit: 16 << 20 };
    for length in [1 << 40, u64::MAX - 1, u64::MAX] {
        let bytes = claim(length, &[1, 2, 3]);
        assert_eq!(from_bytes::<Vec<u64>>(&bytes), Err(over.clone()));
        assert_eq!(from_bytes::<Vec<()>>(&bytes), Err(over.clone()));
        assert_eq!(from_bytes::<Vec<u8>>(&bytes), Err(over.clone()));
        assert_eq!(from_bytes::<HashMap<u64, ()>>(&bytes), Err(over.clone()));
        assert_eq!(from_bytes::<BTreeMap<u64, u64>>(&bytes), Err(over.clone()));
        assert_eq!(from_bytes::<Vec<Tree>>(&bytes), Err(over.clone()));
        assert_eq!(from_bytes::<String>(&bytes), Err(DecodeError::UnexpectedEnd));
        assert_eq!(from_bytes::<Bytes>(&bytes), Err(DecodeError::UnexpectedEnd));
    }
    assert_eq!(from_bytes::<Vec<u64>>(&claim(1000, &[1, 2, 3])), Err(DecodeError::UnexpectedEnd));
    assert_eq!(from_bytes::<HashMap<u8, u8>>(&claim(1000, &[1, 2, 3])), Err(DecodeError::UnexpectedEnd));
}

/// DESIGN §4: 60 kB that would become 67 MB do not.
#[test]
fn a_small_message_stays_small() {
    let nested = claim(30_000, &[0; 30_000]);
    assert!(from_bytes::<Vec<Vec<u8>>>(&nested).is_ok(), "30 000 empty lists are 720 kB");
    let wide = claim(60_000, &[0; 60_000]);
    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    let read = Vec::<Vec<u8>>::decode(&mut Decoder::new(&wide, limits));
    assert_eq!(read, Err(DecodeError::OverBudget { limit: 1 << 20 }));
    let boxes = claim(60_000, &[1; 120_000]);
    let read = Vec::<Option<Box<[[u64; 4]; 32]>>>::decode(&mut Decoder::new(&boxes, limits)).map(|boxes| boxes.len());
    assert_eq!(read, Err(DecodeError::OverBudget { limit: 1 << 20 }));
}

/// DESIGN §4: 30 kB of nested values end in an error, and the process goes on.
#[test]
fn values_nest_as_deep_as_the_limit() {
    let read = |depth, limit| {
        let bytes = to_bytes(&Tree::of_depth(depth)).expect("it can be written");
        Tree::decode(&mut Decoder::new(&bytes, Limits { depth: limit, ..Limits::default() })).map(drop)
    };
    assert_eq!(read(128, 128), Ok(()));
    for depth in [129, 200] {
        assert_eq!(read(depth, 128), Err(DecodeError::TooDeep { limit: 128 }));
    }
    // Version, value, no children, and one more.
    let endless = [1, 0, 0, 1].repeat(7_500);
    assert_eq!(from_bytes::<Tree>(&endless), Err(DecodeError::TooDeep { limit: 128 }));
    assert_eq!((read(2, 2), read(3, 2)), (Ok(()), Err(DecodeError::TooDeep { limit: 2 })));
    // Side by side is not one in the other.
    let wood = vec![Tree::of_depth(100); 10];
    assert_eq!(from_bytes(&to_bytes(&wood).expect("it can be written")), Ok(wood));
}

/// A level takes so much of the stack as its value is large.
#[derive(Wire)]
#[wire(uri = "test.Wide", version = 1)]
struct Wide<T> {
    value: T,
    next: Option<Box<Wide<T>>>,
}

/// How many levels of a value that large are read on a thread as a runtime has it.
fn levels_of<T: Wire + Copy + Send + 'static>(value: T) -> u32 {
    let one = to_bytes(&Wide { value, next: None }).expect("it can be written");
    let (open, closed) = ([&one[..one.len() - 1], &[1]].concat(), [&one[..one.len() - 1], &[0]].concat());
    let nested = move |levels: u32| {
        let bytes = [open.repeat(levels as usize - 1), closed.clone()].concat();
        from_bytes::<Wide<T>>(&bytes).map(drop)
    };
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    let deepest = thread.spawn(move || match nested(128) {
        Err(DecodeError::TooDeep { limit }) => {
            assert_eq!(nested(limit), Ok(()), "it is exact");
            limit
        }
        read => read.map(|()| 128).expect("there is nothing else wrong with it"),
    });
    deepest.expect("there is a thread").join().expect("it does not overflow")
}

/// Found by measuring: 128 levels of four kilobytes each took more than a thread's stack, and the process with it.
#[test]
fn large_values_do_not_nest_into_the_end_of_the_stack() {
    assert_eq!(levels_of(0u64), 128);
    assert_eq!(levels_of([0u64; 32]), 128);
    assert!(levels_of([0u64; 512]) >= 8);
    assert!(levels_of([0u64; 4096]) >= 4);
}

/// DESIGN §2: what a type does not know is named.
#[test]
fn unknown_tags_and_versions_are_named() {
    let bytes = to_bytes(&Event::Closed).expect("it can be written");
    assert_eq!(bytes, [3, 1]);
    let unknown = |tag| DecodeError::UnknownVariant { uri: "test.Event", tag };
    assert_eq!(from_bytes::<Event>(&[3, 4]), Err(unknown(4)));
    assert_eq!(from_bytes::<Event>(&[3, 2, 0]), Err(unknown(2)), "it is no more since version 3");
    assert_eq!(from_bytes::<Event>(&[1, 40, 0, 0, 0]), Err(unknown(40)), "it is not there before version 2");
    assert!(from_bytes::<Event>(&[2, 2, 0]).is_ok() && from_bytes::<Event>(&[2, 40, 0, 0, 0]).is_ok());
    let version = |found| DecodeError::UnknownVersion { uri: "test.Event", found, oldest: 1, newest: 3 };
    for found in [0, 4, 250, u16::MAX] {
        let bytes = [to_bytes(&found).expect("it can be written"), vec![1]].concat();
        assert_eq!(from_bytes::<Event>(&bytes), Err(version(found)));
    }
}

/// A number that does not fit, in a form of another size, is none.
#[test]
fn numbers_that_do_not_fit_are_invalid() {
    let invalid = |read: Result<(), DecodeError>| matches!(read, Err(DecodeError::Invalid { .. }));
    assert!(invalid(from_bytes::<u16>(&[252, 0, 0, 1, 0]).map(drop)));
    assert!(invalid(from_bytes::<u64>(&[254; 17]).map(drop)));
    assert!(invalid(from_bytes::<u64>(&[255]).map(drop)));
    assert!(invalid(from_bytes::<bool>(&[2]).map(drop)));
    assert!(invalid(from_bytes::<Option<u8>>(&[2, 0]).map(drop)));
    assert!(invalid(from_bytes::<char>(&[0xff]).map(drop)));
    assert!(invalid(from_bytes::<char>(&[0xed, 0xa0, 0x80]).map(drop)), "half of a pair of UTF-16");
    assert!(invalid(from_bytes::<String>(&[1, 0xff]).map(drop)));
    assert!(invalid(from_bytes::<std::time::Duration>(&[1, 252, 0, 0xca, 0x9a, 0x3b]).map(drop)), "a whole second");
    assert!(invalid(from_bytes::<BTreeMap<u8, ()>>(&[2, 7, 7]).map(drop)), "a key twice");
}

#[derive(Protocol, Debug)]
#[wire(uri = "test.Asked", version = 1)]
enum Asked {
    Who { reply: Reply<u64> },
}

/// The bytes of a handle, which goes straight to its protocol.
fn handle(name: &str, incarnation: u64, edge: u64, version: u16) -> Vec<u8> {
    let node = NodeId { name: name.parse().expect("it is a name"), incarnation: Incarnation(incarnation) };
    let (start, end) = (to_bytes(&(node, 9u64)), to_bytes(&(version, 0u64)));
    [start.expect("it can be written"), edge.to_le_bytes().to_vec(), end.expect("it can be written")].concat()
}

const EDGE: u64 = <Asked as Wire>::EDGE.bits();

/// DESIGN §2: a handle or a reply is of a session.
#[test]
fn a_handle_arrives_only_over_a_session() {
    let read = |edge, version| from_bytes::<Subject<Asked>>(&handle("a@h:1", 7, edge, version)).map(drop);
    assert_eq!(read(EDGE, 1), Err(DecodeError::NoSession));
    let found = "a protocol that this build does not contain".into();
    assert_eq!(read(EDGE ^ 1, 1), Err(DecodeError::WrongProtocol { expected: "test.Asked", found }));
    assert_eq!(read(EDGE, 0), Err(DecodeError::UnknownVersion { uri: "test.Asked", found: 0, oldest: 1, newest: 1 }));
    assert_eq!(from_bytes::<Asked>(&[1, 0, 5]).map(|Asked::Who { reply }| drop(reply)), Err(DecodeError::NoSession));
    let whole = handle("a@h:1", 7, EDGE, 1);
    for length in 0..whole.len() {
        assert_eq!(from_bytes::<Subject<Asked>>(&whole[..length]).map(drop), Err(DecodeError::UnexpectedEnd));
    }
}

/// DESIGN §2: a handle of another run of this node, or of an actor that is not there, is nobody's.
#[tokio::test]
async fn a_handle_that_is_nobodys_reaches_nobody() {
    let origin = Nowhere::origin();
    let read = |name, incarnation| {
        let frame = Bytes::from(handle(name, incarnation, EDGE, 1));
        let subject = Subject::<Asked>::decode(&mut Decoder::for_session(&frame, &origin, Limits::default()));
        format!("{:?}", subject.expect("it is a handle"))
    };
    assert!(read("here@h:1", 7).contains("gone"), "it was never made known");
    assert!(read("here@h:1", 6).contains("gone"), "it is of an earlier run");
    assert!(!read("there@h:1", 7).contains("gone"), "that is for another node to say");
    assert!(from_bytes::<NodeId>(&[3, b'@', b':', b'1', 0]).is_err(), "a name is checked");
}
