//! The promises about actors whose mailbox is always full: what ends them does not wait, and what they are told arrives.

mod support;

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use actor_core::{Capacity, prelude::*};
use support::{CounterClient as _, Puppet, Seen, counter, failed};
use tokio::sync::{Notify, mpsc};

const ROOM: Capacity = Capacity::Bounded(64);
/// How much a source sends.
const ITEMS: u64 = 300;

/// A message of which there are too many.
struct Drop;

/// A message of which none is too many.
struct Item {
    source: usize,
    n: u64,
}

/// Counts the drops it begins to handle and those it has handled.
#[derive(Default)]
struct Drops {
    begun: AtomicU64,
    done: AtomicU64,
}

impl Drops {
    fn begun(&self) -> u64 {
        self.begun.load(Ordering::SeqCst)
    }

    fn done(&self) -> u64 {
        self.done.load(Ordering::SeqCst)
    }
}

/// An actor under a flood. In its handlers it waits as often as `awaits` says.
#[derive(Actor)]
#[actor(handles(Drop))]
struct Flooded {
    drops: Arc<Drops>,
    awaits: u64,
}

impl Handler<Drop> for Flooded {
    async fn handle(&mut self, _: Drop, _: &mut Context<Self>) -> Result<(), Error> {
        self.drops.begun.fetch_add(1, Ordering::SeqCst);
        for _ in 0..self.awaits {
            tokio::task::yield_now().await;
        }
        self.drops.done.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

/// Sends as many drops as it can until their receiver is gone.
#[derive(Actor)]
#[actor(handles(Drop), lifecycle)]
struct Flood {
    to: Subject<Drop>,
    waits: bool,
}

impl Lifecycle for Flood {
    async fn started(&mut self, _: &mut Context<Self>) -> Result<(), Error> {
        loop {
            let sent = match self.waits {
                true => self.to.send(Drop).await,
                false => self.to.tell(Drop),
            };
            match sent {
                Err(SendError::Stopped(_)) => return Ok(()),
                Err(_) => tokio::task::yield_now().await,
                Ok(()) => {}
            }
        }
    }
}

impl Handler<Drop> for Flood {
    async fn handle(&mut self, _: Drop, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(())
    }
}

/// Two senders that try again and again, and two that wait for room.
fn flood(system: &System, to: &Subject<Drop>) {
    for waits in [false, false, true, true] {
        drop(system.spawn(Flood { to: to.clone(), waits }));
    }
}

async fn flooded(system: &System, awaits: u64) -> (ActorRef<Flooded>, Arc<Drops>) {
    let drops = Arc::<Drops>::default();
    let actor = system.spawn_with(Flooded { drops: Arc::clone(&drops), awaits }, ROOM);
    flood(system, &actor.subject());
    while drops.done() < 200 {
        tokio::task::yield_now().await;
    }
    (actor, drops)
}

/// L4: a stop waits for the handler in progress and for no message.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stop_waits_for_one_handler_at_most() {
    let system = System::new();
    for round in 0..50 {
        let (actor, drops) = flooded(&system, round % 2).await;
        let ended = actor.ended();
        actor.stop();
        let before = drops.begun();
        assert_eq!(ended.await, ExitReason::Stopped);
        assert!(drops.begun() - before <= 1, "{} more were handled", drops.begun() - before);
        assert_eq!(drops.begun(), drops.done(), "the handler in progress is done");
    }
}

/// L4: an exit that is not trapped waits for the handler in progress and for no message.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_exit_waits_for_one_handler_at_most() {
    let system = System::new();
    for round in 0..50 {
        let (actor, drops) = flooded(&system, round % 2).await;
        let ended = actor.ended();
        let before = match round % 4 {
            0 | 1 => {
                actor.exit("enough");
                drops.begun()
            }
            _ => {
                let peer = Puppet::new(&system);
                peer.link(&actor.subject::<Drop>()).await;
                let gone = peer.actor.ended();
                peer.actor.kill();
                assert_eq!(gone.await, ExitReason::Killed);
                drops.begun()
            }
        };
        let reason = ended.await;
        assert!(matches!(reason, ExitReason::Exited(_) | ExitReason::Linked(_)), "{reason}");
        assert!(drops.begun() - before <= 1, "{} more were handled", drops.begun() - before);
        assert_eq!(drops.begun(), drops.done(), "the handler in progress is done");
    }
}

/// L4: a kill waits for the next await of the handler in progress, and for nothing else.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_waits_for_one_await_at_most() {
    let system = System::new();
    for _ in 0..50 {
        let (actor, drops) = flooded(&system, 3).await;
        let ended = actor.ended();
        actor.kill();
        let before = drops.begun();
        assert_eq!(ended.await, ExitReason::Killed);
        assert!(drops.begun() - before <= 1, "{} more were begun", drops.begun() - before);
    }
    let rounds = Arc::<AtomicU64>::default();
    let endless = system.spawn(Endless { rounds: Arc::clone(&rounds) });
    flood(&system, &endless.subject());
    while rounds.load(Ordering::SeqCst) < 100 {
        tokio::task::yield_now().await;
    }
    let ended = endless.ended();
    endless.kill();
    let before = rounds.load(Ordering::SeqCst);
    assert_eq!(ended.await, ExitReason::Killed);
    assert!(rounds.load(Ordering::SeqCst) - before <= 1);
}

/// Its handler waits again and again, and is never done.
#[derive(Actor)]
#[actor(handles(Drop))]
struct Endless {
    rounds: Arc<AtomicU64>,
}

impl Handler<Drop> for Endless {
    async fn handle(&mut self, _: Drop, _: &mut Context<Self>) -> Result<(), Error> {
        loop {
            self.rounds.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
        }
    }
}

/// L4, M1, L2: downs and exits are told although there is no room for messages.
#[tokio::test]
async fn downs_and_exits_need_no_room() {
    let system = System::new();
    let count = counter(&system);
    let mut one = Puppet::with(&system, Capacity::Bounded(1));
    one.act(Context::trap_exits).await;
    one.monitor(&count).await;
    one.link(&count).await;
    let (resume, ended) = (one.pause().await, count.ended());
    one.note(1);
    assert!(matches!(one.actor.subject().tell(support::Note(2)), Err(SendError::Overloaded(_))));
    count.fail().unwrap();
    ended.await;
    assert_eq!(one.actor.info().mailbox, 3);
    resume.send(()).unwrap();
    assert_eq!(one.seen().await, Seen::Note(1));
    assert_eq!(one.down().await, failed());
    assert_eq!(one.exit().await.reason, failed());

    let (resume, ended) = (one.pause().await, one.actor.ended());
    one.note(3);
    one.actor.stop();
    resume.send(()).unwrap();
    assert_eq!(ended.await, ExitReason::Stopped);
}

/// M5, L4: downs and trapped exits keep their place after the dead actor's own messages, also in a flood.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn downs_and_trapped_exits_keep_their_place() {
    let system = System::new();
    let flooded = Arc::new(Notify::new());
    let (ends, mut seen) = mpsc::unbounded_channel();
    let sink = system.spawn_with(Sink { next: [0; 2], flooded: Arc::clone(&flooded), ends }, ROOM);
    flood(&system, &sink.subject());
    while sink.info().mailbox < 64 {
        tokio::task::yield_now().await;
    }
    flooded.notify_one();
    let mut ends = [seen.recv().await.unwrap(), seen.recv().await.unwrap()];
    ends.sort_by_key(|(source, ..)| *source);
    assert_eq!(ends, [(0, ITEMS, ExitReason::Normal), (1, ITEMS, ExitReason::Normal)]);
}

/// Sends its items, waiting for room for each, and ends.
#[derive(Actor)]
#[actor(handles(Drop), lifecycle)]
struct Source {
    to: Subject<Item>,
    source: usize,
}

impl Lifecycle for Source {
    async fn started(&mut self, cx: &mut Context<Self>) -> Result<(), Error> {
        for n in 0..ITEMS {
            self.to.send(Item { source: self.source, n }).await?;
        }
        cx.stop();
        Ok(())
    }
}

impl Handler<Drop> for Source {
    async fn handle(&mut self, _: Drop, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(())
    }
}

/// Tells how many items of a source it got before that source's end.
#[derive(Actor)]
#[actor(handles(Drop, Item, Down, Exit), lifecycle)]
struct Sink {
    next: [u64; 2],
    flooded: Arc<Notify>,
    ends: mpsc::UnboundedSender<(usize, u64, ExitReason)>,
}

impl Lifecycle for Sink {
    async fn started(&mut self, cx: &mut Context<Self>) -> Result<(), Error> {
        self.flooded.notified().await;
        let to = cx.subject().ok_or(Error::new("it has a handle"))?;
        cx.trap_exits();
        let _ = cx.spawn_monitored(Source { to: to.clone(), source: 0 });
        let _ = cx.spawn_linked(Source { to, source: 1 });
        Ok(())
    }
}

impl Handler<Drop> for Sink {
    async fn handle(&mut self, _: Drop, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(())
    }
}

impl Handler<Item> for Sink {
    async fn handle(&mut self, item: Item, _: &mut Context<Self>) -> Result<(), Error> {
        assert_eq!(item.n, self.next[item.source]);
        self.next[item.source] += 1;
        Ok(())
    }
}

impl Handler<Down> for Sink {
    async fn handle(&mut self, down: Down, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(self.ends.send((0, self.next[0], down.reason))?)
    }
}

impl Handler<Exit> for Sink {
    async fn handle(&mut self, exit: Exit, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(self.ends.send((1, self.next[1], exit.reason))?)
    }
}

/// Sends itself a message for each that it handles.
#[derive(Actor)]
#[actor(handles(Drop))]
struct Fountain {
    drops: Arc<Drops>,
}

impl Handler<Drop> for Fountain {
    async fn handle(&mut self, _: Drop, cx: &mut Context<Self>) -> Result<(), Error> {
        // Not for ever, so that an actor that lets nobody else run fails this test and does not hang it.
        if self.drops.done.fetch_add(1, Ordering::SeqCst) < 100_000 {
            cx.subject().ok_or_else(|| Error::new("it is held"))?.tell(Drop)?;
        }
        Ok(())
    }
}

/// An actor whose mailbox is never empty, and whose handlers never wait, lets others of its worker run.
#[tokio::test]
async fn a_busy_actor_lets_others_run() {
    let drops = Arc::new(Drops::default());
    let fountain = System::new().spawn(Fountain { drops: Arc::clone(&drops) }).subject();
    fountain.tell(Drop).unwrap();
    for _ in 0..50 {
        let before = drops.done();
        tokio::task::yield_now().await;
        assert!(drops.done() - before <= 128, "{} messages in a turn", drops.done() - before);
    }
    assert!(drops.done() >= 1000, "it had its turns");
}
