//! Large byte strings between nodes: they leave from where they are, and arrive whole and in their place, whichever way they go.

mod support;

use actor_core::prelude::*;
use actor_dist::{AtNode, GroupKey, Node, NodeEvent};
use bytes::Bytes;
use support::{COOKIE, soon};
use tokio::sync::mpsc;

#[derive(Protocol, Debug, Clone, PartialEq)]
#[wire(uri = "large.Mail", version = 1)]
enum Mail {
    Note { n: u32 },
    Parcel { before: String, first: Bytes, between: Vec<u8>, more: Vec<Bytes>, after: u64 },
}

#[derive(Protocol)]
#[wire(uri = "large.Store", version = 1)]
enum Store {
    Twice { body: Bytes, reply: Reply<(Bytes, String, Bytes)> },
}

#[derive(Actor)]
#[actor(handles(Mail, Store))]
struct Office(mpsc::UnboundedSender<Mail>);

impl Handler<Mail> for Office {
    async fn handle(&mut self, mail: Mail, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(self.0.send(mail)?)
    }
}

impl Handler<Store> for Office {
    async fn handle(&mut self, Store::Twice { body, reply }: Store, _: &mut Context<Self>) -> Result<(), Error> {
        reply.send((body.clone(), "and".to_owned(), body));
        Ok(())
    }
}

const MAIL: LocalName<Mail> = LocalName::new("mail");
const STORE: LocalName<Store> = LocalName::new("store");
const ALL: GroupKey<Mail> = GroupKey::new("all");

async fn node(name: &str) -> (Node, mpsc::UnboundedReceiver<Mail>) {
    let builder = Node::builder(name).cookie(COOKIE).expect("it is a cookie").system(System::new());
    let node = builder.start().await.expect("the node starts");
    let (sender, seen) = mpsc::unbounded_channel();
    let office = node.system().spawn_with(Office(sender), actor_core::Capacity::Unbounded);
    node.system().register(&MAIL, &office.subject()).expect("the name is free");
    node.system().register(&STORE, &office.subject()).expect("the name is free");
    node.groups().join(&ALL, &office.subject()).expect("it is the first");
    (node, seen)
}

/// Bytes that differ from place to place.
fn bytes(length: usize, seed: usize) -> Bytes {
    (0..length).map(|n| (n * 31 + seed * 7 + n / 251) as u8).collect()
}

/// Small and large ones, and what is at the bound between the two.
fn parcels() -> Vec<Mail> {
    let lengths = [0, 1, 16_383, 16_384, 16_385, 70_000, 1 << 20];
    let parcel = |(n, length): (usize, &usize)| Mail::Parcel {
        before: "x".repeat(n),
        first: bytes(*length, n),
        between: bytes(20_000 * (n % 2), n).to_vec(),
        more: lengths.iter().map(|length| bytes(*length, n + 1)).collect(),
        after: n as u64,
    };
    lengths.iter().enumerate().flat_map(|(n, length)| [Mail::Note { n: n as u32 }, parcel((n, length))]).collect()
}

/// S1, F3: in order with the small, to a node that is only being connected and to one that is, by name and to a group.
#[tokio::test(flavor = "multi_thread")]
async fn large_byte_strings_arrive_whole_and_in_order() {
    let ((here, _), (there, mut seen)) = (node("here").await, node("there").await);
    let mut events = here.events();
    let to = MAIL.at(&here, there.name());
    // The first ones wait for the session. No more at a time than the lane takes.
    for pair in parcels().chunks(2) {
        for mail in pair {
            to.tell(mail.clone()).expect("there is room");
        }
        for mail in pair {
            assert!(soon(seen.recv()).await.as_ref() == Some(mail), "what arrived is not what was sent");
        }
    }
    assert!(matches!(soon(events.next()).await, Some(NodeEvent::Up { .. })));
    // An answer comes after the other node's groups.
    assert!(soon(STORE.at(&here, there.name()).twice(Bytes::new())).await.is_ok());
    for mail in parcels() {
        let reach = here.groups().broadcast(&ALL, mail.clone()).expect("there are members");
        assert_eq!(reach.nodes, 1, "{reach:?}");
        assert!(soon(seen.recv()).await == Some(mail), "what arrived is not what was sent");
    }
}

/// S4: in requests and in answers.
#[tokio::test(flavor = "multi_thread")]
async fn large_byte_strings_are_answered_whole() {
    let ((here, _), (there, _)) = (node("asking").await, node("answering").await);
    for (n, length) in [0, 16_383, 16_384, 3 << 20].into_iter().enumerate() {
        let body = bytes(length, n);
        let (first, and, second) = soon(STORE.at(&here, there.name()).twice(body.clone())).await.expect("it answers");
        assert!(first == body && and == "and" && second == body, "{length} bytes are not what was sent");
    }
}

/// F1: what is over the bound of a frame comes back whole, however little of it was written.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_the_bound_of_a_frame_comes_back() {
    let builder = Node::builder("narrow").cookie(COOKIE).expect("it is a cookie").system(System::new());
    let here = builder.max_frame(100_000).start().await.expect("the node starts");
    let (there, _) = node("wide").await;
    soon(here.connect(there.name())).await.expect("they connect");
    let note = bytes(99_000, 1);
    let refused = soon(STORE.at(&here, there.name()).twice(bytes(100_001, 1))).await;
    let why = refused.expect_err("it is too large").to_string();
    assert!(why.contains("a frame holds 100000"), "{why}");
    let mail = Mail::Parcel {
        before: String::new(),
        first: note,
        between: Vec::new(),
        more: vec![bytes(20_000, 2)],
        after: 1,
    };
    let refused = MAIL.at(&here, there.name()).tell(mail.clone());
    assert!(matches!(refused, Err(SendError::Refused(back, _)) if back == mail));
}
