//! Narrowed handles on other nodes: where what is sent to them arrives, what of them survives shipping, and what builds that
//! differ make of them. Each node is told which definitions its build has.

mod support;

use actor_core::{
    CallError, DeadLetterReason, Handles, NodeName, SendFailure, call,
    prelude::*,
    route::Way,
    wire::{EncodeError, Schema, SchemaTable},
};
use actor_dist::{AtNode, GlobalName, GroupKey, Node};
use support::{COOKIE, soon};
use tokio::sync::mpsc;

/// What everybody answers to, and knows.
mod pulse {
    use super::*;

    #[derive(Protocol, Debug, Clone)]
    #[wire(uri = "ops.Pulse", version = 1)]
    pub(super) enum Pulse {
        Beat { n: u64 },
    }
}

mod health {
    use super::*;

    #[derive(Protocol, Debug)]
    #[wire(uri = "ops.Health", version = 1)]
    pub(super) enum Health {
        Note {
            text: String,
        },
        Ask {
            reply: Reply<u64>,
        },
        #[wire(include)]
        Pulse(Pulse),
    }
}

/// A later build of that: it asks more.
mod later {
    use super::*;

    #[derive(Protocol, Debug)]
    #[wire(uri = "ops.Health", version = 2)]
    pub(super) enum Health {
        Note {
            text: String,
        },
        Ask {
            reply: Reply<u64>,
        },
        #[wire(include)]
        Pulse(Pulse),
        #[wire(since = 2)]
        Why {
            reply: Reply<String>,
        },
    }

    #[derive(Protocol, Debug)]
    #[wire(uri = "shop.Till", version = 2)]
    pub(super) enum Till {
        Pay {
            cents: u64,
        },
        #[wire(since = 2, include)]
        Health(Health),
    }
}

/// The build of before: its till includes nothing.
mod before {
    use super::*;

    #[derive(Protocol, Debug)]
    #[wire(uri = "shop.Till", version = 1)]
    pub(super) enum Till {
        Pay { cents: u64 },
    }
}

/// The build of today.
mod till {
    use super::{health::Health, *};

    #[derive(Protocol, Debug)]
    #[wire(uri = "shop.Till", version = 2)]
    pub(super) enum Till {
        Pay {
            cents: u64,
        },
        #[wire(since = 2, include)]
        Health(Health),
    }
}

/// A build that means something else by a till, and the same by health.
mod odd {
    use super::{health::Health, *};

    #[derive(Protocol, Debug)]
    #[wire(uri = "shop.Till", version = 2)]
    pub(super) enum Till {
        Pay {
            cents: u32,
        },
        #[wire(since = 2, include)]
        Health(Health),
    }
}

/// A build that means something else by a pulse.
mod faint {
    use super::*;

    #[derive(Protocol, Debug, Clone)]
    #[wire(uri = "ops.Pulse", version = 1)]
    pub(super) enum Pulse {
        Beat { n: u8 },
    }
}

use health::{Health, HealthClient as _};
use pulse::{Pulse, PulseClient as _};
use till::{Till, TillClient as _};

/// Takes health by itself and through its till, and says which it was.
#[derive(Actor)]
#[actor(handles(Till, Health, odd::Till, before::Till, Watch))]
struct Clerk(mpsc::UnboundedSender<String>);

impl Clerk {
    fn take(&self, by: &str, msg: Health) -> Result<(), Error> {
        match msg {
            Health::Ask { reply } => reply.send(7),
            Health::Note { text } if text == "die" => return Err(Error::new("told to")),
            other => self.0.send(format!("{by}: {other:?}"))?,
        }
        Ok(())
    }
}

impl Handler<Till> for Clerk {
    async fn handle(&mut self, msg: Till, _: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Till::Health(msg) => self.take("till", msg),
            pay @ Till::Pay { .. } => Ok(self.0.send(format!("{pay:?}"))?),
        }
    }
}

impl Handler<odd::Till> for Clerk {
    async fn handle(&mut self, msg: odd::Till, _: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            odd::Till::Health(msg) => self.take("odd", msg),
            pay @ odd::Till::Pay { .. } => Ok(self.0.send(format!("{pay:?}"))?),
        }
    }
}

impl Handler<before::Till> for Clerk {
    async fn handle(&mut self, msg: before::Till, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(self.0.send(format!("{msg:?}"))?)
    }
}

impl Handler<Health> for Clerk {
    async fn handle(&mut self, msg: Health, _: &mut Context<Self>) -> Result<(), Error> {
        self.take("itself", msg)
    }
}

/// Hands out and takes in handles of health, as an actor that knows nothing else of theirs.
#[derive(Protocol)]
#[wire(uri = "ops.Watch", version = 1)]
enum Watch {
    Take { health: Subject<Health>, reply: Reply<u64> },
    Give { reply: Reply<Option<Subject<Health>>> },
}

impl Handler<Watch> for Clerk {
    async fn handle(&mut self, _: Watch, _: &mut Context<Self>) -> Result<(), Error> {
        Err(Error::new("it watches nobody"))
    }
}

#[derive(Actor)]
#[actor(handles(Watch, Down))]
struct Watcher(mpsc::UnboundedSender<String>, Option<Subject<Health>>);

impl Handler<Watch> for Watcher {
    async fn handle(&mut self, msg: Watch, cx: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Watch::Take { health, reply } => {
                cx.monitor(&health);
                health.note("from the watcher".into())?;
                health.tell(Health::Ask { reply })?;
                self.1 = Some(health);
            }
            Watch::Give { reply } => reply.send(self.1.clone()),
        }
        Ok(())
    }
}

impl Handler<Down> for Watcher {
    async fn handle(&mut self, down: Down, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(self.0.send(format!("down: {:?}", down.reason))?)
    }
}

const HEALTH: LocalName<Health> = LocalName::new("health");
const WATCH: LocalName<Watch> = LocalName::new("watch");

/// The build of today, and one that knows no till.
const TODAY: &[&str] = &["pulse", "health", "till"];
const NO_TILL: &[&str] = &["pulse", "health"];

/// The types of these modules, as the table of a build; `Watch` is in all.
fn build(modules: &[&str]) -> SchemaTable {
    let of = |schema: &&Schema| {
        schema.uri == "ops.Watch" || modules.iter().any(|module| schema.path.contains(&format!("::{module}::")))
    };
    SchemaTable::of(Schema::linked().filter(of).cloned()).expect("a build has each name once")
}

struct Peer {
    node: Node,
    clerk: ActorRef<Clerk>,
    seen: mpsc::UnboundedReceiver<String>,
}

async fn peer(short: &str, modules: &[&str]) -> Peer {
    let builder = Node::builder(short).schemas(build(modules)).system(System::new());
    let node = builder.cookie(COOKIE).expect("it is a cookie").start().await.expect("the node starts");
    let (sender, seen) = mpsc::unbounded_channel();
    let clerk = node.system().spawn(Clerk(sender.clone()));
    node.system().register(&WATCH, &node.system().spawn(Watcher(sender, None)).subject()).expect("the name is free");
    Peer { node, clerk, seen }
}

impl Peer {
    fn name(&self) -> &NodeName {
        self.node.name()
    }

    async fn seen(&mut self) -> String {
        soon(self.seen.recv()).await.expect("the actor lives")
    }

    /// The clerk's till, as it arrives at another node: `Here` is what it is in the build of the one, `There` in that of the
    /// other.
    async fn till_for<Here: Protocol, There: Protocol>(&self, other: &Peer) -> Subject<There>
    where
        Clerk: Handles<Here>,
    {
        soon(self.node.connect(other.name())).await.expect("they connect");
        let till = self.clerk.subject::<Here>();
        soon(self.node.global().register(&GlobalName::new("till"), &till)).await.expect("the name is free");
        other.node.global().whereis(&GlobalName::new("till")).expect("it is registered everywhere")
    }

    /// The other's watcher takes the handle; it says something and asks.
    async fn ship(&self, health: &Subject<Health>, to: &Peer) {
        let health = health.clone();
        let name = to.name();
        let asked = call(&WATCH.at(&self.node, name), |reply| Watch::Take { health, reply });
        assert_eq!(soon(asked).await, Ok(7));
    }
}

/// DESIGN §5: a handle of another node's actor is narrowed without asking it; tells and calls arrive in their variant.
#[tokio::test(flavor = "multi_thread")]
async fn a_remote_handle_is_narrowed_where_it_is() {
    let (mut home, away) = (peer("home", TODAY).await, peer("away", TODAY).await);
    let till = home.till_for::<Till, Till>(&away).await;
    let health: Subject<Health> = till.narrow();
    let pulse: Subject<Pulse> = health.narrow();
    assert!(health.same_actor(&till) && pulse.same_actor(&till) && !health.is_local());
    assert_eq!(health.address(), till.address());
    // The farther one comes first, so that home has to find it from the till.
    pulse.beat(3).unwrap();
    till.pay(1).unwrap();
    health.note("a".into()).unwrap();
    till.health(Health::Note { text: "b".into() }).unwrap();
    assert_eq!(soon(health.ask()).await, Ok(7));
    for seen in
        ["till: Pulse(Beat { n: 3 })", "Pay { cents: 1 }", "till: Note { text: \"a\" }", "till: Note { text: \"b\" }"]
    {
        assert_eq!(home.seen().await, seen);
    }
    let ended = health.ended();
    health.note("die".into()).unwrap();
    assert_eq!(soon(ended).await, ExitReason::Failed("told to".into()));
    assert_eq!(soon(health.ask()).await, Err(CallError::NotDelivered(SendFailure::Stopped)));
}

/// A narrowed handle goes on to a node that knows no more than it, works there, is monitored there, and comes home.
#[tokio::test(flavor = "multi_thread")]
async fn a_narrowed_handle_is_shipped_on() {
    let (mut home, middle, mut far) =
        (peer("home", TODAY).await, peer("middle", TODAY).await, peer("far", NO_TILL).await);
    let health = home.till_for::<Till, Till>(&middle).await.narrow::<Health>();
    middle.ship(&health, &far).await;
    assert_eq!(home.seen().await, "till: Note { text: \"from the watcher\" }");

    let given = soon(call(&WATCH.at(&home.node, far.name()), |reply| Watch::Give { reply })).await.unwrap().unwrap();
    let till = home.clerk.subject::<Till>();
    assert!(given.is_local() && given.same_actor(&till), "at home it is the actor again");
    assert_eq!(given.way(), till.narrow::<Health>().way());
    given.narrow::<Pulse>().beat(1).unwrap();
    assert_eq!(home.seen().await, "till: Pulse(Beat { n: 1 })");

    let given = soon(call(&WATCH.at(&middle.node, far.name()), |reply| Watch::Give { reply })).await.unwrap().unwrap();
    assert!(given.same_actor(&health) && given.way() == health.way());
    given.narrow::<Pulse>().beat(2).unwrap();
    assert_eq!(home.seen().await, "till: Pulse(Beat { n: 2 })");
    given.note("die".into()).unwrap();
    assert_eq!(far.seen().await, "down: Failed(\"told to\")");
}

/// Whoever got a narrowed handle alone has no way to the rest.
#[tokio::test(flavor = "multi_thread")]
async fn a_narrowed_handle_gives_no_more_than_it_says() {
    let (mut home, far) = (peer("home", TODAY).await, peer("far", NO_TILL).await);
    let health = home.clerk.subject::<Till>().narrow::<Health>();
    home.ship(&health, &far).await;
    assert_eq!(home.seen().await, "till: Note { text: \"from the watcher\" }");
    let exports = home.node.system().exports();
    assert!(exports.inlet(home.clerk.id(), health.way()).is_ok());
    assert!(exports.inlet(home.clerk.id(), health.way().through(Pulse::EDGE)).is_ok());
    for way in [Way::direct(Till::EDGE), Way::direct(Health::EDGE), Way::direct(Till::EDGE).through(Pulse::EDGE)] {
        let refused = exports.inlet(home.clerk.id(), way).map(drop).unwrap_err();
        assert!(refused.to_string().starts_with("expected a handle for `ops.Health`, got one for"), "{refused}");
    }
    assert_eq!(exports.subject::<Pulse>(home.clerk.id(), health.way().via()).unwrap_err().to_string(), {
        "expected a handle for `ops.Pulse`, got one for `ops.Health` and `ops.Pulse`"
    });
}

/// Of an actor that takes a protocol itself too, each handle keeps its way, by whatever it is found.
#[tokio::test(flavor = "multi_thread")]
async fn each_handle_keeps_its_way() {
    const THROUGH: GlobalName<Health> = GlobalName::new("through");
    const ITSELF: GlobalName<Health> = GlobalName::new("itself");
    const PULSES: GroupKey<Pulse> = GroupKey::new("pulses");
    let (mut home, mut away) = (peer("home", TODAY).await, peer("away", TODAY).await);
    soon(home.node.connect(away.name())).await.unwrap();
    let (through, itself) = (home.clerk.subject::<Till>().narrow::<Health>(), home.clerk.subject::<Health>());
    soon(home.node.global().register(&THROUGH, &through)).await.unwrap();
    soon(home.node.global().register(&ITSELF, &itself)).await.unwrap();
    home.node.system().register(&HEALTH, &through).unwrap();
    let again = soon(home.node.global().register(&THROUGH, &itself)).await;
    assert!(again.is_err(), "another way is another holder: {again:?}");
    for node in [&home.node, &away.node] {
        THROUGH.on(node).note("a".into()).unwrap();
        assert_eq!(soon(home.seen.recv()).await.unwrap(), "till: Note { text: \"a\" }");
        ITSELF.on(node).note("b".into()).unwrap();
        assert_eq!(soon(home.seen.recv()).await.unwrap(), "itself: Note { text: \"b\" }");
        HEALTH.at(node, home.name()).note("c".into()).unwrap();
        assert_eq!(soon(home.seen.recv()).await.unwrap(), "till: Note { text: \"c\" }");
    }
    let found = away.node.global().whereis(&THROUGH).unwrap();
    assert!(found.same_actor(&away.node.global().whereis(&ITSELF).unwrap()));
    home.ship(&through, &away).await;
    assert_eq!(home.seen().await, "till: Note { text: \"from the watcher\" }");
    home.ship(&itself, &away).await;
    assert_eq!(home.seen().await, "itself: Note { text: \"from the watcher\" }");

    home.node.groups().join(&PULSES, &through.narrow()).unwrap();
    away.node.groups().join(&PULSES, &away.clerk.subject::<Health>().narrow()).unwrap();
    soon(home.node.global().register(&GlobalName::new("barrier"), &itself)).await.unwrap();
    assert_eq!(away.node.groups().members(&PULSES).len(), 2);
    PULSES.on(&away.node).beat(1).unwrap();
    assert_eq!(home.seen().await, "till: Pulse(Beat { n: 1 })");
    assert_eq!(away.seen().await, "itself: Pulse(Beat { n: 1 })");
    assert!(home.node.groups().leave(&PULSES, &through.narrow()));
    home.clerk.stop();
    assert_eq!(away.seen().await, "down: Stopped");
    assert_eq!(away.seen().await, "down: Stopped");
    assert!(away.node.global().whereis(&THROUGH).is_none());
}

/// A build whose protocol does not include the other yet refuses what comes by a narrowed handle, by name, and nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn a_build_that_does_not_include_it_refuses_by_name() {
    let (mut home, today) = (peer("home", &["pulse", "health", "before"]).await, peer("today", TODAY).await);
    let till = home.till_for::<before::Till, Till>(&today).await;
    let health = till.narrow::<Health>();
    let mut letters = home.node.system().dead_letters().subscribe();
    let why = "expected a handle for `shop.Till`, got one for `ops.Health`";
    assert_eq!(soon(health.ask()).await, Err(CallError::Undecodable(why.into())));
    health.note("a".into()).unwrap();
    for _ in 0..2 {
        let letter = soon(letters.next()).await.unwrap();
        assert_eq!((letter.message.as_str(), letter.to), ("ops.Health", Some(home.clerk.id())));
        assert_eq!(letter.reason, DeadLetterReason::NotTaken(why.into()));
    }
    // Who sends by the protocol that includes it is told at once.
    let refused = till.health(Health::Note { text: "b".into() });
    let Err(SendError::Refused(Till::Health(Health::Note { text }), error)) = refused else { panic!("{refused:?}") };
    assert_eq!(text, "b");
    assert_eq!(error, EncodeError::PeerTooOld { uri: "shop.Till", what: "variant `Health`".into(), needs: 2, has: 1 });
    till.pay(1).unwrap();
    assert_eq!(home.seen().await, "Pay { cents: 1 }");
}

/// H4: the included protocol is written in the version that both know of it, whatever is agreed on about the one around it.
#[tokio::test(flavor = "multi_thread")]
async fn the_included_protocol_has_versions_of_its_own() {
    let (mut home, later) = (peer("home", TODAY).await, peer("later", &["pulse", "later"]).await);
    let till = home.till_for::<Till, later::Till>(&later).await;
    let health = till.narrow::<later::Health>();
    health.tell(later::Health::Note { text: "a".into() }).unwrap();
    assert_eq!(home.seen().await, "till: Note { text: \"a\" }");
    let why = soon(call(&health, |reply| later::Health::Why { reply })).await;
    let too_old = EncodeError::PeerTooOld { uri: "ops.Health", what: "variant `Why`".into(), needs: 2, has: 1 };
    assert_eq!(why, Err(CallError::NotDelivered(SendFailure::Refused(too_old))));
    till.tell(later::Till::Pay { cents: 1 }).unwrap();
    assert_eq!(home.seen().await, "Pay { cents: 1 }");
}

/// H4: what contradicts about an included protocol quarantines the one around it; not the other way round.
#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_goes_outwards_and_not_inwards() {
    let (mut home, odd) = (peer("home", TODAY).await, peer("odd", &["pulse", "health", "odd"]).await);
    let till = home.till_for::<Till, odd::Till>(&odd).await;
    let refused = till.tell(odd::Till::Pay { cents: 1 }).unwrap_err().failure();
    assert_eq!(quarantined(&refused), "shop.Till");
    let health = till.narrow::<Health>();
    health.note("a".into()).unwrap();
    assert_eq!(home.seen().await, "till: Note { text: \"a\" }");
    assert_eq!(soon(health.ask()).await, Ok(7));

    let (home, faint) = (peer("home", TODAY).await, peer("faint", &["faint", "health", "till"]).await);
    let till = home.till_for::<Till, Till>(&faint).await;
    let (health, pulse) = (till.narrow::<Health>(), till.narrow::<Health>().narrow::<Pulse>());
    let refused = [
        till.pay(1).unwrap_err().failure(),
        health.note("a".into()).unwrap_err().failure(),
        pulse.beat(1).unwrap_err().failure(),
    ];
    assert_eq!(refused.each_ref().map(quarantined), ["shop.Till", "ops.Health", "ops.Pulse"]);
}

/// Of what the builds contradict each other about nothing has left.
fn quarantined(failure: &SendFailure) -> &'static str {
    match failure {
        SendFailure::Refused(EncodeError::Quarantined { uri, .. }) => uri,
        other => panic!("{other}"),
    }
}
