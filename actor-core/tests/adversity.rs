//! What others do must not hurt: wakers that panic or come back, runtimes that go while somebody waits, actors of other
//! systems, requests without end.

mod support;

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, mpsc},
    task::{Context as Task, Poll, Wake, Waker},
    thread,
    time::Duration,
};

use actor_core::{
    ActorAddress, ActorId, DeadLetterReason, EXIT_BOUND, Incarnation, NodeId, NodeName, SendFailure, Watcher,
    prelude::*,
    route::{Outgoing, Remote},
};
use support::{Count, Counter, CounterClient as _, Puppet, counter};
use tokio::runtime::{Builder, Runtime};

fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("the runtime starts")
}

/// A counter on that runtime.
fn counter_on(runtime: &Runtime, system: &System) -> ActorRef<Count> {
    let _inside = runtime.enter();
    system.spawn(Count::new())
}

/// Runs a future on this thread, outside of any runtime.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(thread::Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = std::pin::pin!(future);
    loop {
        match future.as_mut().poll(&mut Task::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

fn poll_with<F: Future>(future: Pin<&mut F>, waker: impl Wake + Send + Sync + 'static) -> Poll<F::Output> {
    future.poll(&mut Task::from_waker(&Waker::from(Arc::new(waker))))
}

struct Bad;

impl Wake for Bad {
    fn wake(self: Arc<Self>) {
        panic!("a waker panics, on purpose");
    }
}

/// M1: whoever waits beside a waiter whose waker panics is told.
#[tokio::test]
async fn a_bad_waker_keeps_nobody_else_from_the_end() {
    let count = System::new().spawn(Count::new());
    let mut first = Box::pin(count.ended());
    assert!(poll_with(first.as_mut(), Bad).is_pending());
    let second = count.ended();
    count.stop();
    assert_eq!(second.await, ExitReason::Stopped);
}

/// S3: a call beside one whose waker panics at its deadline has its own.
#[tokio::test(start_paused = true)]
async fn a_bad_waker_ends_no_other_call() {
    let system = System::new();
    let (one, other) = (counter(&system), counter(&system));
    let mut first = Box::pin(one.keep().timeout(Duration::from_secs(1)));
    assert!(poll_with(first.as_mut(), Bad).is_pending());
    let four = Duration::from_secs(4);
    let late = tokio::time::timeout(four, other.keep().timeout(four * 2)).await;
    assert!(late.is_err(), "the call was to last twice as long: {late:?}");
    assert_eq!(first.await, Err(CallError::Deadline(Duration::from_secs(1))));
}

/// A reader of dead letters may come back when it is woken.
#[test]
fn a_waker_may_subscribe_to_dead_letters() {
    struct Again(System, mpsc::Sender<()>);

    impl Wake for Again {
        fn wake(self: Arc<Self>) {
            drop(self.0.dead_letters().subscribe());
            self.1.send(()).expect("the test waits");
        }
    }

    let (runtime, system) = (runtime(), System::new());
    let subject = counter_on(&runtime, &system).subject::<Counter>();
    let mut letters = system.dead_letters().subscribe();
    let mut next = Box::pin(letters.next());
    let (woken, wakes) = mpsc::channel();
    assert!(poll_with(next.as_mut(), Again(system.clone(), woken)).is_pending());
    let gone = runtime.block_on(subject.hang());
    assert_eq!(gone, Ok(()));
    subject.add(1).unwrap();
    drop(runtime);
    wakes.recv().expect("the reader is woken");
    assert!(matches!(block_on(next).expect("there is one").reason, DeadLetterReason::Ended(ExitReason::Killed)));
}

/// X2: a call in a runtime that is gone does not wait for ever.
#[test]
fn a_call_in_a_runtime_that_is_gone_ends() {
    let (lasting, system) = (runtime(), System::new());
    let subject = counter_on(&lasting, &system).subject::<Counter>();
    let going = runtime();
    let handle = going.handle().clone();
    going.shutdown_background();
    let _inside = handle.enter();
    let second = Duration::from_secs(1);
    assert_eq!(block_on(subject.keep().timeout(second)), Err(CallError::Deadline(second)));
}

/// M4, M5: an actor whose runtime goes watches nobody any more, and what it held is gone before its end is told.
#[test]
fn an_actor_that_goes_with_its_runtime_lets_go_of_all() {
    let (lasting, system) = (runtime(), System::new());
    let watched = counter_on(&lasting, &system);
    let going = runtime();
    let watcher = {
        let _inside = going.enter();
        let watcher = Puppet::new(&system);
        let to = watched.subject::<Counter>();
        going.block_on(watcher.act(move |cx| {
            cx.monitor(&to);
        }));
        watcher
    };
    assert_eq!(watched.info().watchers, 1);
    drop(going);
    block_on(watcher.actor.ended());
    assert_eq!(watched.info().watchers, 0);
}

/// F1: exits that were asked for have a bound; those beyond are dead letters.
#[tokio::test]
async fn exits_without_end_are_dead_letters() {
    let system = System::new();
    let puppet = Puppet::new(&system);
    puppet.act(|cx| cx.trap_exits()).await;
    for _ in 0..EXIT_BOUND + 7 {
        puppet.actor.exit("again");
    }
    assert_eq!(puppet.actor.info().mailbox, EXIT_BOUND);
    assert_eq!(system.dead_letters().not_taken(), 7);
}

/// L3: an actor of another system is not taken for the one of this system that has its id.
#[tokio::test]
async fn an_exit_from_another_system_is_from_nobody_here() {
    let (here, there) = (System::new(), System::new());
    let mut puppet = Puppet::new(&here);
    puppet.act(|cx| cx.trap_exits()).await;
    let namesake = counter(&here);
    let _filler = counter(&there);
    let teller = Puppet::new(&there);
    let to = puppet.actor.clone();
    teller.act(move |_| to.exit("from afar")).await;
    let exit = puppet.exit().await;
    assert!(exit.from.is_some() && !exit.is_from(&namesake), "{exit:?}");
}

/// What a node would be told.
#[derive(Debug)]
struct Fake {
    node: NodeId,
    system: System,
    told: Mutex<Vec<ActorId>>,
}

impl Fake {
    fn attached(system: &System, name: &str) -> Arc<Self> {
        let node = NodeId { name: name.parse().expect("it is a name"), incarnation: Incarnation(7) };
        let fake = Arc::new(Fake { node, system: system.clone(), told: Mutex::default() });
        system.attach(Arc::clone(&fake) as Arc<dyn Remote>).expect("it is the first");
        fake
    }

    fn told(&self) -> Vec<ActorId> {
        self.told.lock().expect("nobody panics with it").clone()
    }
}

impl Remote for Fake {
    fn node(&self) -> &NodeId {
        &self.node
    }

    fn send(&self, _: &ActorAddress, _: &mut dyn Outgoing) -> Result<(), SendFailure> {
        Ok(())
    }

    fn room<'a>(&'a self, _: &'a ActorAddress) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        Box::pin(async {})
    }

    fn watch(&self, _: &ActorAddress, _: MonitorRef, _: Arc<dyn Watcher>) {}

    fn unwatch(&self, _: MonitorRef) {}

    fn link(&self, actor: ActorId, _: &ActorAddress) {
        self.told.lock().expect("nobody panics with it").push(actor);
    }

    fn unlink(&self, _: ActorId, _: &ActorAddress) {}

    fn exit(&self, _: ActorId, _: &ActorAddress, _: &ExitReason) {}

    fn system(&self) -> &System {
        &self.system
    }

    fn ended(&self, _: ActorId) {}

    fn undelivered(&self, _: &NodeName, _: u64) {}
}

fn elsewhere() -> ActorAddress {
    let node = NodeId { name: "far@127.0.0.1:3".parse().expect("it is a name"), incarnation: Incarnation(1) };
    ActorAddress { node, actor: ActorId(9) }
}

/// N2, L1: a link goes by the actor's own node, whosever node the subject came from.
#[tokio::test]
async fn a_link_goes_by_the_actors_own_node() {
    let (one, two) = (System::new(), System::new());
    let (ours, other) = (Fake::attached(&one, "one@127.0.0.1:1"), Fake::attached(&two, "two@127.0.0.1:2"));
    let puppet = Puppet::new(&one);
    let far = Subject::<Counter>::remote(Arc::clone(&other) as Arc<dyn Remote>, elsewhere(), 0);
    puppet.act(move |cx| cx.link(&far)).await;
    assert_eq!((ours.told(), other.told()), (vec![puppet.actor.id()], Vec::new()));
}

/// M5: an actor that drains is known by its names and outside until it has ended.
#[tokio::test]
async fn an_actor_that_drains_is_still_known() {
    const NAMES: [LocalName<Counter>; 2] = [LocalName::new("one"), LocalName::new("two")];
    let system = System::new();
    let _node = Fake::attached(&system, "one@127.0.0.1:1");
    let (gated, open) = Count::gated();
    let count = system.spawn(gated);
    let subject = count.subject::<Counter>();
    system.register(&NAMES[0], &subject).unwrap();
    subject.export().unwrap();
    subject.add(1).unwrap();
    count.drain();
    assert!(system.register(&NAMES[1], &subject).is_err());
    assert!(system.whereis(&NAMES[0]).is_some() && system.whereis(&NAMES[1]).is_none());
    subject.export().unwrap();
    assert!(system.exports().contains(count.id()));
    open.send(()).await.unwrap();
    assert_eq!(count.ended().await, ExitReason::Stopped);
    assert!(system.whereis(&NAMES[0]).is_none() && !system.exports().contains(count.id()));
}
