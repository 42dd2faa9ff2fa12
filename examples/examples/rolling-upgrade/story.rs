//! What happens in which order, from three nodes of the first build to three of the second and one that contradicts them.

use actor_core::prelude::*;

use crate::{
    control::Line,
    operator::Operator,
    report::{check, say},
};

/// The nodes of the service.
const SHOPS: [&str; 3] = ["shop-1", "shop-2", "shop-3"];
/// Rounds of traffic after each step, at least.
const ROUNDS: u64 = 20;

/// What the second build has changed.
const CHANGES: &str = "\
what v2 has changed:
  the type `shop.Item` is renamed to `shop.Article`; `cents` is a u64 instead of a u32; `color` is added, `shelf` removed
  the type `shop.Size` inside of it has a version of its own: `grams` is added
  the protocol `shop.Shop` has two more messages: `Reserve`, which v1 gets as `Order`, and `Gift`, which v1 cannot get
  the protocol `shop.News` has one more: `Closing`, which v1 cannot get
";

/// Runs all of it; an error says what was not as it should be.
pub(crate) async fn tell() -> Result<(), Error> {
    let mut operator = Operator::new().await?;
    say(CHANGES);
    say("three nodes of build v1, each a process");
    for shop in SHOPS {
        operator.start(shop, "v1").await?;
    }
    operator.run(ROUNDS).await?;

    for (step, shop) in SHOPS.into_iter().enumerate() {
        say(format_args!("\n{shop} leaves, and comes back as v2; the others go on"));
        operator.stop(shop).await?;
        operator.run(ROUNDS).await?;
        operator.start(shop, "v2").await?;
        operator.run(ROUNDS).await?;
        match step {
            0 => {
                operator.show("shop-2", "shop-1", "shop-3").await?;
                operator.show("shop-1", "shop-2", "shop-3").await?;
            }
            1 => operator.show("shop-2", "shop-3", "shop-1").await?,
            _ => operator.show("shop-3", "shop-1", "shop-2").await?,
        }
    }
    quarantine(&mut operator).await?;
    say("\nall of them close their books and leave");
    let lines: Vec<Line> = operator.finish().await?;
    check(&lines)
}

async fn quarantine(operator: &mut Operator) -> Result<(), Error> {
    say("\nshop-4 joins with a build that has changed `shop.Coupon`, but not its version");
    operator.start("shop-4", "v2-odd").await?;
    for (at, with) in [("shop-1", "shop-4"), ("shop-4", "shop-1")] {
        let words = operator.conflict(at, with).await?;
        expect(words.contains("`shop.Coupon`"), "the conflict is told by name")?;
    }
    for (from, to) in [("shop-1", "shop-4"), ("shop-4", "shop-1")] {
        let outcome = operator.spend(from, to).await?;
        expect(outcome.contains("`shop.Till`"), "what contains the type is refused by name")?;
    }
    let outcome = operator.spend("shop-1", "shop-2").await?;
    expect(outcome.starts_with("taken"), "those who agree about coupons go on")?;
    operator.run(ROUNDS).await
}

fn expect(holds: bool, claim: &str) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::new(format_args!("this does not hold: {claim}"))) }
}
