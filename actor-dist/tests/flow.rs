//! Full mailboxes and large messages between nodes: who causes a jam waits, and nobody else; nothing that was taken is lost.
#![expect(clippy::disallowed_methods, reason = "a test sends while it looks on")]

mod support;

use std::{sync::Arc, time::Duration};

use actor_core::{CallError, Capacity, prelude::*};
use actor_dist::{AtNode, GroupKey, Node, NodeEvent};
use bytes::Bytes;
use support::{COOKIE, soon};
use tokio::sync::{Semaphore, mpsc};

#[derive(Protocol, Debug, Clone, PartialEq)]
#[wire(uri = "flow.Work", version = 1)]
enum Work {
    Item { n: u64 },
    Load { n: u64, body: Bytes },
}

#[derive(Protocol)]
#[wire(uri = "flow.Ask", version = 1)]
enum Ask {
    Number { reply: Reply<u64> },
    Body { length: u64, reply: Reply<Bytes> },
}

/// Takes an item when it may, and tells which.
#[derive(Actor)]
#[actor(handles(Work, Ask))]
struct Worker {
    may: Arc<Semaphore>,
    seen: mpsc::UnboundedSender<u64>,
}

impl Handler<Work> for Worker {
    async fn handle(&mut self, work: Work, _: &mut Context<Self>) -> Result<(), Error> {
        self.may.acquire().await?.forget();
        let (Work::Item { n } | Work::Load { n, .. }) = work;
        Ok(self.seen.send(n)?)
    }
}

impl Handler<Ask> for Worker {
    async fn handle(&mut self, ask: Ask, _: &mut Context<Self>) -> Result<(), Error> {
        match ask {
            Ask::Number { reply } => reply.send(7),
            Ask::Body { length, reply } => reply.send(vec![1; length as usize].into()),
        }
        Ok(())
    }
}

const SLOW: LocalName<Work> = LocalName::new("slow");
const FAST: LocalName<Ask> = LocalName::new("fast");
const ALL: GroupKey<Work> = GroupKey::new("all");

/// Room in the slow one's mailbox.
const ROOM: usize = 4;

struct Place {
    node: Node,
    slow: Subject<Work>,
    may: Arc<Semaphore>,
    seen: mpsc::UnboundedReceiver<u64>,
}

async fn node(name: &str) -> Node {
    let builder = Node::builder(name).cookie(COOKIE).expect("it is a cookie").system(System::new());
    builder.start().await.expect("the node starts")
}

/// A node with an actor that takes what it may, and one that answers at once.
async fn place(room: usize) -> Place {
    let node = node("there").await;
    let (sender, seen) = mpsc::unbounded_channel();
    let may = Arc::new(Semaphore::new(0));
    let worker = |may: &Arc<Semaphore>| Worker { may: Arc::clone(may), seen: sender.clone() };
    let slow = node.system().spawn_with(worker(&may), Capacity::Bounded(room));
    node.system().register(&SLOW, &slow.subject()).expect("the name is free");
    let fast = node.system().spawn(worker(&may));
    node.system().register(&FAST, &fast.subject()).expect("the name is free");
    Place { slow: slow.subject(), node, may, seen }
}

fn load(n: u64, length: usize) -> Work {
    Work::Load { n, body: vec![n as u8; length].into() }
}

/// F1, F2, S1: a full mailbox refuses its senders' messages, and takes all that it has said to take; others' calls go on.
#[tokio::test(flavor = "multi_thread")]
async fn a_full_mailbox_stops_those_who_write_to_it() {
    let (here, mut there) = (node("here").await, place(ROOM).await);
    let (slow, fast) = (SLOW.at(&here, there.node.name()), FAST.at(&here, there.node.name()));
    assert_eq!(soon(fast.number()).await, Ok(7));
    let mut taken = 0;
    let refused = loop {
        match slow.tell(Work::Item { n: taken }) {
            Ok(()) => taken += 1,
            Err(error) => break error,
        }
        // Whoever does not look at what comes back is not stopped by a call of another.
        if taken % 100 == 0 {
            assert_eq!(soon(fast.number()).await, Ok(7));
        }
    };
    assert!(matches!(refused, SendError::Overloaded(Work::Item { n }) if n == taken), "{refused:?}");
    assert_eq!(there.node.system().dead_letters().not_taken(), 0);
    there.may.add_permits(usize::MAX >> 4);
    for n in 0..taken {
        assert_eq!(soon(there.seen.recv()).await, Some(n));
    }
    // It takes messages again, as soon as this node has heard.
    loop {
        match slow.tell(Work::Item { n: taken }) {
            Ok(()) => break,
            Err(_) => assert_eq!(soon(fast.number()).await, Ok(7)),
        }
    }
    assert_eq!(soon(there.seen.recv()).await, Some(taken));
}

/// F1, F2: `send` waits for a mailbox on another node as for one here, also with a large message, and then is in its turn.
#[tokio::test(flavor = "multi_thread")]
async fn a_send_waits_for_room_on_the_other_node() {
    let (here, mut there) = (node("here").await, place(ROOM).await);
    let fast = FAST.at(&here, there.node.name());
    let slow = subject(&here, &there).await;
    let mut taken = 0;
    while slow.tell(Work::Item { n: taken }).is_ok() {
        taken += 1;
        assert_eq!(soon(fast.number()).await, Ok(7));
    }
    let refused = slow.send_within(Duration::from_millis(20), Work::Item { n: 0 }).await;
    assert!(matches!(refused, Err(SendError::Overloaded(Work::Item { n: 0 }))), "{refused:?}");
    let waits = tokio::spawn(async move {
        slow.send(load(taken, 200 << 10)).await?;
        slow.send(Work::Item { n: taken + 1 }).await
    });
    assert_eq!(soon(fast.number()).await, Ok(7));
    there.may.add_permits(usize::MAX >> 4);
    for n in 0..taken + 2 {
        assert_eq!(soon(there.seen.recv()).await, Some(n));
    }
    assert!(waits.await.expect("it does not panic").is_ok());
}

/// F2: a name that was given to another actor, or to nobody, stops its senders no longer, though who had it still takes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_was_given_away_stops_nobody() {
    let (here, there) = (node("here").await, place(ROOM).await);
    let (slow, fast) = (SLOW.at(&here, there.node.name()), FAST.at(&here, there.node.name()));
    let fill = async || {
        while slow.tell(Work::Item { n: 0 }).is_ok() {
            assert_eq!(soon(fast.number()).await, Ok(7));
        }
    };
    fill().await;
    let (seen, mut seen_by_heir) = mpsc::unbounded_channel();
    let may = Arc::new(Semaphore::new(1));
    let heir = there.node.system().spawn_with(Worker { may, seen }, Capacity::Bounded(ROOM));
    assert!(there.node.system().unregister(&SLOW));
    there.node.system().register(&SLOW, &heir.subject()).expect("the name is free");
    slow.send(Work::Item { n: 1 }).await.expect("the heir has room");
    assert_eq!(soon(seen_by_heir.recv()).await, Some(1));
    fill().await;
    assert!(there.node.system().unregister(&SLOW));
    let before = there.node.system().dead_letters().not_taken();
    slow.send(Work::Item { n: 2 }).await.expect("nobody stops it");
    assert_eq!(soon(fast.number()).await, Ok(7));
    assert_eq!(there.node.system().dead_letters().not_taken(), before + 1);
}

/// The slow actor's handle on another node.
async fn subject(here: &Node, there: &Place) -> Subject<Work> {
    const NAME: actor_dist::GlobalName<Work> = actor_dist::GlobalName::new("slow");
    let mut events = here.events();
    here.connect(there.node.name()).await.expect("it is there");
    assert!(matches!(soon(events.next()).await, Some(NodeEvent::Up { .. })));
    // A name is known to the nodes that its owner sees.
    let mut up = there.node.events();
    assert!(matches!(soon(up.next()).await, Some(NodeEvent::Up { .. })));
    there.node.global().register(&NAME, &there.slow).await.expect("the name is free");
    here.global().whereis(&NAME).expect("all nodes know it")
}

/// S1, F3: a small message waits for the large one before it, by handle, by name and by group, and for nobody else's.
#[tokio::test(flavor = "multi_thread")]
async fn the_small_behind_the_large_stay_behind_it() {
    let (here, mut there) = (node("here").await, place(100).await);
    there.may.add_permits(usize::MAX >> 4);
    let (by_name, fast) = (SLOW.at(&here, there.node.name()), FAST.at(&here, there.node.name()));
    let by_handle = subject(&here, &there).await;
    there.node.groups().join(&ALL, &there.slow).expect("it is the first");
    // An answer comes after the other node's groups.
    assert_eq!(soon(fast.number()).await, Ok(7));
    for round in 0..20_u64 {
        let at = |n| round * 6 + n;
        by_handle.tell(load(at(0), 3 << 20)).expect("there is room");
        by_name.tell(Work::Item { n: at(1) }).expect("there is room");
        by_name.tell(load(at(2), 100 << 10)).expect("there is room");
        here.groups().broadcast(&ALL, Work::Item { n: at(3) }).expect("there are members");
        here.groups().broadcast(&ALL, load(at(4), 1 << 20)).expect("there are members");
        by_handle.tell(Work::Item { n: at(5) }).expect("there is room");
        assert_eq!(soon(fast.number()).await, Ok(7));
        assert_eq!(soon(fast.body(300 << 10)).await.map(|body| body.len()), Ok(300 << 10));
        for n in 0..6 {
            assert_eq!(soon(there.seen.recv()).await, Some(at(n)));
        }
    }
}

/// N8, F3: what was sent before goodbye arrives, also what is large and has no connection yet.
#[tokio::test(flavor = "multi_thread")]
async fn the_large_arrive_before_goodbye() {
    for _ in 0..10 {
        let (here, mut there) = (node("here").await, place(ROOM).await);
        there.may.add_permits(usize::MAX >> 4);
        here.connect(there.node.name()).await.expect("it is there");
        let slow = SLOW.at(&here, there.node.name());
        slow.tell(load(0, 5 << 20)).expect("there is room");
        slow.tell(Work::Item { n: 1 }).expect("there is room");
        here.leave().await;
        assert_eq!(soon(there.seen.recv()).await, Some(0));
        assert_eq!(soon(there.seen.recv()).await, Some(1));
    }
}

/// S3, E3: what waits for a full mailbox when its sender's node goes is a dead letter, and its callers are told; the event comes
/// all the same.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_goes_with_the_session() {
    let (here, there) = (node("here").await, place(ROOM).await);
    let slow = SLOW.at(&here, there.node.name());
    let mut taken = 0;
    while slow.tell(Work::Item { n: taken }).is_ok() {
        taken += 1;
        assert_eq!(soon(FAST.at(&here, there.node.name()).number()).await, Ok(7));
    }
    let mut events = there.node.events();
    assert!(matches!(soon(events.next()).await, Some(NodeEvent::Up { .. })));
    here.leave().await;
    assert!(matches!(soon(events.next()).await, Some(NodeEvent::Down { .. })));
    // One is being handled, and four wait in the mailbox.
    let lost = taken - ROOM as u64 - 1;
    assert!(lost > 0);
    // What was on its way into the mailbox ends by itself.
    let counted = async {
        while there.node.system().dead_letters().not_taken() < lost {
            tokio::task::yield_now().await;
        }
    };
    soon(counted).await;
    assert_eq!(there.node.system().dead_letters().not_taken(), lost);
}

/// F2, S3: a call that finds a full mailbox waits like a message, and ends in time.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_behind_a_full_mailbox_ends_in_time() {
    let (here, there) = (node("here").await, place(ROOM).await);
    const BUSY: LocalName<Ask> = LocalName::new("busy");
    let (sender, _seen) = mpsc::unbounded_channel();
    let worker = Worker { may: Arc::clone(&there.may), seen: sender };
    let busy = there.node.system().spawn_with(worker, Capacity::Bounded(1));
    there.node.system().register(&BUSY, &busy.subject()).expect("the name is free");
    let work: Subject<Work> = busy.subject();
    while work.tell(Work::Item { n: 0 }).is_ok() {
        tokio::task::yield_now().await;
    }
    let busy = BUSY.at(&here, there.node.name());
    let deadline = Duration::from_millis(50);
    assert_eq!(soon(busy.number().timeout(deadline)).await, Err(CallError::Deadline(deadline)));
    there.may.add_permits(usize::MAX >> 4);
    loop {
        match soon(busy.number()).await {
            Ok(answer) => break assert_eq!(answer, 7),
            Err(CallError::NotDelivered(actor_core::SendFailure::Overloaded)) => {}
            Err(other) => panic!("{other}"),
        }
    }
}
