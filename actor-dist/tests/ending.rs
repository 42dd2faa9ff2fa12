//! The end of a session: nothing that came by it reaches an actor once the end was told, whatever users' code it is in by then.

mod support;

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        mpsc::{Receiver, Sender, channel},
    },
};

use actor_core::{
    DeadLetterReason, NodeDownCause,
    prelude::*,
    wire::{DecodeError, Decoder, Edge, EncodeError, Encoder},
};
use actor_dist::{AtNode, GroupKey, NodeEvent};
use support::*;
use tokio::sync::mpsc;

/// A number that may take long to read.
#[derive(Clone)]
struct Slow(u64);

/// Where the reading of a number says that it has begun, and what it waits for then.
static HELD: Mutex<BTreeMap<u64, Held>> = Mutex::new(BTreeMap::new());

type Held = (mpsc::UnboundedSender<()>, Receiver<()>);

impl Wire for Slow {
    const EDGE: Edge = Edge::of("ending.Slow", &[]);

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.0.encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let n = u64::decode(d)?;
        let held = HELD.lock().expect("nobody panics with it").remove(&n);
        if let Some((begun, go_on)) = held {
            begun.send(()).expect("the test waits");
            // The test's own tasks are not to be kept waiting.
            tokio::task::block_in_place(|| go_on.recv()).expect("the test goes on");
        }
        Ok(Slow(n))
    }
}

#[derive(Protocol, Clone)]
#[wire(uri = "ending.Take", version = 1)]
enum Take {
    Number { n: Slow },
    Watch { whom: Subject<Echo> },
}

/// Tells the test what comes, in which order.
#[derive(Actor)]
#[actor(handles(Take, Down))]
struct Taker {
    saw: mpsc::UnboundedSender<Saw>,
}

#[derive(Debug, PartialEq)]
enum Saw {
    Number(u64),
    Watched,
    Down(ExitReason),
}

impl Handler<Take> for Taker {
    async fn handle(&mut self, msg: Take, cx: &mut Context<Self>) -> Result<(), Error> {
        Ok(self.saw.send(match msg {
            Take::Number { n: Slow(n) } => Saw::Number(n),
            Take::Watch { whom } => {
                cx.monitor(&whom);
                Saw::Watched
            }
        })?)
    }
}

impl Handler<Down> for Taker {
    async fn handle(&mut self, down: Down, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(self.saw.send(Saw::Down(down.reason))?)
    }
}

const TAKER: LocalName<Take> = LocalName::new("taker");
const TAKERS: GroupKey<Take> = GroupKey::new("takers");

/// How a message comes to its actor.
#[derive(Clone, Copy, PartialEq)]
enum By {
    /// Read where it stands, as one before it was.
    Handle,
    Name,
    Group,
}

/// A node that is in the midst of reading a message from another one, whose actor the message's receiver watches.
struct Reading {
    here: Peer,
    there: Peer,
    system: System,
    taker: Subject<Take>,
    whom: Subject<Echo>,
    saw: mpsc::UnboundedReceiver<Saw>,
    go_on: Sender<()>,
}

impl Reading {
    /// Of the message with this number, which no other has.
    async fn begins(n: u64, by: By) -> Self {
        let (here, there) = (peer("here").await, peer("there").await);
        let (sender, mut saw) = mpsc::unbounded_channel();
        let taker = here.node.system().spawn(Taker { saw: sender }).subject();
        here.node.system().register(&TAKER, &taker).expect("the name is free");
        here.node.groups().join(&TAKERS, &taker).expect("it is the first");
        let whom = here.handle_of(&there).await;
        taker.watch(whom.clone()).expect("it lives");
        assert_eq!(soon(saw.recv()).await, Some(Saw::Watched));
        // Names and groups have come with the answer to this.
        there.barrier(&here).await;
        let (begun, mut begins) = mpsc::unbounded_channel();
        let (go_on, waits) = channel();
        HELD.lock().expect("nobody panics with it").insert(n, (begun, waits));
        let by_name = TAKER.at(&there.node, here.name());
        match by {
            By::Name => by_name.number(Slow(n)).expect("it is taken"),
            By::Handle => {
                let handle = there.node.groups().members(&TAKERS).pop().expect("it has joined");
                handle.number(Slow(0)).expect("it is taken");
                assert_eq!(soon(saw.recv()).await, Some(Saw::Number(0)));
                handle.number(Slow(n)).expect("it is taken");
            }
            By::Group => {
                let reach = there.node.groups().broadcast(&TAKERS, Take::Number { n: Slow(n) });
                assert_eq!(reach.expect("it has joined").nodes, 1);
            }
        }
        soon(begins.recv()).await.expect("it is read");
        Reading { system: here.node.system().clone(), here, there, taker, whom, saw, go_on }
    }

    async fn down(&mut self) -> NodeDownCause {
        match soon(self.saw.recv()).await {
            Some(Saw::Down(ExitReason::NodeDown(cause))) => cause,
            other => panic!("{other:?}"),
        }
    }

    /// The message was read at last: it reaches nobody.
    async fn ends(mut self) {
        let mut letters = self.system.dead_letters().subscribe();
        self.go_on.send(()).expect("it is being read");
        tokio::select! {
            letter = soon(letters.next()) => {
                let reason = letter.expect("the system lives").reason;
                assert!(matches!(reason, DeadLetterReason::NotTaken(_)), "{reason}");
            }
            saw = self.saw.recv() => panic!("the node was down, and then came {saw:?}"),
        }
    }
}

/// E3, E4: a message that is being read while its session is given up reaches nobody after its node is known to be down, and that is
/// known without waiting for users' code.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_read_too_late_reaches_nobody() {
    for (n, by) in [(1, By::Handle), (2, By::Name), (3, By::Group)] {
        let mut reading = Reading::begins(n, by).await;
        reading.here.node.disconnect(reading.there.name());
        assert_eq!(reading.down().await, NodeDownCause::Left);
        while !matches!(reading.here.event().await, NodeEvent::Down { .. }) {}
        reading.ends().await;
    }
}

/// E3: a node that is dropped has its sessions end at once, and the same holds.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_read_when_its_node_is_dropped_reaches_nobody() {
    let mut reading = Reading::begins(4, By::Handle).await;
    let other = peer("other").await;
    drop(std::mem::replace(&mut reading.here, other));
    assert_eq!(reading.down().await, NodeDownCause::Left);
    reading.ends().await;
}

/// E3, M1: an actor that is watched while the session with its node drains is watched by the next one: the end of the first is none
/// to its watcher, and its own end is.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_is_watched_while_a_session_drains_is_watched_by_the_next() {
    let mut reading = Reading::begins(5, By::Handle).await;
    let (here, there) = (&reading.here, &reading.there);
    let whom = there.echo.clone();
    here.node.disconnect(there.name());
    reading.taker.watch(reading.whom.clone()).expect("it lives");
    assert_eq!(soon(reading.saw.recv()).await, Some(Saw::Watched));
    assert_eq!(reading.down().await, NodeDownCause::Left);
    reading.go_on.send(()).expect("it is being read");
    reading.here.barrier(&reading.there).await;
    whom.fail().expect("it lives");
    assert_eq!(soon(reading.saw.recv()).await, Some(Saw::Down(ExitReason::Failed("on purpose".into()))));
}
