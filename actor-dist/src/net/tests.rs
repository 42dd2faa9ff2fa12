//! F5: what a peer that is proven can do to a node with bytes that no node sends, or by dying: it ends its own session, with a
//! word, and nothing stays of it.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use actor_core::{CallError, NodeDownCause, NodeName, prelude::*, wire::to_bytes};
use tokio::io::AsyncWriteExt;

use super::{
    pair::{Pair, builder},
    within,
};
use crate::{
    event::NodeEvent,
    frame::{CHUNK_HEADER, ChunkHeader, Extension, Lane as LaneFrame},
    names::AtNode,
    node::{Node, Topology},
    proto::{flow::CHUNK, handshake::Role},
};

const TAKER: LocalName<Taken> = LocalName::new("taker");

/// Larger than what a lane takes at once.
const LARGE: usize = 8 << 20;

#[derive(Protocol)]
#[wire(uri = "net.Taken", version = 1)]
enum Taken {
    Hear { bytes: Vec<u8> },
    Heard { reply: Reply<u64> },
    Keep { reply: Reply<u64> },
}

/// How many bytes it has heard.
#[derive(Actor, Default)]
#[actor(handles(Taken))]
struct Taker(u64, Vec<Reply<u64>>);

impl Handler<Taken> for Taker {
    async fn handle(&mut self, msg: Taken, _: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Taken::Hear { bytes } => self.0 += bytes.len() as u64,
            Taken::Heard { reply } => reply.send(self.0),
            Taken::Keep { reply } => self.1.push(reply),
        }
        Ok(())
    }
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    within(Duration::from_secs(20), future).await.expect("it happens within 20 seconds")
}

async fn start(short: &str) -> Node {
    let node = builder(short).topology(Topology::Manual).start().await.expect("it starts");
    let taker = node.system().spawn(Taker::default()).subject::<Taken>();
    node.system().register(&TAKER, &taker).expect("the name is free");
    node
}

/// Another node's session stands as before, and both ways.
async fn assert_stands(node: &Node, other: &Node, heard: u64) {
    assert_eq!(soon(TAKER.at(other, node.name()).heard()).await, Ok(heard));
    assert_eq!(soon(TAKER.at(node, other.name()).heard()).await, Ok(0));
}

/// The session with the peer ends, with a word about why, and then nothing more is told.
async fn assert_malformed(pair: &mut Pair, why: &str) {
    let told = soon(pair.events.next()).await;
    let Some(NodeEvent::Malformed { node, connection, why: said }) = told else { panic!("{told:?}, not {why}") };
    assert!(node == pair.peer && said.contains(why), "{node}: {said}, not {why}");
    let ended = soon(pair.events.next()).await;
    let Some(NodeEvent::Down { node, connection: of, cause }) = ended else { panic!("{ended:?}") };
    assert_eq!((node, of, cause), (pair.peer.clone(), connection, NodeDownCause::Closed));
}

fn peer(n: usize) -> NodeName {
    format!("peer-{n}@127.0.0.1:1").parse().expect("it is a name")
}

fn written(frame: &LaneFrame) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame.encode(&mut bytes, usize::MAX).expect("it can be written");
    bytes
}

/// A message for the taker.
fn to_taker(payload: Vec<u8>, ports: Vec<u64>) -> LaneFrame {
    LaneFrame::TellNamed { name: "taker".into(), edge: Taken::EDGE, version: 1, payload: payload.into(), ports }
}

/// What announces a body of so many bytes to the taker.
fn token(length: usize) -> LaneFrame {
    LaneFrame::Token { length, beside: Extension::default(), frame: to_taker(Vec::new(), Vec::new()).into() }
}

/// A chunk of a body, and its bytes.
fn chunk(body: u64, length: usize, chunk: usize) -> Vec<u8> {
    [&ChunkHeader { body, length, chunk }.encode()[..], &vec![7; chunk]].concat()
}

/// F5: what no node says by a lane ends that session alone, with a word about it; what came before it counts.
#[tokio::test(flavor = "multi_thread")]
async fn a_bad_frame_ends_its_own_session() {
    let (node, other) = (start("node").await, start("other").await);
    assert_stands(&node, &other, 0).await;
    let connection = node.link(other.name()).expect("it stands").connection;
    let max_frame = node.driver().settings.max_frame;
    let oversized = u32::try_from(max_frame + 1).expect("it is a length").to_le_bytes();
    let hostile = [
        (oversized.to_vec(), format!("announced a frame of {} bytes", max_frame + 1)),
        (written(&token(max_frame + 1)), format!("announced a frame of {} bytes", max_frame + 1)),
        (b"\0\0\0\0".to_vec(), "a frame of no bytes".into()),
        (b"\x01\0\0\0\x3f".to_vec(), "kind 0x3f".into()),
        (b"\x01\0\0\0\x20".to_vec(), "heartbeat frame on a connection".into()),
        (b"\x02\0\0\0\x02\xff".to_vec(), "a malformed".into()),
    ];
    let rounds = hostile.len();
    for (n, (bytes, why)) in hostile.into_iter().enumerate() {
        let mut pair = Pair::with(node.clone(), peer(n)).await;
        let hear = to_bytes(&Taken::Hear { bytes: vec![7] }).expect("it can be written");
        let said = [written(&to_taker(hear, Vec::new())), bytes].concat();
        pair.lane.write_all(&said).await.expect("the node reads");
        assert_malformed(&mut pair, &why).await;
    }
    assert_stands(&node, &other, rounds as u64).await;
    assert_eq!(node.link(other.name()).map(|link| link.connection), Some(connection));
}

/// F5: the same of what no node says by a connection of bodies.
#[tokio::test(flavor = "multi_thread")]
async fn a_bad_chunk_ends_its_own_session() {
    let (node, other) = (start("node").await, start("other").await);
    assert_stands(&node, &other, 0).await;
    let max_frame = node.driver().settings.max_frame;
    let hostile = [
        (b"\x01\0\0\0\x20 and what fills a header".to_vec(), "heartbeat frame on a connection"),
        (ChunkHeader { body: 0, length: max_frame + 1, chunk: 1 }.encode().to_vec(), "set `max_frame` alike on both"),
        (ChunkHeader { body: 0, length: 1, chunk: 2 }.encode().to_vec(), "a chunk that goes beyond its body"),
        (chunk(0, 1, 1), "body 0 is not as long as it was announced"),
        ([chunk(0, LARGE, CHUNK), chunk(0, LARGE + 1, CHUNK)].concat(), "says another length"),
    ];
    for (n, (bytes, why)) in hostile.into_iter().enumerate() {
        let mut pair = Pair::with(node.clone(), peer(n)).await;
        let mut bodies = pair.dial(Role::Bulk).await;
        pair.lane.write_all(&written(&token(LARGE))).await.expect("the node reads");
        until(|| pair.link().inbound().is_some_and(|inbound| inbound.expects_bodies())).await;
        // It may be gone before it has read all.
        let _read_or_not = bodies.write_all(&bytes).await;
        assert_malformed(&mut pair, why).await;
    }
    assert_stands(&node, &other, 0).await;
}

/// F5, S5: of a sender that dies within a large body, and within a frame, nothing stays: no gate is shut, nobody waits for its
/// answer, and no memory is held; what waited for the body is told, and its receiver serves on.
#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_dies_within_a_body_leaks_nothing() {
    let (node, other) = (start("node").await, start("other").await);
    assert_stands(&node, &other, 0).await;
    let letters = node.system().dead_letters();
    for n in 0..4_usize {
        let mut pair = Pair::with(node.clone(), peer(n)).await;
        let unanswered = TAKER.at(&node, &pair.peer.name).keep().timeout(Duration::from_secs(3600));
        let mut bodies = pair.dial(Role::Bulk).await;
        let hear = to_taker(to_bytes(&Taken::Hear { bytes: vec![7] }).expect("it can be written"), vec![]);
        let asks =
            LaneFrame::Token { length: LARGE, beside: Extension::default(), frame: to_taker(vec![], vec![9]).into() };
        let cut = written(&to_taker(vec![7; 1 << 10], Vec::new()));
        let said = [written(&token(LARGE)), written(&hear), written(&asks), cut[..100].to_vec()].concat();
        pair.lane.write_all(&said).await.expect("the node reads");
        let link = pair.link();
        let whole = said.len() + CHUNK_HEADER + CHUNK;
        let two = [chunk(0, LARGE, CHUNK), chunk(0, LARGE, CHUNK)[..100_000].to_vec()].concat();
        bodies.write_all(&two).await.expect("the node reads");
        until(|| link.traffic.bytes_received() >= whole as u64).await;
        let inbound = Arc::clone(link.inbound().expect("it stands"));
        assert!(inbound.expects_bodies() && !inbound.is_settled());
        let (lane, left): (_, (Weak<_>, Weak<_>)) = (pair.way_out(), (Arc::downgrade(&link), Arc::downgrade(&inbound)));
        drop((link, inbound, bodies, pair.control, pair.lane));
        let down = soon(pair.events.next()).await;
        assert!(matches!(&down, Some(NodeEvent::Down { node, .. }) if *node == pair.peer), "{down:?}");
        let failed = soon(unanswered).await;
        assert!(matches!(&failed, Err(CallError::NodeDown { node, .. }) if *node == pair.peer.name), "{failed:?}");
        until(|| left.0.strong_count() + left.1.strong_count() == 0).await;
        assert!(lane.is_quiet(), "no port is left");
        assert_eq!(letters.not_taken(), 3 * (n as u64 + 1));
        assert_stands(&node, &other, (n * LARGE) as u64).await;
        soon(TAKER.at(&other, node.name()).send(Taken::Hear { bytes: vec![7; LARGE] })).await.expect("it is taken");
        assert_stands(&node, &other, ((n + 1) * LARGE) as u64).await;
    }
}

/// Waits for what nobody tells.
async fn until(happened: impl Fn() -> bool) {
    soon(async {
        while !happened() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}
