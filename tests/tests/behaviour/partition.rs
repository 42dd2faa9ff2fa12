//! What a network can do to nodes: silence, cuts of one or both ways, halves. Told by the simulated clock, with the real code
//! above the bytes.

use std::time::Duration;

use actor_core::{CallError, ExitReason, NodeDownCause, SendError};
use actor_dist::{DEFAULT_WINDOW, GlobalName, GroupKey, NodeEvent};

use crate::{
    actor::{Note, Seen, Talk, TalkClient},
    peer::{LONG, Peer, soon},
    world::{Cluster, Simulated, World},
};

const SILENT: ExitReason = ExitReason::NodeDown(NodeDownCause::Silent);

/// Lets simulated time pass.
async fn pass(time: Duration) {
    tokio::time::sleep(time).await;
}

/// Waits for the `Down` of a node, and says how long it took.
async fn silence_of(watcher: &mut Peer, silent: &Peer) -> Duration {
    let since = tokio::time::Instant::now();
    let down = watcher.bad_news().await;
    let told =
        matches!(&down, NodeEvent::Down { node, cause: NodeDownCause::Silent, .. } if node.name == *silent.name());
    assert!(told, "{down:?}");
    since.elapsed()
}

/// E1: between three quarters of the window, and the window and a heartbeat.
fn is_in_time(took: Duration) -> bool {
    let moment = DEFAULT_WINDOW / 20;
    took + moment >= DEFAULT_WINDOW * 3 / 4 && took <= DEFAULT_WINDOW * 5 / 4 + moment
}

/// A node's clock is that of the runtime it is on: what is held for seconds took seconds, though none passed for us.
pub(crate) async fn time_is_the_simulations(world: Simulated) {
    let (a, b) = (world.peer("a").await, world.peer("b").await);
    a.connect(&b).await.unwrap();
    turmoil::hold("a", "b");
    let held = Duration::from_secs(4);
    let release = async {
        pass(held).await;
        turmoil::release("a", "b");
    };
    let (took, ()) = tokio::join!(a.node().ping(b.name()), release);
    let took = took.unwrap();
    assert!(took >= held && took < held + Duration::from_millis(100), "{took:?}");
}

/// E1, E6: a network that holds everything for less than the window, and then lets it go, has ended nothing and lost nothing.
pub(crate) async fn a_short_silence_is_no_end(world: Simulated) {
    let (mut a, mut b) = (world.peer("a").await, world.peer("b").await);
    let on_b = a.reach(&b).await;
    soon(a.talk.watch(on_b.clone())).await.unwrap();
    for _ in 0..3 {
        a.barrier(&b).await;
        turmoil::hold("a", "b");
        for n in 0..100 {
            on_b.say(n).unwrap();
        }
        pass(DEFAULT_WINDOW / 2).await;
        turmoil::release("a", "b");
        for n in 0..100 {
            assert_eq!(b.seen().await, Seen::Said(n));
        }
    }
    a.barrier(&b).await;
    assert!(a.saw_nothing().await);
    assert!(matches!(a.event().await, NodeEvent::Up { .. }));
    a.node().disconnect(b.name());
    assert!(matches!(a.event().await, NodeEvent::Down { cause: NodeDownCause::Left, .. }));
}

/// E1, M1, N3, N4: who is silent for the window is down, for monitors and for who calls; what is sent after a failed dial comes back
/// and says for how long; after the heal the mesh finds it again by itself.
pub(crate) async fn silence_ends_a_session_and_the_mesh_brings_it_back(world: Simulated) {
    let (mut a, mut b) = (world.peer("a").await, world.peer("b").await);
    let on_b = a.reach(&b).await;
    soon(a.talk.watch(on_b.clone())).await.unwrap();
    a.barrier(&b).await;
    turmoil::partition("a", "b");
    let took = silence_of(&mut a, &b).await;
    assert!(is_in_time(took), "{took:?}");
    assert_eq!(a.seen().await, Seen::Down(SILENT));
    assert!(a.node().nodes().is_empty());
    let news = b.bad_news().await;
    assert!(matches!(news, NodeEvent::Down { cause: NodeDownCause::Silent, .. }), "{news:?}");
    assert!(soon(a.node().connect(b.name())).await.is_err());
    assert!(matches!(on_b.say(0), Err(SendError::Unreachable(..))));
    turmoil::repair("a", "b");
    assert!(matches!(a.event().await, NodeEvent::Up { .. }));
    on_b.say(1).unwrap();
    assert_eq!(b.seen().await, Seen::Said(1));
    soon(a.talk.watch(on_b)).await.unwrap();
    a.barrier(&b).await;
    assert!(a.saw_nothing().await);
}

/// E1, Q1: both sides of a cut see the other's end; those who are together stay so, and the mesh is whole again when one connects.
pub(crate) async fn one_cut_of_three_is_seen_from_both_sides(world: Simulated) {
    let (mut a, mut b, mut c) = world.three().await;
    c.connect(&a).await.unwrap();
    for (from, to) in [(&b, &a), (&b, &c)] {
        from.barrier(to).await;
    }
    for other in ["a", "b"] {
        turmoil::partition(other, "c");
    }
    for together in [&mut a, &mut b] {
        let took = silence_of(together, &c).await;
        assert!(took <= DEFAULT_WINDOW * 13 / 10, "{took:?}");
    }
    for _ in 0..2 {
        assert!(matches!(c.bad_news().await, NodeEvent::Down { cause: NodeDownCause::Silent, .. }));
    }
    a.barrier(&b).await;
    assert!(c.node().nodes().is_empty());
    for other in ["a", "b"] {
        turmoil::repair(other, "c");
    }
    c.connect(&a).await.unwrap();
    for (watcher, returned) in [(&mut b, &c), (&mut a, &c)] {
        while !watcher.node().nodes().contains(returned.name()) {
            watcher.event().await;
        }
    }
    c.barrier(&b).await;
}

/// Q3: bytes that go one way only are no session: both sides end it.
pub(crate) async fn a_one_way_cut_is_an_end_on_both_sides(world: Simulated) {
    let (mut a, mut b) = (world.peer("a").await, world.peer("b").await);
    a.barrier(&b).await;
    turmoil::partition_oneway("a", "b");
    let took = silence_of(&mut b, &a).await;
    assert!(is_in_time(took), "{took:?}");
    assert!(matches!(a.bad_news().await, NodeEvent::Down { .. }));
    turmoil::repair_oneway("a", "b");
    a.connect(&b).await.unwrap();
    a.barrier(&b).await;
    b.barrier(&a).await;
}

/// Q4, P5, G6: halves of five lose each other's names and members, and have them all when they meet again.
pub(crate) async fn halves_of_five_merge_when_healed(world: Simulated) {
    const ROOM: GroupKey<Note> = GroupKey::new("room");
    let names = ["a", "b", "c", "d", "e"];
    let mut peers = Vec::new();
    for short in names {
        peers.push(world.peer(short).await);
    }
    for (from, to) in (0..5).flat_map(|from| (0..from).map(move |to| (from, to))) {
        peers[from].barrier(&peers[to]).await;
    }
    for (short, peer) in names.iter().zip(&peers) {
        let name = GlobalName::<Talk>::named(*short).unwrap();
        soon(peer.node().global().register(&name, &peer.talk)).await.unwrap();
        peer.node().groups().join(&ROOM, &peer.note).unwrap();
    }
    let sees = |peer: &Peer| {
        let has = |short: &&&str| peer.node().global().whereis(&GlobalName::<Talk>::named(**short).unwrap()).is_some();
        (names.iter().filter(has).count(), peer.node().groups().members(&ROOM).len())
    };
    let halves = |cut: fn(&str, &str)| {
        ["a", "b"].iter().for_each(|one| ["c", "d", "e"].iter().for_each(|other| cut(one, other)));
    };
    halves(|one, other| turmoil::partition(one, other));
    for (peer, (lost, left)) in peers.iter_mut().zip([(3, 2), (3, 2), (2, 3), (2, 3), (2, 3)]) {
        for _ in 0..lost {
            let news = peer.bad_news().await;
            assert!(matches!(news, NodeEvent::Down { cause: NodeDownCause::Silent, .. }), "{news:?}");
        }
        assert_eq!(sees(peer), (left, left));
    }
    halves(|one, other| turmoil::repair(one, other));
    peers[0].connect(&peers[4]).await.unwrap();
    for peer in &mut peers {
        while peer.node().nodes().len() < 4 {
            peer.event().await;
        }
    }
    for (from, to) in (0..5).flat_map(|from| (0..5).filter(move |to| *to != from).map(move |to| (from, to))) {
        peers[from].barrier(&peers[to]).await;
    }
    for peer in &peers {
        assert_eq!(sees(peer), (5, 5), "{}", peer.name());
    }
}

/// X2, S3: a call to a node that falls silent ends with its deadline or with the node, whichever is first.
pub(crate) async fn calls_fail_when_their_node_falls_silent(world: Simulated) {
    let (a, mut b) = (world.peer("a").await, world.peer("b").await);
    let on_b = a.reach(&b).await;
    let calls = (on_b.keep().timeout(Duration::from_secs(1)), on_b.keep().timeout(LONG));
    assert_eq!((b.seen().await, b.seen().await), (Seen::Kept, Seen::Kept));
    turmoil::partition("a", "b");
    let since = tokio::time::Instant::now();
    assert_eq!(soon(calls.0).await, Err(CallError::Deadline(Duration::from_secs(1))));
    assert!(since.elapsed() < Duration::from_millis(1200), "{:?}", since.elapsed());
    let silent = soon(calls.1).await;
    assert!(matches!(silent, Err(CallError::NodeDown { cause: NodeDownCause::Silent, .. })), "{silent:?}");
}

/// E2: a node whose link is saturated for longer than the window is not taken for dead.
pub(crate) async fn a_saturated_link_is_not_silent(world: Simulated) {
    let (mut a, mut b) = (world.peer("a").await, world.peer("b").await);
    let on_b = a.reach(&b).await;
    let since = tokio::time::Instant::now();
    let mut sent = 0;
    while since.elapsed() < DEFAULT_WINDOW * 2 {
        soon(on_b.send(Talk::Hear { bytes: vec![0; 1 << 10] })).await.unwrap();
        sent += 1;
        pass(Duration::from_millis(1)).await;
    }
    for _ in 0..sent {
        assert_eq!(b.seen().await, Seen::Heard(1 << 10));
    }
    assert!(matches!(a.event().await, NodeEvent::Up { .. }));
    a.node().disconnect(b.name());
    assert!(matches!(a.event().await, NodeEvent::Down { cause: NodeDownCause::Left, .. }));
}
