//! The limit lines: the same work with bare tokio channels and tasks.

use tokio::{
    runtime::Runtime,
    sync::{mpsc, oneshot},
};

use super::timed;

pub(crate) const TELLS: u64 = 400_000;
pub(crate) const BOUND: usize = 1024;
pub(crate) const CALLS: u64 = 40_000;
pub(crate) const RING: usize = 10_000;
pub(crate) const HOPS: u64 = 200_000;
pub(crate) const PAIRS: u64 = 100;
pub(crate) const ROUND_TRIPS: u64 = 2_000;
pub(crate) const SPAWNS: u64 = 50_000;

pub(crate) fn tell(runtime: &Runtime, senders: u64) -> f64 {
    timed(runtime, TELLS, async move {
        let (tx, mut rx) = mpsc::unbounded_channel::<u64>();
        for _ in 0..senders {
            let tx = tx.clone();
            tokio::spawn(async move {
                for n in 0..TELLS / senders {
                    tx.send(n).expect("it is received");
                }
            });
        }
        drop(tx);
        while rx.recv().await.is_some() {}
    })
}

pub(crate) fn send(runtime: &Runtime, senders: u64) -> f64 {
    timed(runtime, TELLS, async move {
        let (tx, mut rx) = mpsc::channel::<u64>(BOUND);
        for _ in 0..senders {
            let tx = tx.clone();
            tokio::spawn(async move {
                for n in 0..TELLS / senders {
                    tx.send(n).await.expect("it is received");
                }
            });
        }
        drop(tx);
        while rx.recv().await.is_some() {}
    })
}

pub(crate) fn call(runtime: &Runtime) -> f64 {
    timed(runtime, CALLS, async {
        let (tx, mut rx) = mpsc::channel::<oneshot::Sender<u64>>(BOUND);
        tokio::spawn(async move {
            let mut n = 0;
            while let Some(reply) = rx.recv().await {
                n += 1;
                reply.send(n).expect("it is awaited");
            }
        });
        for _ in 0..CALLS {
            let (reply, answer) = oneshot::channel();
            tx.send(reply).await.expect("it is received");
            answer.await.expect("it is answered");
        }
    })
}

/// So many calls under way at once.
pub(crate) const UNDER_WAY: u64 = 64;

pub(crate) fn calls(runtime: &Runtime) -> f64 {
    timed(runtime, CALLS, async {
        let (tx, mut rx) = mpsc::channel::<oneshot::Sender<u64>>(BOUND);
        tokio::spawn(async move {
            let mut n = 0;
            while let Some(reply) = rx.recv().await {
                n += 1;
                reply.send(n).expect("it is awaited");
            }
        });
        for _ in 0..CALLS / UNDER_WAY {
            let mut answers = Vec::with_capacity(UNDER_WAY as usize);
            for _ in 0..UNDER_WAY {
                let (reply, answer) = oneshot::channel();
                tx.send(reply).await.expect("it is received");
                answers.push(answer);
            }
            for answer in answers {
                answer.await.expect("it is answered");
            }
        }
    })
}

pub(crate) fn ring(runtime: &Runtime) -> f64 {
    timed(runtime, HOPS, async {
        let (done, finished) = oneshot::channel();
        let mut done = Some(done);
        let channels: Vec<_> = (0..RING).map(|_| mpsc::unbounded_channel::<u64>()).collect();
        let first = channels[0].0.clone();
        let mut next: Vec<_> = channels.iter().map(|(tx, _)| tx.clone()).collect();
        next.rotate_left(1);
        for ((_, mut rx), next) in channels.into_iter().zip(next) {
            let mut done = done.take();
            tokio::spawn(async move {
                while let Some(left) = rx.recv().await {
                    // The token ends at the first station, in its last round; the ring comes down from there.
                    if left < RING as u64 && done.is_some() {
                        let _told = done.take().map(|done| done.send(()));
                        break;
                    }
                    next.send(left - 1).expect("the ring stands");
                }
            });
        }
        first.send(HOPS).expect("the ring stands");
        finished.await.expect("the token comes home");
    })
}

pub(crate) fn pairs(runtime: &Runtime) -> f64 {
    timed(runtime, PAIRS * ROUND_TRIPS * 2, async {
        let mut ends = Vec::new();
        for _ in 0..PAIRS {
            let (ping, mut pinged) = mpsc::unbounded_channel::<u64>();
            let (pong, mut ponged) = mpsc::unbounded_channel::<u64>();
            ping.send(ROUND_TRIPS).expect("it is received");
            tokio::spawn(async move {
                while let Some(left) = pinged.recv().await {
                    if pong.send(left).is_err() {
                        break;
                    }
                }
            });
            ends.push(tokio::spawn(async move {
                while let Some(left) = ponged.recv().await {
                    if left == 1 {
                        break;
                    }
                    ping.send(left - 1).expect("it is received");
                }
            }));
        }
        for end in ends {
            end.await.expect("it does not panic");
        }
    })
}

pub(crate) fn spawn(runtime: &Runtime) -> f64 {
    spawn_each(runtime, drop)
}

/// As `spawn`, and all of them are still there at the end.
pub(crate) fn spawn_kept(runtime: &Runtime) -> f64 {
    spawn_each(runtime, std::mem::forget)
}

fn spawn_each(runtime: &Runtime, done_with: fn(mpsc::UnboundedSender<u64>)) -> f64 {
    timed(runtime, SPAWNS, async move {
        let (done, mut finished) = mpsc::unbounded_channel::<()>();
        for n in 0..SPAWNS {
            let (tx, mut rx) = mpsc::unbounded_channel::<u64>();
            let done = done.clone();
            tokio::spawn(async move {
                while rx.recv().await.is_some() {
                    done.send(()).expect("it is counted");
                }
            });
            tx.send(n).expect("it is received");
            done_with(tx);
        }
        for _ in 0..SPAWNS {
            finished.recv().await;
        }
    })
}

pub(crate) fn idle(count: usize) -> impl Sized {
    let make = |_| {
        let (tx, mut rx) = mpsc::unbounded_channel::<u64>();
        tokio::spawn(async move { while rx.recv().await.is_some() {} });
        tx
    };
    (0..count).map(make).collect::<Vec<_>>()
}
