//! A client that has no type but the stubs of a contract, and services of other versions than that contract: one that has gone
//! on since, and one that is not there yet. `BLESS=1 cargo test -p actor-dist --test stubs` writes the contract anew.

mod support;

use std::{fs, path::Path};

use actor_core::{
    CallError, SendFailure,
    prelude::*,
    wire::{EncodeError, Schema, SchemaTable, lock::Contract},
};
use actor_dist::{AtNode, GlobalName, GroupKey, Node, NodeEvent};
use support::{COOKIE, soon};
use tokio::sync::mpsc;

/// The service when only version 1 was released.
mod first {
    use super::*;

    #[derive(Wire, Debug, Clone)]
    #[wire(uri = "shop.Item", version = 1)]
    pub(super) struct Item {
        pub(super) name: String,
        pub(super) cents: u32,
    }

    #[derive(Wire, Debug, Clone)]
    #[wire(uri = "shop.Refusal", version = 1)]
    pub(super) enum Refusal {
        Unknown { similar: Vec<Item> },
    }

    #[derive(Protocol)]
    #[wire(uri = "shop.Shop", version = 1)]
    pub(super) enum Shop {
        Buy { items: Vec<Item> },
        Price { name: String, reply: Reply<Result<Item, Refusal>> },
        Watch { to: Subject<News>, reply: Reply<Subject<Shop>> },
        Fax { page: String },
    }

    #[derive(Protocol, Clone)]
    #[wire(uri = "shop.News", version = 1)]
    pub(super) enum News {
        Sale { item: Item },
    }

    #[derive(Actor)]
    #[actor(handles(Shop))]
    pub(super) struct Keeper(pub(super) mpsc::UnboundedSender<String>);

    impl Handler<Shop> for Keeper {
        async fn handle(&mut self, msg: Shop, cx: &mut Context<Self>) -> Result<(), Error> {
            match msg {
                Shop::Buy { items } => self.0.send(format!("buy {items:?}"))?,
                Shop::Price { name, reply } => reply.send(Ok(Item { name, cents: 7 })),
                Shop::Watch { to, reply } => {
                    to.tell(News::Sale { item: Item { name: "cup".into(), cents: 1 } })?;
                    reply.send(cx.subject().ok_or_else(|| Error::new("no handle is left"))?);
                }
                Shop::Fax { page } => self.0.send(format!("fax {page}"))?,
            }
            Ok(())
        }
    }
}

/// The service of today, in which version 3 is a draft; the contract was handed on when 2 was the newest.
mod third {
    use super::*;

    #[derive(Wire, Debug, Clone)]
    #[wire(uri = "shop.Article", alias = "shop.Item", version = 3)]
    pub(super) struct Article {
        pub(super) name: String,
        #[wire(since = 3, from = u32, convert = u64::from, down = narrow)]
        pub(super) cents: u64,
        #[wire(since = 2, default = "none".to_owned())]
        pub(super) color: String,
        #[wire(since = 3, default)]
        pub(super) tags: Vec<Tag>,
    }

    #[derive(Wire, Debug, Clone)]
    #[wire(uri = "shop.Tag", version = 3, min_version = 3)]
    pub(super) struct Tag(pub(super) String);

    fn narrow(cents: &u64) -> Option<u32> {
        u32::try_from(*cents).ok()
    }

    #[derive(Wire, Debug, Clone)]
    #[wire(uri = "shop.Refusal", version = 2)]
    pub(super) enum Refusal {
        Unknown {
            similar: Vec<Article>,
        },
        #[wire(since = 2)]
        Closed,
    }

    #[derive(Protocol)]
    #[wire(uri = "shop.Shop", version = 3)]
    pub(super) enum Shop {
        Buy {
            items: Vec<Article>,
        },
        Price {
            name: String,
            #[wire(since = 3, default = 1)]
            count: u16,
            reply: Reply<Result<Article, Refusal>>,
        },
        Watch {
            to: Subject<News>,
            reply: Reply<Subject<Shop>>,
        },
        #[wire(until = 3)]
        Fax {
            page: String,
        },
        #[wire(since = 2, method = "send_gift")]
        Send {
            to: String,
            reply: Reply<u64>,
        },
        #[wire(since = 3)]
        Shut,
    }

    #[derive(Protocol, Clone)]
    #[wire(uri = "shop.News", version = 3)]
    pub(super) enum News {
        Sale {
            item: Article,
        },
        #[wire(since = 3)]
        Closing {
            hour: u8,
        },
    }

    #[derive(Actor)]
    #[actor(handles(Shop, News))]
    pub(super) struct Keeper(pub(super) mpsc::UnboundedSender<String>);

    impl Handler<Shop> for Keeper {
        async fn handle(&mut self, msg: Shop, cx: &mut Context<Self>) -> Result<(), Error> {
            match msg {
                Shop::Buy { items } => self.0.send(format!("buy {items:?}"))?,
                Shop::Price { name, count, reply } => match name.as_str() {
                    "yacht" => reply.send(Ok(article("yacht", 1 << 40))),
                    "bear" => reply.send(Err(Refusal::Unknown { similar: vec![article("pear", u64::from(count))] })),
                    name => reply.send(Ok(article(name, 8))),
                },
                Shop::Watch { to, reply } => {
                    to.tell(News::Sale { item: article("cup", 1) })?;
                    let refused = to.tell(News::Closing { hour: 8 });
                    self.0.send(format!("{:?}", refused.is_err_and(|error| error.to_string().contains("Closing"))))?;
                    reply.send(cx.subject().ok_or_else(|| Error::new("no handle is left"))?);
                }
                Shop::Fax { page } => self.0.send(format!("fax {page}"))?,
                Shop::Send { to, reply } => {
                    self.0.send(format!("gift {to}"))?;
                    reply.send(1);
                }
                Shop::Shut => cx.stop(),
            }
            Ok(())
        }
    }

    impl Handler<News> for Keeper {
        async fn handle(&mut self, msg: News, _: &mut Context<Self>) -> Result<(), Error> {
            match msg {
                News::Sale { item } => self.0.send(format!("sale {item:?}"))?,
                News::Closing { hour } => self.0.send(format!("closing {hour}"))?,
            }
            Ok(())
        }
    }

    pub(super) fn article(name: &str, cents: u64) -> Article {
        Article { name: name.to_owned(), cents, color: "blue".to_owned(), tags: vec![Tag("new".to_owned())] }
    }
}

/// All that the client has.
mod stub {
    actor_core::stubs!("tests/contracts/shop.lock");
}

use stub::{NewsClient as _, ShopClient as _};

/// A client that hears news.
#[derive(Actor)]
#[actor(handles(stub::News))]
struct Listener(mpsc::UnboundedSender<String>);

impl Handler<stub::News> for Listener {
    async fn handle(&mut self, msg: stub::News, _: &mut Context<Self>) -> Result<(), Error> {
        Ok(self.0.send(format!("{msg:?}"))?)
    }
}

const SHOP: GlobalName<stub::Shop> = GlobalName::new("shop");
const PRESS: GroupKey<stub::News> = GroupKey::new("press");
const FILE: &str = "tests/contracts/shop.lock";

fn schemas(module: &str) -> impl Iterator<Item = Schema> {
    let module = format!("::{module}::");
    Schema::linked().filter(move |schema| schema.path.contains(&module)).cloned()
}

async fn node(name: &str, module: &str) -> Node {
    let table = SchemaTable::of(schemas(module)).expect("a build has each name once");
    let builder = Node::builder(name).schemas(table).system(System::new());
    builder.cookie(COOKIE).expect("it is a cookie").start().await.expect("the node starts")
}

/// A client, and what its listener hears.
async fn client() -> (Node, Subject<stub::News>, mpsc::UnboundedReceiver<String>) {
    let node = node("client", "stub").await;
    let (sender, heard) = mpsc::unbounded_channel();
    let listener = node.system().spawn(Listener(sender)).subject();
    (node, listener, heard)
}

/// A service of today that the client is connected to.
async fn today(client: &Node) -> (Node, Subject<third::News>, mpsc::UnboundedReceiver<String>) {
    const SHOP: GlobalName<third::Shop> = GlobalName::new("shop");
    let node = node("server", "third").await;
    let mut events = node.events();
    soon(client.connect(node.name())).await.expect("they connect");
    // The name is for all that the service's node sees when it is registered.
    assert!(matches!(soon(events.next()).await, Some(NodeEvent::Up { .. })));
    let (sender, seen) = mpsc::unbounded_channel();
    let keeper = node.system().spawn(third::Keeper(sender));
    soon(node.global().register(&SHOP, &keeper.subject())).await.expect("the name is free");
    (node, keeper.subject(), seen)
}

/// What the service has released when the contract was handed on.
#[test]
fn the_contract_is_of_the_service_as_it_was() {
    let third: Vec<Schema> = schemas("third").map(|schema| Schema { locked: schema.version, ..schema }).collect();
    let contract = Contract::of(&third);
    let released = contract.lines().iter().filter(|line| line.version < 3).map(|line| format!("{line}\n"));
    let released: String = released.collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if std::env::var_os("BLESS").is_some_and(|bless| bless == "1") {
        fs::write(&path, &released).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap(), released);
    let first = Contract::of(&schemas("first").map(|schema| Schema { locked: 1, ..schema }).collect::<Vec<_>>());
    assert!(first.lines().iter().all(|line| released.contains(&line.to_string())));
}

/// DESIGN §1, H4: tells, calls and their answers, with types inside of types, towards a service that has gone on.
#[tokio::test(flavor = "multi_thread")]
async fn a_stub_of_an_old_contract_talks_to_a_newer_service() {
    let (client, ..) = client().await;
    let (_server, _, mut seen) = today(&client).await;
    let shop = SHOP.on(&client);
    shop.buy(vec![stub::Item { name: "pot".into(), cents: 4, color: "red".into() }]).unwrap();
    assert_eq!(soon(seen.recv()).await.unwrap(), "buy [Article { name: \"pot\", cents: 4, color: \"red\", tags: [] }]");
    shop.fax("old news".into()).unwrap();
    assert_eq!(soon(seen.recv()).await.unwrap(), "fax old news");
    assert_eq!(soon(shop.send_gift("ann".into())).await, Ok(1));
    assert_eq!(soon(seen.recv()).await.unwrap(), "gift ann");
    let price = soon(shop.price("tea".into())).await.unwrap();
    assert_eq!(price, Ok(stub::Item { name: "tea".into(), cents: 8, color: "blue".into() }));
    let pear = stub::Item { name: "pear".into(), cents: 1, color: "blue".into() };
    assert_eq!(soon(shop.price("bear".into())).await.unwrap(), Err(stub::Refusal::Unknown { similar: vec![pear] }));
    let price = soon(shop.price("yacht".into())).await;
    assert!(matches!(&price, Err(CallError::BadAnswer(why)) if why.contains("`cents`")), "{price:?}");
}

/// DESIGN §5: handles go both ways inside of messages, and what is sent by them is written for its reader.
#[tokio::test(flavor = "multi_thread")]
async fn handles_cross_between_stubs_and_their_service() {
    let (client, listener, mut heard) = client().await;
    let (_server, _, mut seen) = today(&client).await;
    let shop = soon(SHOP.on(&client).watch(listener)).await.unwrap();
    assert_eq!(soon(heard.recv()).await.unwrap(), "Sale { item: Item { name: \"cup\", cents: 1, color: \"blue\" } }");
    assert_eq!(soon(seen.recv()).await.unwrap(), "true", "a reader of version 2 knows no closing");
    assert_eq!(soon(shop.send_gift("bob".into())).await, Ok(1));
    assert_eq!(soon(seen.recv()).await.unwrap(), "gift bob");
}

/// DESIGN §7: a group has members of both.
#[tokio::test(flavor = "multi_thread")]
async fn stubs_and_their_service_are_members_of_one_group() {
    const PRESS_OF_TODAY: GroupKey<third::News> = GroupKey::new("press");
    let (client, listener, mut heard) = client().await;
    let (server, keeper, mut seen) = today(&client).await;
    client.groups().join(&PRESS, &listener).unwrap();
    server.groups().join(&PRESS_OF_TODAY, &keeper).unwrap();
    // What a node sends it takes in the order in which it was sent.
    assert!(soon(SHOP.on(&client).price("tea".into())).await.is_ok());
    PRESS.on(&client).sale(stub::Item { name: "pan".into(), cents: 2, color: "red".into() }).unwrap();
    assert_eq!(soon(heard.recv()).await.unwrap(), "Sale { item: Item { name: \"pan\", cents: 2, color: \"red\" } }");
    assert_eq!(soon(seen.recv()).await.unwrap(), "sale Article { name: \"pan\", cents: 2, color: \"red\", tags: [] }");
    server.groups().broadcast(&PRESS_OF_TODAY, third::News::Sale { item: third::article("jug", 3) }).unwrap();
    assert_eq!(soon(heard.recv()).await.unwrap(), "Sale { item: Item { name: \"jug\", cents: 3, color: \"blue\" } }");
}

/// H4: the service is not there yet; what it cannot know comes back, and what it does not say is what the contract says.
#[tokio::test(flavor = "multi_thread")]
async fn a_stub_of_a_new_contract_talks_to_an_older_service() {
    const SHOP_OF_OLD: LocalName<first::Shop> = LocalName::new("shop");
    const SHOP: LocalName<stub::Shop> = LocalName::new("shop");
    let (client, listener, mut heard) = client().await;
    let server = node("server", "first").await;
    soon(client.connect(server.name())).await.unwrap();
    let (sender, mut seen) = mpsc::unbounded_channel();
    let keeper = server.system().spawn(first::Keeper(sender));
    server.system().register(&SHOP_OF_OLD, &keeper.subject()).unwrap();
    let shop = SHOP.at(&client, server.name());
    shop.buy(vec![stub::Item { name: "pot".into(), cents: 4, color: "red".into() }]).unwrap();
    assert_eq!(soon(seen.recv()).await.unwrap(), "buy [Item { name: \"pot\", cents: 4 }]");
    let price = soon(shop.price("tea".into())).await.unwrap();
    assert_eq!(price, Ok(stub::Item { name: "tea".into(), cents: 7, color: "none".into() }));
    let shop = soon(shop.watch(listener)).await.unwrap();
    assert_eq!(soon(heard.recv()).await.unwrap(), "Sale { item: Item { name: \"cup\", cents: 1, color: \"none\" } }");
    let gift = soon(shop.send_gift("ann".into())).await;
    let too_old =
        |error: &EncodeError| matches!(error, EncodeError::PeerTooOld { uri: "shop.Shop", needs: 2, has: 1, .. });
    assert!(matches!(&gift, Err(CallError::NotDelivered(SendFailure::Refused(error))) if too_old(error)), "{gift:?}");
}
