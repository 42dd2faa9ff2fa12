//! The actors of the second build, and what it says to other shops.

use actor_core::{NodeName, prelude::*};
use actor_dist::{AtNode, Node, Reach};

use crate::{
    build::{self, Build},
    control::{Peer, Tally},
    ledger::Ledger,
    v2::{Article, Coupon, News, PRESS, SHOP, Shop, ShopClient, Till, TillClient},
};

const TILL: LocalName<Till> = LocalName::new("till");

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
                self.ledger.tell(&from, number, item == Article::from(&from, number));
                if from == "show" {
                    self.last = format!("Order of {item:?}");
                }
            }
            Shop::Price { from, number, reply } => {
                self.ledger.call(&from);
                reply.send(Article::of(number));
            }
            Shop::Handle { reply } => reply.send(cx.subject().ok_or_else(|| Error::new("the shop closes"))?),
            Shop::Ask { number, via, reply } => via.tell(Shop::Price { from: "show".to_owned(), number, reply })?,
            Shop::Last { reply } => reply.send(self.last.clone()),
            Shop::Part { from, reply } => reply.send(self.ledger.close(&from)),
            Shop::Reserve { item, days, .. } => self.last = format!("Reserve for {days} days of {item:?}"),
            Shop::Gift { to } => self.last = format!("Gift to {to:?}"),
        }
        Ok(())
    }
}

impl Handler<News> for Keeper {
    async fn handle(&mut self, msg: News, _: &mut Context<Self>) -> Result<(), Error> {
        match msg {
            News::Sale { from, number, item } if from != self.label => {
                self.ledger.news(&from, number, item == Article::from(&from, number));
            }
            News::Sale { .. } => {}
            News::Closing { hour } => self.last = format!("Closing at {hour}"),
        }
        Ok(())
    }
}

/// The second build.
pub(crate) struct V2 {
    node: Node,
    label: String,
    press: Subject<News>,
}

impl Build for V2 {
    fn open(node: &Node, label: &str) -> Result<Self, Error> {
        let label = label.to_owned();
        let keeper =
            node.system().spawn(Keeper { label: label.clone(), ledger: Ledger::default(), last: String::new() });
        node.system().register(&SHOP, &keeper.subject())?;
        let press = keeper.subject();
        node.groups().join(&PRESS, &press)?;
        Ok(V2 { node: node.clone(), label, press })
    }

    fn close(&self) {
        self.node.groups().leave(&PRESS, &self.press);
    }

    async fn greet(&self, to: &NodeName, news: u64) -> Result<bool, Error> {
        Ok(SHOP.at(&self.node, to).greet(self.label.clone(), news).await?)
    }

    fn order(&self, to: &NodeName, number: u64) -> Result<(), Error> {
        Ok(SHOP.at(&self.node, to).order(self.label.clone(), number, Article::of(number))?)
    }

    async fn price(&self, to: &NodeName, label: &str, number: u64) -> Result<bool, Error> {
        let article = SHOP.at(&self.node, to).price(self.label.clone(), number).await?;
        Ok(article == Article::from(label, number))
    }

    fn sale(&self, number: u64) -> Result<Reach, Error> {
        let news = News::Sale { from: self.label.clone(), number, item: Article::of(number) };
        Ok(self.node.groups().broadcast(&PRESS, news)?)
    }

    async fn part(&self, to: &NodeName) -> Result<Tally, Error> {
        Ok(SHOP.at(&self.node, to).part(self.label.clone()).await?)
    }

    async fn show(&self, to: &Peer, via: &Peer) -> Result<Vec<String>, Error> {
        let mut said = self.show_what_both_know(to, via).await?;
        said.extend(self.show_what_is_new(&to.node.parse()?).await?);
        Ok(said)
    }
}

impl V2 {
    async fn show_what_both_know(&self, to: &Peer, via: &Peer) -> Result<Vec<String>, Error> {
        let (name, via_name): (NodeName, NodeName) = (to.node.parse()?, via.node.parse()?);
        let there = SHOP.at(&self.node, &name);
        let mut said = Vec::new();

        there.order("show".to_owned(), 9, Article::of(9))?;
        said.push(format!("tell: Order of {:?} arrived as {}", Article::of(9), there.last().await?));
        said.push(format!("call: the answer arrived as {:?}", there.price("show".to_owned(), 9).await?));

        let handle = there.handle().await?;
        handle.order("show".to_owned(), 10, Article::of(10))?;
        said.push(format!("handle from an answer: a tell to it arrived as {}", handle.last().await?));
        let own = SHOP.at(&self.node, self.node.name()).handle().await?;
        let third = SHOP.at(&self.node, &via_name).handle().await?;
        for (whose, via) in [("this shop's", own), ("a third shop's", third)] {
            let answer = there.ask(9, via).await?;
            if (answer.name.as_str(), answer.cents, answer.size.mm) != ("item 9", 27, 9) {
                return Err(Error::new(format_args!("a forwarded reply is garbled: {answer:?}")));
            }
            said.push(format!("handle in a message, {whose}: the forwarded reply arrived as {answer:?}"));
        }
        Ok(said)
    }

    async fn show_what_is_new(&self, to: &NodeName) -> Result<Vec<String>, Error> {
        let there = SHOP.at(&self.node, to);
        let mut said = Vec::new();
        there.reserve("show".to_owned(), 9, Article::of(9), 3)?;
        said.push(format!("added variant with `down`: Reserve arrived as {}", there.last().await?));
        let gift = there.gift("ann".to_owned());
        said.push(match gift {
            Ok(()) => format!("added variant without `down`: Gift arrived as {}", there.last().await?),
            Err(error) => format!("added variant without `down`: Gift came back: {error}"),
        });
        let huge = there.order("show".to_owned(), u64::MAX, Article::of(u64::MAX));
        said.push(match huge {
            Ok(()) => format!("a price of 64 bits: Order arrived as {}", there.last().await?),
            Err(error) => format!("a price of 64 bits: Order came back: {error}"),
        });
        let reach = self.node.groups().broadcast(&PRESS, News::Closing { hour: 8 })?;
        let (got, missed) = (reach.local + reach.nodes, reach.missed);
        said.push(format!("broadcast of an added variant: {got} of the shops got it, {missed} cannot know it"));
        Ok(said)
    }
}

/// The till of the second build.
#[derive(Actor)]
#[actor(handles(Till))]
pub(crate) struct Cashier;

impl Handler<Till> for Cashier {
    async fn handle(&mut self, msg: Till, _: &mut Context<Self>) -> Result<(), Error> {
        let Till::Spend { coupon, reply } = msg;
        reply.send(u64::from(coupon.percent));
        Ok(())
    }
}

impl build::Till for Cashier {
    fn open(node: &Node) -> Result<(), Error> {
        let cashier = node.system().spawn(Cashier);
        Ok(node.system().register(&TILL, &cashier.subject())?)
    }

    async fn spend(node: &Node, to: &NodeName) -> String {
        match TILL.at(node, to).spend(Coupon { percent: 5 }).await {
            Ok(percent) => format!("taken, {percent} percent"),
            Err(error) => error.to_string(),
        }
    }
}
