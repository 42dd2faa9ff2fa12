//! Subjects that are narrowed to a protocol which their own includes: what is sent to them, what comes back, whose they are.

mod support;

use std::sync::Arc;

use actor_core::{Capacity, Includes, SendFailure, call, prelude::*, route::Way, wire::Edge};
use support::settle;
use tokio::sync::mpsc;

/// What everybody answers to.
#[derive(Protocol, Debug, PartialEq)]
#[wire(uri = "test.Ping", version = 1)]
enum Ping {
    Mark { n: u64 },
}

#[derive(Protocol, Debug)]
#[wire(uri = "test.Health", version = 1)]
enum Health {
    Note {
        text: String,
    },
    Ask {
        reply: Reply<u64>,
    },
    #[wire(include)]
    Ping(Ping),
}

#[derive(Protocol, Debug)]
#[wire(uri = "test.Account", version = 1)]
enum Account {
    Deposit {
        cents: u64,
    },
    #[wire(include)]
    Health(Health),
    #[wire(include, tag = 7, method = "mark_directly")]
    Direct(Ping),
}

#[derive(Protocol, Debug)]
#[wire(uri = "test.Admin", version = 1)]
enum Admin {
    #[wire(include)]
    Health(Health),
}

/// A message that stays here.
#[derive(Debug)]
enum Work {
    Health(Health),
    Tick(Arc<str>),
}

impl Includes<Health> for Work {
    fn wrap(msg: Health) -> Self {
        Work::Health(msg)
    }

    fn unwrap(self) -> Option<Health> {
        match self {
            Work::Health(msg) => Some(msg),
            Work::Tick(_) => None,
        }
    }
}

/// Says how each message came to it; refuses to go on without a word if it has a gate.
#[derive(Actor)]
#[actor(handles(Account, Admin, Health, Work, Down))]
struct Desk {
    seen: mpsc::UnboundedSender<String>,
    gate: Option<mpsc::Receiver<()>>,
}

impl Desk {
    async fn take(&mut self, by: &str, msg: Health) -> Result<(), Error> {
        if let Some(gate) = &mut self.gate {
            gate.recv().await;
        }
        match msg {
            Health::Ask { reply } => {
                self.seen.send(format!("{by}: ask"))?;
                reply.send(7);
            }
            other => self.seen.send(format!("{by}: {other:?}"))?,
        }
        Ok(())
    }
}

impl Handler<Account> for Desk {
    async fn handle(&mut self, msg: Account, _: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Account::Health(msg) => self.take("account", msg).await,
            other => Ok(self.seen.send(format!("{other:?}"))?),
        }
    }
}

impl Handler<Admin> for Desk {
    async fn handle(&mut self, Admin::Health(msg): Admin, _: &mut Context<Self>) -> Result<(), Error> {
        self.take("admin", msg).await
    }
}

impl Handler<Health> for Desk {
    async fn handle(&mut self, msg: Health, _: &mut Context<Self>) -> Result<(), Error> {
        self.take("itself", msg).await
    }
}

impl Handler<Work> for Desk {
    async fn handle(&mut self, msg: Work, _: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Work::Health(msg) => self.take("work", msg).await,
            Work::Tick(word) => Ok(self.seen.send(word.to_string())?),
        }
    }
}

impl Handler<Down> for Desk {
    async fn handle(&mut self, down: Down, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(self.seen.send(format!("{:?}", down.reason))?)
    }
}

fn desk() -> (ActorRef<Desk>, mpsc::UnboundedReceiver<String>) {
    let (seen, heard) = mpsc::unbounded_channel();
    (System::new().spawn(Desk { seen, gate: None }), heard)
}

/// DESIGN §5: what is sent to a narrowed subject arrives in the variant that includes it, in one order with all else.
#[tokio::test]
async fn what_is_narrowed_arrives_in_its_variant() {
    let (desk, mut heard) = desk();
    let account = desk.subject::<Account>();
    let health: Subject<Health> = account.narrow();
    account.deposit(1).unwrap();
    health.note("a".into()).unwrap();
    account.deposit(2).unwrap();
    health.send(Health::Note { text: "b".into() }).await.unwrap();
    assert_eq!(health.ask().await, Ok(7));
    for seen in [
        "Deposit { cents: 1 }",
        "account: Note { text: \"a\" }",
        "Deposit { cents: 2 }",
        "account: Note { text: \"b\" }",
        "account: ask",
    ] {
        assert_eq!(heard.recv().await.unwrap(), seen);
    }
}

/// An include inside of an include, reached step by step or directly: each way keeps its own variant.
#[tokio::test]
async fn narrowing_goes_on_step_by_step() {
    let (desk, mut heard) = desk();
    let account = desk.subject::<Account>();
    let nested = account.narrow::<Health>().narrow::<Ping>();
    let direct: Subject<Ping> = account.narrow();
    nested.mark(1).unwrap();
    direct.mark(2).unwrap();
    assert_eq!(heard.recv().await.unwrap(), "account: Ping(Mark { n: 1 })");
    assert_eq!(heard.recv().await.unwrap(), "Direct(Mark { n: 2 })");
    assert_ne!(nested.way(), direct.way());
}

/// Of one actor that takes a protocol itself and through others, each subject leads where it was made to.
#[tokio::test]
async fn every_way_to_one_protocol_is_kept_apart() {
    let (desk, mut heard) = desk();
    let ways: [(&str, Subject<Health>); 4] = [
        ("itself", desk.subject()),
        ("account", desk.subject::<Account>().narrow()),
        ("admin", desk.subject::<Admin>().narrow()),
        ("work", desk.subject::<Work>().narrow()),
    ];
    for (by, health) in &ways {
        health.note("hi".into()).unwrap();
        assert_eq!(heard.recv().await.unwrap(), format!("{by}: Note {{ text: \"hi\" }}"));
    }
    desk.subject().tell(Work::Tick("tick".into())).unwrap();
    assert_eq!(heard.recv().await.unwrap(), "tick");
    for (i, (_, one)) in ways.iter().enumerate() {
        for (j, (_, other)) in ways.iter().enumerate() {
            assert!(one.same_actor(other), "it is one actor by whatever way");
            assert_eq!(one.way() == other.way(), i == j);
        }
    }
    assert_eq!(ways[0].1.way(), Way::direct(Edge::of("test.Health", &[])));
}

/// S3: what was not sent comes back as it was given, however deep it would have been wrapped.
#[tokio::test]
async fn what_was_not_sent_comes_back_as_it_was() {
    let (seen, mut heard) = mpsc::unbounded_channel();
    let (open, gate) = mpsc::channel(8);
    let desk = System::new().spawn_with(Desk { seen, gate: Some(gate) }, Capacity::Bounded(1));
    let account = desk.subject::<Account>();
    let (health, ping) = (account.narrow::<Health>(), account.narrow::<Health>().narrow::<Ping>());
    ping.mark(1).unwrap();
    settle().await;
    ping.mark(2).unwrap();
    let Err(SendError::Overloaded(back)) = ping.tell(Ping::Mark { n: 3 }) else { panic!("there is no room") };
    assert_eq!(back, Ping::Mark { n: 3 });
    let handled = async {
        settle().await;
        for n in [1, 2, 4] {
            open.send(()).await.unwrap();
            assert_eq!(heard.recv().await.unwrap(), format!("account: Ping(Mark {{ n: {n} }})"));
        }
    };
    let (sent, ()) = tokio::join!(ping.send(Ping::Mark { n: 4 }), handled);
    sent.unwrap();
    let ended = health.ended();
    desk.stop();
    assert_eq!(ended.await, ExitReason::Stopped);
    let Err(SendError::Stopped(Health::Note { text })) = health.note("a".into()) else { panic!("it has ended") };
    assert_eq!(text, "a");
    let refused = call(&health, |reply| Health::Ask { reply }).await;
    assert_eq!(refused, Err(CallError::NotDelivered(SendFailure::Stopped)));
}

/// T2, M1: a narrowed subject is of the same actor: it keeps it alive, and is monitored as it.
#[tokio::test]
async fn a_narrowed_subject_is_of_the_same_actor() {
    let (desk, mut heard) = desk();
    let id = desk.id();
    let ping = desk.subject::<Account>().narrow::<Health>().narrow::<Ping>();
    drop(desk);
    let again = ping.clone();
    drop(ping);
    again.mark(1).unwrap();
    assert_eq!(heard.recv().await.unwrap(), "account: Ping(Mark { n: 1 })");
    assert!(again.is_local() && again.address().is_none());
    assert_eq!(again.actor_info().unwrap().id, id);
    let ended = again.ended();
    drop(again);
    assert_eq!(ended.await, ExitReason::Unreferenced);
}

/// A local name holds the way that it was given.
#[tokio::test]
async fn a_local_name_keeps_the_way() {
    const NAME: LocalName<Health> = LocalName::new("health");
    let system = System::new();
    let (seen, mut heard) = mpsc::unbounded_channel();
    let desk = system.spawn(Desk { seen, gate: None });
    let (narrow, itself): (Subject<Health>, Subject<Health>) = (desk.subject::<Account>().narrow(), desk.subject());
    system.register(&NAME, &narrow).unwrap();
    system.register(&NAME, &desk.subject::<Account>().narrow()).unwrap();
    assert!(system.register(&NAME, &itself).is_err(), "another way is another holder");
    system.whereis(&NAME).unwrap().note("x".into()).unwrap();
    assert_eq!(heard.recv().await.unwrap(), "account: Note { text: \"x\" }");
}
