//! What goes wrong around a message or a node, and must not go further: panics in users' code, stale handles, races with the
//! end of a session, nodes that are dropped.

#![expect(clippy::disallowed_methods, reason = "a test races with itself")]

mod support;

use std::{collections::BTreeMap, time::Duration};

use actor_core::{
    CallError, DeadLetterReason, DeadLetterStream, NodeDownCause, SendFailure, SentBy,
    prelude::*,
    wire::{DecodeError, Decoder, Edge, EncodeError, Encoder},
};
use actor_dist::{AtNode, ConnectError, Node, NodeEvent, RegisterError};
use support::*;

/// Crosses one way and panics at the other end.
struct Evil;

impl Wire for Evil {
    const EDGE: Edge = Edge::of("test.Evil", &[]);

    fn encode(&self, _: &mut Encoder<'_>) -> Result<(), EncodeError> {
        Ok(())
    }

    fn decode(_: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        panic!("a decoder panics, on purpose")
    }
}

#[derive(Protocol)]
#[wire(uri = "test.Risky", version = 1)]
enum Risky {
    Boom { evil: Evil, reply: Reply<u64> },
    Bang { evil: Evil },
    Answer { reply: Reply<Evil> },
    Many { replies: Vec<Reply<u64>> },
    Fine { reply: Reply<u64> },
}

#[derive(Actor)]
#[actor(handles(Risky))]
struct Risking;

impl Handler<Risky> for Risking {
    async fn handle(&mut self, msg: Risky, _: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Risky::Boom { evil: Evil, reply } | Risky::Fine { reply } => reply.send(1),
            Risky::Bang { evil: Evil } => {}
            Risky::Answer { reply } => reply.send(Evil),
            Risky::Many { replies } => replies.into_iter().for_each(|reply| reply.send(2)),
        }
        Ok(())
    }
}

const RISKY: LocalName<Risky> = LocalName::new("risky");

/// S5, V3: a message whose decoder panics is refused; the session and everybody else go on.
#[tokio::test(flavor = "multi_thread")]
async fn a_panicking_decoder_costs_its_message_alone() {
    let (mut a, b) = (peer("a").await, peer("b").await);
    let risking = b.node.system().spawn(Risking).subject();
    b.node.system().register(&RISKY, &risking).unwrap();
    let risky = RISKY.at(&a.node, b.name());
    let refused = soon(risky.boom(Evil)).await;
    assert!(matches!(refused, Err(CallError::Undecodable(_))), "{refused:?}");
    let unread = soon(risky.answer()).await.map(drop);
    assert!(matches!(unread, Err(CallError::NoReply | CallError::BadAnswer(_))), "{unread:?}");
    assert_eq!(soon(risky.fine()).await, Ok(1));
    assert!(matches!(a.event().await, NodeEvent::Up { .. }));
    assert_eq!(a.node.nodes(), std::slice::from_ref(b.name()));
}

/// F1: a message holds a bounded number of replies; over it, the message comes back.
#[tokio::test(flavor = "multi_thread")]
async fn too_many_replies_are_refused_at_the_sender() {
    let (a, b) = (peer("a").await, peer("b").await);
    let risking = b.node.system().spawn(Risking).subject();
    b.node.system().register(&RISKY, &risking).unwrap();
    let risky = RISKY.at(&a.node, b.name());
    let (calls, replies): (Vec<_>, Vec<_>) = (0..5000).map(|_| pair()).unzip();
    let Err(SendError::Refused(Risky::Many { mut replies }, _)) = risky.many(replies) else {
        panic!("5000 replies are too many");
    };
    replies.truncate(1000);
    risky.many(replies).unwrap();
    let mut answered = 0;
    for call in calls {
        match soon(call).await {
            Ok(2) => answered += 1,
            other => assert_eq!(other, Err(CallError::NoReply)),
        }
    }
    assert_eq!(answered, 1000);
}

/// S5: what nobody took is told where it was dropped: what it was, for whom, why, and from which node.
#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_took_is_told_with_the_node_it_came_from() {
    const NOBODY: LocalName<Echo> = LocalName::new("nobody");
    let (a, b) = (peer("a").await, peer("b").await);
    let on_b = a.handle_of(&b).await;
    let dead_letters = b.node.system().dead_letters();
    let mut letters = dead_letters.subscribe();
    NOBODY.at(&a.node, b.name()).say("to nobody".into()).unwrap();
    on_b.fail().unwrap();
    let gone = soon(on_b.ended()).await;
    on_b.say("to the dead".into()).unwrap();
    let expected = [
        ("name `nobody`", None, SentBy::Node(a.name().clone())),
        ("actor", on_b.address().map(|address| address.actor), SentBy::Node(a.name().clone())),
    ];
    for (receiver, to, from) in expected {
        let letter = soon(letters.next()).await.unwrap();
        assert_eq!((letter.receiver.as_str(), letter.to, letter.from), (receiver, to, from), "{gone}");
        assert_eq!(letter.message, "test.Echo");
    }
    assert_eq!(dead_letters.not_taken(), 2);
}

/// What the sums of a node's dead letters of other nodes say: receivers, reasons and counts, in any order.
async fn told(letters: &mut DeadLetterStream, kinds: usize) -> BTreeMap<(String, String), u64> {
    let mut told = BTreeMap::new();
    while told.len() < kinds {
        let letter = soon(letters.next()).await.expect("the system lives");
        let DeadLetterReason::NotTaken(why) = letter.reason else { panic!("{letter:?}") };
        *told.entry((letter.receiver, why)).or_default() += letter.count;
    }
    told
}

/// S5: a tell that the other node could not read, or for which it found nobody or no room, is a dead letter on both nodes, with
/// its receiver and the reason. A call is answered instead.
#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_took_is_told_on_both_nodes() {
    const NOBODY: LocalName<Echo> = LocalName::new("nobody");
    const MISTAKEN: LocalName<Risky> = LocalName::new("echo");
    let (a, b) = (peer("a").await, peer("b").await);
    let risking = b.node.system().spawn(Risking).subject();
    b.node.system().register(&RISKY, &risking).unwrap();
    let on_b = a.handle_of(&b).await;
    let actor = on_b.address().unwrap().actor.0;
    on_b.fail().unwrap();
    soon(on_b.ended()).await;
    let mut letters = a.node.system().dead_letters().subscribe();
    let (nobody, risky) = (NOBODY.at(&a.node, b.name()), RISKY.at(&a.node, b.name()));
    (0..3).for_each(|_| nobody.say("to nobody".into()).unwrap());
    (0..2).for_each(|_| on_b.say("to the dead".into()).unwrap());
    risky.bang(Evil).unwrap();
    b.node.system().register(&LocalName::<Echo>::new("echo"), &peer_of(&b).subject()).unwrap();
    MISTAKEN.at(&a.node, b.name()).bang(Evil).unwrap();
    assert!(soon(nobody.back("a call".into())).await.is_err());
    let found = told(&mut letters, 4).await;
    let of = |receiver: &str| {
        let mut all = found.iter().filter(|((to, _), _)| to.starts_with(receiver));
        let ((to, why), count) = all.next().unwrap_or_else(|| panic!("{receiver}: {found:?}"));
        assert!(to.ends_with(&format!(" of node `{}`", b.name())), "{to}");
        (why.clone(), *count)
    };
    assert_eq!(of("name `nobody`"), ("nobody holds this name, or the group has no members".into(), 3));
    assert_eq!(of(&format!("actor {actor} ")), ("the actor has stopped".into(), 2));
    assert!(of("name `risky`").0.contains("code that read it panicked"));
    let wrong = of("name `echo`").0;
    assert!(wrong.contains("`test.Echo`") && wrong.contains("`test.Risky`"), "{wrong}");
    assert_eq!((a.node.system().dead_letters().elsewhere(), b.node.system().dead_letters().not_taken()), (7, 8));
    assert_eq!((a.node.system().dead_letters().not_taken(), b.node.system().dead_letters().elsewhere()), (0, 0));
}

/// Another actor on that node.
fn peer_of(peer: &Peer) -> ActorRef<Echoer> {
    let (seen, _unseen) = tokio::sync::mpsc::unbounded_channel();
    peer.node.system().spawn(Echoer { seen, kept: Vec::new() })
}

/// S5, F1: a flood of tells that find nobody is told in a few sums.
#[tokio::test(flavor = "multi_thread")]
async fn a_flood_that_finds_nobody_is_told_in_sums() {
    let (a, b) = (peer("a").await, peer("b").await);
    let (mut here, there) = (a.node.system().dead_letters().subscribe(), b.node.system().dead_letters());
    let risky = RISKY.at(&a.node, b.name());
    for _ in 0..10_000 {
        risky.send(Risky::Bang { evil: Evil }).await.unwrap();
    }
    a.barrier(&b).await;
    let (mut sum, mut events) = (0, 0);
    while sum < there.not_taken() {
        let letter = soon(here.next()).await.unwrap();
        assert_eq!(letter.message, "test.Risky");
        (sum, events) = (sum + letter.count, events + 1);
    }
    assert_eq!(sum, there.not_taken());
    assert!(sum == 10_000 && events < 200, "{sum} dead letters were told in {events} sums");
}

/// N1, S2: a handle from before a restart does not stand in the way of what is for the living.
#[tokio::test(flavor = "multi_thread")]
async fn a_stale_handle_loses_nothing_for_the_living() {
    let mut a = peer("a").await;
    let b = peer("b").await;
    let stale = a.handle_of(&b).await;
    let address = format!("{}:{}", b.name().host(), b.name().port());
    drop(b.echo);
    b.node.leave().await;
    while !matches!(a.event().await, NodeEvent::Down { .. }) {}
    let mut again = start(Node::builder("b").bind(address)).await;
    let unheard = stale.back("to the dead".into());
    soon(a.echo.watch(stale.clone())).await.unwrap();
    ECHO.at(&a.node, again.name()).say("to the living".into()).unwrap();
    assert_eq!(again.seen().await, Seen::Said("to the living".into()));
    assert_eq!(soon(unheard).await, Err(CallError::NotDelivered(SendFailure::Stopped)));
    assert_eq!(a.seen().await, Seen::Down(ExitReason::NoSuchActor));
}

/// M1, S2: a monitor made while its session ends is answered, whichever comes first.
#[tokio::test(flavor = "multi_thread")]
async fn a_monitor_that_races_with_the_end_is_answered() {
    let mut a = peer("a").await;
    let b = peer("b").await;
    let on_b = a.handle_of(&b).await;
    for _ in 0..60 {
        let (node, name) = (a.node.clone(), b.name().clone());
        let ending = tokio::spawn(async move { node.disconnect(&name) });
        soon(a.echo.watch(on_b.clone())).await.unwrap();
        ending.await.unwrap();
        a.node.disconnect(b.name());
        assert!(matches!(a.seen().await, Seen::Down(ExitReason::NodeDown(_))));
        a.barrier(&b).await;
    }
}

/// N3: to end a monitor is not to mention its node: nothing is connected for it.
#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_monitor_does_not_reconnect() {
    let mut a = peer("a").await;
    let b = peer("b").await;
    let on_b = a.handle_of(&b).await;
    soon(a.echo.watch(on_b)).await.unwrap();
    assert!(matches!(a.event().await, NodeEvent::Up { .. }));
    a.node.disconnect(b.name());
    a.echo.finish().unwrap();
    let down = a.event().await;
    assert!(matches!(down, NodeEvent::Down { cause: NodeDownCause::Left, .. }), "{down:?}");
    let c = peer("c").await;
    a.connect(&c).await.unwrap();
    assert_eq!(a.node.nodes(), std::slice::from_ref(c.name()));
}

/// N8, M1, S3: handles of a node that is gone say so; nobody waits for it in vain.
#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_node_leaves_nobody_waiting() {
    let mut a = peer("a").await;
    let b = peer("b").await;
    let on_b = a.handle_of(&b).await;
    soon(a.echo.watch(on_b.clone())).await.unwrap();
    let waiting = on_b.keep().timeout(Duration::from_secs(3600));
    let node = a.node.clone();
    drop(node);
    assert_eq!(a.node.nodes().len(), 1, "a clone is left");
    let system = a.node.system().clone();
    a.node.leave().await;
    assert!(matches!(soon(waiting).await, Err(CallError::NodeDown { .. })));
    assert_eq!(soon(a.seen.recv()).await, Some(Seen::Down(ExitReason::NodeDown(NodeDownCause::Left))));
    assert!(matches!(on_b.say("late".into()), Err(SendError::Disconnected(_))));
    soon(a.echo.watch(on_b)).await.unwrap();
    let refused = soon(a.seen.recv()).await;
    assert!(matches!(refused, Some(Seen::Down(ExitReason::NodeDown(_)))), "{refused:?}");
    drop(system);
}

/// One node after another on one system; a late drop of the first does not touch the second.
#[tokio::test(flavor = "multi_thread")]
async fn a_late_clone_of_an_old_node_does_no_harm() {
    const NAME: actor_dist::GlobalName<Echo> = actor_dist::GlobalName::new("name");
    let a = peer("a").await;
    let clone = a.node.clone();
    let system = a.node.system().clone();
    a.node.leave().await;
    assert_eq!(clone.connect(&"x@127.0.0.1:1".parse().unwrap()).await, Err(ConnectError::NodeStopped));
    let refused = clone.global().register(&NAME, &a.echo).await;
    assert!(matches!(refused, Err(RegisterError::NotLocal { .. } | RegisterError::NodeStopped)), "{refused:?}");
    let second = Node::builder("second").system(system).cookie(COOKIE).unwrap().start().await.unwrap();
    second.global().register(&NAME, &a.echo).await.unwrap();
    drop(clone);
    let b = peer("b").await;
    b.node.connect(second.name()).await.unwrap();
    assert_eq!(soon(ECHO.at(&b.node, second.name()).back("here".into())).await.unwrap(), "here");
    assert!(soon(ECHO.at(&b.node, second.name()).who()).await.is_ok(), "its handles can be shipped");
}

/// Never ends its first handler.
#[derive(Actor)]
#[actor(handles(Echo))]
struct Stuck;

impl Handler<Echo> for Stuck {
    async fn handle(&mut self, _: Echo, _: &mut Context<Self>) -> Result<(), Error> {
        std::future::pending().await
    }
}

/// S2, S4: what waited in a mailbox when its actor ended is told with the node that it came from, and that node is told how many
/// tells that were; calls fail by themselves.
#[tokio::test(flavor = "multi_thread")]
async fn what_waited_for_the_dead_is_told_on_both_nodes() {
    const STUCK: LocalName<Echo> = LocalName::new("stuck");
    let (a, b) = (peer("a").await, peer("b").await);
    let stuck = b.node.system().spawn(Stuck);
    b.node.system().register(&STUCK, &stuck.subject()).unwrap();
    let (mut here, mut there) =
        (a.node.system().dead_letters().subscribe(), b.node.system().dead_letters().subscribe());
    let to = STUCK.at(&a.node, b.name());
    for _ in 0..6 {
        to.say("one is handled, and five wait".into()).unwrap();
    }
    let call = to.back("waits too".into());
    a.barrier(&b).await;
    stuck.kill();
    assert_eq!(soon(call).await, Err(CallError::NoReply));
    for message in ["Echo::Say"; 5].into_iter().chain(["Echo::Back"]) {
        let letter = soon(there.next()).await.unwrap();
        let from = SentBy::Node(a.name().clone());
        assert_eq!((letter.message.as_str(), letter.from, letter.to), (message, from, Some(stuck.id())));
    }
    let letter = soon(here.next()).await.unwrap();
    assert_eq!((letter.count, a.node.system().dead_letters().elsewhere()), (5, 5));
    assert!(letter.receiver.contains(b.name().as_str()), "{letter}");
}
