//! Types of other crates in wire types and protocols: what a field names them, and nothing else, is what they are to others.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    hash::{BuildHasherDefault, DefaultHasher},
    sync::Arc,
};

use actor_core::{
    prelude::*,
    wire::{Body, DecodeError, Decoder, Edge, EncodeError, Encoder, Limits, Schema, Versions, from_bytes, to_bytes},
};
use geo::{Line, Matrix, Point};

/// Stands for another crate.
mod geo {
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
    pub(super) struct Point {
        pub(super) x: i32,
        pub(super) y: i32,
    }

    #[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Default)]
    pub(super) struct Line(pub(super) Point, pub(super) Point);

    #[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
    pub(super) struct Matrix<T> {
        pub(super) rows: Vec<Vec<T>>,
    }
}

fn point(x: i32, y: i32) -> Point {
    Point { x, y }
}

type Hasher = BuildHasherDefault<DefaultHasher>;

#[derive(Wire, Debug, Clone, PartialEq)]
#[wire(uri = "map.Place", version = 1)]
struct Place {
    name: String,
    #[wire(foreign = "geo.Point/1")]
    at: Point,
    #[wire(foreign = "geo.Point/1")]
    path: Vec<Option<geo::Point>>,
    #[wire(foreign = "geo.Point/1")]
    named: HashMap<String, (Point, [Point; 2]), Hasher>,
    #[wire(foreign = "geo.Point/1")]
    counts: BTreeMap<Point, u32>,
    #[wire(foreign = "geo.Point/1")]
    seen: BTreeSet<Point>,
    #[wire(foreign(Point = "geo.Point/1", Line = "geo.Line/3"))]
    either: Result<Box<Line>, VecDeque<Arc<Point>>>,
    #[wire(foreign = "geo.MatrixF64/1")]
    matrix: Option<Box<Matrix<f64>>>,
    #[wire(foreign = "geo.Point/1")]
    shared: (Arc<[Point]>, Cow<'static, [Point]>),
    #[wire(foreign(Vec<Point> = "geo.Points/1"))]
    whole: Option<Vec<Point>>,
}

fn place() -> Place {
    Place {
        name: "home".to_owned(),
        at: point(1, -2),
        path: vec![None, Some(point(3, 4))],
        named: [("a".to_owned(), (point(5, 6), [point(7, 8), point(9, 10)]))].into_iter().collect(),
        counts: [(point(1, 1), 7)].into(),
        seen: [point(2, 2), point(1, 9)].into(),
        either: Ok(Box::new(Line(point(0, 0), point(1, 1)))),
        matrix: Some(Box::new(Matrix { rows: vec![vec![1.0, 0.0], vec![]] })),
        shared: (Arc::new([point(1, 2)]), Cow::Owned(vec![point(3, 4)])),
        whole: Some(vec![point(5, 6)]),
    }
}

fn schema(uri: &str) -> &'static Schema {
    Schema::linked().find(|schema| schema.uri == uri).expect("the type is linked")
}

/// DESIGN §4: foreign types inside of containers, as keys too.
#[test]
fn foreign_values_cross_inside_of_containers() {
    let place = place();
    assert_eq!(from_bytes::<Place>(&to_bytes(&place).unwrap()).unwrap(), place);
    let other = Place { either: Err([Arc::new(point(1, 2))].into()), matrix: None, ..place };
    assert_eq!(from_bytes::<Place>(&to_bytes(&other).unwrap()).unwrap(), other);
}

/// DESIGN §4: what others know of a foreign type is its name.
#[test]
fn the_name_is_what_stands_in_contracts() {
    let text = schema("map.Place").shape.text(1);
    for part in [
        "at: geo.Point/1,",
        "path: vec<option<geo.Point/1>>,",
        "named: map<text, tuple<geo.Point/1, array<geo.Point/1; 2>>>,",
        "counts: map<geo.Point/1, u32>,",
        "seen: set<geo.Point/1>,",
        "either: result<geo.Line/3, vec<geo.Point/1>>,",
        "matrix: option<geo.MatrixF64/1>,",
        "shared: tuple<vec<geo.Point/1>, vec<geo.Point/1>>,",
        "whole: option<geo.Points/1> }",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(schema("map.Place").shape.names(1).is_empty(), "nothing that has versions of its own");
}

#[test]
fn another_version_of_the_form_is_another_structure() {
    #[derive(Wire)]
    #[wire(uri = "map.Mark", version = 1)]
    struct First(#[wire(foreign = "geo.Point/1")] Point);

    mod later {
        #[derive(actor_core::prelude::Wire)]
        #[wire(uri = "map.Mark", version = 1)]
        pub(super) struct Second(#[wire(foreign = "geo.Point/2")] pub(super) super::Point);
    }

    let body = |name: &str| Body::record(1).field("0", Edge::of(name, &[])).default("").finish();
    assert_eq!(First::SHAPE.body(1), body("geo.Point/1"));
    assert_eq!(later::Second::SHAPE.body(1), body("geo.Point/2"));
    assert_ne!(First::SHAPE.body(1), later::Second::SHAPE.body(1));
    assert_eq!((First(point(1, 1)).0, later::Second(point(1, 1)).0), (point(1, 1), point(1, 1)));
}

#[derive(Wire, Debug, PartialEq)]
#[wire(uri = "map.Area", version = 3)]
struct Area {
    #[wire(since = 2, default, foreign = "geo.Point/1")]
    middle: Point,
    #[wire(until = 3, default, foreign = "geo.Point/1")]
    old: Option<Point>,
    #[wire(since = 3, from = (i32, i32), convert = corner, down = pair, foreign = "geo.Point/1")]
    corner: Point,
    #[wire(since = 2, from = Point, convert = line, foreign(Line = "geo.Line/1", Point = "geo.Point/1"))]
    border: Line,
}

fn corner((x, y): (i32, i32)) -> Point {
    point(x, y)
}

fn pair(point: &Point) -> Option<(i32, i32)> {
    Some((point.x, point.y))
}

fn line(end: Point) -> Line {
    Line(Point::default(), end)
}

#[test]
fn foreign_fields_come_go_and_change_as_others_do() {
    let text = |version| schema("map.Area").shape.text(version);
    assert_eq!(text(1), "struct { old: option<geo.Point/1>, corner: tuple<i32, i32>, border: geo.Point/1 }");
    assert_eq!(text(3), "struct { middle: geo.Point/1, corner: geo.Point/1, border: geo.Line/1 }");
    let area = Area { middle: point(1, 1), old: None, corner: point(2, 3), border: line(point(4, 5)) };
    assert_eq!(from_bytes::<Area>(&to_bytes(&area).unwrap()).unwrap(), area);
    let (mut bytes, mut versions) = (Vec::new(), Versions::newest());
    versions.set(Edge::of("map.Area", &[]), 2);
    area.encode(&mut Encoder::new(&mut bytes).versions(&versions)).unwrap();
    assert_eq!(from_bytes::<Area>(&bytes).unwrap(), area);
    // Version 1: no old point, the corner as a pair, the border as its end.
    let read = from_bytes::<Area>(&[1, 0, 4, 6, 8, 10]).unwrap();
    assert_eq!(read, Area { middle: point(0, 0), ..area });
}

#[derive(Wire, Debug, PartialEq)]
#[wire(uri = "map.Page", version = 1)]
struct Page<T> {
    items: Vec<T>,
    #[wire(foreign = "geo.Point/1")]
    at: (T, Option<Point>),
}

#[test]
fn a_generic_type_may_hold_a_foreign_one() {
    let page = Page { items: vec![1_u16, 2], at: (3, Some(point(4, 5))) };
    assert_eq!(from_bytes::<Page<u16>>(&to_bytes(&page).unwrap()).unwrap(), page);
    assert_eq!(schema("map.Page").shape.text(1), "struct { items: vec<$0>, at: tuple<$0, option<geo.Point/1>> }");
}

#[derive(Protocol)]
#[wire(uri = "map.Tracker", version = 1)]
enum Tracker {
    Track {
        #[wire(foreign = "geo.Point/1")]
        path: Vec<Option<Point>>,
    },
    Nearest(#[wire(foreign = "geo.Point/1")] Point, #[wire(foreign = "geo.Point/1")] Reply<Option<Point>>),
}

#[derive(Actor)]
#[actor(handles(Tracker))]
struct Map(Vec<Point>);

impl Handler<Tracker> for Map {
    async fn handle(&mut self, message: Tracker, _: &mut Context<Self>) -> Result<(), Error> {
        match message {
            Tracker::Track { path } => self.0.extend(path.into_iter().flatten()),
            Tracker::Nearest(_, reply) => reply.send(self.0.last().copied()),
        }
        Ok(())
    }
}

/// The methods take the user's own types.
#[tokio::test]
async fn methods_take_the_types_of_the_variants() {
    let map: Subject<Tracker> = spawn(Map(Vec::new())).subject();
    map.track(vec![None, Some(point(1, 2))]).unwrap();
    assert_eq!(map.nearest(point(0, 0)).await.unwrap(), Some(point(1, 2)));
    assert_eq!(
        schema("map.Tracker").shape.text(1),
        "protocol { 0 Track { path: vec<option<geo.Point/1>> }, 1 Nearest { 0: geo.Point/1, 1: reply<option<geo.Point/1>> } }"
    );
}

/// DESIGN §4: foreign types are under the same budget and depth.
#[test]
fn the_limits_hold_inside_of_foreign_values() {
    let limited = |bytes: &[u8], limits| Place::decode(&mut Decoder::new(bytes, limits)).unwrap_err();
    let bytes = to_bytes(&place()).unwrap();
    let shallow = limited(&bytes, Limits { memory: 1 << 20, depth: 2 });
    assert_eq!(shallow, DecodeError::TooDeep { limit: 2 });
    let start = &to_bytes(&Place { path: Vec::new(), ..place() }).unwrap()[..8];
    assert_eq!(limited(start, Limits::default()), DecodeError::UnexpectedEnd);
    for end in 0..bytes.len() {
        from_bytes::<Place>(&bytes[..end]).unwrap_err();
    }
}

mod unfit {
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, Debug)]
    #[serde(untagged)]
    pub(super) enum Any {
        Text(String),
        Number(u64),
    }
}

#[derive(Wire, Debug)]
#[wire(uri = "map.Note", version = 1)]
struct Note(#[wire(foreign = "geo.Any/1")] Vec<unfit::Any>);

#[test]
fn a_type_that_these_bytes_cannot_carry_is_refused_where_it_is_sent() {
    assert!(to_bytes(&Note(Vec::new())).is_ok());
    for any in [unfit::Any::Text("a".to_owned()), unfit::Any::Number(7)] {
        let error = to_bytes(&Note(vec![any])).unwrap_err();
        assert!(matches!(error, EncodeError::Foreign { name: "geo.Any/1", .. }), "{error:?}");
        assert!(error.to_string().starts_with("`geo.Any/1` cannot cross: it asks what comes next"), "{error}");
    }
}

/// serde's attributes for another format say nothing here.
#[derive(Wire, serde::Serialize, serde::Deserialize, Debug, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[wire(uri = "map.Account", version = 1)]
struct Account {
    #[serde(rename = "n")]
    number: u64,
    #[serde(alias = "text")]
    owner: String,
}

#[derive(Wire, serde::Serialize, serde::Deserialize, Debug, PartialEq)]
#[wire(uri = "map.Draft", version = 1, ignore_serde)]
struct Draft {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<u8>,
}

#[test]
fn the_attributes_of_another_format_change_nothing() {
    let account = Account { number: 7, owner: "ann".to_owned() };
    assert_eq!(to_bytes(&account).unwrap(), [1, 7, 3, b'a', b'n', b'n']);
    assert_eq!(to_bytes(&Draft { note: None }).unwrap(), [1, 0]);
}
