//! How sessions begin and end: the modes of connecting, what cannot be reached, what is lost and comes back, and what a goodbye
//! still lets through.

mod support;

use std::time::Duration;

use actor_core::{CallError, NodeDownCause, NodeName, SendFailure, prelude::*};
use actor_dist::{AtNode, AutoConnect, ConnectError, Node, NodeEvent, StartError, Topology};
use support::*;

/// One that connects as told to.
async fn connecting(short: &str, when: AutoConnect) -> Peer {
    start(Node::builder(short).topology(Topology::Manual).auto_connect(when)).await
}

/// A name at which nobody listens any more.
async fn nobody() -> NodeName {
    let gone = peer("gone").await;
    let name = gone.name().clone();
    gone.node.leave().await;
    name
}

async fn down(peer: &mut Peer) -> NodeDownCause {
    loop {
        if let NodeEvent::Down { cause, .. } = peer.event().await {
            return cause;
        }
    }
}

async fn up(peer: &mut Peer) {
    while !matches!(peer.event().await, NodeEvent::Up { .. }) {}
}

/// Every kind of mention is refused at once, and the message comes back.
async fn assert_barred(a: &mut Peer, b: &NodeName, handle: &Subject<Echo>) {
    let Err(SendError::Disconnected(Echo::Say { text })) = handle.say("back".into()) else { panic!("it comes back") };
    assert_eq!(text, "back");
    assert!(matches!(handle.send(Echo::Release).await, Err(SendError::Disconnected(Echo::Release))));
    let by_name = ECHO.at(&a.node, b);
    assert!(matches!(by_name.say("back".into()), Err(SendError::Disconnected(_))));
    assert_eq!(soon(by_name.who()).await.err(), Some(CallError::NotDelivered(SendFailure::Disconnected)));
    soon(a.echo.watch(handle.clone())).await.expect("it watches");
    assert_eq!(a.seen().await, Seen::Down(ExitReason::NodeDown(NodeDownCause::Refused)));
    assert_eq!(soon(a.node.ping(b)).await, Err(ConnectError::ExplicitOnly { node: b.clone() }));
    assert!(a.node.nodes().is_empty());
}

/// N3, S3: with `Never` nothing but an explicit connect brings a node, the first time and after a loss.
#[tokio::test(flavor = "multi_thread")]
async fn never_connects_only_when_told_to() {
    let (mut a, mut b) = (connecting("a", AutoConnect::Never).await, connecting("b", AutoConnect::Always).await);
    let name = b.name().clone();
    assert!(matches!(ECHO.at(&a.node, &name).say("back".into()), Err(SendError::Disconnected(_))));
    for round in 0..3 {
        a.connect(&b).await.unwrap();
        let handle = a.handle_of(&b).await;
        handle.say(format!("{round}")).unwrap();
        assert_eq!(b.seen().await, Seen::Said(format!("{round}")));
        a.node.disconnect(&name);
        down(&mut a).await;
        down(&mut b).await;
        assert_barred(&mut a, &name, &handle).await;
    }
    b.barrier(&a).await;
    up(&mut a).await;
    ECHO.at(&a.node, &name).say("it was let in".into()).unwrap();
    assert_eq!(b.seen().await, Seen::Said("it was let in".into()));
}

/// N3: with `Once` the first mention connects, and after the first loss only an explicit connect does, for that node.
#[tokio::test(flavor = "multi_thread")]
async fn once_connects_until_the_first_loss() {
    let (mut a, b) = (connecting("a", AutoConnect::Once).await, connecting("b", AutoConnect::Always).await);
    let other = connecting("c", AutoConnect::Always).await;
    let handle = a.handle_of(&b).await;
    a.node.disconnect(b.name());
    down(&mut a).await;
    assert_barred(&mut a, b.name(), &handle).await;
    a.barrier(&other).await;
    a.node.disconnect(other.name());
    down(&mut a).await;
    a.connect(&b).await.unwrap();
    a.barrier(&b).await;
    a.node.disconnect(b.name());
    down(&mut a).await;
    assert_barred(&mut a, b.name(), &handle).await;
}

/// N3, S3: what was sent to a node that could not be reached comes back for a while, saying for how long; an explicit connect
/// tries at once, and with it all that is again.
#[tokio::test(flavor = "multi_thread")]
async fn who_could_not_be_reached_is_left_alone_for_a_while() {
    let a = peer("a").await;
    let gone = nobody().await;
    assert!(matches!(a.node.connect(&gone).await, Err(ConnectError::Unreachable { .. })));
    let by_name = ECHO.at(&a.node, &gone);
    let Err(SendError::Unreachable(Echo::Say { text }, first)) = by_name.say("back".into()) else {
        panic!("it comes back");
    };
    assert!(text == "back" && first <= Duration::from_millis(200), "{first:?}");
    for _ in 0..4 {
        assert!(a.node.connect(&gone).await.is_err(), "it tries at once");
    }
    let refused = soon(by_name.back("x".into())).await;
    let Err(CallError::NotDelivered(SendFailure::Unreachable { retry_in })) = refused else { panic!("{refused:?}") };
    assert!(retry_in > Duration::from_secs(1) && retry_in <= Duration::from_secs(5), "{retry_in:?}");
    let address = format!("{}:{}", gone.host(), gone.port());
    let back = start(Node::builder(gone.short()).bind(address)).await;
    assert!(matches!(by_name.say("back".into()), Err(SendError::Unreachable(..))), "nobody told it");
    a.connect(&back).await.unwrap();
    a.barrier(&back).await;
}

/// N3, N4: in a mesh a node that goes without a goodbye is dialed again, and comes back without being mentioned.
#[tokio::test(flavor = "multi_thread")]
async fn a_mesh_finds_a_lost_node_again() {
    let mut a = peer("a").await;
    let b = peer("b").await;
    let address = format!("{}:{}", b.name().host(), b.name().port());
    a.connect(&b).await.unwrap();
    up(&mut a).await;
    drop(b);
    assert_eq!(down(&mut a).await, NodeDownCause::Closed);
    let again = start(Node::builder("b").bind(address)).await;
    up(&mut a).await;
    assert_eq!(a.node.nodes(), std::slice::from_ref(again.name()));
}

/// Sends as much as the lanes take, without waiting; how many messages that is.
fn fill(handle: &Subject<Echo>) -> usize {
    let text = "x".repeat(32 << 10);
    for sent in 0.. {
        match handle.say(format!("{sent} {text}")) {
            Ok(()) => {}
            Err(SendError::Overloaded(_)) => return sent,
            Err(other) => panic!("{other}"),
        }
    }
    unreachable!("a lane has a bound")
}

/// All of them arrive, in order.
async fn assert_arrived(at: &mut Peer, sent: usize) {
    for n in 0..sent {
        let Seen::Said(text) = at.seen().await else { panic!("something else was said") };
        assert!(text.starts_with(&format!("{n} ")), "message {n} is missing");
    }
}

/// N8, S1: what was sent before a disconnect or a leave arrives, from both sides, although it is much, and before the end is
/// told.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_before_a_goodbye_arrives() {
    for round in 0..4 {
        let (mut a, mut b) = (peer("a").await, peer("b").await);
        let (to_b, to_a) = (a.handle_of(&b).await, b.handle_of(&a).await);
        let (from_a, from_b) = (fill(&to_b), fill(&to_a));
        assert!(from_a > 30 && from_b > 30);
        match round % 2 {
            0 => a.node.disconnect(b.name()),
            _ => soon(a.node.clone().leave()).await,
        }
        assert_arrived(&mut b, from_a).await;
        assert_eq!(down(&mut b).await, NodeDownCause::Left);
        assert_arrived(&mut a, from_b).await;
    }
}

/// What moved over a link, what found no room, and how long the way is.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_tells_what_moved_over_it() {
    let window = Duration::from_millis(200);
    let (a, mut b) = (start(Node::builder("a").window(window)).await, start(Node::builder("b").window(window)).await);
    assert!(a.node.link(b.name()).is_none() && a.node.links().is_empty());
    let to_b = a.handle_of(&b).await;
    let before = a.node.link(b.name()).expect("it is connected");
    for _ in 0..10 {
        to_b.say("x".repeat(1000)).unwrap();
    }
    a.barrier(&b).await;
    // What is read at once is counted when all of it was taken in, a moment after the answer in it.
    let (here, there) = loop {
        let (here, there) = (a.node.link(b.name()).unwrap(), b.node.link(a.name()).unwrap());
        if (here.received.messages, there.received.messages) == (there.sent.messages, here.sent.messages) {
            break (here, there);
        }
        soon(a.node.ping(b.name())).await.unwrap();
    };
    assert_eq!((&here.node, &there.node), (b.node.id(), a.node.id()));
    assert_eq!(here.sent.messages - before.sent.messages, 11);
    assert!(here.sent.bytes - before.sent.bytes > 10_000);
    assert_eq!((here.sent.bytes, here.queued), (there.received.bytes, 0));
    assert_eq!((here.stalls.refused, here.stalls.waits, here.stalls.waited), (0, 0, Duration::ZERO));
    assert!(here.silence < Duration::from_secs(5) && before.connection == here.connection);
    let sent = fill(&to_b);
    assert_eq!(a.node.link(b.name()).unwrap().stalls.refused, 1);
    for _ in 0..10 + sent {
        b.seen().await;
    }
    // Both ends measure, though the echoes of one would do for the other's heartbeats.
    for (from, to) in [(&a, &b), (&b, &a)] {
        let trip = loop {
            soon(from.node.ping(to.name())).await.unwrap();
            if let Some(trip) = from.node.links()[0].round_trip {
                break trip;
            }
        };
        assert!(!trip.smoothed.is_zero() && trip.latest < Duration::from_secs(5));
    }
}

async fn idle(short: &str, after: Option<Duration>) -> Peer {
    let builder = Node::builder(short).topology(Topology::Manual);
    start(match after {
        Some(after) => builder.idle_close(after),
        None => builder,
    })
    .await
}

/// N3, E3: a connection that nobody uses ends, for both sides alike, and the next mention makes another.
#[tokio::test(flavor = "multi_thread")]
async fn an_unused_connection_ends_and_comes_back() {
    let (mut a, mut b) = (idle("a", Some(Duration::from_millis(100))).await, idle("b", None).await);
    let to_b = a.handle_of(&b).await;
    for round in 0..3 {
        assert_eq!((down(&mut a).await, down(&mut b).await), (NodeDownCause::Idle, NodeDownCause::Idle));
        assert!(a.node.links().is_empty());
        to_b.say(format!("{round}")).unwrap();
        assert_eq!(b.seen().await, Seen::Said(format!("{round}")));
    }
}

/// N3, M1: monitors and calls of either side, and names of both, hold a connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_needed_stays() {
    let after = Duration::from_millis(100);
    let (mut a, mut b) = (idle("a", Some(after)).await, idle("b", Some(after)).await);
    let (to_b, to_a) = (a.handle_of(&b).await, b.handle_of(&a).await);
    let kept = to_b.keep().timeout(Duration::from_secs(60));
    soon(b.echo.watch(to_a.clone())).await.unwrap();
    assert_eq!(b.seen().await, Seen::Kept);
    up(&mut a).await;
    up(&mut b).await;
    // Many times the time without use, by the clock of another connection that does end.
    let (c, d) = (idle("c", Some(after)).await, idle("d", None).await);
    let mut c = c;
    for _ in 0..3 {
        c.barrier(&d).await;
        assert_eq!(down(&mut c).await, NodeDownCause::Idle);
    }
    assert_eq!(a.node.nodes(), std::slice::from_ref(b.name()));
    to_b.release().unwrap();
    assert_eq!(soon(kept).await, Err(CallError::NoReply));
    a.echo.fail().unwrap();
    assert_eq!(b.seen().await, Seen::Down(ExitReason::Failed("on purpose".into())));
    assert_eq!(down(&mut a).await, NodeDownCause::Idle);
}

/// S1, S2, N3: whatever is sent while connections end and come back arrives, in order, and every call is answered.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_between_connections() {
    let after = Duration::from_millis(100);
    let (a, b) = (idle("a", Some(after)).await, idle("b", Some(after)).await);
    let (to_b, to_a) = (a.handle_of(&b).await, b.handle_of(&a).await);
    let talk = async |to: Subject<Echo>, pauses: u64| {
        for n in 0..40 {
            to.say(format!("{n}")).unwrap();
            assert_eq!(soon(to.back(format!("{n}"))).await, Ok(format!("{n}")));
            // About as long as it takes until the two ends agree.
            pause(Duration::from_millis(99 + (n * pauses) % 30)).await;
        }
    };
    tokio::join!(talk(to_b, 7), talk(to_a, 11));
    for mut peer in [a, b] {
        for n in 0..40 {
            assert_eq!(peer.seen().await, Seen::Said(format!("{n}")));
        }
        let mut ended = 0;
        while let Ok(event) = tokio::time::timeout(Duration::ZERO, peer.events.next()).await {
            ended += usize::from(matches!(event, Some(NodeEvent::Down { cause: NodeDownCause::Idle, .. })));
        }
        assert!(ended > 0, "connections did end meanwhile");
    }
}

#[expect(clippy::disallowed_methods, reason = "users pause between what they send")]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}

/// N3, N4: a mesh does not end its connections.
#[tokio::test(flavor = "multi_thread")]
async fn a_mesh_keeps_its_connections() {
    let builder = Node::builder("a").cookie(COOKIE).unwrap().system(System::new());
    let refused = builder.idle_close(Duration::from_secs(1)).start().await;
    assert!(matches!(refused, Err(StartError::IdleMesh)));
    let builder = Node::builder("a").cookie(COOKIE).unwrap().topology(Topology::Manual);
    assert!(matches!(builder.idle_close(Duration::ZERO).start().await, Err(StartError::Idle(Duration::ZERO))));
}
