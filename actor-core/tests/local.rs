//! The promises that need no network: order, ends, monitors, replies, names, bounds.

#![expect(clippy::disallowed_methods, reason = "a test makes runtimes of its own, on threads of its own")]

use std::time::Duration;

use actor_core::{Capacity, DEFAULT_DEADLINE, LocalRegisterError, SendFailure, prelude::*};
use tokio::sync::mpsc;

#[derive(Protocol)]
#[wire(uri = "test.Counter", version = 1)]
enum Counter {
    Add { n: u64 },
    Total { reply: Reply<u64> },
    Keep { reply: Reply<u64> },
    Release,
    Fail,
    Panic,
    Refuse { reply: Reply<u64> },
    Hang { started: Reply<()> },
    Finish,
}

#[derive(Actor)]
#[actor(handles(Counter))]
struct Count {
    n: u64,
    kept: Option<Reply<u64>>,
    gate: Option<mpsc::Receiver<()>>,
}

impl Count {
    fn new() -> Self {
        Count { n: 0, kept: None, gate: None }
    }
}

impl Handler<Counter> for Count {
    async fn handle(&mut self, msg: Counter, cx: &mut Context<Self>) -> Result<(), Error> {
        if let Some(gate) = &mut self.gate {
            gate.recv().await;
        }
        match msg {
            Counter::Add { n } => self.n += n,
            Counter::Total { reply } => reply.send(self.n),
            Counter::Keep { reply } => self.kept = Some(reply),
            Counter::Release => self.kept = None,
            Counter::Fail => {
                "x".parse::<u64>()?;
            }
            Counter::Panic => panic!("on purpose"),
            Counter::Refuse { reply } => reply.refuse("not today"),
            Counter::Hang { started } => {
                started.send(());
                std::future::pending::<()>().await;
            }
            Counter::Finish => cx.stop(),
        }
        Ok(())
    }
}

/// Watches subjects and tells the test what it sees.
#[derive(Actor)]
#[actor(handles(Watching, Down, Note))]
struct Watch {
    seen: mpsc::UnboundedSender<Seen>,
    refs: Vec<MonitorRef>,
}

#[derive(Debug, PartialEq)]
enum Seen {
    Down(ExitReason),
    Note(u64),
    Watching,
}

/// A local message: no protocol, so it stays on the node.
enum Watching {
    Begin(Subject<Counter>),
    End,
    Pause(tokio::sync::oneshot::Receiver<()>),
}

struct Note(u64);

impl Handler<Watching> for Watch {
    async fn handle(&mut self, msg: Watching, cx: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Watching::Begin(to) => {
                self.refs.push(cx.monitor(&to));
                drop(to);
                self.seen.send(Seen::Watching)?;
            }
            Watching::End => {
                for reference in self.refs.drain(..) {
                    cx.demonitor(reference);
                }
            }
            Watching::Pause(until) => {
                self.seen.send(Seen::Watching)?;
                let _ = until.await;
            }
        }
        Ok(())
    }
}

impl Handler<Down> for Watch {
    async fn handle(&mut self, msg: Down, _: &mut Context<Self>) -> Result<(), Error> {
        self.seen.send(Seen::Down(msg.reason))?;
        Ok(())
    }
}

impl Handler<Note> for Watch {
    async fn handle(&mut self, msg: Note, _: &mut Context<Self>) -> Result<(), Error> {
        self.seen.send(Seen::Note(msg.0))?;
        Ok(())
    }
}

fn watch(system: &System) -> (ActorRef<Watch>, mpsc::UnboundedReceiver<Seen>) {
    let (seen, heard) = mpsc::unbounded_channel();
    (system.spawn(Watch { seen, refs: Vec::new() }), heard)
}

async fn watched(system: &System, to: &Subject<Counter>) -> (ActorRef<Watch>, mpsc::UnboundedReceiver<Seen>) {
    let (watcher, mut heard) = watch(system);
    watcher.subject::<Watching>().tell(Watching::Begin(to.clone())).expect("the watcher runs");
    assert_eq!(heard.recv().await, Some(Seen::Watching));
    (watcher, heard)
}

/// S1: in sending order between one sender and one receiver.
#[tokio::test]
async fn messages_arrive_in_sending_order() {
    let (watcher, mut heard) = watch(&System::new());
    let notes = watcher.subject::<Note>();
    for n in 0..1000 {
        notes.tell(Note(n)).unwrap();
    }
    for n in 0..1000 {
        assert_eq!(heard.recv().await, Some(Seen::Note(n)));
    }
}

/// V3: an error ends that actor only, with a reason that monitors see; the waiting caller hears at once (S4).
#[tokio::test]
async fn an_error_a_panic_and_a_stop_are_told_apart() {
    let system = System::new();
    type End = fn(&Subject<Counter>);
    let ends: [(End, ExitReason); 3] = [
        (|s| s.fail().unwrap(), ExitReason::Failed("invalid digit found in string".into())),
        (|s| s.panic().unwrap(), ExitReason::Panicked("on purpose".into())),
        (|s| s.finish().unwrap(), ExitReason::Normal),
    ];
    for (end, reason) in ends {
        let count = system.spawn(Count::new()).subject::<Counter>();
        let (_watcher, mut heard) = watched(&system, &count).await;
        end(&count);
        let late = count.total();
        assert_eq!(heard.recv().await, Some(Seen::Down(reason)));
        assert_eq!(late.await, Err(CallError::NoReply));
        assert_eq!(count.total().await, Err(CallError::NotDelivered(SendFailure::Stopped)));
    }
}

/// M3: a monitor on an actor that has ended gives its down at once.
#[tokio::test]
async fn a_monitor_on_the_dead_is_answered_at_once() {
    let system = System::new();
    let count = system.spawn(Count::new()).subject::<Counter>();
    let (_first, mut heard) = watched(&system, &count).await;
    count.finish().unwrap();
    assert_eq!(heard.recv().await, Some(Seen::Down(ExitReason::Normal)));
    let (_second, mut heard) = watched(&system, &count).await;
    assert_eq!(heard.recv().await, Some(Seen::Down(ExitReason::NoSuchActor)));
}

/// M4: after demonitor no down reaches the handler, even one that was queued.
#[tokio::test]
async fn a_queued_down_is_dropped_after_demonitor() {
    let system = System::new();
    let count = system.spawn(Count::new()).subject::<Counter>();
    let (watcher, mut heard) = watched(&system, &count).await;
    let (_second, mut other) = watched(&system, &count).await;
    let (resume, paused) = tokio::sync::oneshot::channel();
    watcher.subject().tell(Watching::Pause(paused)).unwrap();
    assert_eq!(heard.recv().await, Some(Seen::Watching));
    watcher.subject().tell(Watching::End).unwrap();
    count.finish().unwrap();
    assert_eq!(other.recv().await, Some(Seen::Down(ExitReason::Normal)));
    watcher.subject().tell(Note(7)).unwrap();
    resume.send(()).unwrap();
    assert_eq!(heard.recv().await, Some(Seen::Note(7)));
}

/// T2: an actor that nothing can reach drains its mailbox and ends, `Unreferenced`, which is a normal end.
#[tokio::test]
async fn an_actor_without_handles_drains_and_ends() {
    let system = System::new();
    let count = system.spawn(Count::new()).subject::<Counter>();
    let (_watcher, mut heard) = watched(&system, &count).await;
    count.add(40).unwrap();
    count.add(2).unwrap();
    let total = count.total();
    drop(count);
    assert_eq!(total.await, Ok(42));
    assert_eq!(heard.recv().await, Some(Seen::Down(ExitReason::Unreferenced)));
    assert!(ExitReason::Unreferenced.is_normal());
}

/// S4: a reply dropped unanswered fails its call at once, not after the deadline.
#[tokio::test]
async fn a_dropped_reply_fails_the_call_at_once() {
    let count = System::new().spawn(Count::new()).subject::<Counter>();
    let kept = count.keep();
    count.release().unwrap();
    assert_eq!(kept.timeout(Duration::from_secs(3600)).await, Err(CallError::NoReply));
    assert_eq!(count.refuse().await, Err(CallError::Refused("not today".into())));
}

/// S3: no answer within the deadline may have run, and says so.
#[tokio::test(start_paused = true)]
async fn a_call_ends_at_its_deadline() {
    let count = System::new().spawn(Count::new()).subject::<Counter>();
    assert_eq!(count.keep().await, Err(CallError::Deadline(DEFAULT_DEADLINE)));
    let short = Duration::from_millis(3);
    assert_eq!(count.keep().timeout(short).await, Err(CallError::Deadline(short)));
}

/// L4: a stop overtakes what waits, which becomes dead letters; a kill ends the handler at its next await.
#[tokio::test]
async fn stop_overtakes_and_kill_interrupts() {
    let system = System::new();
    let (open, gate) = mpsc::channel(1);
    let count = system.spawn(Count { n: 0, kept: None, gate: Some(gate) });
    let subject = count.subject::<Counter>();
    let (_watcher, mut heard) = watched(&system, &subject).await;
    for _ in 0..10 {
        subject.add(1).unwrap();
    }
    tokio::task::yield_now().await;
    count.stop();
    open.send(()).await.unwrap();
    assert_eq!(heard.recv().await, Some(Seen::Down(ExitReason::Stopped)));
    assert_eq!(system.dead_letters().stopped(), 9);

    let count = system.spawn(Count::new());
    let subject = count.subject::<Counter>();
    let (_watcher, mut heard) = watched(&system, &subject).await;
    subject.hang().await.unwrap();
    count.stop();
    count.kill();
    assert_eq!(heard.recv().await, Some(Seen::Down(ExitReason::Killed)));
}

/// F1: at the bound a tell hands the message back, and `send` waits for room.
#[tokio::test]
async fn a_full_mailbox_hands_back_and_send_waits() {
    let (open, gate) = mpsc::channel(100);
    let count = System::new().spawn_with(Count { n: 0, kept: None, gate: Some(gate) }, Capacity::Bounded(2));
    let subject = count.subject::<Counter>();
    let mut taken = 0;
    let refused = loop {
        match subject.add(1) {
            Ok(()) => taken += 1,
            Err(error) => break error,
        }
        tokio::task::yield_now().await;
    };
    assert!(taken <= 4, "the bound is two and one is in the handler, but {taken} were taken");
    assert!(matches!(refused, SendError::Overloaded(Counter::Add { n: 1 })));
    let waits = subject.send(Counter::Add { n: 5 });
    for _ in 0..10 {
        open.send(()).await.unwrap();
    }
    waits.await.unwrap();
    assert_eq!(subject.total().await, Ok(taken + 5));
}

/// F1: waits have deadlines.
#[tokio::test(start_paused = true)]
async fn send_gives_up_at_its_deadline_with_the_message() {
    let (_open, gate) = mpsc::channel(1);
    let count = System::new().spawn_with(Count { n: 0, kept: None, gate: Some(gate) }, Capacity::Bounded(1));
    let subject = count.subject::<Counter>();
    while subject.add(1).is_ok() {
        tokio::task::yield_now().await;
    }
    let error = subject.send(Counter::Add { n: 9 }).await.unwrap_err();
    assert!(matches!(error, SendError::Overloaded(Counter::Add { n: 9 })));
}

/// V2, M5: a local name finds its actor, keeps it alive, refuses a second holder, and is gone before the down.
#[tokio::test]
async fn a_local_name_lives_as_long_as_its_actor() {
    const NAME: LocalName<Counter> = LocalName::new("counter");
    let system = System::new();
    let count = system.spawn(Count::new()).subject::<Counter>();
    let (_watcher, mut heard) = watched(&system, &count).await;
    system.register(&NAME, &count).unwrap();
    system.register(&NAME, &count).unwrap();
    let other = system.spawn(Count::new()).subject::<Counter>();
    assert_eq!(system.register(&NAME, &other), Err(LocalRegisterError::Taken("counter".into())));
    drop(count);
    let found = system.whereis(&NAME).expect("the name keeps the actor alive");
    found.add(3).unwrap();
    assert_eq!(found.total().await, Ok(3));
    found.finish().unwrap();
    assert_eq!(heard.recv().await, Some(Seen::Down(ExitReason::Normal)));
    assert!(system.whereis(&NAME).is_none());
    assert_eq!(system.register(&NAME, &found), Err(LocalRegisterError::Stopped("counter".into())));
    assert!(system.whereis(&NAME).is_none());
    system.register(&NAME, &other).unwrap();
    assert!(system.unregister(&NAME));
}

/// S3: an error in a handler that holds a message drops the message, so that its reply answers at once.
#[tokio::test]
async fn a_failed_send_in_a_handler_answers_the_held_reply() {
    #[derive(Actor)]
    #[actor(handles(Counter))]
    struct Forward(Subject<Counter>);

    impl Handler<Counter> for Forward {
        async fn handle(&mut self, msg: Counter, _: &mut Context<Self>) -> Result<(), Error> {
            self.0.tell(msg)?;
            Ok(())
        }
    }

    let system = System::new();
    let count = system.spawn(Count::new()).subject::<Counter>();
    let (_watcher, mut heard) = watched(&system, &count).await;
    count.finish().unwrap();
    heard.recv().await;
    let forward = system.spawn(Forward(count)).subject::<Counter>();
    let (_watcher, mut heard) = watched(&system, &forward).await;
    assert_eq!(forward.total().await, Err(CallError::NoReply));
    assert_eq!(heard.recv().await, Some(Seen::Down(ExitReason::Failed("the actor has stopped".into()))));
}

/// V3, M1: whatever panics on the way, an actor that is gone has ended: what it held is told, and its monitors fire.
#[tokio::test]
async fn an_actor_that_dies_on_the_way_has_ended() {
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("a message panicked when it was dropped, on purpose");
        }
    }

    enum Task {
        Wait,
        Hold(Option<Bomb>),
    }

    #[derive(Actor)]
    #[actor(handles(Counter, Task))]
    struct Fragile;

    impl Handler<Counter> for Fragile {
        async fn handle(&mut self, _: Counter, _: &mut Context<Self>) -> Result<(), Error> {
            Ok(())
        }
    }

    impl Handler<Task> for Fragile {
        async fn handle(&mut self, msg: Task, _: &mut Context<Self>) -> Result<(), Error> {
            let _held = match msg {
                Task::Wait => None,
                Task::Hold(bomb) => bomb,
            };
            std::future::pending().await
        }
    }

    let system = System::new();
    // A bomb in the mailbox when the actor is killed, and one in the handler that is dropped.
    for first in [Task::Wait, Task::Hold(Some(Bomb))] {
        let fragile = system.spawn(Fragile);
        let (_watcher, mut heard) = watched(&system, &fragile.subject()).await;
        fragile.subject().tell(first).unwrap();
        fragile.subject().tell(Task::Hold(Some(Bomb))).unwrap();
        tokio::task::yield_now().await;
        fragile.kill();
        assert_eq!(heard.recv().await, Some(Seen::Down(ExitReason::Killed)));
        assert!(fragile.subject::<Task>().tell(Task::Wait).is_err());
    }
    // The runtime of an actor goes before the actor does.
    let other = std::thread::spawn(|| tokio::runtime::Builder::new_current_thread().build().unwrap()).join().unwrap();
    let fragile = {
        let _inside = other.enter();
        system.spawn(Fragile)
    };
    let (_watcher, mut heard) = watched(&system, &fragile.subject()).await;
    std::thread::spawn(|| drop(other)).join().unwrap();
    assert_eq!(heard.recv().await, Some(Seen::Down(ExitReason::Killed)));
}

/// A system names its own actors only: another system's may have the same id.
#[tokio::test]
async fn another_systems_actor_is_not_named() {
    const NAME: LocalName<Counter> = LocalName::new("counter");
    let elsewhere = System::new().spawn(Count::new()).subject::<Counter>();
    assert_eq!(System::new().register(&NAME, &elsewhere), Err(LocalRegisterError::NotLocal("counter".into())));
}
