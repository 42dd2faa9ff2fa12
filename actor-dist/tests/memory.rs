//! The network in memory: addresses as outside, pairs that are cut and held, and a control plane on the users' runtime.

mod support;

use std::time::Duration;

use actor_core::{ExitReason, NodeDownCause};
use actor_dist::{AtNode, ConnectError, Node, NodeBuilder, NodeEvent, StartError, transport::Memory};
use support::*;

fn on(network: &Memory, short: &str) -> NodeBuilder {
    Node::builder(short).transport(network.clone())
}

/// N1: nodes are reached at what they advertise, as outside, and at nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_those_that_nodes_would_have_outside() {
    let network = Memory::new();
    let machine = |short: &str, host: &str| on(&network, short).bind("0.0.0.0:7000").advertise(format!("{host}:7000"));
    let a = start(machine("a", "Alpha.test")).await;
    let b = start(machine("b", "10.0.0.7")).await;
    let c = start(on(&network, "c").bind("[::1]:0").advertise("[::1]:0")).await;
    assert_eq!((a.name().as_str(), b.name().as_str()), ("a@Alpha.test:7000", "b@10.0.0.7:7000"));
    for to in [&a, &b] {
        c.connect(to).await.unwrap();
        c.barrier(to).await;
    }
    b.connect(&a).await.unwrap();
    b.connect(&c).await.unwrap();
    let nobody = "b@127.0.0.1:7000".parse().unwrap();
    assert!(matches!(a.node.connect(&nobody).await, Err(ConnectError::Unreachable { .. })));
    let elsewhere = start(on(&Memory::new(), "x")).await;
    assert!(matches!(elsewhere.connect(&a).await, Err(ConnectError::Unreachable { .. })));
}

/// An address is one node's until it stops.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_free_again_when_its_node_has_left() {
    let network = Memory::new();
    for network in [network.clone(), network.inline()] {
        let at =
            |short: &str| on(&network, short).bind("127.0.0.1:7000").cookie(COOKIE).unwrap().system(Default::default());
        let first = at("first").start().await.unwrap();
        assert!(matches!(at("second").start().await, Err(StartError::Bind { .. })));
        first.leave().await;
        at("second").start().await.unwrap().leave().await;
        assert!(matches!(at("third").bind("third:7000").start().await, Err(StartError::Bind { .. })));
        assert!(matches!(at("third").bind("0.0.0.0:0").start().await, Err(StartError::Advertise { .. })));
    }
}

/// E1, M1: a cut is seen at once by both, keeps others out of it, and ends when it is healed.
#[tokio::test(flavor = "multi_thread")]
async fn a_cut_pair_is_told_at_once_and_can_be_healed() {
    let network = Memory::new();
    let (mut a, mut b) = (start(on(&network, "a")).await, start(on(&network, "b")).await);
    let c = start(on(&network, "c").topology(actor_dist::Topology::Manual)).await;
    c.connect(&a).await.unwrap();
    let on_b = a.handle_of(&b).await;
    soon(a.echo.watch(on_b)).await.unwrap();
    network.cut(b.name(), a.name());
    assert_eq!(a.seen().await, Seen::Down(ExitReason::NodeDown(NodeDownCause::Closed)));
    while !matches!(b.event().await, NodeEvent::Down { cause: NodeDownCause::Closed, .. }) {}
    let refused = b.connect(&a).await;
    assert!(matches!(&refused, Err(ConnectError::Unreachable { why, .. }) if why.contains("cut")), "{refused:?}");
    c.barrier(&a).await;
    network.heal(a.name(), b.name());
    b.connect(&a).await.unwrap();
    b.barrier(&a).await;
    a.event().await;
}

/// E1: a pair that is held hears nothing of each other, and says so; nothing else of it is different.
#[tokio::test(flavor = "multi_thread")]
async fn a_held_pair_is_silent() {
    let network = Memory::new();
    let window = Duration::from_millis(200);
    let mut a = start(on(&network, "a").window(window)).await;
    let b = start(on(&network, "b").window(window)).await;
    a.connect(&b).await.unwrap();
    network.hold(a.name(), b.name());
    assert!(matches!(a.event().await, NodeEvent::Up { .. }));
    let down = a.event().await;
    assert!(matches!(down, NodeEvent::Down { cause: NodeDownCause::Silent, .. }), "{down:?}");
    let heal = async { network.heal(a.name(), b.name()) };
    let (connected, ()) = soon(async { tokio::join!(a.connect(&b), heal) }).await;
    connected.unwrap();
    a.barrier(&b).await;
}

/// Everything happens on the runtime of whoever started the nodes, handshakes and heartbeats included.
#[tokio::test]
async fn inline_nodes_need_no_other_thread() {
    let network = Memory::new().inline();
    let (mut a, b) = (start(on(&network, "a")).await, start(on(&network, "b")).await);
    a.connect(&b).await.unwrap();
    let text = "x".repeat(1 << 20);
    assert_eq!(soon(ECHO.at(&a.node, b.name()).back(text.clone())).await.unwrap(), text);
    b.node.leave().await;
    assert!(matches!(a.event().await, NodeEvent::Up { .. }));
    assert!(matches!(a.event().await, NodeEvent::Down { cause: NodeDownCause::Left, .. }));
}
