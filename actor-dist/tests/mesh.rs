//! Two to five nodes in one process over real sockets: sessions, sends, calls, handles, monitors.

mod support;

use actor_core::{CallError, NodeDownCause, NodeName, SendFailure, prelude::*};
use actor_dist::{AtNode, ConnectError, Node, NodeEvent, StartError};
use support::*;

/// N3, N4: one word brings a connection, and with a node come all that it is connected to.
#[tokio::test(flavor = "multi_thread")]
async fn the_mesh_is_transitive() {
    let mut peers = Vec::new();
    for n in 0..5 {
        peers.push(peer(&format!("n{n}")).await);
    }
    for n in 1..5 {
        peers[n].connect(&peers[n - 1]).await.unwrap();
    }
    for peer in &mut peers {
        let mut up = Vec::new();
        while up.len() < 4 {
            match peer.event().await {
                NodeEvent::Up { node, .. } => up.push(node.name),
                other => panic!("{other:?}"),
            }
        }
        up.sort();
        assert_eq!(up, peer.node.nodes());
    }
}

/// N6: simultaneous connects end in exactly one link, decided alike on both sides.
#[tokio::test(flavor = "multi_thread")]
async fn simultaneous_connects_end_in_one_link() {
    for round in 0..20 {
        let mut a = peer(&format!("a{round}")).await;
        let mut b = peer(&format!("b{round}")).await;
        let (one, two) = tokio::join!(a.connect(&b), b.connect(&a));
        one.unwrap();
        two.unwrap();
        a.barrier(&b).await;
        b.barrier(&a).await;
        let (first, second) = (a.event().await, b.event().await);
        assert!(matches!((&first, &second), (NodeEvent::Up { .. }, NodeEvent::Up { .. })), "{first:?} {second:?}");
        let (name_a, name_b) = (a.name().clone(), b.name().clone());
        a.node.leave().await;
        let down = b.event().await;
        assert!(
            matches!(&down, NodeEvent::Down { node, cause: NodeDownCause::Left, .. } if node.name == name_a),
            "{down:?}"
        );
        assert_ne!(name_a, name_b);
    }
}

/// N3, S1: tells and calls by handle and by (name, node), connecting on demand; in order.
#[tokio::test(flavor = "multi_thread")]
async fn handles_work_across_nodes() {
    let a = peer("a").await;
    let mut b = peer("b").await;
    let remote = a.handle_of(&b).await;
    assert!(!remote.is_local());
    for n in 0..1000 {
        remote.say(format!("{n}")).unwrap();
    }
    assert_eq!(soon(remote.back("hi".into())).await.unwrap(), "hi");
    for n in 0..1000 {
        assert_eq!(b.seen().await, Seen::Said(format!("{n}")));
    }
    let home = soon(b.handle_of(&a).await.who()).await.unwrap();
    assert!(home.same_actor(&b.handle_of(&a).await));
}

/// A handle that comes home is the local actor again.
#[tokio::test(flavor = "multi_thread")]
async fn a_handle_that_comes_home_is_local() {
    let mut a = peer("a").await;
    let b = peer("b").await;
    let remote = a.handle_of(&b).await;
    let kept = soon(a.echo.back("warm up".into())).await.unwrap();
    assert_eq!(kept, "warm up");
    // B forwards to A's own actor through the handle that A ships.
    let _answer = remote.forward(a.echo.clone());
    assert_eq!(a.seen().await, Seen::Kept);
}

/// S4, S6: a reply that was forwarded and dropped, or whose holder's node goes away, fails its caller at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_forwarded_reply_fails_with_its_holder() {
    let a = peer("a").await;
    let b = peer("b").await;
    let mut c = peer("c").await;
    let on_b = a.handle_of(&b).await;
    let on_c = a.handle_of(&c).await;
    let long = std::time::Duration::from_secs(3600);
    let dropped = on_b.forward(on_c.clone()).timeout(long);
    assert_eq!(c.seen().await, Seen::Kept);
    on_c.release().unwrap();
    assert_eq!(soon(dropped).await, Err(CallError::NoReply));
    let orphaned = on_b.forward(on_c.clone()).timeout(long);
    assert_eq!(c.seen().await, Seen::Kept);
    c.node.leave().await;
    assert_eq!(soon(orphaned).await, Err(CallError::NoReply));
}

/// S3: what surely did not run is told from what may have.
#[tokio::test(flavor = "multi_thread")]
async fn call_errors_tell_what_may_have_run() {
    const NOBODY: LocalName<Echo> = LocalName::new("nobody");
    let a = peer("a").await;
    let mut b = peer("b").await;
    let unresolved = soon(NOBODY.at(&a.node, b.name()).back("x".into())).await;
    assert_eq!(unresolved, Err(CallError::NotDelivered(SendFailure::Unresolved)));
    let on_b = a.handle_of(&b).await;
    let lost = on_b.keep();
    assert_eq!(b.seen().await, Seen::Kept);
    let name = b.name().clone();
    on_b.finish().unwrap();
    assert_eq!(soon(lost).await, Err(CallError::NoReply));
    assert_eq!(soon(on_b.back("x".into())).await, Err(CallError::NotDelivered(SendFailure::Stopped)));
    b.node.leave().await;
    let ghost: NodeName = format!("ghost@127.0.0.1:{}", name.port()).parse().unwrap();
    let nobody = soon(ECHO.at(&a.node, &ghost).back("x".into())).await;
    assert_eq!(nobody, Err(CallError::NotDelivered(SendFailure::Disconnected)));
}

/// S2: a message that waits for a connection which never comes about is a dead letter.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_nobody_is_a_dead_letter() {
    let a = peer("a").await;
    let gone = peer("gone").await;
    let ghost: NodeName = format!("ghost@127.0.0.1:{}", gone.name().port()).parse().unwrap();
    gone.node.leave().await;
    let mut letters = a.node.system().dead_letters().subscribe();
    ECHO.at(&a.node, &ghost).say("boo".into()).unwrap();
    let letter = soon(letters.next()).await.expect("it is told");
    assert_eq!(letter.message, "test.Echo");
    assert!(letter.receiver.contains(ghost.as_str()), "{letter}");
}

/// M1, M3, M5, E4: one down per monitor: the exit reason, no such actor, or the node's end before its event.
#[tokio::test(flavor = "multi_thread")]
async fn monitors_cross_nodes() {
    let mut a = peer("a").await;
    let b = peer("b").await;
    let on_b = a.handle_of(&b).await;
    soon(a.echo.watch(on_b.clone())).await.unwrap();
    soon(a.echo.watch(on_b.clone())).await.unwrap();
    a.barrier(&b).await;
    on_b.fail().unwrap();
    let failed = Seen::Down(ExitReason::Failed("on purpose".into()));
    assert_eq!((a.seen().await, a.seen().await), (failed.clone(), failed));
    soon(a.echo.watch(on_b)).await.unwrap();
    assert_eq!(a.seen().await, Seen::Down(ExitReason::NoSuchActor));

    let c = peer("c").await;
    let on_c = a.handle_of(&c).await;
    soon(a.echo.watch(on_c)).await.unwrap();
    let c_id = c.node.id().clone();
    while !matches!(a.event().await, NodeEvent::Up { node, .. } if node == c_id) {}
    c.node.leave().await;
    while !matches!(a.event().await, NodeEvent::Down { node, .. } if node == c_id) {}
    // E4: the monitor's down was in the mailbox before the event; what is said now comes behind it.
    a.echo.back("flush".into()).await.unwrap();
    assert_eq!(a.seen.try_recv(), Ok(Seen::Down(ExitReason::NodeDown(NodeDownCause::Left))));
    assert!(a.seen.try_recv().is_err());
}

/// N1: a handle from a dead incarnation that reaches a restarted namesake is nobody's.
#[tokio::test(flavor = "multi_thread")]
async fn a_handle_does_not_survive_a_restart() {
    let mut a = peer("a").await;
    let b = peer("b").await;
    let old = a.handle_of(&b).await;
    let address = format!("{}:{}", b.name().host(), b.name().port());
    drop(b.echo);
    b.node.leave().await;
    let mut again = start(Node::builder("b").bind(address)).await;
    let fresh = a.handle_of(&again).await;
    assert_eq!(fresh.address().map(|a| a.node.name), old.address().map(|a| a.node.name));
    assert!(matches!(old.say("to the dead".into()), Err(SendError::Stopped(_))));
    soon(a.echo.watch(old)).await.unwrap();
    assert_eq!(a.seen().await, Seen::Down(ExitReason::NoSuchActor));
    fresh.say("to the living".into()).unwrap();
    assert_eq!(again.seen().await, Seen::Said("to the living".into()));
}

/// H1, N5: a wrong cookie is refused with a typed error on both sides.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_cookie_is_refused_on_both_sides() {
    let mut a = peer("a").await;
    let other = Node::builder("b").cookie("another").unwrap().system(System::new()).start().await.unwrap();
    let refused = soon(other.connect(a.name())).await;
    assert_eq!(refused, Err(ConnectError::WrongCookie { node: a.name().clone() }));
    let event = a.event().await;
    assert!(matches!(event, NodeEvent::Refused { unproven: true, .. }), "{event:?}");
    assert!(a.node.nodes().is_empty() && other.nodes().is_empty());
    // The cookie can be changed while the node runs.
    other.change_cookie(COOKIE).unwrap();
    soon(other.connect(a.name())).await.unwrap();
}

/// N5: self is fine, and what cannot be reached says so.
#[tokio::test(flavor = "multi_thread")]
async fn connecting_to_oneself_or_to_nobody_is_told() {
    let a = peer("a").await;
    a.node.connect(a.name()).await.unwrap();
    assert!(a.node.nodes().is_empty());
    let b = peer("b").await;
    let gone = b.name().clone();
    b.node.leave().await;
    assert!(matches!(a.node.connect(&gone).await, Err(ConnectError::Unreachable { .. })));
    let c = peer("c").await;
    let mistaken: NodeName = format!("d@127.0.0.1:{}", c.name().port()).parse().unwrap();
    let found = c.name().clone();
    assert_eq!(a.node.connect(&mistaken).await, Err(ConnectError::WrongNode { node: mistaken, found: found.clone() }));
    let took = soon(a.node.ping(&found)).await.unwrap();
    assert!(!took.is_zero());
}

/// DESIGN §9: traffic that others could read needs a word.
#[tokio::test(flavor = "multi_thread")]
async fn a_plaintext_bind_beyond_loopback_is_refused() {
    let system = System::new;
    let builder = |bind| Node::builder("a").bind(bind).system(system()).cookie(COOKIE).unwrap();
    assert!(matches!(builder("0.0.0.0:0").start().await, Err(StartError::Plaintext { .. })));
    assert!(matches!(builder("0.0.0.0:0").allow_plaintext().start().await, Err(StartError::Advertise { .. })));
    let open = builder("0.0.0.0:0").allow_plaintext().advertise("127.0.0.1:0").start().await.unwrap();
    let near = peer("near").await;
    soon(near.node.connect(open.name())).await.unwrap();
    assert!(matches!(Node::builder("a").system(system()).start().await, Err(StartError::NoCookie)));
    let taken = Node::builder("b").cookie(COOKIE).unwrap().system(open.system().clone()).start().await;
    assert!(matches!(taken, Err(StartError::SystemTaken)));
}

/// N2: shipping a handle from a system without a node is an error, and the message comes back.
#[tokio::test(flavor = "multi_thread")]
async fn a_handle_without_a_node_is_not_shipped() {
    let a = peer("a").await;
    let b = peer("b").await;
    let on_b = a.handle_of(&b).await;
    let (seen, _heard) = tokio::sync::mpsc::unbounded_channel();
    let alone = System::new().spawn(Echoer { seen, kept: Vec::new() }).subject::<Echo>();
    let call = on_b.forward(alone.clone());
    assert!(matches!(soon(call).await, Err(CallError::NotDelivered(SendFailure::Refused(_)))));
    let back = on_b.tell(Echo::Forward { to: alone, reply: reply_of(&a.echo) });
    assert!(matches!(back, Err(SendError::Refused(Echo::Forward { .. }, _))));
}

/// A reply to play with: it belongs to a call that nobody awaits.
fn reply_of(_: &Subject<Echo>) -> Reply<u64> {
    struct Catch(std::cell::RefCell<Option<Reply<u64>>>);
    impl actor_core::AddressOf<Reply<u64>> for Catch {}
    impl Address<Reply<u64>> for Catch {
        fn tell(&self, msg: Reply<u64>) -> Result<(), SendError<Reply<u64>>> {
            *self.0.borrow_mut() = Some(msg);
            Ok(())
        }
    }
    impl actor_core::CallAddress<Reply<u64>> for Catch {}
    let catch = Catch(std::cell::RefCell::new(None));
    drop(actor_core::call(&catch, |reply| reply));
    catch.0.into_inner().expect("the call was made")
}
