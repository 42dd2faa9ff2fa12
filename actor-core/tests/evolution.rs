//! Two builds of one protocol: what each writes for the other, and what it makes of what it gets.

use std::collections::BTreeMap;

use actor_core::{
    prelude::*,
    wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Limits, Shape, Versions, from_bytes, to_bytes},
};

/// The build of last month.
mod old {
    use super::*;

    #[derive(Wire, Debug, Clone, PartialEq)]
    #[wire(uri = "shop.Item", version = 1)]
    pub(super) struct Item {
        pub(super) name: String,
        pub(super) cents: u32,
        pub(super) note: Option<String>,
    }

    #[derive(Wire, Debug, PartialEq)]
    #[wire(uri = "shop.Order", version = 1)]
    pub(super) enum Order {
        Buy { item: Item },
        Cancel { number: u64 },
        Fax { page: Vec<u8> },
    }

    #[derive(Wire, Debug, PartialEq)]
    #[wire(uri = "shop.Cart", version = 1)]
    pub(super) struct Cart {
        pub(super) orders: Vec<Order>,
        pub(super) by_name: BTreeMap<String, Item>,
    }
}

/// The build of today.
mod new {
    use super::*;

    #[derive(Wire, Debug, Clone, PartialEq)]
    #[wire(uri = "shop.Article", alias = "shop.Item", version = 3)]
    pub(super) struct Article {
        pub(super) name: String,
        #[wire(since = 2, from = u32, convert = u64::from, down = narrow)]
        pub(super) cents: u64,
        #[wire(until = 3, default)]
        pub(super) note: Option<String>,
        #[wire(since = 3, default = "none".to_owned())]
        pub(super) color: String,
    }

    fn narrow(cents: &u64) -> Option<u32> {
        u32::try_from(*cents).ok()
    }

    #[derive(Wire, Debug, Clone, PartialEq)]
    #[wire(uri = "shop.Order", version = 2)]
    pub(super) enum Order {
        Buy {
            item: Article,
            #[wire(since = 2, default = 1)]
            pieces: u32,
        },
        Cancel {
            number: u64,
        },
        #[wire(until = 2)]
        Fax {
            page: Vec<u8>,
        },
        #[wire(since = 2, down = plain)]
        Express {
            item: Article,
        },
        #[wire(since = 2)]
        Gift {
            item: Article,
            to: String,
        },
    }

    /// An older shop sends it by the usual way.
    fn plain(order: &Order) -> Option<Order> {
        match order {
            Order::Express { item } if item.name != "ice" => Some(Order::Buy { item: item.clone(), pieces: 1 }),
            _ => None,
        }
    }

    #[derive(Wire, Debug, PartialEq)]
    #[wire(uri = "shop.Cart", version = 1)]
    pub(super) struct Cart {
        pub(super) orders: Vec<Order>,
        pub(super) by_name: BTreeMap<String, Article>,
    }

    pub(super) fn article(name: &str, cents: u64) -> Article {
        Article { name: name.to_owned(), cents, note: None, color: "none".to_owned() }
    }
}

/// What the old build understands.
fn versions() -> Versions {
    let mut versions = Versions::newest();
    versions.set(Edge::of("shop.Item", &[]), 1);
    versions.set(Edge::of("shop.Order", &[]), 1);
    versions
}

fn for_old<T: Wire>(value: &T) -> Result<Vec<u8>, EncodeError> {
    let (mut out, versions) = (Vec::new(), versions());
    value.encode(&mut Encoder::new(&mut out).versions(&versions))?;
    Ok(out)
}

fn old_item(name: &str, cents: u32) -> old::Item {
    old::Item { name: name.to_owned(), cents, note: None }
}

/// DESIGN §4: fields that came, went and changed their type; in containers too.
#[test]
fn values_of_either_build_are_values_of_the_other() {
    let was = old::Item { note: Some("cold".to_owned()), ..old_item("ice", 250) };
    let is = from_bytes::<new::Article>(&to_bytes(&was).unwrap()).unwrap();
    assert_eq!(is, new::Article { note: Some("cold".to_owned()), ..new::article("ice", 250) });
    assert_eq!(from_bytes::<old::Item>(&for_old(&is).unwrap()).unwrap(), was);

    let by_name: BTreeMap<_, _> = [("tea".to_owned(), old_item("tea", 3))].into();
    let was = old::Cart {
        orders: vec![old::Order::Buy { item: old_item("cup", 7) }, old::Order::Cancel { number: 9 }],
        by_name,
    };
    let is = from_bytes::<new::Cart>(&to_bytes(&was).unwrap()).unwrap();
    assert_eq!(is.orders[0], new::Order::Buy { item: new::article("cup", 7), pieces: 1 });
    assert_eq!(from_bytes::<old::Cart>(&for_old(&is).unwrap()).unwrap(), was);
}

/// DESIGN §4: what the other build has no form for is refused where it is sent, and says what and since when.
#[test]
fn what_an_old_reader_cannot_know_is_refused_before_it_leaves() {
    let too_old = |what: &'static str, needs| {
        let uri = if needs == 2 && what.starts_with("variant") { "shop.Order" } else { "shop.Article" };
        Err(EncodeError::PeerTooOld { uri, what: what.into(), needs, has: 1 })
    };
    let gift = new::Order::Gift { item: new::article("cup", 1), to: "ann".to_owned() };
    assert_eq!(for_old(&gift), too_old("variant `Gift`", 2));
    assert_eq!(for_old(&new::article("yacht", 1 << 40)), too_old("field `cents`", 2));
    let text = for_old(&gift).unwrap_err().to_string();
    assert_eq!(text, "the reader knows `shop.Order` up to version 1, and variant `Gift` needs 2");
}

/// DESIGN §4: `down` says what an older reader gets instead, and may say nothing.
#[test]
fn a_variant_may_have_an_older_form() {
    let express = |name| new::Order::Express { item: new::article(name, 5) };
    let bytes = for_old(&express("cup")).unwrap();
    assert_eq!(from_bytes::<old::Order>(&bytes).unwrap(), old::Order::Buy { item: old_item("cup", 5) });
    assert!(matches!(for_old(&express("ice")), Err(EncodeError::PeerTooOld { needs: 2, has: 1, .. })));
    assert_eq!(from_bytes::<new::Order>(&to_bytes(&express("ice")).unwrap()).unwrap(), express("ice"));
}

/// What is no more is read from old senders, and not sent to new readers.
#[test]
fn what_is_no_more_is_read_but_not_written() {
    let was = old::Order::Fax { page: vec![1, 2] };
    let is = from_bytes::<new::Order>(&to_bytes(&was).unwrap()).unwrap();
    assert_eq!(is, new::Order::Fax { page: vec![1, 2] });
    assert_eq!(from_bytes::<old::Order>(&for_old(&is).unwrap()).unwrap(), was);
    let error = to_bytes(&is).unwrap_err();
    assert_eq!(
        error.to_string(),
        "variant `Fax` of `shop.Order` is no more since version 2, and the reader is written version 2"
    );
}

/// An old build refuses what a new one wrote for its own kind; nothing is taken for something else.
#[test]
fn a_version_that_is_not_known_is_refused_by_name() {
    let bytes = to_bytes(&new::article("cup", 7)).unwrap();
    let error = from_bytes::<old::Item>(&bytes).unwrap_err();
    assert_eq!(error, DecodeError::UnknownVersion { uri: "shop.Item", found: 3, oldest: 1, newest: 1 });

    #[derive(Wire, Debug)]
    #[wire(uri = "shop.Late", version = 5, min_version = 4)]
    struct Late {
        _n: u8,
    }
    for version in [0u8, 1, 3, 6] {
        let error = Late::decode(&mut Decoder::new(&[version, 0], Limits::default())).unwrap_err();
        assert!(matches!(error, DecodeError::UnknownVersion { oldest: 4, newest: 5, .. }), "{error}");
    }
    let mut versions = Versions::newest();
    versions.set(Edge::of("shop.Late", &[]), 3);
    let error = Late { _n: 1 }.encode(&mut Encoder::new(&mut Vec::new()).versions(&versions)).unwrap_err();
    assert_eq!(error.to_string(), "the reader knows `shop.Late` up to version 3, and it needs 4");
    versions.quarantine(Edge::of("shop.Late", &[]), "`shop.Late` is this here, and that there".into());
    let error = Late { _n: 1 }.encode(&mut Encoder::new(&mut Vec::new()).versions(&versions)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "nothing of `shop.Late` crosses between this build and the reader's, which contradict each other: \
         `shop.Late` is this here, and that there; make the change in a version of its own"
    );
}

/// A version's structure is the same in every build that has it, whatever the newest is and whatever the type is called.
#[test]
fn the_structure_of_a_version_does_not_change_with_later_ones() {
    assert_eq!(old::Item::EDGE, new::Article::EDGE);
    let text = |shape: Shape, version| shape.text(version);
    let first = "struct { name: text, cents: u32, note: option<text> }";
    assert_eq!(text(old::Item::SHAPE, 1), first);
    assert_eq!(text(new::Article::SHAPE, 1), first);
    assert_eq!(text(new::Article::SHAPE, 2), "struct { name: text, cents: u64, note: option<text> }");
    assert_eq!(text(new::Article::SHAPE, 3), "struct { name: text, cents: u64, color: text = \"none\".to_owned() }");
    assert_eq!(old::Item::SHAPE.body(1), new::Article::SHAPE.body(1));
    assert_ne!(new::Article::SHAPE.body(2), new::Article::SHAPE.body(1));
    assert_eq!(old::Order::SHAPE.body(1), new::Order::SHAPE.body(1));
    assert_ne!(old::Order::SHAPE.body(1), new::Order::SHAPE.body(2));
    assert_eq!(text(new::Order::SHAPE, 1), text(old::Order::SHAPE, 1));
}
