//! What can be seen of running actors: the watchdog's alarms. Spans are in `spans.rs`.

use std::{
    sync::{Mutex, mpsc as blocking},
    time::Duration,
};

use actor_core::{Alarm, prelude::*};

#[derive(Protocol)]
#[wire(uri = "test.Work", version = 1)]
enum Work {
    Block,
    Ask { other: Subject<Work>, reply: Reply<u64> },
    Echo { reply: Reply<u64> },
}

#[derive(Actor)]
#[actor(handles(Work))]
struct Worker {
    gate: Option<Mutex<blocking::Receiver<()>>>,
}

impl Worker {
    fn new() -> Self {
        Worker { gate: None }
    }
}

impl Handler<Work> for Worker {
    async fn handle(&mut self, msg: Work, _: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Work::Block => {
                if let Some(gate) = &self.gate {
                    gate.lock().expect("nobody panics with it").recv()?;
                }
            }
            Work::Ask { other, reply } => match other.echo().timeout(Duration::from_secs(60)).await {
                Ok(answer) => reply.send(answer),
                Err(error) => reply.refuse(error),
            },
            Work::Echo { reply } => reply.send(7),
        }
        Ok(())
    }
}

const LIMIT: Duration = Duration::from_millis(20);

/// A handler that blocks its worker is found, with the actor and the message.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blocked_worker_is_told_with_actor_and_message() {
    let system = System::new();
    let mut watchdog = system.watchdog(LIMIT);
    let (open, gate) = blocking::channel();
    let worker = system.spawn(Worker { gate: Some(Mutex::new(gate)) });
    worker.subject().block().unwrap();
    let Some(Alarm::Stalled(stall)) = watchdog.next().await else { panic!("it is a stall") };
    assert_eq!((stall.actor, stall.message), (worker.id(), "Work::Block"));
    assert!(stall.kind.ends_with("Worker") && stall.lasted >= LIMIT, "{stall:?}");
    open.send(()).unwrap();
    assert_eq!(worker.subject::<Work>().echo().await, Ok(7));
}

/// Calls that wait in a circle are found long before their deadlines, with everybody on it.
#[tokio::test]
async fn a_circle_of_waiting_calls_is_told_with_everybody_on_it() {
    let system = System::new();
    let mut watchdog = system.watchdog(LIMIT);
    let actors: Vec<_> = (0..3).map(|_| system.spawn(Worker::new())).collect();
    let subject = |n: usize| actors[n % 3].subject::<Work>();
    let asked: Vec<_> = (0..3).map(|n| subject(n).ask(subject(n + 1))).collect();
    let Some(Alarm::Deadlock(circle)) = watchdog.next().await else { panic!("it is a deadlock") };
    let mut found: Vec<_> = circle.iter().map(|waiting| waiting.actor).collect();
    found.sort_by_key(|actor| actor.0);
    assert_eq!(found, actors.iter().map(ActorRef::id).collect::<Vec<_>>());
    assert!(circle.iter().all(|waiting| waiting.message == "Work::Ask" && waiting.kind.ends_with("Worker")));
    drop(asked);
    actors[0].kill();
    actors[0].ended().await;
}

/// An actor that calls itself waits for itself.
#[tokio::test]
async fn a_call_to_oneself_is_a_circle_of_one() {
    let system = System::new();
    let mut watchdog = system.watchdog(LIMIT);
    let narcissus = system.spawn(Worker::new());
    let asked = narcissus.subject::<Work>().ask(narcissus.subject());
    let alarm = watchdog.next().await.expect("there is an alarm");
    assert!(matches!(&alarm, Alarm::Deadlock(circle) if circle.len() == 1), "{alarm}");
    assert!(alarm.to_string().starts_with("calls wait in a circle: "), "{alarm}");
    drop(asked);
    narcissus.kill();
}
