//! Handles and replies, which cross over a session.

use std::sync::Arc;

use actor_core::{
    ActorAddress, ActorId, Incarnation, NodeId,
    prelude::*,
    route::{PortId, Ports, Remote},
    wire::{DecodeError, Decoder, Encoder, Limits, from_bytes},
};
use bytes::Bytes;

use crate::{nowhere::Nowhere, page::Page};

#[derive(Protocol)]
#[wire(uri = "golden.Account", version = 2)]
enum Account {
    Deposit { cents: u64 },
}

impl Ports for Nowhere {
    fn reserve(&self) -> PortId {
        PortId(70_000)
    }
}

fn node(name: &str) -> NodeId {
    NodeId { name: name.parse().expect("it is a name"), incarnation: Incarnation(0x0102_0304_0506_0708) }
}

fn arrived<T: Wire>(bytes: &[u8], here: &Arc<Nowhere>) -> Result<T, DecodeError> {
    let (frame, origin) = (Bytes::copy_from_slice(bytes), Arc::clone(here).into_origin());
    let mut d = Decoder::for_session(&frame, &origin, Limits::default());
    let value = T::decode(&mut d)?;
    d.finish().map(|_| value)
}

fn left<T: Wire>(value: &T, here: &Nowhere) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.encode(&mut Encoder::for_session(&mut bytes, here)).expect("the value can be written");
    bytes
}

#[test]
fn handles_are_the_bytes_that_they_were() {
    let here = Nowhere::new(node("here@127.0.0.1:1"));
    let mut page = Page::new("handle.txt");

    let address = ActorAddress { node: node("far@10.0.0.7:7000"), actor: ActorId(300) };
    let handle = |via| Subject::<Account>::remote(Arc::clone(&here) as Arc<dyn Remote>, address.clone(), via);
    // The second one goes through a protocol that includes its own.
    for subject in [handle(0), handle(0x0102_0304_0506_0708)] {
        let bytes = left(&subject, &here);
        let back: Subject<Account> = arrived(&bytes, &here).expect("it is a handle");
        assert_eq!((format!("{back:?}"), left(&back, &here)), (format!("{subject:?}"), bytes.clone()));
        page.line("subject<golden.Account>", &subject, &bytes);
    }

    let reply: Reply<Option<String>> = arrived(&[7], &here).expect("it is a reply");
    page.line("reply<option<text>>", &reply, &left(&reply, &here));
    page.check();

    let bytes = left(&handle(0), &here);
    for end in 0..bytes.len() {
        arrived::<Subject<Account>>(&bytes[..end], &here).expect_err("it is cut off");
    }
    let mut other = bytes.clone();
    let edge = other.len() - 3;
    other[edge] ^= 1;
    let error = arrived::<Subject<Account>>(&other, &here).expect_err("it is of another protocol");
    assert!(matches!(error, DecodeError::WrongProtocol { expected: "golden.Account", .. }), "{error}");
    assert_eq!(from_bytes::<Subject<Account>>(&bytes).expect_err("there is no session"), DecodeError::NoSession);
}
