//! The promises about an actor's hooks: when they run, what their failures do, and what can end them.

#![expect(clippy::disallowed_methods, reason = "a test reads tokio's clock, which stands still")]

mod support;

use std::{future::pending, sync::Arc, time::Duration};

use actor_core::{Linked, SendFailure, StartError, prelude::*};
use support::{Count, Counter, CounterClient as _, Puppet, StillBorn, counter, failed, settle};
use tokio::{
    sync::{Notify, mpsc},
    time::Instant,
};

const NAME: LocalName<Counter> = LocalName::new("staged");
const DEADLINE: Duration = Duration::from_secs(3);

/// What a hook does.
enum Play {
    Pass,
    Fail,
    Panic,
    Stop,
    Wait(Arc<Notify>),
    Hang,
    /// Calls another, and looks whether it takes messages itself and has its name.
    Look(Subject<Counter>),
}

/// What was seen of an actor's life.
#[derive(Debug, PartialEq)]
enum Scene {
    Started,
    Handled,
    Stopping(ExitReason),
    Looked { answer: Result<u64, CallError>, own: SendFailure, named: bool },
}

/// An actor with hooks that do what the test says.
#[derive(Actor)]
#[actor(handles(Counter, Exit), lifecycle)]
struct Staged {
    scenes: mpsc::UnboundedSender<Scene>,
    start: Play,
    stop: Play,
}

impl Play {
    async fn run(&mut self, staged: &mpsc::UnboundedSender<Scene>, cx: &mut Context<Staged>) -> Result<(), Error> {
        match self {
            Play::Pass => {}
            Play::Fail => return Err(Error::new("a hook failed")),
            Play::Panic => panic!("a hook panicked"),
            Play::Stop => cx.stop(),
            Play::Wait(until) => until.notified().await,
            Play::Hang => pending().await,
            Play::Look(other) => {
                let answer = other.total().await;
                let own = cx.subject::<Counter>().ok_or(Error::new("it has a handle"))?.add(1);
                let own = own.expect_err("it takes no messages").failure();
                let named = cx.system().whereis(&NAME).is_some();
                staged.send(Scene::Looked { answer, own, named })?;
            }
        }
        Ok(())
    }
}

impl Lifecycle for Staged {
    const STOP_DEADLINE: Duration = DEADLINE;

    async fn started(&mut self, cx: &mut Context<Self>) -> Result<(), Error> {
        self.scenes.send(Scene::Started)?;
        self.start.run(&self.scenes, cx).await
    }

    async fn stopping(&mut self, reason: &ExitReason, cx: &mut Context<Self>) -> Result<(), Error> {
        self.scenes.send(Scene::Stopping(reason.clone()))?;
        self.stop.run(&self.scenes, cx).await
    }
}

impl Handler<Counter> for Staged {
    async fn handle(&mut self, msg: Counter, cx: &mut Context<Self>) -> Result<(), Error> {
        self.scenes.send(Scene::Handled)?;
        match msg {
            Counter::Finish => cx.stop(),
            Counter::Fail => {
                "x".parse::<u64>()?;
            }
            Counter::Panic => panic!("on purpose"),
            Counter::Hang { started } => {
                started.send(());
                pending::<()>().await;
            }
            _ => {}
        }
        Ok(())
    }
}

impl Handler<Exit> for Staged {
    async fn handle(&mut self, _: Exit, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(())
    }
}

/// What is seen of such an actor.
type Scenes = mpsc::UnboundedReceiver<Scene>;

fn staged(start: Play, stop: Play) -> (Staged, Scenes) {
    let (scenes, seen) = mpsc::unbounded_channel();
    (Staged { scenes, start, stop }, seen)
}

fn spawned(system: &System, start: Play, stop: Play) -> (ActorRef<Staged>, Scenes) {
    let (staged, seen) = staged(start, stop);
    (system.spawn(staged), seen)
}

/// All that is seen until the actor is dropped.
async fn rest(mut seen: Scenes) -> Vec<Scene> {
    let mut scenes = Vec::new();
    while let Some(scene) = seen.recv().await {
        scenes.push(scene);
    }
    scenes
}

fn a_hook_failed() -> ExitReason {
    ExitReason::StartFailed("a hook failed".into())
}

/// Messages wait while the start hook runs.
#[tokio::test]
async fn the_start_hook_is_done_before_the_first_message() {
    let leave = Arc::new(Notify::new());
    let (staged, mut seen) = spawned(&System::new(), Play::Wait(Arc::clone(&leave)), Play::Pass);
    staged.subject().add(1).unwrap();
    assert_eq!(seen.recv().await, Some(Scene::Started));
    settle().await;
    assert!(seen.try_recv().is_err(), "no message is handled yet");
    let info = staged.info();
    assert_eq!((info.started, info.mailbox, info.handled), (false, 1, 0));
    leave.notify_one();
    assert_eq!(seen.recv().await, Some(Scene::Handled));
    assert!(staged.info().started);
}

/// An actor whose start hook fails handles nothing, and what waited is dead letters. Its stop hook does not run.
#[tokio::test]
async fn a_failing_start_hook_is_the_end_before_any_message() {
    let system = System::new();
    for (start, reason) in
        [(Play::Fail, a_hook_failed()), (Play::Panic, ExitReason::Panicked("a hook panicked".into()))]
    {
        let before = system.dead_letters().ended();
        let (staged, seen) = spawned(&system, start, Play::Pass);
        let (started, ended) = (staged.started(), staged.ended());
        let call = staged.subject::<Counter>().total();
        staged.subject().add(1).unwrap();
        assert_eq!(started.await, Err(StartError(reason.clone())));
        assert_eq!(ended.await, reason);
        assert_eq!(rest(seen).await, [Scene::Started]);
        assert_eq!(call.await, Err(CallError::NoReply));
        assert_eq!(system.dead_letters().ended() - before, 2);
    }
}

/// `System::start` gives the actor when its start hook is done, and the reason if it ended instead.
#[tokio::test]
async fn start_waits_for_the_hook_and_gives_the_reason() {
    let system = System::new();
    let leave = Arc::new(Notify::new());
    let (slow, _seen) = staged(Play::Wait(Arc::clone(&leave)), Play::Pass);
    let (started, was_waiting) = tokio::join!(system.start(slow), async {
        settle().await;
        let waiting = !system.actors()[0].started;
        leave.notify_one();
        waiting
    });
    assert!(was_waiting);
    assert!(started.unwrap().info().started);

    let (failing, _seen) = staged(Play::Fail, Play::Pass);
    assert_eq!(system.start(failing).await.unwrap_err(), StartError(a_hook_failed()));
    let (panicking, _seen) = staged(Play::Panic, Play::Pass);
    let reason = ExitReason::Panicked("a hook panicked".into());
    assert_eq!(system.start(panicking).await.unwrap_err(), StartError(reason));
    assert!(system.start(Count::new()).await.is_ok(), "an actor without hooks has started at once");
}

/// However soon the start hook fails, `System::start` has the reason.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn start_misses_no_reason() {
    let system = System::new();
    for _ in 0..1000 {
        let error = system.start(StillBorn).await.unwrap_err();
        assert_eq!(error, StartError(ExitReason::StartFailed("still born".into())));
    }
}

/// T2: whoever no longer waits for a start leaves no actor that nobody has, even if its hook never ends.
#[tokio::test]
async fn a_start_that_is_given_up_ends_the_actor() {
    let system = System::new();
    let (slow, mut seen) = staged(Play::Wait(Arc::default()), Play::Pass);
    tokio::select! {
        biased;
        _ = system.start(slow) => panic!("the hook is not done"),
        () = settle() => {}
    }
    assert_eq!(seen.recv().await, Some(Scene::Started));
    assert_eq!(seen.recv().await, None);
    while !system.actors().is_empty() {
        tokio::task::yield_now().await;
    }
}

/// L3: a kill ends the start hook at its next await; a stop waits for it.
#[tokio::test]
async fn a_kill_ends_the_start_hook_and_a_stop_does_not() {
    let system = System::new();
    let (hanging, seen) = spawned(&system, Play::Hang, Play::Pass);
    let (started, ended) = (hanging.started(), hanging.ended());
    settle().await;
    hanging.kill();
    assert_eq!(started.await, Err(StartError(ExitReason::Killed)));
    assert_eq!(ended.await, ExitReason::Killed);
    assert_eq!(rest(seen).await, [Scene::Started]);

    let leave = Arc::new(Notify::new());
    let (slow, seen) = spawned(&system, Play::Wait(Arc::clone(&leave)), Play::Pass);
    let (started, ended) = (slow.started(), slow.ended());
    slow.subject().add(1).unwrap();
    settle().await;
    slow.stop();
    settle().await;
    assert!(!slow.info().started);
    leave.notify_one();
    assert_eq!(started.await, Ok(()));
    assert_eq!(ended.await, ExitReason::Stopped);
    assert_eq!(rest(seen).await, [Scene::Started, Scene::Stopping(ExitReason::Stopped)]);
}

/// An actor that ends itself in its start hook has started, and handles nothing.
#[tokio::test]
async fn an_actor_may_end_itself_in_its_start_hook() {
    let (staged, seen) = spawned(&System::new(), Play::Stop, Play::Pass);
    staged.subject().add(1).unwrap();
    assert_eq!(staged.started().await, Ok(()));
    assert_eq!(rest(seen).await, [Scene::Started, Scene::Stopping(ExitReason::Normal)]);
}

/// The stop hook runs at every end that leaves the actor's state sound, with the reason.
#[tokio::test]
async fn the_stop_hook_runs_with_the_reason() {
    type End = fn(ActorRef<Staged>);
    let ends: [(End, ExitReason); 6] = [
        (|staged| staged.stop(), ExitReason::Stopped),
        (|staged| staged.drain(), ExitReason::Stopped),
        (drop, ExitReason::Unreferenced),
        (|staged| staged.subject().finish().unwrap(), ExitReason::Normal),
        (|staged| staged.subject().fail().unwrap(), failed()),
        (|staged| staged.exit("enough"), ExitReason::Exited("enough".into())),
    ];
    let system = System::new();
    for (end, reason) in ends {
        let (staged, seen) = spawned(&system, Play::Pass, Play::Pass);
        staged.started().await.unwrap();
        let ended = staged.ended();
        end(staged);
        assert_eq!(ended.await, reason);
        assert_eq!(rest(seen).await.pop(), Some(Scene::Stopping(reason)));
    }
    let (staged, seen) = spawned(&system, Play::Pass, Play::Pass);
    let peer = Puppet::new(&system);
    peer.link(&staged.subject::<Counter>()).await;
    let ended = staged.ended();
    peer.fail("first");
    let reason = ended.await;
    assert!(matches!(&reason, ExitReason::Linked(linked) if linked.reason == ExitReason::Failed("first".into())));
    assert_eq!(rest(seen).await, [Scene::Started, Scene::Stopping(reason)]);
}

/// Of an actor that was killed or has panicked nothing is run any more.
#[tokio::test]
async fn a_kill_and_a_panic_leave_no_stop_hook() {
    let system = System::new();
    let (killed, seen) = spawned(&system, Play::Pass, Play::Pass);
    killed.subject::<Counter>().hang().await.unwrap();
    killed.kill();
    assert_eq!(rest(seen).await, [Scene::Started, Scene::Handled]);
    let (panicked, seen) = spawned(&system, Play::Pass, Play::Pass);
    panicked.subject().panic().unwrap();
    assert_eq!(rest(seen).await, [Scene::Started, Scene::Handled]);
}

/// A stop hook has its deadline, after which an orderly end is none.
#[tokio::test(start_paused = true)]
async fn a_stop_hook_is_overdue_at_its_deadline() {
    let (staged, _seen) = spawned(&System::new(), Play::Pass, Play::Hang);
    let (ended, before) = (staged.ended(), Instant::now());
    staged.stop();
    assert_eq!(ended.await, ExitReason::StopOverdue);
    let after = before.elapsed();
    assert!(DEADLINE <= after && after <= DEADLINE + Duration::from_millis(2), "it took {after:?}");
}

/// Unless said otherwise the deadline is five seconds.
#[tokio::test(start_paused = true)]
async fn a_stop_hook_has_five_seconds_unless_said_otherwise() {
    #[derive(Actor)]
    #[actor(handles(Counter), lifecycle)]
    struct Slow;

    impl Lifecycle for Slow {
        async fn stopping(&mut self, _: &ExitReason, _: &mut Context<Self>) -> Result<(), Error> {
            pending().await
        }
    }

    impl Handler<Counter> for Slow {
        async fn handle(&mut self, _: Counter, _: &mut Context<Self>) -> Result<(), Error> {
            Ok(())
        }
    }

    let slow = System::new().spawn(Slow);
    let (ended, before) = (slow.ended(), Instant::now());
    drop(slow);
    assert_eq!(ended.await, ExitReason::StopOverdue);
    assert_eq!(before.elapsed().as_secs(), 5);
}

/// A failing stop hook makes an orderly end a failure; why an actor failed before stays.
#[tokio::test(start_paused = true)]
async fn a_failing_stop_hook_hides_no_earlier_reason() {
    let system = System::new();
    let hooks: [(fn() -> Play, ExitReason); 3] = [
        (|| Play::Fail, ExitReason::Failed("a hook failed".into())),
        (|| Play::Panic, ExitReason::Panicked("a hook panicked".into())),
        (|| Play::Hang, ExitReason::StopOverdue),
    ];
    for (hook, reason) in hooks {
        let (orderly, _seen) = spawned(&system, Play::Pass, hook());
        let ended = orderly.ended();
        orderly.subject().finish().unwrap();
        assert_eq!(ended.await, reason);

        let (failing, _seen) = spawned(&system, Play::Pass, hook());
        let ended = failing.ended();
        failing.subject().fail().unwrap();
        assert_eq!(ended.await, failed());
    }
}

/// L3: a failing stop hook takes down who is linked, though the end began orderly.
#[tokio::test]
async fn a_failing_stop_hook_takes_linked_actors_down() {
    let system = System::new();
    let (staged, _seen) = spawned(&system, Play::Pass, Play::Fail);
    let peer = Puppet::new(&system);
    peer.link(&staged.subject::<Counter>()).await;
    let ended = peer.actor.ended();
    staged.stop();
    let ExitReason::Linked(linked) = ended.await else { panic!("it was linked") };
    let Linked { peer, reason, .. } = *linked;
    assert_eq!((peer.actor(), reason), (staged.id(), ExitReason::Failed("a hook failed".into())));
}

/// L3: a kill ends the stop hook at its next await.
#[tokio::test(start_paused = true)]
async fn a_kill_ends_the_stop_hook() {
    let (staged, mut seen) = spawned(&System::new(), Play::Pass, Play::Hang);
    let (ended, before) = (staged.ended(), Instant::now());
    staged.stop();
    assert_eq!(seen.recv().await, Some(Scene::Started));
    assert_eq!(seen.recv().await, Some(Scene::Stopping(ExitReason::Stopped)));
    staged.kill();
    assert_eq!(ended.await, ExitReason::Killed);
    assert_eq!(before.elapsed(), Duration::ZERO);
}

/// M5: in its stop hook an actor takes no messages, has its names still, and can call others; then its names go.
#[tokio::test]
async fn in_the_stop_hook_messages_are_refused_and_names_stand() {
    let system = System::new();
    let other = counter(&system);
    other.add(7).unwrap();
    let (staged, mut seen) = spawned(&system, Play::Pass, Play::Look(other));
    let subject = staged.subject::<Counter>();
    system.register(&NAME, &subject).unwrap();
    staged.started().await.unwrap();
    let waiting = subject.total();
    let ended = staged.ended();
    staged.stop();
    assert_eq!(waiting.await, Err(CallError::NoReply), "what waited is a dead letter before the hook runs");
    assert_eq!(ended.await, ExitReason::Stopped);
    assert_eq!(seen.recv().await, Some(Scene::Started));
    assert_eq!(seen.recv().await, Some(Scene::Stopping(ExitReason::Stopped)));
    let looked = Scene::Looked { answer: Ok(7), own: SendFailure::Stopped, named: true };
    assert_eq!(seen.recv().await, Some(looked));
    assert!(system.whereis(&NAME).is_none());
    assert!(matches!(subject.add(1), Err(SendError::Stopped(_))));
}

/// L4: exits that arrive while the stop hook runs change nothing.
#[tokio::test]
async fn an_exit_in_the_stop_hook_changes_nothing() {
    let leave = Arc::new(Notify::new());
    let (staged, mut seen) = spawned(&System::new(), Play::Pass, Play::Wait(Arc::clone(&leave)));
    let ended = staged.ended();
    staged.drain();
    assert_eq!(seen.recv().await, Some(Scene::Started));
    assert_eq!(seen.recv().await, Some(Scene::Stopping(ExitReason::Stopped)));
    staged.exit("too late");
    staged.stop();
    settle().await;
    leave.notify_one();
    assert_eq!(ended.await, ExitReason::Stopped);
}
