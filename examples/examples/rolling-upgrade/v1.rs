//! The first build of the service: its protocol, its actor, and what it says to other shops.

use actor_core::{NodeName, prelude::*};
use actor_dist::{AtNode, GroupKey, Node, Reach};

use crate::{
    build::Build,
    control::{Peer, Tally},
    ledger::Ledger,
};

pub(crate) const SHOP: LocalName<Shop> = LocalName::new("shop");
const PRESS: GroupKey<News> = GroupKey::new("press");

#[derive(Wire, Debug, Clone, PartialEq)]
#[wire(uri = "shop.Size", version = 1)]
pub(crate) struct Size {
    mm: u32,
}

#[derive(Wire, Debug, Clone, PartialEq)]
#[wire(uri = "shop.Item", version = 1)]
pub(crate) struct Item {
    name: String,
    cents: u32,
    size: Size,
    shelf: u8,
}

#[derive(Protocol, Debug)]
#[wire(uri = "shop.Shop", version = 1)]
pub(crate) enum Shop {
    /// The sender counts from now on, after so many broadcasts.
    Greet {
        from: String,
        news: u64,
        reply: Reply<bool>,
    },
    Order {
        from: String,
        number: u64,
        item: Item,
    },
    Price {
        from: String,
        number: u64,
        reply: Reply<Item>,
    },
    /// The answer is a handle.
    Handle {
        reply: Reply<Subject<Shop>>,
    },
    /// `via` is a handle, and gets the reply.
    Ask {
        number: u64,
        via: Subject<Shop>,
        reply: Reply<Item>,
    },
    /// The last order from somebody who does not count.
    Last {
        reply: Reply<String>,
    },
    Part {
        from: String,
        reply: Reply<Tally>,
    },
}

#[derive(Protocol, Clone)]
#[wire(uri = "shop.News", version = 1)]
pub(crate) enum News {
    Sale { from: String, number: u64, item: Item },
}

impl Item {
    fn of(number: u64) -> Item {
        let mm = u32::try_from(number).unwrap_or(u32::MAX);
        Item { name: format!("item {number}"), cents: mm.wrapping_mul(3), size: Size { mm }, shelf: (number % 7) as u8 }
    }
}

#[derive(Actor)]
#[actor(handles(Shop, News))]
struct Keeper {
    label: String,
    ledger: Ledger,
    last: String,
}

impl Handler<Shop> for Keeper {
    async fn handle(&mut self, msg: Shop, cx: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            Shop::Greet { from, news, reply } => {
                self.ledger.open(&from, news);
                reply.send(true);
            }
            Shop::Order { from, number, item } => {
                self.ledger.tell(&from, number, item == Item::of(number));
                if from == "show" {
                    self.last = format!("Order of {item:?}");
                }
            }
            Shop::Price { from, number, reply } => {
                self.ledger.call(&from);
                reply.send(Item::of(number));
            }
            Shop::Handle { reply } => reply.send(cx.subject().ok_or_else(|| Error::new("the shop closes"))?),
            Shop::Ask { number, via, reply } => via.tell(Shop::Price { from: "show".to_owned(), number, reply })?,
            Shop::Last { reply } => reply.send(self.last.clone()),
            Shop::Part { from, reply } => reply.send(self.ledger.close(&from)),
        }
        Ok(())
    }
}

impl Handler<News> for Keeper {
    async fn handle(&mut self, msg: News, _: &mut Context<Self>) -> Result<(), Error> {
        let News::Sale { from, number, item } = msg;
        if from != self.label {
            self.ledger.news(&from, number, item == Item::of(number));
        }
        Ok(())
    }
}

/// The first build.
pub(crate) struct V1 {
    node: Node,
    label: String,
    press: Subject<News>,
}

impl Build for V1 {
    fn open(node: &Node, label: &str) -> Result<Self, Error> {
        let label = label.to_owned();
        let keeper =
            node.system().spawn(Keeper { label: label.clone(), ledger: Ledger::default(), last: String::new() });
        node.system().register(&SHOP, &keeper.subject())?;
        let press = keeper.subject();
        node.groups().join(&PRESS, &press)?;
        Ok(V1 { node: node.clone(), label, press })
    }

    fn close(&self) {
        self.node.groups().leave(&PRESS, &self.press);
    }

    async fn greet(&self, to: &NodeName, news: u64) -> Result<bool, Error> {
        Ok(SHOP.at(&self.node, to).greet(self.label.clone(), news).await?)
    }

    fn order(&self, to: &NodeName, number: u64) -> Result<(), Error> {
        Ok(SHOP.at(&self.node, to).order(self.label.clone(), number, Item::of(number))?)
    }

    async fn price(&self, to: &NodeName, _: &str, number: u64) -> Result<bool, Error> {
        let item = SHOP.at(&self.node, to).price(self.label.clone(), number).await?;
        Ok(item == Item::of(number))
    }

    fn sale(&self, number: u64) -> Result<Reach, Error> {
        let news = News::Sale { from: self.label.clone(), number, item: Item::of(number) };
        Ok(self.node.groups().broadcast(&PRESS, news)?)
    }

    async fn part(&self, to: &NodeName) -> Result<Tally, Error> {
        Ok(SHOP.at(&self.node, to).part(self.label.clone()).await?)
    }

    async fn show(&self, to: &Peer, via: &Peer) -> Result<Vec<String>, Error> {
        let (to, via): (NodeName, NodeName) = (to.node.parse()?, via.node.parse()?);
        let there = SHOP.at(&self.node, &to);
        let mut said = Vec::new();

        there.order("show".to_owned(), 9, Item::of(9))?;
        said.push(format!("tell: Order of {:?} arrived as {}", Item::of(9), there.last().await?));
        said.push(format!("call: the answer arrived as {:?}", there.price("show".to_owned(), 9).await?));
        let huge = there.price("show".to_owned(), u64::MAX).await;
        said.push(match huge {
            Ok(item) => format!("call: a huge price arrived as {item:?}"),
            Err(error) => format!("call: a huge price did not arrive: {error}"),
        });

        let handle = there.handle().await?;
        handle.order("show".to_owned(), 10, Item::of(10))?;
        said.push(format!("handle from an answer: a tell to it arrived as {}", handle.last().await?));
        let own = SHOP.at(&self.node, self.node.name()).handle().await?;
        let third = SHOP.at(&self.node, &via).handle().await?;
        for (whose, via) in [("this shop's", own), ("a third shop's", third)] {
            let answer = there.ask(9, via).await?;
            if answer != Item::of(9) {
                return Err(Error::new(format_args!("a forwarded reply is garbled: {answer:?}")));
            }
            said.push(format!("handle in a message, {whose}: the forwarded reply arrived as {answer:?}"));
        }
        Ok(said)
    }
}
