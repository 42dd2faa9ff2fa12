//! Handles and replies, which cross over a session.

use std::{future::Future, pin::Pin, sync::Arc};

use actor_core::{
    ActorAddress, ActorId, Incarnation, NodeId, SendFailure, Watcher,
    prelude::*,
    route::{Answers, Encode, Origin, Outgoing, PortId, Ports, Remote},
    wire::{DecodeError, Decoder, EncodeError, Encoder, Limits, from_bytes},
};
use bytes::Bytes;

use crate::page::Page;

#[derive(Protocol)]
#[wire(uri = "golden.Account", version = 2)]
enum Account {
    Deposit { cents: u64 },
}

/// A node that nothing is sent to.
#[derive(Debug)]
struct Silent {
    node: NodeId,
    system: System,
}

impl Remote for Silent {
    fn node(&self) -> &NodeId {
        &self.node
    }

    fn send(&self, _: &ActorAddress, _: &mut dyn Outgoing) -> Result<(), SendFailure> {
        Err(SendFailure::Disconnected)
    }

    fn room<'a>(&'a self, _: &'a NodeId) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async {})
    }

    fn watch(&self, _: &ActorAddress, _: MonitorRef, _: Arc<dyn Watcher>) {}

    fn unwatch(&self, _: MonitorRef) {}

    fn link(&self, _: ActorId, _: &ActorAddress) {}

    fn unlink(&self, _: ActorId, _: &ActorAddress) {}

    fn exit(&self, _: ActorId, _: &ActorAddress, _: &ExitReason) {}

    fn system(&self) -> &System {
        &self.system
    }

    fn ended(&self, _: ActorId) {}
}

impl Answers for Silent {
    fn answer(&self, _: PortId, _: Encode<'_>) -> Result<(), EncodeError> {
        Ok(())
    }

    fn fail(&self, _: PortId, _: CallError) {}
}

impl Ports for Silent {
    fn reserve(&self) -> PortId {
        PortId(70_000)
    }
}

fn node(name: &str) -> NodeId {
    NodeId { name: name.parse().expect("it is a name"), incarnation: Incarnation(0x0102_0304_0506_0708) }
}

fn arrived<T: Wire>(bytes: &[u8], here: &Arc<Silent>) -> Result<T, DecodeError> {
    let (frame, answers) = (Bytes::copy_from_slice(bytes), Arc::clone(here) as Arc<dyn Answers>);
    let origin = Origin { system: here.system.clone(), remote: Arc::clone(here) as Arc<dyn Remote>, answers };
    let mut d = Decoder::for_session(&frame, &origin, Limits::default());
    let value = T::decode(&mut d)?;
    d.finish().map(|_| value)
}

fn left<T: Wire>(value: &T, here: &Silent) -> Vec<u8> {
    let mut bytes = Vec::new();
    value.encode(&mut Encoder::for_session(&mut bytes, here)).expect("the value can be written");
    bytes
}

#[test]
fn handles_are_the_bytes_that_they_were() {
    let here = Arc::new(Silent { node: node("here@127.0.0.1:1"), system: System::new() });
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
