//! A build that somebody has made from the second by changing what `shop.Coupon` is, and not its version. The rest of it is the
//! second build. A `wire.lock` would have made this a compile error.

use actor_core::{NodeName, prelude::*};
use actor_dist::{AtNode, Node};

use crate::build;

const TILL: LocalName<Till> = LocalName::new("till");

#[derive(Wire)]
#[wire(uri = "shop.Coupon", version = 1)]
pub(crate) struct Coupon {
    cents: u64,
}

#[derive(Protocol)]
#[wire(uri = "shop.Till", version = 1)]
pub(crate) enum Till {
    Spend { coupon: Coupon, reply: Reply<u64> },
}

/// The till of this build.
#[derive(Actor)]
#[actor(handles(Till))]
pub(crate) struct Cashier;

impl Handler<Till> for Cashier {
    async fn handle(&mut self, msg: Till, _: &mut Context<Self>) -> Result<(), Error> {
        let Till::Spend { coupon, reply } = msg;
        reply.send(coupon.cents);
        Ok(())
    }
}

impl build::Till for Cashier {
    fn open(node: &Node) -> Result<(), Error> {
        let cashier = node.system().spawn(Cashier);
        Ok(node.system().register(&TILL, &cashier.subject())?)
    }

    async fn spend(node: &Node, to: &NodeName) -> String {
        match TILL.at(node, to).spend(Coupon { cents: 500 }).await {
            Ok(cents) => format!("taken, {cents} cents"),
            Err(error) => error.to_string(),
        }
    }
}
