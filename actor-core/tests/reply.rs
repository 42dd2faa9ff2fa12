//! The promises about replies that leave: a reply and the port it left by are one right to answer.

use std::{future::poll_fn, pin::Pin, task::Poll, time::Duration};

use actor_core::{
    DEFAULT_DEADLINE, call,
    prelude::*,
    route::{Port, PortId, Ports},
    wire::{Bytes, Decoder, EncodeError, Encoder, Limits, to_bytes},
};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

struct Ask(Reply<u64>);

/// Hands out the replies it gets.
#[derive(Actor)]
#[actor(handles(Ask))]
struct Lends(UnboundedSender<Reply<u64>>);

impl Handler<Ask> for Lends {
    async fn handle(&mut self, Ask(reply): Ask, _: &mut Context<Self>) -> Result<(), Error> {
        self.0.send(reply)?;
        Ok(())
    }
}

/// A call under way, and its reply.
async fn asked() -> (Call<u64>, Reply<u64>) {
    let (lent, mut replies) = unbounded_channel();
    let call = call(&System::new().spawn(Lends(lent)).subject(), Ask);
    (call.timeout(Duration::from_secs(3600)), replies.recv().await.expect("it was asked"))
}

struct Session;

impl Ports for Session {
    fn reserve(&self) -> PortId {
        PortId(7)
    }
}

/// The port of a reply that leaves once more.
fn leave(reply: &Reply<u64>) -> Box<dyn Port> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::for_session(&mut bytes, &Session);
    reply.encode(&mut encoder).expect("it can leave");
    encoder.into_parts().and_then(|mut parts| parts.ports.pop()).expect("it has a port").1
}

fn answer(port: Box<dyn Port>, answer: u64) {
    let bytes = Bytes::from(to_bytes(&answer).expect("it is a number"));
    port.answer(Decoder::new(&bytes, Limits::default())).expect("it is an answer");
}

/// S6: a message that was written and did not leave, however often, comes back with its replies live.
#[tokio::test]
async fn a_reply_whose_ports_are_dropped_still_answers() {
    let (call, reply) = asked().await;
    assert_eq!(reply.encode(&mut Encoder::new(&mut Vec::new())), Err(EncodeError::NoSession));
    drop((leave(&reply), leave(&reply)));
    reply.send(5);
    assert_eq!(call.await, Ok(5));
}

/// S6: a message that left is dropped here, and its port answers.
#[tokio::test]
async fn a_port_answers_when_its_reply_is_gone() {
    let (call, reply) = asked().await;
    let port = leave(&reply);
    drop(reply);
    assert!(!port.is_abandoned());
    answer(port, 6);
    assert_eq!(call.await, Ok(6));
}

/// S4: the last of those who could answer tells the caller at once that nobody will, whoever it is.
#[tokio::test]
async fn the_last_to_go_unanswered_tells_the_caller() {
    for port_first in [true, false] {
        let (mut call, reply) = asked().await;
        let port = leave(&reply);
        let (first, last): (Box<dyn Send>, Box<dyn Send>) =
            if port_first { (Box::new(port), Box::new(reply)) } else { (Box::new(reply), Box::new(port)) };
        drop(first);
        assert!(poll_fn(|task| Poll::Ready(Pin::new(&mut call).poll(task))).await.is_pending());
        drop(last);
        assert_eq!(call.await, Err(CallError::NoReply));
    }
}

/// S4: one right is one answer: the first counts, and whoever comes after can see that nobody waits.
#[tokio::test]
async fn the_first_answer_counts() {
    let (call, reply) = asked().await;
    let port = leave(&reply);
    leave(&reply).fail(CallError::Deadline(DEFAULT_DEADLINE));
    assert!(reply.is_abandoned() && port.is_abandoned());
    answer(port, 8);
    reply.send(9);
    assert_eq!(call.await, Err(CallError::Deadline(DEFAULT_DEADLINE)));
}

/// S4: a call that is given up is known to all who could answer it.
#[tokio::test]
async fn a_call_that_is_given_up_is_known_to_reply_and_port() {
    let (call, reply) = asked().await;
    let port = leave(&reply);
    assert!(!reply.is_abandoned() && !port.is_abandoned());
    drop(call);
    assert!(reply.is_abandoned() && port.is_abandoned());
}
