//! The second build of the service. What has changed since the first is in the attributes; see `v2_shop.rs` for the actor.
//! Never mentions the first build's code: what was is said by name and version.

use actor_core::prelude::*;
use actor_dist::GroupKey;

use crate::control::{Tally, build_of};

pub(crate) const SHOP: LocalName<Shop> = LocalName::new("shop");
pub(crate) const PRESS: GroupKey<News> = GroupKey::new("press");

/// Has a version of its own: what contains it is not touched by that.
#[derive(Wire, Debug, Clone, PartialEq)]
#[wire(uri = "shop.Size", version = 2)]
pub(crate) struct Size {
    pub(crate) mm: u32,
    #[wire(since = 2, default)]
    pub(crate) grams: u32,
}

/// Was called `Item`.
#[derive(Wire, Debug, Clone, PartialEq)]
#[wire(uri = "shop.Article", alias = "shop.Item", version = 2)]
pub(crate) struct Article {
    pub(crate) name: String,
    #[wire(since = 2, from = u32, convert = u64::from, down = narrow)]
    pub(crate) cents: u64,
    pub(crate) size: Size,
    /// Nobody needs it any more but the first build.
    #[wire(until = 2, default)]
    pub(crate) shelf: u8,
    #[wire(since = 2, default = "none".to_owned())]
    pub(crate) color: String,
}

fn narrow(cents: &u64) -> Option<u32> {
    u32::try_from(*cents).ok()
}

#[derive(Protocol, Debug)]
#[wire(uri = "shop.Shop", version = 2)]
pub(crate) enum Shop {
    Greet {
        from: String,
        news: u64,
        reply: Reply<bool>,
    },
    Order {
        from: String,
        number: u64,
        item: Article,
    },
    Price {
        from: String,
        number: u64,
        reply: Reply<Article>,
    },
    Handle {
        reply: Reply<Subject<Shop>>,
    },
    Ask {
        number: u64,
        via: Subject<Shop>,
        reply: Reply<Article>,
    },
    Last {
        reply: Reply<String>,
    },
    Part {
        from: String,
        reply: Reply<Tally>,
    },
    /// For the first build it is an order.
    #[wire(since = 2, down = ordered)]
    Reserve {
        from: String,
        number: u64,
        item: Article,
        days: u8,
    },
    /// The first build has nothing like it.
    #[wire(since = 2)]
    Gift {
        to: String,
    },
}

fn ordered(reserve: &Shop) -> Option<Shop> {
    match reserve {
        Shop::Reserve { from, number, item, .. } => {
            Some(Shop::Order { from: from.clone(), number: *number, item: item.clone() })
        }
        _ => None,
    }
}

#[derive(Protocol, Clone)]
#[wire(uri = "shop.News", version = 2)]
pub(crate) enum News {
    Sale {
        from: String,
        number: u64,
        item: Article,
    },
    #[wire(since = 2)]
    Closing {
        hour: u8,
    },
}

#[derive(Wire)]
#[wire(uri = "shop.Coupon", version = 1)]
pub(crate) struct Coupon {
    pub(crate) percent: u8,
}

/// A second protocol, new in this build.
#[derive(Protocol)]
#[wire(uri = "shop.Till", version = 1)]
pub(crate) enum Till {
    Spend { coupon: Coupon, reply: Reply<u64> },
}

impl Article {
    pub(crate) fn of(number: u64) -> Article {
        let mm = u32::try_from(number).unwrap_or(u32::MAX);
        Article {
            name: format!("item {number}"),
            cents: number.saturating_mul(3),
            size: Size { mm, grams: mm },
            shelf: (number % 7) as u8,
            color: "blue".to_owned(),
        }
    }

    /// What `of(number)` is here when it comes from a node with that label.
    pub(crate) fn from(label: &str, number: u64) -> Article {
        let mut article = Article::of(number);
        match build_of(label) {
            "v1" => (article.color, article.size.grams) = ("none".to_owned(), 0),
            _ => article.shelf = 0,
        }
        article
    }
}
