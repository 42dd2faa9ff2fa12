//! What was found once, pinned: one node's `Proto`, told the facts in the order that went wrong. And whole clusters in
//! plain situations.

use std::time::{Duration, Instant};

use actor_core::{ActorAddress, ActorId, ExitReason, Incarnation, NodeDownCause, NodeId, wire::Edge};

use super::{World, log::Seen};
use crate::proto::{
    Config, Input, Output, Proto, dialing::Mode, groups, links, membership::Topology, monitors, names, session,
    session_id::SessionId,
};

/// The node `b`, with what it orders.
struct One {
    proto: Proto,
    now: Instant,
}

fn node(short: &str) -> NodeId {
    NodeId { name: format!("{short}@host:7000").parse().unwrap(), incarnation: Incarnation(1) }
}

impl One {
    fn new() -> Self {
        One::connecting(Mode::Always)
    }

    #[expect(clippy::disallowed_methods, reason = "an instant can only be had from the clock; its value plays no part")]
    fn connecting(connect: Mode) -> Self {
        let (window, topology) = (Duration::from_secs(10), Topology::FullMesh);
        let config = Config { me: node("b"), window, topology, connect, seed: 1, idle: None };
        One { proto: Proto::new(config), now: Instant::now() }
    }

    fn outputs(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.proto.poll_output()).collect()
    }

    fn handle(&mut self, input: Input) -> Vec<Output> {
        self.proto.handle(self.now, input);
        self.outputs()
    }

    /// Lets a peer's attempt in, as far as its proven lane.
    fn admit(&mut self, peer: &NodeId, wire: u64) -> SessionId {
        let session = self.proto.admit_control(self.now, peer.clone(), wire).unwrap();
        assert_eq!(self.proto.admit_lane(peer, wire), Ok(session));
        session
    }

    /// A session that stands.
    fn up(&mut self, peer: &NodeId, wire: u64) -> SessionId {
        let session = self.admit(peer, wire);
        self.handle(Input::LaneOpened(session));
        session
    }

    fn lose(&mut self, session: SessionId) {
        self.handle(Input::Lost { session, cause: NodeDownCause::Closed });
    }

    fn dialed(&mut self, outputs: &[Output]) -> Vec<NodeId> {
        let dial = |output: &Output| match output {
            Output::Session(session::Order::Dial { peer, .. }) => Some(node(peer.short())),
            _ => None,
        };
        outputs.iter().filter_map(dial).collect()
    }
}

fn fired(outputs: &[Output]) -> Vec<(u64, ExitReason)> {
    let fired = |output: &Output| match output {
        Output::Monitor(monitors::Order::Deliver { reference, reason }) => Some((*reference, reason.clone())),
        _ => None,
    };
    outputs.iter().filter_map(fired).collect()
}

/// N4: the two connections of a session do not wait for each other, so what the other side says on the one may be there
/// before the other is known to be open.
#[test]
fn members_that_are_told_before_the_session_stands_here_are_dialed() {
    let mut b = One::new();
    let session = b.admit(&node("a"), 1);
    let early = b.handle(Input::Members { session, nodes: vec![node("c")] });
    assert_eq!(b.dialed(&early), []);
    let opened = b.handle(Input::LaneOpened(session));
    assert_eq!(b.dialed(&opened), [node("c")]);
}

/// N4: a session that is lost and drains does not count as a connection.
#[test]
fn a_node_that_is_told_of_while_its_lost_session_drains_is_dialed() {
    let mut b = One::new();
    let lost = b.up(&node("c"), 1);
    b.lose(lost);
    let session = b.up(&node("a"), 1);
    let told = b.handle(Input::Members { session, nodes: vec![node("c")] });
    assert_eq!(b.dialed(&told), [], "it waits to be dialed again already");
    b.now = b.proto.next_timeout().expect("it does");
    let redialed = b.handle(Input::Tick);
    assert_eq!(b.dialed(&redialed), [node("c")]);
    let over = b.handle(Input::Drained(lost));
    let failed = b.handle(Input::DialFailed(SessionId(3)));
    assert!(matches!(failed[..], [Output::Session(_), Output::Session(_)]), "{over:?} {failed:?}");
    b.now = b.proto.next_timeout().expect("the dial is repeated");
    let again = b.handle(Input::Tick);
    assert_eq!(b.dialed(&again), [node("c")], "the end of the older session does not end the attempts at a new one");
}

/// M1, M5, E4: what the lost session still brings comes first, and its names and groups go.
#[test]
fn a_failed_attempt_does_not_fire_the_monitors_of_a_session_that_drains() {
    let mut b = One::new();
    let a = node("a");
    let session = b.up(&a, 1);
    b.handle(Input::Watch { reference: 1, with: ActorAddress { node: a.clone(), actor: ActorId(1) } });
    b.handle(Input::Watch { reference: 2, with: ActorAddress { node: a.clone(), actor: ActorId(2) } });
    b.lose(session);
    b.handle(Input::Connect(a.name.clone()));
    let failed = b.handle(Input::DialFailed(SessionId(2)));
    assert_eq!(fired(&failed), []);
    let heard = b.handle(Input::DownHeard { session, reference: 1, reason: ExitReason::Killed });
    assert_eq!(fired(&heard), [(1, ExitReason::Killed)]);
    let over = b.handle(Input::Drained(session));
    assert_eq!(fired(&over), [(2, ExitReason::NodeDown(NodeDownCause::Closed))]);
}

/// E3, M1: a monitor that is made while a session drains is of the next one: the end of the first says nothing of it, nor is the
/// other node left to watch for nobody.
#[test]
fn a_monitor_made_while_a_session_drains_is_of_the_next_one() {
    let mut b = One::new();
    let a = node("a");
    let first = b.up(&a, 1);
    b.lose(first);
    let watched = b.handle(Input::Watch { reference: 1, with: ActorAddress { node: a.clone(), actor: ActorId(1) } });
    let asks = |output: &Output| matches!(output, Output::Monitor(monitors::Order::Watch { session: None, .. }));
    assert!(watched.iter().any(asks) && b.dialed(&watched) == [a.clone()], "{watched:?}");
    let next = SessionId(2);
    b.handle(Input::ControlOpened { session: next, node: a });
    b.handle(Input::LaneOpened(next));
    assert_eq!(fired(&b.handle(Input::Drained(first))), []);
    b.lose(next);
    assert_eq!(fired(&b.handle(Input::Drained(next))), [(1, ExitReason::NodeDown(NodeDownCause::Closed))]);
}

/// M1, M5: so it is with a monitor: it ends with the session that drains, if no other comes about.
#[test]
fn a_monitor_made_while_a_session_drains_ends_with_it_if_no_other_comes_about() {
    for mode in [Mode::Always, Mode::Once] {
        let mut b = One::connecting(mode);
        let a = node("a");
        let session = b.up(&a, 1);
        b.lose(session);
        let watched = b.handle(Input::Watch { reference: 1, with: ActorAddress { node: a, actor: ActorId(2) } });
        assert_eq!(b.dialed(&watched).is_empty(), mode == Mode::Once);
        assert_eq!(fired(&watched), []);
        assert_eq!(fired(&b.handle(Input::DialFailed(SessionId(2)))), []);
        let over = b.handle(Input::Drained(session));
        assert_eq!(fired(&over), [(1, ExitReason::NodeDown(NodeDownCause::Closed))]);
    }
}

/// L2, M5: so it is with a link that is made while the session drains, be it that the dial fails or that none may be.
#[test]
fn a_link_made_while_a_session_drains_ends_with_it_if_no_other_comes_about() {
    for mode in [Mode::Always, Mode::Once] {
        let mut b = One::connecting(mode);
        let a = node("a");
        let session = b.up(&a, 1);
        b.lose(session);
        let (actor, with) = (ActorId(1), ActorAddress { node: a, actor: ActorId(2) });
        let exits = |outputs: Vec<Output>| {
            let exit = |output: &Output| matches!(output, Output::Link(links::Order::Deliver { .. }));
            outputs.iter().filter(|output| exit(output)).count()
        };
        let linked = b.handle(Input::Link { actor, with });
        assert_eq!(b.dialed(&linked).is_empty(), mode == Mode::Once);
        let failed = b.handle(Input::DialFailed(SessionId(2)));
        assert_eq!(exits(linked) + exits(failed), 0);
        assert_eq!(exits(b.handle(Input::Drained(session))), 1);
    }
}

/// N3, L2: a link that is made while the other side is asked whether the session may end is of the next one.
#[test]
fn a_link_that_is_held_back_ends_with_the_session_that_follows() {
    let mut b = One::connecting(Mode::Always);
    let a = node("a");
    let session = b.up(&a, 1);
    b.handle(Input::Link { actor: ActorId(1), with: ActorAddress { node: a.clone(), actor: ActorId(2) } });
    let exits = |outputs: Vec<Output>| {
        let exit = |output: &Output| matches!(output, Output::Link(links::Order::Deliver { .. }));
        outputs.iter().filter(|output| exit(output)).count()
    };
    let lost = b.handle(Input::Lost { session, cause: NodeDownCause::Idle });
    let next = b.admit(&a, 2);
    b.handle(Input::LaneOpened(next));
    let over = b.handle(Input::Drained(session));
    assert_eq!((exits(lost), exits(over)), (0, 0));
    let lost = b.handle(Input::Lost { session: next, cause: NodeDownCause::Closed });
    assert_eq!((exits(lost), exits(b.handle(Input::Drained(next)))), (0, 1));
}

/// N3, M1: if no session follows, whoever watches or is linked is told.
#[test]
fn what_was_held_back_for_nobody_ends() {
    let mut b = One::connecting(Mode::Always);
    let a = node("a");
    let session = b.up(&a, 1);
    b.handle(Input::Watch { reference: 1, with: ActorAddress { node: a, actor: ActorId(1) } });
    b.handle(Input::Lost { session, cause: NodeDownCause::Idle });
    let over = b.handle(Input::Drained(session));
    assert_eq!(fired(&over), [(1, ExitReason::NodeDown(NodeDownCause::Refused))]);
}

/// M5: an actor is found no more a moment before its end is told.
#[test]
fn a_monitor_that_comes_too_late_is_not_answered_before_the_names_and_groups_of_the_actor_go() {
    let mut b = One::new();
    let (session, actor) = (b.up(&node("a"), 1), ActorId(7));
    b.handle(Input::Name { session, message: names::Message::Synced { term: 0 } });
    let joiner =
        groups::Joiner { uri: "room.Event".into(), edge: Edge::of("room.Event", &[]), version: 1, actor, via: 0 };
    b.proto.join("room".into(), joiner).unwrap();
    b.handle(Input::WatchHeard { session, reference: 1, actor });
    let late = b.handle(Input::ActorDown { session, reference: 1, reason: ExitReason::NoSuchActor });
    let left = |output: &Output| matches!(output, Output::Group(groups::Order::Send { .. }));
    let told = |output: &Output| matches!(output, Output::Monitor(monitors::Order::SendDown { .. }));
    let (left, told) = (late.iter().position(left), late.iter().position(told));
    assert!(left.is_some() && left < told, "{late:?}");
}

/// N6: of a dial that was given up, the proof may come long after; it takes nothing away from what stands.
#[test]
fn an_attempt_that_its_peer_has_given_up_does_not_touch_the_session_that_stands() {
    let mut b = One::new();
    let a = node("a");
    b.handle(Input::Connect(a.name.clone()));
    let session = SessionId(1);
    b.handle(Input::ControlOpened { session, node: a.clone() });
    b.handle(Input::LaneOpened(session));
    let stale = b.proto.admit_control(b.now, a, 1).unwrap();
    assert!(b.outputs().is_empty());
    let gone = b.handle(Input::Lost { session: stale, cause: NodeDownCause::Closed });
    assert!(matches!(gone[..], [Output::Session(session::Order::Abort { .. })]), "{gone:?}");
    assert!(b.proto.nodes().any(|(standing, _)| standing == session));
}

/// N3, N4, N8: the mesh dials again whom it lost, not who said goodbye or was given up, however it is ended.
#[test]
fn only_who_was_lost_without_a_goodbye_is_dialed_again() {
    for cause in [NodeDownCause::Closed, NodeDownCause::Silent, NodeDownCause::Left] {
        for given_up in [false, true] {
            let mut b = One::new();
            let session = b.up(&node("a"), 1);
            b.handle(Input::Lost { session, cause });
            b.handle(Input::Drained(session));
            if given_up {
                b.handle(Input::Disconnect(node("a").name));
            }
            let mut dialed = Vec::new();
            while let Some(at) = b.proto.next_timeout().filter(|_| dialed.is_empty()) {
                b.now = at;
                let outputs = b.handle(Input::Tick);
                dialed = b.dialed(&outputs);
            }
            assert_eq!(dialed.is_empty(), cause == NodeDownCause::Left || given_up, "{cause:?} {given_up}");
        }
    }
}

/// A cluster on a quick network, whose nodes all come to know the first.
fn cluster(count: usize, seed: u64) -> World {
    let mut world = World::new(count, seed);
    world.slowest = 4;
    for at in 1..count {
        world.connect(at, 0);
    }
    world.run_for(Duration::from_secs(5));
    assert!(world.is_meshed(), "seed {seed}");
    world
}

/// What each of the others saw of the first node since it was up.
fn ends_of_first(world: &World) -> Vec<NodeDownCause> {
    let first = world.hosts[0].runs[0].clone();
    let end = |seen: &Seen| match seen {
        Seen::Down { peer, cause, .. } if *peer == first => Some(*cause),
        _ => None,
    };
    world.log.seen.values().flatten().filter_map(|(_, seen)| end(seen)).collect()
}

/// N8
#[test]
fn all_peers_of_a_node_that_leaves_see_that_it_left() {
    for seed in 0..20 {
        let mut world = cluster(4, seed);
        world.leave(0);
        world.run_for(Duration::from_secs(2));
        assert_eq!(ends_of_first(&world), [NodeDownCause::Left; 3], "seed {seed}");
        assert!(world.hosts[0].node.is_none(), "seed {seed}");
    }
}

/// E1
#[test]
fn a_killed_node_is_seen_at_once_and_one_that_falls_silent_within_the_window() {
    for seed in 0..20 {
        let mut world = cluster(4, seed);
        world.crash(0);
        world.run_for(Duration::from_secs(1));
        assert_eq!(ends_of_first(&world), [NodeDownCause::Closed; 3], "seed {seed}");
        let mut world = cluster(4, seed);
        world.silence(0);
        world.run_for(Duration::from_secs(40));
        assert_eq!(ends_of_first(&world), [NodeDownCause::Silent; 3], "seed {seed}");
    }
}

/// N6
#[test]
fn nodes_that_all_dial_each_other_at_once_end_with_one_session_per_pair_and_lose_none() {
    for seed in 0..50 {
        let mut world = World::new(5, seed);
        for (at, other) in (0..5).flat_map(|at| (0..5).map(move |other| (at, other))) {
            world.connect(at, other);
        }
        world.run_for(Duration::from_secs(30));
        assert!(world.is_meshed(), "seed {seed}");
        let lost = |seen: &Seen| matches!(seen, Seen::Down { .. } | Seen::Failed(_));
        assert!(!world.log.seen.values().flatten().any(|(_, seen)| lost(seen)), "seed {seed}");
    }
}
