//! Derived types: kinds, generics, recursion, versions and foreign fields.

use std::{collections::BTreeMap, sync::Arc};

use actor_core::{
    prelude::*,
    wire::{DecodeError, Edge, Versions, from_bytes},
};
use bytes::Bytes;

use crate::page::Page;

#[derive(Wire, Debug, Clone)]
#[wire(uri = "golden.Unit", version = 1)]
struct Unit;

#[derive(Wire, Debug, Clone)]
#[wire(uri = "golden.Pair", version = 1)]
struct Pair(u8, String);

#[derive(Wire, Debug, Clone)]
#[wire(uri = "golden.Item", version = 1)]
struct Item {
    name: String,
    cents: u64,
    photo: Bytes,
    r#type: Option<Box<Kind>>,
}

#[derive(Wire, Debug, Clone)]
#[wire(uri = "golden.Kind", version = 1)]
enum Kind {
    Plain,
    Tuple(u8, Unit),
    #[wire(tag = 300)]
    Named {
        pairs: Vec<Pair>,
        more: Arc<[Kind]>,
    },
}

#[derive(Wire, Debug, Clone)]
#[wire(uri = "golden.Page", version = 1)]
struct Page2<T, U> {
    items: Vec<T>,
    by_key: BTreeMap<String, U>,
}

/// Trees of trees, through each other.
#[derive(Wire, Debug, Clone)]
#[wire(uri = "golden.Tree", version = 1)]
struct Tree {
    branches: Vec<Branch>,
}

#[derive(Wire, Debug, Clone)]
#[wire(uri = "golden.Branch", version = 1)]
enum Branch {
    Leaf(i64),
    Tree(Box<Tree>),
}

#[derive(Wire, Debug, Clone)]
#[wire(uri = "golden.Article", alias = "golden.Thing", version = 3)]
struct Article {
    name: String,
    #[wire(since = 2, from = u32, convert = u64::from, down = narrow)]
    cents: u64,
    #[wire(until = 3, default)]
    note: Option<String>,
    #[wire(since = 3, default = "none".to_owned())]
    color: String,
}

fn narrow(cents: &u64) -> Option<u32> {
    u32::try_from(*cents).ok()
}

#[derive(Wire, Debug, Clone)]
#[wire(uri = "golden.Order", version = 2)]
enum Order {
    Buy {
        article: Article,
        #[wire(since = 2, default = 1)]
        pieces: u32,
    },
    #[wire(since = 2, down = plain)]
    Express(Article),
}

fn plain(order: &Order) -> Option<Order> {
    match order {
        Order::Express(article) => Some(Order::Buy { article: article.clone(), pieces: 1 }),
        Order::Buy { .. } => None,
    }
}

#[derive(serde::Serialize, serde::Deserialize, Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Point {
    Nowhere,
    At { x: i32, y: i32, names: Vec<String>, inner: Option<Box<Point>> },
}

#[derive(Wire, Debug, Clone)]
#[wire(uri = "golden.Place", version = 1)]
struct Place {
    #[wire(foreign = "geo.Point/1")]
    path: Vec<Option<Point>>,
    #[wire(foreign = "geo.Point/1")]
    counts: BTreeMap<Point, [u16; 2]>,
}

fn article() -> Article {
    Article { name: "cup".to_owned(), cents: 300, note: None, color: "blue".to_owned() }
}

fn point(inner: Option<Box<Point>>) -> Point {
    Point::At { x: -1, y: 70_000, names: vec!["a".to_owned(), String::new()], inner }
}

#[test]
fn derived_types_are_the_bytes_that_they_were() {
    let mut page = Page::new("derived.txt");
    let newest = Versions::newest();
    page.holds(Unit);
    page.holds(Pair(7, "x".to_owned()));
    let kind = Kind::Named { pairs: vec![Pair(1, String::new())], more: Arc::new([Kind::Plain, Kind::Tuple(9, Unit)]) };
    page.version(kind.clone(), 1, &newest);
    page.holds(kind.clone());
    let item = Item {
        name: "tea".to_owned(),
        cents: 1 << 33,
        photo: Bytes::from_static(&[1, 2, 3]),
        r#type: Some(Box::new(kind)),
    };
    page.version(item.clone(), 1, &newest);
    page.holds(vec![Some(item)]);
    page.holds(Page2 { items: vec![Kind::Plain], by_key: [("k".to_owned(), Unit)].into() });
    page.holds(Page2::<u8, Page2<u8, u8>> { items: vec![1, 2], by_key: BTreeMap::new() });
    page.version(Tree { branches: vec![] }, 1, &newest);
    page.version(Branch::Leaf(-1), 1, &newest);
    page.holds(Tree {
        branches: vec![Branch::Leaf(1), Branch::Tree(Box::new(Tree { branches: vec![Branch::Leaf(-1)] }))],
    });
    page.version(Place { path: vec![], counts: BTreeMap::new() }, 1, &newest);
    page.holds(Place {
        path: vec![None, Some(Point::Nowhere), Some(point(Some(Box::new(point(None)))))],
        counts: [(point(None), [1, 2])].into(),
    });
    versions(&mut page);
    page.check();
}

/// For readers of each version.
fn versions(page: &mut Page) {
    let known = |article, order| {
        let mut versions = Versions::newest();
        versions.set(Edge::of("golden.Thing", &[]), article);
        versions.set(Edge::of("golden.Order", &[]), order);
        versions
    };
    for version in [1, 2, 3] {
        page.version(article(), version, &known(version, 2));
    }
    for version in [1, 2] {
        page.version(Order::Buy { article: article(), pieces: 7 }, version, &known(version, version));
        page.version(Order::Express(article()), version, &known(3, version));
    }
}

#[test]
fn bytes_of_no_value_are_refused_by_name() {
    let error = from_bytes::<Kind>(&[1, 9]).unwrap_err();
    assert_eq!(error, DecodeError::UnknownVariant { uri: "golden.Kind", tag: 9 });
    let error = from_bytes::<Pair>(&[2, 7, 0]).unwrap_err();
    assert_eq!(error, DecodeError::UnknownVersion { uri: "golden.Pair", found: 2, oldest: 1, newest: 1 });
    let error = from_bytes::<Place>(&[1, 1, 1, 2]).unwrap_err();
    assert!(error.to_string().starts_with("no valid geo.Point/1: "), "{error}");
    let deep = [1, 1, 1].repeat(1_000);
    assert_eq!(from_bytes::<Tree>(&deep).unwrap_err(), DecodeError::TooDeep { limit: 128 });
}
