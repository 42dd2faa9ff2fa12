//! The same work with nodes and actors.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use actor_core::{CallError, Capacity, NodeName, SendFailure, prelude::*};
use actor_dist::{AtNode as _, Node};
use bytes::Bytes;
use tokio::runtime::Runtime;

use super::{
    BULK, CALLS, TELLS, announce,
    beside::{Beside, TIME, WARM, rate},
    flood::{Slow, Slowly},
    quantile, timed,
};

#[derive(Protocol)]
#[wire(uri = "bench.Sink", version = 1)]
pub(crate) enum Sink {
    Small {
        data: [u8; 32],
    },
    Large {
        body: Bytes,
    },
    Echo {
        data: [u8; 32],
        reply: Reply<[u8; 32]>,
    },
    /// Answered when all before it was taken.
    Done {
        reply: Reply<u64>,
    },
}

#[derive(Protocol)]
#[wire(uri = "bench.Gate", version = 1)]
enum Gate {
    /// A new actor.
    Open { reply: Reply<Subject<Sink>> },
    /// A slow one.
    Slow { reply: Reply<Subject<Slow>> },
    /// It need not be slow any more.
    Hurry { reply: Reply<()> },
}

#[derive(Actor)]
#[actor(handles(Gate))]
struct Keeper {
    hurry: Arc<AtomicBool>,
}

impl Handler<Gate> for Keeper {
    async fn handle(&mut self, msg: Gate, cx: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Gate::Open { reply } => {
                reply.send(cx.system().spawn_with(Counting(0), Capacity::Unbounded).subject());
            }
            Gate::Slow { reply } => {
                reply.send(cx.system().spawn(Slowly { hurry: Arc::clone(&self.hurry), handled: 0 }).subject());
            }
            Gate::Hurry { reply } => {
                self.hurry.store(true, Ordering::Relaxed);
                reply.send(());
            }
        }
        Ok(())
    }
}

#[derive(Actor)]
#[actor(handles(Sink))]
struct Counting(u64);

impl Handler<Sink> for Counting {
    async fn handle(&mut self, msg: Sink, _: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Sink::Small { data } => self.0 += u64::from(data[0]),
            Sink::Large { body } => {
                self.0 += 1;
                drop(std::hint::black_box(body));
            }
            Sink::Echo { data, reply } => reply.send(data),
            Sink::Done { reply } => reply.send(std::mem::take(&mut self.0)),
        }
        Ok(())
    }
}

const GATE: LocalName<Gate> = LocalName::new("gate");
const COOKIE: &str = "for benches only";

async fn node(name: &str) -> Node {
    let builder = Node::builder(name).cookie(COOKIE).expect("it is a cookie").system(System::new());
    builder.max_frame(80 << 20).start().await.expect("the node starts")
}

pub(crate) fn serve(runtime: &Runtime) {
    let node = runtime.block_on(async {
        let node = node("server").await;
        let keeper = node.system().spawn(Keeper { hurry: Arc::default() });
        node.system().register(&GATE, &keeper.subject()).expect("the name is free");
        node
    });
    announce(node.name().as_str());
}

/// The connecting end, and 64 actors of the other.
pub(crate) struct Peer {
    sinks: Vec<Subject<Sink>>,
    node: Node,
    there: NodeName,
}

impl Peer {
    pub(crate) fn connect(runtime: &Runtime, name: &str) -> Self {
        runtime.block_on(async {
            let node = node("client").await;
            let there: NodeName = name.parse().expect("the other process says its name");
            let mut sinks = Vec::new();
            for _ in 0..64 {
                sinks.push(GATE.at(&node, &there).open().await.expect("it opens"));
            }
            Peer { sinks, node, there }
        })
    }
}

impl Peer {
    pub(crate) fn node(&self) -> &Node {
        &self.node
    }

    pub(crate) fn caller(&self) -> Subject<Sink> {
        self.sinks[0].clone()
    }

    pub(crate) async fn slow(&self) -> Subject<Slow> {
        GATE.at(&self.node, &self.there).slow().await.expect("it opens")
    }

    pub(crate) async fn hurry(&self) {
        GATE.at(&self.node, &self.there).hurry().await.expect("it answers");
    }
}

pub(crate) fn tell(runtime: &Runtime, peer: &Peer, pairs: u64) -> f64 {
    let sinks = peer.sinks[..pairs as usize].to_vec();
    let (each, ()) = timed(runtime, TELLS, async move {
        let senders: Vec<_> = sinks
            .into_iter()
            .map(|sink| {
                tokio::spawn(async move {
                    for _ in 0..TELLS / pairs {
                        sink.send(Sink::Small { data: [1; 32] }).await.expect("it is taken");
                    }
                    assert_eq!(done(&sink).await, TELLS / pairs);
                })
            })
            .collect();
        for sender in senders {
            sender.await.expect("it does not panic");
        }
    });
    each
}

/// How many were taken, once all were. A call does not wait for room behind what was sent.
async fn done(sink: &Subject<Sink>) -> u64 {
    loop {
        match sink.done().timeout(Duration::from_secs(60)).await {
            Err(CallError::NotDelivered(SendFailure::Overloaded)) => tokio::time::sleep(Duration::from_millis(1)).await,
            done => return done.expect("it answers"),
        }
    }
}

pub(crate) fn call(runtime: &Runtime, peer: &Peer) -> f64 {
    let sink = peer.sinks[0].clone();
    let (_, p50) = timed(runtime, 1, async move {
        let mut times = Vec::new();
        for _ in 0..CALLS {
            let begun = Instant::now();
            sink.echo([1; 32]).await.expect("it answers");
            times.push(begun.elapsed().as_nanos() as f64);
        }
        quantile(times.into_iter(), 0.5)
    });
    p50
}

pub(crate) fn bulk(runtime: &Runtime, peer: &Peer, size: usize) -> f64 {
    let sink = peer.sinks[0].clone();
    let (each, ()) = timed(runtime, (BULK >> 10) as u64, async move {
        let body = Bytes::from(vec![7; size]);
        for _ in 0..BULK / size {
            sink.send(Sink::Large { body: body.clone() }).await.expect("it is taken");
        }
        assert_eq!(done(&sink).await, (BULK / size) as u64);
    });
    each
}

pub(crate) fn beside(runtime: &Runtime, peer: &Peer, size: usize) -> Beside {
    let (caller, sink) = (peer.sinks[0].clone(), peer.sinks[1].clone());
    let (_, beside) = timed(runtime, 1, async move {
        let body = Bytes::from(vec![7; size]);
        let bulk = || {
            let (sink, body) = (sink.clone(), body.clone());
            tokio::spawn(async move {
                loop {
                    sink.send(Sink::Large { body: body.clone() }).await.expect("it is taken");
                }
            })
        };
        let begun = Instant::now();
        let sender = bulk();
        tokio::time::sleep(TIME).await;
        sender.abort();
        let alone = rate(done(&sink).await as usize * size, begun.elapsed());
        let sender = bulk();
        tokio::time::sleep(WARM).await;
        done(&sink).await;
        let (begun, mut times) = (Instant::now(), Vec::new());
        while begun.elapsed() < TIME {
            let call = Instant::now();
            caller.echo([1; 32]).await.expect("it answers");
            times.push(call.elapsed().as_nanos() as f64);
        }
        let taken = done(&sink).await as usize;
        let rate = rate(taken * size, begun.elapsed());
        sender.abort();
        done(&sink).await;
        Beside { alone, rate, times }
    });
    beside
}
