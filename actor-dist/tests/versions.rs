//! Two builds in one cluster: what each writes for the other, what comes back to the sender, what they contradict each other
//! about. Each protocol is defined twice, and each node is told which definitions its build has.

mod support;

use std::sync::atomic::{AtomicBool, Ordering};

use actor_core::{
    CallError, DeadLetterReason, NodeName, SendFailure, call,
    prelude::*,
    wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Schema, SchemaTable},
};
use actor_dist::{AtNode, ConnectError, Events, GroupKey, Node, NodeBuilder, NodeEvent};
use support::{COOKIE, pair, soon};
use tokio::sync::mpsc;

/// The build of last month.
mod old {
    use super::*;

    #[derive(Wire, Debug, Clone, PartialEq)]
    #[wire(uri = "shop.Item", version = 1)]
    pub(super) struct Item {
        pub(super) name: String,
        pub(super) cents: u32,
    }

    #[derive(Protocol, Debug)]
    #[wire(uri = "shop.Shop", version = 1)]
    pub(super) enum Shop {
        Buy {
            item: Item,
        },
        Price {
            name: String,
            reply: Reply<Item>,
        },
        Meet {
            shop: Subject<Shop>,
            reply: Reply<bool>,
        },
        Fax {
            page: String,
            reply: Reply<u64>,
        },
        #[wire(tag = 9)]
        Pass {
            item: Item,
            to: Subject<Shop>,
        },
    }

    #[derive(Protocol, Clone)]
    #[wire(uri = "shop.News", version = 1)]
    pub(super) enum News {
        Sale { item: Item },
    }

    #[derive(Actor)]
    #[actor(handles(Shop, News))]
    pub(super) struct Keeper(pub(super) mpsc::UnboundedSender<String>);

    impl Handler<Shop> for Keeper {
        async fn handle(&mut self, msg: Shop, _: &mut Context<Self>) -> Result<(), Error> {
            match msg {
                Shop::Buy { item } => self.0.send(format!("old {item:?}"))?,
                Shop::Price { name, reply } => reply.send(Item { name, cents: 7 }),
                Shop::Meet { shop, reply } => {
                    shop.tell(Shop::Buy { item: Item { name: "met".into(), cents: 1 } })?;
                    reply.send(true);
                }
                Shop::Fax { page, reply } => {
                    self.0.send(format!("old fax {page}"))?;
                    reply.send(1);
                }
                Shop::Pass { item, to } => to.tell(Shop::Buy { item })?,
            }
            Ok(())
        }
    }

    impl Handler<News> for Keeper {
        async fn handle(&mut self, News::Sale { item }: News, _: &mut Context<Self>) -> Result<(), Error> {
            Ok(self.0.send(format!("old sale {item:?}"))?)
        }
    }
}

/// The build of today.
mod new {
    use super::*;

    #[derive(Wire, Debug, Clone, PartialEq)]
    #[wire(uri = "shop.Article", alias = "shop.Item", version = 2)]
    pub(super) struct Article {
        pub(super) name: String,
        #[wire(since = 2, from = u32, convert = u64::from, down = narrow)]
        pub(super) cents: u64,
        #[wire(since = 2, default = "none".to_owned())]
        pub(super) color: String,
    }

    fn narrow(cents: &u64) -> Option<u32> {
        u32::try_from(*cents).ok()
    }

    #[derive(Protocol, Debug)]
    #[wire(uri = "shop.Shop", version = 2)]
    pub(super) enum Shop {
        Buy {
            item: Article,
        },
        Price {
            name: String,
            reply: Reply<Article>,
        },
        Meet {
            shop: Subject<Shop>,
            reply: Reply<bool>,
        },
        #[wire(until = 2)]
        Fax {
            page: String,
            reply: Reply<u64>,
        },
        #[wire(since = 2)]
        Gift {
            to: String,
            reply: Reply<u64>,
        },
        #[wire(tag = 9)]
        Pass {
            item: Article,
            to: Subject<Shop>,
        },
    }

    #[derive(Protocol, Clone)]
    #[wire(uri = "shop.News", version = 2)]
    pub(super) enum News {
        Sale {
            item: Article,
        },
        #[wire(since = 2)]
        Closing {
            hour: u8,
        },
    }

    #[derive(Actor)]
    #[actor(handles(Shop, News))]
    pub(super) struct Keeper(pub(super) mpsc::UnboundedSender<String>);

    impl Handler<Shop> for Keeper {
        async fn handle(&mut self, msg: Shop, _: &mut Context<Self>) -> Result<(), Error> {
            match msg {
                Shop::Buy { item } => self.0.send(format!("new {item:?}"))?,
                Shop::Price { name, reply } => {
                    let cents = if name == "yacht" { 1 << 40 } else { 8 };
                    reply.send(Article { name, cents, color: "red".into() });
                }
                Shop::Meet { shop, reply } => {
                    shop.tell(Shop::Buy { item: article("met", 2) })?;
                    reply.send(true);
                }
                Shop::Fax { page, reply } => {
                    self.0.send(format!("new fax {page}"))?;
                    reply.send(2);
                }
                Shop::Gift { to, reply } => {
                    self.0.send(format!("new gift {to}"))?;
                    reply.send(1);
                }
                Shop::Pass { item, to } => to.tell(Shop::Buy { item })?,
            }
            Ok(())
        }
    }

    impl Handler<News> for Keeper {
        async fn handle(&mut self, msg: News, _: &mut Context<Self>) -> Result<(), Error> {
            match msg {
                News::Sale { item } => self.0.send(format!("new sale {item:?}"))?,
                News::Closing { hour } => self.0.send(format!("new closing {hour}"))?,
            }
            Ok(())
        }
    }

    pub(super) fn article(name: &str, cents: u64) -> Article {
        Article { name: name.to_owned(), cents, color: "blue".to_owned() }
    }
}

/// A build that means one thing by `shop.Odd`.
mod left {
    use super::*;

    #[derive(Wire, Debug)]
    #[wire(uri = "shop.Odd", version = 1)]
    pub(super) struct Odd {
        pub(super) n: u8,
    }

    #[derive(Protocol, Debug)]
    #[wire(uri = "shop.Strange", version = 1)]
    pub(super) enum Strange {
        Take { odds: Vec<Odd> },
    }
}

/// A build that means another.
mod right {
    use super::*;

    #[derive(Wire, Debug)]
    #[wire(uri = "shop.Odd", version = 1)]
    pub(super) struct Odd {
        pub(super) n: u16,
    }

    #[derive(Protocol, Debug)]
    #[wire(uri = "shop.Strange", version = 1)]
    pub(super) enum Strange {
        Take { odds: Vec<Odd> },
    }

    #[derive(Actor)]
    #[actor(handles(Strange))]
    pub(super) struct Stranger;

    impl Handler<Strange> for Stranger {
        async fn handle(&mut self, _: Strange, _: &mut Context<Self>) -> Result<(), Error> {
            Ok(())
        }
    }
}

const OLD: LocalName<old::Shop> = LocalName::new("shop");
const NEW: LocalName<new::Shop> = LocalName::new("shop");
const OLD_PRESS: GroupKey<old::News> = GroupKey::new("press");
const NEW_PRESS: GroupKey<new::News> = GroupKey::new("press");

/// The types of these modules, as the table of a build.
fn build(modules: &[&str]) -> SchemaTable {
    let of = |schema: &&Schema| modules.iter().any(|module| schema.path.contains(&format!("::{module}::")));
    SchemaTable::of(Schema::linked().filter(of).cloned()).expect("a build has each name once")
}

/// A node with a shop of its build.
struct Branch {
    node: Node,
    seen: mpsc::UnboundedReceiver<String>,
    events: Events,
}

impl Branch {
    async fn start(builder: NodeBuilder, modules: &[&str]) -> Branch {
        let builder = builder.schemas(build(modules)).system(System::new());
        let node = builder.cookie(COOKIE).expect("it is a cookie").start().await.expect("the node starts");
        let (sender, seen) = mpsc::unbounded_channel();
        let system = node.system();
        match modules.contains(&"old") {
            true => {
                let keeper = system.spawn(old::Keeper(sender));
                system.register(&OLD, &keeper.subject()).expect("the name is free");
                node.groups().join(&OLD_PRESS, &keeper.subject()).expect("it is the first");
            }
            false => {
                let keeper = system.spawn(new::Keeper(sender));
                system.register(&NEW, &keeper.subject()).expect("the name is free");
                node.groups().join(&NEW_PRESS, &keeper.subject()).expect("it is the first");
            }
        }
        let events = node.events();
        Branch { node, seen, events }
    }

    fn name(&self) -> &NodeName {
        self.node.name()
    }

    async fn seen(&mut self) -> String {
        soon(self.seen.recv()).await.expect("the actor lives")
    }

    async fn event(&mut self) -> NodeEvent {
        soon(self.events.next()).await.expect("the node lives")
    }
}

async fn branch(short: &str, modules: &[&str]) -> Branch {
    Branch::start(Node::builder(short), modules).await
}

/// One of each build, connected.
async fn two() -> (Branch, Branch) {
    let (today, before) = (branch("today", &["new"]).await, branch("before", &["old"]).await);
    soon(today.node.connect(before.name())).await.expect("they connect");
    // The side that was connected to has seen the session when it has answered.
    let price = call(&NEW.at(&today.node, before.name()), |reply| new::Shop::Price { name: "cup".into(), reply });
    soon(price).await.expect("it has a price");
    (today, before)
}

fn too_old(what: &'static str, uri: &'static str) -> EncodeError {
    EncodeError::PeerTooOld { uri, what: what.into(), needs: 2, has: 1 }
}

/// H4, DESIGN §4: tells, requests and answers are written in the version that both know.
#[tokio::test(flavor = "multi_thread")]
async fn old_and_new_builds_talk() {
    let (mut today, mut before) = two().await;
    let names = (today.name().clone(), before.name().clone());
    let there = NEW.at(&today.node, &names.1);
    there.tell(new::Shop::Buy { item: new::article("cup", 3) }).unwrap();
    assert_eq!(before.seen().await, "old Item { name: \"cup\", cents: 3 }");
    let fax = call(&there, |reply| new::Shop::Fax { page: "old news".into(), reply });
    assert_eq!(soon(fax).await, Ok(1));
    assert_eq!(before.seen().await, "old fax old news", "what is no more can still be said to who knows it");
    let price = soon(call(&there, |reply| new::Shop::Price { name: "tea".into(), reply })).await;
    assert_eq!(price, Ok(new::Article { name: "tea".into(), cents: 7, color: "none".into() }));

    let there = OLD.at(&before.node, &names.0);
    there.tell(old::Shop::Buy { item: old::Item { name: "pot".into(), cents: 4 } }).unwrap();
    assert_eq!(today.seen().await, "new Article { name: \"pot\", cents: 4, color: \"none\" }");
    let price = soon(call(&there, |reply| old::Shop::Price { name: "tea".into(), reply })).await;
    assert_eq!(price, Ok(old::Item { name: "tea".into(), cents: 8 }));
    let price = soon(call(&there, |reply| old::Shop::Price { name: "yacht".into(), reply })).await;
    assert!(matches!(&price, Err(CallError::BadAnswer(why)) if why.contains("`cents`")), "{price:?}");
}

/// H4, DESIGN §5: a handle of a newer protocol is taken, and what is sent by it is written for its node.
#[tokio::test(flavor = "multi_thread")]
async fn handles_cross_between_builds() {
    let (mut today, mut before) = two().await;
    let shop = today.node.system().whereis(&NEW).unwrap();
    let met = call(&NEW.at(&today.node, before.name()), |reply| new::Shop::Meet { shop, reply });
    assert_eq!(soon(met).await, Ok(true));
    assert_eq!(today.seen().await, "new Article { name: \"met\", cents: 1, color: \"none\" }");
    let shop = before.node.system().whereis(&OLD).unwrap();
    let met = call(&OLD.at(&before.node, today.name()), |reply| old::Shop::Meet { shop, reply });
    assert_eq!(soon(met).await, Ok(true));
    assert_eq!(before.seen().await, "old Item { name: \"met\", cents: 2 }");
}

/// DESIGN §4: what passes through an older build is from then on what that build understands: what it does not know is lost
/// there, and is its default for a newer reader behind it.
#[tokio::test(flavor = "multi_thread")]
async fn what_passes_through_an_older_build_is_what_that_understands() {
    let (mut today, before) = two().await;
    let to = today.node.system().whereis(&NEW).unwrap();
    let pass = |cents| new::Shop::Pass { item: new::article("cup", cents), to: to.clone() };
    NEW.at(&today.node, before.name()).tell(pass(3)).unwrap();
    assert_eq!(today.seen().await, "new Article { name: \"cup\", cents: 3, color: \"none\" }", "it was blue");
    // What has no older form does not get there.
    let refused = NEW.at(&today.node, before.name()).tell(pass(1 << 40));
    assert!(matches!(refused, Err(SendError::Refused(new::Shop::Pass { .. }, EncodeError::PeerTooOld { .. }))));
    // Between newer builds nothing is lost.
    let third = branch("third", &["new"]).await;
    NEW.at(&today.node, third.name()).tell(pass(1 << 40)).unwrap();
    assert_eq!(today.seen().await, "new Article { name: \"cup\", cents: 1099511627776, color: \"blue\" }");
}

/// S3: what the reader cannot know comes back at once, whole, its replies still live.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_peer_cannot_know_comes_back() {
    let (today, before) = two().await;
    let there = NEW.at(&today.node, before.name());
    let (waiting, reply) = pair();
    let refused = there.tell(new::Shop::Gift { to: "ann".into(), reply });
    let Err(SendError::Refused(new::Shop::Gift { to, reply }, error)) = refused else {
        panic!("an old shop knows no gifts: {refused:?}");
    };
    assert_eq!((to.as_str(), error), ("ann", too_old("variant `Gift`", "shop.Shop")));
    reply.send(9);
    assert_eq!(soon(waiting).await, Ok(9));
    let call = call(&there, |reply| new::Shop::Gift { to: "ann".into(), reply });
    let error = too_old("variant `Gift`", "shop.Shop");
    assert_eq!(soon(call).await, Err(CallError::NotDelivered(SendFailure::Refused(error))));
    let refused = there.tell(new::Shop::Buy { item: new::article("yacht", 1 << 40) });
    assert!(matches!(refused, Err(SendError::Refused(new::Shop::Buy { .. }, EncodeError::PeerTooOld { .. }))));
    // Among its own kind all of it crosses, and what is no more does not.
    let other = branch("other", &["new"]).await;
    soon(today.node.connect(other.name())).await.unwrap();
    let there = NEW.at(&today.node, other.name());
    assert_eq!(soon(actor_core::call(&there, |reply| new::Shop::Gift { to: "ann".into(), reply })).await, Ok(1));
    let refused = there.tell(new::Shop::Fax { page: "late".into(), reply: pair().1 });
    assert!(matches!(refused, Err(SendError::Refused(new::Shop::Fax { .. }, EncodeError::PeerTooNew { .. }))));
}

/// H4, S1: what is sent before a session stands is written for the one that comes about, in the order in which it was sent.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_session_is_written_for_its_peer() {
    for round in 0..20 {
        let (today, mut before) = (branch("today", &["new"]).await, branch("before", &["old"]).await);
        let name = before.name().clone();
        let there = NEW.at(&today.node, &name);
        let fax = call(&there, |reply| new::Shop::Fax { page: "first".into(), reply });
        let (buy, price) = (
            |n| new::Shop::Buy { item: new::article("cup", n) },
            call(&there, |reply| new::Shop::Price { name: "tea".into(), reply }),
        );
        for n in 0..100 {
            there.tell(buy(n)).unwrap();
        }
        let article = new::Article { name: "tea".into(), cents: 7, color: "none".into() };
        assert_eq!((soon(fax).await, soon(price).await), (Ok(1), Ok(article)), "round {round}");
        assert_eq!(before.seen().await, "old fax first");
        for n in 0..100 {
            assert_eq!(before.seen().await, format!("old Item {{ name: \"cup\", cents: {n} }}"));
        }
    }
}

/// H4, S1: so is what is sent by handle, with the monitors among it.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_behind_a_handle_is_written_for_its_peer() {
    let (mut today, mut before) = two().await;
    let there = today.node.groups().members(&NEW_PRESS);
    let name = before.name().clone();
    let news = there.into_iter().find(|member| !member.is_local()).unwrap();
    for round in 0..20 {
        today.node.disconnect(&name);
        while !matches!(today.event().await, NodeEvent::Down { .. }) {}
        let end = news.ended();
        for cents in 0..10 {
            news.tell(new::News::Sale { item: new::article("cup", cents) }).unwrap();
        }
        for cents in 0..10 {
            let sold = before.seen().await;
            assert_eq!(sold, format!("old sale Item {{ name: \"cup\", cents: {cents} }}"), "round {round}");
        }
        drop(end);
    }
}

/// S3: what waited and turns out to be unknown to the peer is a dead letter, and its caller is told that it surely did not run.
#[tokio::test(flavor = "multi_thread")]
async fn what_waited_in_vain_is_a_dead_letter() {
    let (today, mut before) = (branch("today", &["new"]).await, branch("before", &["old"]).await);
    let mut letters = today.node.system().dead_letters().subscribe();
    let name = before.name().clone();
    let there = NEW.at(&today.node, &name);
    let gift = call(&there, |reply| new::Shop::Gift { to: "ann".into(), reply });
    there.tell(new::Shop::Buy { item: new::article("cup", 3) }).unwrap();
    there.tell(new::Shop::Buy { item: new::article("yacht", 1 << 40) }).unwrap();
    let (waiting, reply) = pair();
    there.tell(new::Shop::Gift { to: "bob".into(), reply }).unwrap();
    there.tell(new::Shop::Buy { item: new::article("pot", 4) }).unwrap();
    let error = || CallError::NotDelivered(SendFailure::Refused(too_old("variant `Gift`", "shop.Shop")));
    assert_eq!((soon(gift).await, soon(waiting).await), (Err(error()), Err(error())));
    assert_eq!(before.seen().await, "old Item { name: \"cup\", cents: 3 }");
    assert_eq!(before.seen().await, "old Item { name: \"pot\", cents: 4 }");
    for what in ["`Gift`", "`cents`", "`Gift`"] {
        let letter = soon(letters.next()).await.unwrap();
        assert_eq!(letter.message, "shop.Shop");
        assert!(letter.receiver.starts_with("name `shop` of node `before@"), "{letter}");
        assert!(matches!(&letter.reason, DeadLetterReason::NotTaken(why) if why.contains(what)), "{letter}");
    }
    assert_eq!(today.node.system().dead_letters().not_taken(), 3);
    // What is no more is known to no new shop.
    let other = branch("other", &["new"]).await;
    let fax = call(&NEW.at(&today.node, other.name()), |reply| new::Shop::Fax { page: "late".into(), reply });
    let refused = soon(fax).await;
    let unknown = |error: &EncodeError| matches!(error, EncodeError::PeerTooNew { until: 2, has: 2, .. });
    assert!(
        matches!(&refused, Err(CallError::NotDelivered(SendFailure::Refused(error))) if unknown(error)),
        "{refused:?}"
    );
}

/// Looks at its node when it is dropped.
struct Clingy(Node, mpsc::UnboundedSender<usize>);

impl Drop for Clingy {
    fn drop(&mut self) {
        let _nobody_listens = self.1.send(self.0.nodes().len());
        panic!("a destructor panics, on purpose");
    }
}

impl Wire for Clingy {
    const EDGE: Edge = Edge::of("test.Clingy", &[]);

    fn encode(&self, _: &mut Encoder<'_>) -> Result<(), EncodeError> {
        Ok(())
    }

    fn decode(_: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Err(DecodeError::NoSession)
    }
}

/// Can be written once.
struct Once(AtomicBool);

impl Wire for Once {
    const EDGE: Edge = Edge::of("test.Once", &[]);

    fn encode(&self, _: &mut Encoder<'_>) -> Result<(), EncodeError> {
        assert!(!self.0.swap(true, Ordering::Relaxed), "an encoder panics, on purpose");
        Ok(())
    }

    fn decode(_: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Err(DecodeError::NoSession)
    }
}

#[derive(Protocol)]
#[wire(uri = "test.Holding", version = 1)]
enum Holding {
    Hold { clingy: Clingy, reply: Reply<u64> },
    Twice { once: Once, reply: Reply<u64> },
}

/// S3, V3: a message whose encoder panics when the session stands is one that cannot cross; those behind it do.
#[tokio::test(flavor = "multi_thread")]
async fn an_encoder_that_panics_costs_its_message_alone() {
    const NAME: LocalName<Holding> = LocalName::new("holding");
    let (today, mut before) = (branch("today", &["new"]).await, branch("before", &["old"]).await);
    let name = before.name().clone();
    let once = Once(AtomicBool::new(false));
    let lost = call(&NAME.at(&today.node, &name), |reply| Holding::Twice { once, reply });
    NEW.at(&today.node, &name).tell(new::Shop::Buy { item: new::article("cup", 3) }).unwrap();
    assert_eq!(before.seen().await, "old Item { name: \"cup\", cents: 3 }");
    let refused = soon(lost).await;
    assert!(
        matches!(refused, Err(CallError::NotDelivered(SendFailure::Refused(EncodeError::Codec(_))))),
        "{refused:?}"
    );
}

/// S3, V3: a message that waited in vain is dropped where its destructor does no harm, after its caller was told.
#[tokio::test(flavor = "multi_thread")]
async fn a_destructor_of_what_waited_in_vain_does_no_harm() {
    const NAME: LocalName<Holding> = LocalName::new("holding");
    let today = branch("today", &["new"]).await;
    let (sender, mut dropped) = mpsc::unbounded_channel();
    let nobody: NodeName = "nobody@127.0.0.1:1".parse().unwrap();
    let there = NAME.at(&today.node, &nobody);
    let held = call(&there, |reply| Holding::Hold { clingy: Clingy(today.node.clone(), sender.clone()), reply });
    assert_eq!(soon(held).await, Err(CallError::NotDelivered(SendFailure::Disconnected)));
    assert_eq!(soon(dropped.recv()).await, Some(0));
    let before = branch("before", &["old"]).await;
    soon(today.node.connect(before.name())).await.unwrap();
}

/// P6: a broadcast is written for each build among the members; whoever cannot know it misses it, and nobody else.
#[tokio::test(flavor = "multi_thread")]
async fn a_broadcast_reaches_members_of_both_builds() {
    let (mut today, mut before) = two().await;
    let mut other = branch("other", &["new"]).await;
    for peer in [&today, &before] {
        soon(other.node.connect(peer.name())).await.unwrap();
    }
    let name = || "cup".to_owned();
    soon(call(&NEW.at(&other.node, today.name()), |reply| new::Shop::Price { name: name(), reply })).await.unwrap();
    soon(call(&OLD.at(&before.node, today.name()), |reply| old::Shop::Price { name: name(), reply })).await.unwrap();
    let sale = new::News::Sale { item: new::article("cup", 3) };
    let reach = today.node.groups().broadcast(&NEW_PRESS, sale).unwrap();
    assert_eq!((reach.local, reach.nodes, reach.missed), (1, 2, 0));
    let sold = "sale Article { name: \"cup\", cents: 3, color: \"blue\" }";
    assert_eq!((today.seen().await, other.seen().await), (format!("new {sold}"), format!("new {sold}")));
    assert_eq!(before.seen().await, "old sale Item { name: \"cup\", cents: 3 }");

    let mut letters = today.node.system().dead_letters().subscribe();
    let reach = today.node.groups().broadcast(&NEW_PRESS, new::News::Closing { hour: 8 }).unwrap();
    assert_eq!((reach.local, reach.nodes, reach.missed), (1, 1, 1));
    assert_eq!((today.seen().await, other.seen().await), ("new closing 8".to_owned(), "new closing 8".to_owned()));
    let letter = soon(letters.next()).await.unwrap();
    assert!(matches!(&letter.reason, DeadLetterReason::NotTaken(why) if why.contains("`Closing`")), "{letter}");

    let item = old::Item { name: "pot".into(), cents: 1 };
    let reach = before.node.groups().broadcast(&OLD_PRESS, old::News::Sale { item }).unwrap();
    assert_eq!((reach.local, reach.missed), (1, 0));
    assert!(today.seen().await.starts_with("new sale Article { name: \"pot\""));
    assert!(before.seen().await.starts_with("old sale"));
}

/// P6: a broadcast that none of the members can know comes back.
#[tokio::test(flavor = "multi_thread")]
async fn a_broadcast_that_nobody_can_know_comes_back() {
    let (today, before) = two().await;
    let keeper = today.node.groups().members(&NEW_PRESS).into_iter().find(Subject::is_local).unwrap();
    today.node.groups().leave(&NEW_PRESS, &keeper);
    let name = "cup".to_owned();
    soon(call(&OLD.at(&before.node, today.name()), |reply| old::Shop::Price { name, reply })).await.unwrap();
    let refused = today.node.groups().broadcast(&NEW_PRESS, new::News::Closing { hour: 8 });
    let Err(SendError::Refused(new::News::Closing { hour: 8 }, error)) = refused else { panic!("nobody knows it") };
    assert_eq!(error, too_old("variant `Closing`", "shop.News"));
}

/// H4: what two builds contradict each other about does not cross, nor what contains it; all else does.
#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_quarantines_what_contains_it_alone() {
    const LEFT: LocalName<left::Strange> = LocalName::new("strange");
    const RIGHT: LocalName<right::Strange> = LocalName::new("strange");
    let (mut a, mut b) = (branch("a", &["new", "left"]).await, branch("b", &["old", "right"]).await);
    let stranger = b.node.system().spawn(right::Stranger);
    b.node.system().register(&RIGHT, &stranger.subject()).unwrap();
    soon(a.node.connect(b.name())).await.unwrap();
    let take = left::Strange::Take { odds: vec![left::Odd { n: 1 }] };
    let refused = LEFT.at(&a.node, b.name()).tell(take);
    let Err(SendError::Refused(left::Strange::Take { odds }, error)) = refused else { panic!("{refused:?}") };
    assert_eq!(odds[0].n, 1);
    assert_eq!(
        error.to_string(),
        "nothing of `shop.Strange` crosses between this build and the reader's, which contradict each other: \
         `shop.Odd` is version 1, struct { n: u8 } on this node, and version 1, struct { n: u16 } on the other; \
         make the change in a version of its own"
    );
    let there = NEW.at(&a.node, b.name());
    there.tell(new::Shop::Buy { item: new::article("cup", 3) }).unwrap();
    assert_eq!(b.seen().await, "old Item { name: \"cup\", cents: 3 }");

    let one_byte = "version 1, struct { n: u8 }".to_owned();
    let two_bytes = "version 1, struct { n: u16 }".to_owned();
    let ids = (a.node.id().clone(), b.node.id().clone());
    for (here, there, words) in [(&mut a, &ids.1, [&one_byte, &two_bytes]), (&mut b, &ids.0, [&two_bytes, &one_byte])] {
        let mut late = here.node.events();
        let NodeEvent::Up { connection, node } = here.event().await else { panic!("first it is up") };
        assert_eq!(node, *there);
        let [ours, theirs] = words.map(String::clone);
        let expected = NodeEvent::SchemaConflict { node, connection, uri: "shop.Odd".into(), ours, theirs };
        assert_eq!(here.event().await, expected);
        assert!(matches!(soon(late.next()).await, Some(NodeEvent::Up { .. })));
        assert_eq!(soon(late.next()).await, Some(expected), "who subscribes later is told as well");
    }
}

/// H4: a strict node connects with no build that contradicts its own, whoever of the two dials and is strict.
#[tokio::test(flavor = "multi_thread")]
async fn strict_nodes_refuse_conflicts() {
    for strict_dialer in [true, false] {
        let strict = |short: &str, is: bool| {
            let builder = Node::builder(short);
            if is { builder.strict_schemas() } else { builder }
        };
        let a = Branch::start(strict("a", strict_dialer), &["new", "left"]).await;
        let mut b = Branch::start(strict("b", !strict_dialer), &["old", "right"]).await;
        let refused = soon(a.node.connect(b.name())).await;
        let Err(ConnectError::Conflicts { node, conflicts }) = &refused else { panic!("{refused:?}") };
        assert_eq!((node, conflicts.len(), conflicts[0].uri.as_str()), (b.name(), 1, "shop.Odd"));
        assert!(refused.unwrap_err().to_string().contains("struct { n: u8 } on this node, and version 1"));
        let NodeEvent::Refused { why, unproven: false, .. } = b.event().await else { panic!("it is refused") };
        assert!(why.contains("`shop.Odd` is version 1, struct { n: u16 } on this node"), "{why}");
        let call = call(&NEW.at(&a.node, b.name()), |reply| new::Shop::Price { name: "cup".into(), reply });
        let failure = soon(call).await.expect_err("they do not connect");
        assert!(matches!(failure, CallError::NotDelivered(SendFailure::Unreachable { .. })), "{failure}");
    }
    // Another version is no conflict.
    let a = Branch::start(Node::builder("a").strict_schemas(), &["new"]).await;
    let b = branch("b", &["old"]).await;
    soon(a.node.connect(b.name())).await.unwrap();
}
