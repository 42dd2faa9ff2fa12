//! The same work with actors.

use std::{future::Future, time::Duration};

use actor_core::{Capacity, prelude::*};
use tokio::{
    runtime::Runtime,
    sync::{mpsc, oneshot},
};

use super::{
    limit::{BOUND, CALLS, HOPS, PAIRS, RING, ROUND_TRIPS, SPAWNS, TELLS, UNDER_WAY},
    timed,
};

/// Eight bytes to handle.
struct Number(#[expect(dead_code, reason = "it is the weight of a message")] u64);

/// Counts numbers and says when there were enough.
#[derive(Actor)]
#[actor(handles(Number))]
struct Counter {
    left: u64,
    done: Option<oneshot::Sender<()>>,
}

impl Handler<Number> for Counter {
    async fn handle(&mut self, _: Number, _: &mut Context<Self>) -> Result<(), Error> {
        self.left -= 1;
        if self.left == 0 {
            let _told = self.done.take().map(|done| done.send(()));
        }
        Ok(())
    }
}

pub(crate) fn tell(runtime: &Runtime, senders: u64) -> f64 {
    tell_in(&System::new(), runtime, senders)
}

fn tell_in(system: &System, runtime: &Runtime, senders: u64) -> f64 {
    let system = system.clone();
    timed(runtime, TELLS, async move {
        let (done, finished) = oneshot::channel();
        let counter = Counter { left: TELLS, done: Some(done) };
        let subject = system.spawn_with(counter, Capacity::Unbounded).subject::<Number>();
        for _ in 0..senders {
            let subject = subject.clone();
            tokio::spawn(async move {
                for n in 0..TELLS / senders {
                    subject.tell(Number(n)).expect("it is received");
                }
            });
        }
        finished.await.expect("it counts to the end");
    })
}

pub(crate) fn send(runtime: &Runtime, senders: u64) -> f64 {
    timed(runtime, TELLS, async move {
        let (done, finished) = oneshot::channel();
        let counter = Counter { left: TELLS, done: Some(done) };
        let subject = System::new().spawn_with(counter, Capacity::Bounded(BOUND)).subject::<Number>();
        for _ in 0..senders {
            let subject = subject.clone();
            tokio::spawn(async move {
                for n in 0..TELLS / senders {
                    subject.send(Number(n)).await.expect("it is received");
                }
            });
        }
        finished.await.expect("it counts to the end");
    })
}

struct Ask(Reply<u64>);

#[derive(Actor)]
#[actor(handles(Ask))]
struct Answering(u64);

impl Handler<Ask> for Answering {
    async fn handle(&mut self, Ask(reply): Ask, _: &mut Context<Self>) -> Result<(), Error> {
        self.0 += 1;
        reply.send(self.0);
        Ok(())
    }
}

pub(crate) fn call(runtime: &Runtime) -> f64 {
    timed(runtime, CALLS, async {
        let subject = System::new().spawn(Answering(0)).subject::<Ask>();
        for _ in 0..CALLS {
            actor_core::call(&subject, Ask).await.expect("it is answered");
        }
    })
}

pub(crate) fn calls(runtime: &Runtime) -> f64 {
    timed(runtime, CALLS, async {
        let subject = System::new().spawn(Answering(0)).subject::<Ask>();
        for _ in 0..CALLS / UNDER_WAY {
            let answers: Vec<_> = (0..UNDER_WAY).map(|_| actor_core::call(&subject, Ask)).collect();
            for answer in answers {
                answer.await.expect("it is answered");
            }
        }
    })
}

/// An actor that calls, since a watchdog looks at calls from handlers.
#[derive(Actor)]
#[actor(handles(Go))]
struct Calling(Subject<Ask>);

struct Go(Reply<()>);

impl Handler<Go> for Calling {
    async fn handle(&mut self, Go(done): Go, _: &mut Context<Self>) -> Result<(), Error> {
        for _ in 0..CALLS {
            actor_core::call(&self.0, Ask).await?;
        }
        done.send(());
        Ok(())
    }
}

fn call_in(system: System) -> impl Future<Output = ()> {
    let answering = system.spawn(Answering(0));
    let calling = system.spawn(Calling(answering.subject())).subject::<Go>();
    async move { actor_core::call(&calling, Go).timeout(Duration::from_secs(600)).await.expect("it is done") }
}

pub(crate) fn call_from_handler(runtime: &Runtime) -> f64 {
    timed(runtime, CALLS, async { call_in(System::new()).await })
}

pub(crate) fn call_watched(runtime: &Runtime) -> f64 {
    timed(runtime, CALLS, async {
        let system = System::new();
        let _watchdog = system.watchdog(Duration::from_secs(1));
        call_in(system).await;
    })
}

pub(crate) fn tell_watched(runtime: &Runtime) -> f64 {
    let system = System::new();
    let _watchdog = system.watchdog(Duration::from_secs(1));
    tell_in(&system, runtime, 1)
}

enum Station {
    Next(Subject<Station>),
    Token(u64),
}

#[derive(Actor)]
#[actor(handles(Station))]
struct Passing {
    next: Option<Subject<Station>>,
    done: Option<oneshot::Sender<()>>,
}

impl Handler<Station> for Passing {
    async fn handle(&mut self, msg: Station, _: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Station::Next(next) => self.next = Some(next),
            Station::Token(left) if left < RING as u64 && self.done.is_some() => {
                let _told = self.done.take().map(|done| done.send(()));
            }
            Station::Token(left) => {
                if let Some(next) = &self.next {
                    next.tell(Station::Token(left - 1))?;
                }
            }
        }
        Ok(())
    }
}

pub(crate) fn ring(runtime: &Runtime) -> f64 {
    timed(runtime, HOPS, async {
        let (done, finished) = oneshot::channel();
        let mut done = Some(done);
        let system = System::new();
        let make = |_| system.spawn_with(Passing { next: None, done: done.take() }, Capacity::Unbounded);
        let stations: Vec<_> = (0..RING).map(make).collect();
        for (n, station) in stations.iter().enumerate() {
            let next = stations[(n + 1) % RING].subject();
            station.subject().tell(Station::Next(next)).expect("it is received");
        }
        stations[0].subject().tell(Station::Token(HOPS)).expect("it is received");
        finished.await.expect("the token comes home");
        for station in &stations {
            station.stop();
        }
    })
}

#[derive(Actor)]
#[actor(handles(Ball))]
struct Player {
    other: Option<Subject<Ball>>,
    done: Option<mpsc::UnboundedSender<()>>,
}

enum Ball {
    Opponent(Subject<Ball>),
    Hit(u64),
}

impl Handler<Ball> for Player {
    async fn handle(&mut self, msg: Ball, cx: &mut Context<Self>) -> Result<(), Error> {
        match (msg, &self.other, &self.done) {
            (Ball::Opponent(other), ..) => self.other = Some(other),
            (Ball::Hit(1), _, Some(done)) => {
                done.send(())?;
                self.other = None;
                cx.stop();
            }
            (Ball::Hit(left), Some(other), Some(_)) => other.tell(Ball::Hit(left - 1))?,
            (Ball::Hit(left), Some(other), None) => other.tell(Ball::Hit(left))?,
            (Ball::Hit(_), None, _) => {}
        }
        Ok(())
    }
}

pub(crate) fn pairs(runtime: &Runtime) -> f64 {
    timed(runtime, PAIRS * ROUND_TRIPS * 2, async {
        let (done, mut finished) = mpsc::unbounded_channel();
        let system = System::new();
        for _ in 0..PAIRS {
            let ping = system.spawn_with(Player { other: None, done: None }, Capacity::Unbounded);
            let pong = system.spawn_with(Player { other: None, done: Some(done.clone()) }, Capacity::Unbounded);
            ping.subject().tell(Ball::Opponent(pong.subject())).expect("it is received");
            pong.subject().tell(Ball::Opponent(ping.subject())).expect("it is received");
            ping.subject().tell(Ball::Hit(ROUND_TRIPS)).expect("it is received");
        }
        for _ in 0..PAIRS {
            finished.recv().await;
        }
    })
}

#[derive(Actor)]
#[actor(handles(Number))]
struct First(mpsc::UnboundedSender<()>);

impl Handler<Number> for First {
    async fn handle(&mut self, _: Number, _: &mut Context<Self>) -> Result<(), Error> {
        self.0.send(())?;
        Ok(())
    }
}

pub(crate) fn spawn(runtime: &Runtime) -> f64 {
    spawn_each(runtime, drop)
}

/// As `spawn`, and all of them are still there at the end.
pub(crate) fn spawn_kept(runtime: &Runtime) -> f64 {
    spawn_each(runtime, std::mem::forget)
}

fn spawn_each(runtime: &Runtime, done_with: fn(ActorRef<First>)) -> f64 {
    timed(runtime, SPAWNS, async move {
        let (done, mut finished) = mpsc::unbounded_channel::<()>();
        let system = System::new();
        for n in 0..SPAWNS {
            let first = system.spawn_with(First(done.clone()), Capacity::Unbounded);
            first.subject().tell(Number(n)).expect("it is received");
            done_with(first);
        }
        for _ in 0..SPAWNS {
            finished.recv().await;
        }
    })
}

pub(crate) fn idle(count: usize) -> impl Sized {
    let system = System::new();
    let make = |_| system.spawn(Counter { left: 1, done: None }).subject::<Number>();
    (0..count).map(make).collect::<Vec<_>>()
}
