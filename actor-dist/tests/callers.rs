//! What a node knows of callers on other nodes: how long they wait, and when they have given up.
#![expect(clippy::disallowed_methods, reason = "deadlines are compared with the clock")]

mod support;

use std::time::{Duration, Instant};

use actor_core::{CallError, DeadLetterReason, NodeName, SentBy, prelude::*};
use actor_dist::AtNode;
use support::{ECHO, EchoClient as _, Peer, peer, soon};
use tokio::sync::{mpsc, oneshot};

#[derive(Protocol)]
#[wire(uri = "test.Desk", version = 1)]
enum Desk {
    /// Gives the reply to the test.
    Keep {
        reply: Reply<u64>,
    },
    /// The same, with so much beside it that it goes apart.
    Load {
        body: Vec<u8>,
        reply: Reply<u64>,
    },
    /// Passes the reply on.
    Forward {
        to: Subject<Desk>,
        reply: Reply<u64>,
    },
    /// Works for a while, then asks another.
    Ask {
        other: Subject<Desk>,
        work: u64,
        reply: Reply<u64>,
    },
    /// Answers first, and then does as `Ask`.
    AnswerAndAsk {
        other: Subject<Desk>,
        work: u64,
        reply: Reply<u64>,
    },
    /// Handles nothing more until the test says so.
    Rest,
    Who {
        reply: Reply<Subject<Desk>>,
    },
    Several {
        reply: Reply<u64>,
        more: Vec<Reply<u64>>,
    },
}

#[derive(Actor)]
#[actor(handles(Desk))]
struct Clerk {
    kept: mpsc::UnboundedSender<Reply<u64>>,
    gate: mpsc::UnboundedReceiver<()>,
}

impl Handler<Desk> for Clerk {
    async fn handle(&mut self, msg: Desk, cx: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Desk::Keep { reply } | Desk::Load { reply, .. } => self.kept.send(reply)?,
            Desk::Forward { to, reply } => to.tell(Desk::Keep { reply })?,
            Desk::Ask { other, work, reply } => {
                tokio::time::sleep(Duration::from_millis(work)).await;
                let asked = other.keep();
                self.kept.send(reply)?;
                drop(asked.await);
            }
            Desk::AnswerAndAsk { other, work, reply } => {
                tokio::time::sleep(Duration::from_millis(work)).await;
                reply.send(1);
                drop(other.keep().await);
            }
            Desk::Rest => drop(self.gate.recv().await),
            Desk::Who { reply } => reply.send(cx.subject().ok_or_else(|| Error::new("no handle is left"))?),
            Desk::Several { reply, more } => {
                [reply].into_iter().chain(more).try_for_each(|reply| self.kept.send(reply))?
            }
        }
        Ok(())
    }
}

const DESK: LocalName<Desk> = LocalName::new("desk");

/// A node with a clerk.
struct Office {
    peer: Peer,
    kept: mpsc::UnboundedReceiver<Reply<u64>>,
    open: mpsc::UnboundedSender<()>,
}

async fn office(name: &str) -> Office {
    let peer = peer(name).await;
    let ((keep, kept), (open, gate)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
    let clerk = peer.node.system().spawn(Clerk { kept: keep, gate });
    peer.node.system().register(&DESK, &clerk.subject()).expect("the name is free");
    Office { peer, kept, open }
}

impl Office {
    async fn kept(&mut self) -> Reply<u64> {
        soon(self.kept.recv()).await.expect("the clerk lives")
    }
}

/// A handle to the other's clerk, as it arrives in an answer.
async fn clerk_of(other: &Office, asked_by: &Office) -> Subject<Desk> {
    soon(DESK.at(&asked_by.peer.node, other.peer.name()).who()).await.expect("the other answers")
}

async fn until(what: impl Fn() -> bool) {
    soon(async {
        while !what() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

fn left(reply: &Reply<u64>) -> Duration {
    reply.deadline().expect("the caller's node says so").saturating_duration_since(Instant::now())
}

fn seconds(wait: u64) -> Duration {
    Duration::from_secs(wait)
}

/// S4: a caller on another node that drops its call, or whose deadline passes, is known to wait no longer; and no other.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_that_gives_up_is_known_elsewhere() {
    let (a, mut b) = (office("a").await, office("b").await);
    let desk = clerk_of(&b, &a).await;
    let (dropped, late, waits) = (desk.keep(), desk.keep().timeout(Duration::from_millis(30)), desk.keep());
    let (first, second, third) = (b.kept().await, b.kept().await, b.kept().await);
    assert!(!first.is_abandoned());
    drop(dropped);
    until(|| first.is_abandoned()).await;
    assert!(!second.is_abandoned(), "it was not waited for yet");
    assert_eq!(soon(late).await, Err(CallError::Deadline(Duration::from_millis(30))));
    until(|| second.is_abandoned()).await;
    first.send(1);
    a.peer.barrier(&b.peer).await;
    assert!(!third.is_abandoned());
    third.send(3);
    assert_eq!(soon(waits).await, Ok(3));
}

/// DESIGN §6: a call says how long it waits, and says so again if it waits longer: by a longer timeout, or because it was polled late.
#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_crosses_with_its_call() {
    let (mut a, mut b) = (office("a").await, office("b").await);
    // The first one waits for the session.
    let (first, begun) = (DESK.at(&a.peer.node, b.peer.name()).keep(), Instant::now());
    let reply = b.kept().await;
    let until_then = reply.deadline().expect("the caller's node says so");
    assert!(until_then <= begun + seconds(6), "it is five seconds from when the call was made");
    assert!(left(&reply) <= seconds(5));
    reply.send(7);
    assert_eq!(soon(first).await, Ok(7));

    let desk = clerk_of(&b, &a).await;
    let long = tokio::spawn(desk.keep().timeout(seconds(60)));
    let reply = b.kept().await;
    until(|| left(&reply) > seconds(50)).await;
    assert!(left(&reply) <= seconds(60));
    reply.send(8);
    assert_eq!(soon(long).await.expect("nothing panics"), Ok(8));

    let large = desk.load(vec![0; 1 << 20]);
    let reply = b.kept().await;
    assert!(left(&reply) <= seconds(5));
    drop(large);
    until(|| reply.is_abandoned()).await;

    let here = a.peer.node.system().whereis(&DESK).expect("it is registered").keep();
    let reply = a.kept().await;
    assert_eq!(reply.deadline(), None, "a caller here may change its mind without a word");
    drop(here);
    assert!(reply.is_abandoned());
}

/// A caller is behind each reply of a message: who of them has given up is told one by one.
#[tokio::test(flavor = "multi_thread")]
async fn each_reply_of_a_message_has_its_caller() {
    let (a, mut b) = (office("a").await, office("b").await);
    let desk = clerk_of(&b, &a).await;
    let (other, spare) = support::pair();
    let call = actor_core::call(&desk, |reply| Desk::Several { reply, more: vec![spare] });
    let (one, two) = (b.kept().await, b.kept().await);
    assert_eq!(one.deadline(), None, "nothing is known of one of the two");
    drop(call);
    until(|| one.is_abandoned()).await;
    assert!(!two.is_abandoned());
    two.send(2);
    assert_eq!(soon(other).await, Ok(2));
}

/// A request whose caller has given up before its turn came is not handled: it is a dead letter, with the caller's node.
#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_waits_for_is_not_done() {
    let (a, mut b) = (office("a").await, office("b").await);
    let mut letters = b.peer.node.system().dead_letters().subscribe();
    let name = b.peer.name().clone();
    for round in 1..=2 {
        let desk = DESK.at(&a.peer.node, &name);
        desk.rest().unwrap();
        let (given_up, waits) = (desk.keep().timeout(Duration::from_millis(1)), desk.keep());
        // Who drops a call does not say that the request is not to run.
        drop(desk.keep());
        a.peer.barrier(&b.peer).await;
        assert!(matches!(soon(given_up).await, Err(CallError::Deadline(_))));
        a.peer.barrier(&b.peer).await;
        b.open.send(()).unwrap();
        b.kept().await.send(2);
        assert_eq!(soon(waits).await, Ok(2), "the other one is");
        until(|| !b.kept.is_empty()).await;
        assert!(b.kept().await.is_abandoned());
        let letter = soon(letters.next()).await.unwrap();
        let expected = ("Desk::Keep", DeadLetterReason::GivenUp, SentBy::Node(a.peer.name().clone()));
        assert_eq!((letter.message.as_str(), letter.reason, letter.from), expected);
        assert_eq!((b.peer.node.system().dead_letters().given_up(), b.kept.try_recv().is_err()), (round, true));
    }
}

/// S6: that a caller gave up reaches whoever holds the reply now, over three nodes; the deadline went with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_forwarded_reply_knows_its_caller() {
    let (a, b, mut c) = (office("a").await, office("b").await, office("c").await);
    let (on_b, on_c) = (clerk_of(&b, &a).await, clerk_of(&c, &a).await);
    let call = on_b.forward(on_c);
    let reply = c.kept().await;
    assert!((seconds(3)..=seconds(5)).contains(&left(&reply)), "{:?}", left(&reply));
    drop(call);
    until(|| reply.is_abandoned()).await;
}

/// What a handler asks others before it has answered waits no longer than its own caller; afterwards it has all its time.
#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_is_passed_on() {
    let (a, mut b, mut c) = (office("a").await, office("b").await, office("c").await);
    let (on_b, on_c) = (clerk_of(&b, &a).await, clerk_of(&c, &a).await);
    let call = on_b.ask(on_c.clone(), 500);
    let (served, asked) = (b.kept().await, c.kept().await);
    let (outer, inner) = (served.deadline().unwrap(), asked.deadline().unwrap());
    let gap = inner.max(outer) - inner.min(outer);
    assert!(gap < Duration::from_millis(400), "the request was half a second on its way already: {gap:?}");
    asked.send(1);
    served.send(2);
    assert_eq!(soon(call).await, Ok(2));

    let begun = Instant::now();
    assert_eq!(soon(on_b.answer_and_ask(on_c, 500)).await, Ok(1));
    let asked = c.kept().await;
    let limit = begun + Duration::from_millis(5400);
    assert!(asked.deadline().unwrap() > limit, "who has answered has all the time there is");
}

/// A node whose handlers and lanes stand still between the two words that are sent.
fn frozen() -> (oneshot::Receiver<NodeName>, oneshot::Sender<()>, std::sync::mpsc::Sender<()>) {
    let ((named, name), (freeze, frozen), (thaw, thawed)) =
        (oneshot::channel(), oneshot::channel(), std::sync::mpsc::channel());
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime is made");
        let office = runtime.block_on(async {
            let office = office("frozen").await;
            named.send(office.peer.name().clone()).expect("the test waits");
            drop(frozen.await);
            office
        });
        thawed.recv().expect("the test waits");
        runtime.block_on(office.peer.node.leave());
    });
    (name, freeze, thaw)
}

/// X2: a deadline holds when the other node reads nothing, and when there is no session.
#[tokio::test(flavor = "multi_thread")]
async fn deadlines_hold_when_the_link_is_blocked() {
    let a = office("a").await;
    let (name, freeze, thaw) = frozen();
    let name = soon(name).await.unwrap();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mute: NodeName = format!("mute@{}", silent.local_addr().unwrap()).parse().unwrap();
    soon(DESK.at(&a.peer.node, &name).who()).await.unwrap();
    freeze.send(()).unwrap();
    for _ in 0..24 {
        ECHO.at(&a.peer.node, &name).say("x".repeat(256 << 10)).unwrap();
    }
    for peer in [&name, &mute] {
        let begun = Instant::now();
        let late = soon(DESK.at(&a.peer.node, peer).keep().timeout(Duration::from_millis(100))).await;
        assert_eq!(late, Err(CallError::Deadline(Duration::from_millis(100))));
        assert!(begun.elapsed() < Duration::from_millis(300), "{:?}", begun.elapsed());
    }
    thaw.send(()).unwrap();
}
