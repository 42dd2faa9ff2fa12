//! Values of every kind that can cross, with their bytes: what hostile bytes are made from. Also compiled by the programs in
//! `fuzz/`. Knows nothing of how bytes are changed.

use std::{
    borrow::Cow,
    cmp::{Ordering, Reverse},
    collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque},
    fmt::Debug,
    marker::PhantomData,
    net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    num::{NonZero, Wrapping},
    ops::Range,
    sync::Arc,
    time::{Duration, SystemTime},
};

use actor_core::{
    ActorId, ExitReason, Incarnation, NodeDownCause, NodeId,
    prelude::*,
    wire::{DecodeError, EncodeError, from_bytes, to_bytes},
};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// One type: how its bytes are read, and the bytes of some of its values.
#[derive(Debug)]
pub(crate) struct Kind {
    /// What it is.
    pub(crate) name: &'static str,
    /// Reads a value and drops it.
    pub(crate) read: fn(&[u8]) -> Result<(), DecodeError>,
    /// Reads a value, writes it, and reads that; it must be the same. Gives what was written.
    pub(crate) again: fn(&[u8]) -> Result<Vec<u8>, DecodeError>,
    /// The bytes of values.
    pub(crate) samples: Vec<Vec<u8>>,
}

fn kind<T: Wire + PartialEq + Debug>(name: &'static str, values: impl IntoIterator<Item = T>) -> Kind {
    let samples = values.into_iter().map(|value| to_bytes(&value).expect("a sample can be written")).collect();
    Kind { name, read: |bytes| from_bytes::<T>(bytes).map(drop), again: again::<T>, samples }
}

fn again<T: Wire + PartialEq + Debug>(bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    let value = from_bytes::<T>(bytes)?;
    let written = match to_bytes(&value) {
        // A variant of an older version is read, and never written any more.
        Err(EncodeError::PeerTooNew { .. }) => return Ok(bytes.to_vec()),
        written => written.expect("what was read can be written"),
    };
    let read = from_bytes::<T>(&written).expect("what was written can be read");
    // What is no number is not equal to itself, and a table has no order; nothing here has both.
    let same = value == read || to_bytes(&read).is_ok_and(|twice| twice == written);
    assert!(same, "{value:?} was written and read as {read:?}");
    Ok(written)
}

/// Numbers of all sizes.
#[derive(Wire, Debug, Clone, PartialEq)]
#[wire(uri = "test.Numbers", version = 1)]
pub(crate) struct Numbers {
    unsigned: (u8, u16, u32, u64, u128),
    signed: (i8, i16, i32, i64, i128),
    floats: (f32, f64),
    flag: bool,
    letter: char,
}

/// Texts and byte strings in all their owners.
#[derive(Wire, Debug, Clone, PartialEq)]
#[wire(uri = "test.Texts", version = 1)]
pub(crate) struct Texts {
    text: String,
    boxed: Box<str>,
    shared: Arc<str>,
    cow: Cow<'static, str>,
    bytes: Bytes,
    raw: Vec<u8>,
}

/// Containers.
#[derive(Wire, Debug, Clone, PartialEq)]
#[wire(uri = "test.Boxes", version = 1)]
pub(crate) struct Boxes {
    nested: Vec<Vec<Vec<u16>>>,
    queue: VecDeque<u32>,
    table: HashMap<u16, String>,
    map: BTreeMap<String, Vec<u8>>,
    hashed: HashSet<u32>,
    ordered: BTreeSet<u8>,
    array: [u16; 4],
    option: Option<Box<u64>>,
    result: Result<Arc<u32>, String>,
    units: Vec<()>,
}

/// Sequences and wrappers beside the usual ones.
#[derive(Wire, Debug, Clone, PartialEq)]
#[wire(uri = "test.Sequences", version = 1)]
pub(crate) struct Sequences {
    linked: LinkedList<u16>,
    slice: Box<[u32]>,
    shared: Arc<[Option<u8>]>,
    cow: Cow<'static, [i16]>,
    range: Range<u8>,
    one: NonZero<u32>,
    two: Option<NonZero<i64>>,
    other: (Wrapping<u8>, Reverse<i8>, Ordering),
}

/// Arrays: of bytes, which are read at once, and of all else.
#[derive(Wire, Debug, Clone, PartialEq)]
#[wire(uri = "test.Arrays", version = 1)]
pub(crate) struct Arrays {
    bytes: [u8; 16],
    none: [u8; 0],
    nested: [[u8; 3]; 2],
    listed: Vec<[u8; 2]>,
    boxed: Box<[Option<[u8; 4]>; 2]>,
    wrapped: [Wrapping<u8>; 3],
    words: [String; 2],
    lists: [Vec<u16>; 2],
    units: [(); 5],
    #[wire(foreign = "test.Shape/1")]
    shapes: [Shape; 2],
}

/// The rest of what crosses as it is.
#[derive(Wire, Debug, Clone)]
#[wire(uri = "test.Others", version = 1)]
pub(crate) struct Others {
    heap: BinaryHeap<i16>,
    keyed: HashMap<[u8; 2], ()>,
    places: (SocketAddrV4, SocketAddrV6),
    nothing: PhantomData<String>,
    small: (NonZero<u8>, NonZero<i8>, NonZero<u128>),
    tuple: (u8, (u16, (u32, (u64,)))),
}

impl PartialEq for Others {
    /// A heap is what is in it.
    fn eq(&self, other: &Others) -> bool {
        let rest = |others: &Others| (others.keyed.clone(), others.places, others.small, others.tuple);
        self.heap.clone().into_sorted_vec() == other.heap.clone().into_sorted_vec() && rest(self) == rest(other)
    }
}

/// As of another crate.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
pub(crate) enum Shape {
    Empty,
    Named(String, Option<u16>),
    Many { shapes: Vec<Shape>, boxed: Box<(u8, i64)> },
}

/// Holds foreign values.
#[derive(Wire, Debug, Clone, PartialEq)]
#[wire(uri = "test.Marked", version = 1)]
pub(crate) struct Marked {
    #[wire(foreign = "test.Shape/1")]
    at: Vec<Shape>,
    #[wire(foreign = "test.Shape/1")]
    named: BTreeMap<String, Box<Shape>>,
}

/// Addresses and times.
#[derive(Wire, Debug, Clone, PartialEq)]
#[wire(uri = "test.Places", version = 1)]
pub(crate) struct Places {
    ip: IpAddr,
    v4: Ipv4Addr,
    sockets: Vec<SocketAddr>,
    span: Duration,
    time: SystemTime,
    node: Option<NodeId>,
    actors: Vec<ActorId>,
    why: ExitReason,
}

/// A value that holds others of its type.
#[derive(Wire, Debug, Clone, PartialEq, Default)]
#[wire(uri = "test.Tree", version = 1)]
pub(crate) struct Tree {
    value: u32,
    children: Vec<Tree>,
    next: Option<Box<Tree>>,
}

/// A type with a past.
#[derive(Wire, Debug, Clone, PartialEq)]
#[wire(uri = "test.Event", version = 3)]
pub(crate) enum Event {
    /// In every version, and with more to say in later ones.
    Bought {
        /// What.
        name: String,
        /// How many; told since version 2.
        #[wire(since = 2, default = 1)]
        pieces: u32,
    },
    /// Nothing to say.
    Closed,
    /// Gone since version 3.
    #[wire(until = 3)]
    Faxed(Vec<u8>),
    /// New in version 2, under a number that leaves room.
    #[wire(tag = 40, since = 2)]
    Noted(Option<Box<Event>>, (u8, i64)),
}

impl Tree {
    /// A tree that is only a trunk.
    pub(crate) fn of_depth(depth: usize) -> Tree {
        let mut tree = Tree::default();
        for value in 1..depth {
            tree = Tree { value: value as u32, children: Vec::new(), next: Some(Box::new(tree)) };
        }
        tree
    }
}

/// All kinds.
pub(crate) fn all() -> Vec<Kind> {
    vec![
        kind("numbers", numbers()),
        kind("texts", texts()),
        kind("boxes", boxes()),
        kind("places", places()),
        kind(
            "tree",
            [Tree::of_depth(4), Tree { children: vec![Tree::of_depth(2), Tree::default()], ..Tree::default() }],
        ),
        kind("event", events()),
        kind("bytes", [vec![], vec![7u8; 300]]),
        kind("list", [vec![1u64, 1 << 20, u64::MAX], vec![]]),
        kind("nested", [vec![vec![vec![1u8], vec![]], vec![]], vec![vec![vec![2; 40]; 3]; 3]]),
        kind("table", [HashMap::from([(1u64, 2u64), (300, 70_000)]), (0..40).map(|key| (key, key * key)).collect()]),
        kind("map", [BTreeMap::from([(1u8, [7u64; 8]), (2, [u64::MAX; 8])])]),
        kind("words", [["one", "two", "three"].map(str::to_owned).to_vec()]),
        kind("shared", [vec![Arc::new(1u8), Arc::new(2)], (0..40).map(Arc::new).collect()]),
        kind("reasons", [vec![ExitReason::Normal, ExitReason::Failed("why".into())]]),
        kind("nodes", [vec![node(); 3]]),
        kind("units", [vec![(); 70]]),
        kind("sequences", sequences()),
        kind("foreign", [Marked { at: shapes(), named: [("one".to_owned(), Box::new(Shape::Empty))].into() }]),
        kind("arrays", arrays()),
        kind("others", others()),
        kind("digests", [vec![[7u8; 32]; 3], vec![]]),
    ]
}

fn numbers() -> [Numbers; 3] {
    let numbers = |n: u64, letter| Numbers {
        unsigned: (n as u8, n as u16, n as u32, n, u128::from(n) << 3),
        signed: (n as i8, n as i16, n as i32, n as i64, -(n as i128)),
        floats: (n as f32, -(n as f64)),
        flag: n > 1,
        letter,
    };
    [numbers(0, '\0'), numbers(251, 'ü'), numbers(u64::MAX, '\u{10ffff}')]
}

fn texts() -> [Texts; 2] {
    let texts = |text: &str| Texts {
        text: text.into(),
        boxed: text.into(),
        shared: text.into(),
        cow: text.to_owned().into(),
        bytes: text.as_bytes().to_vec().into(),
        raw: text.as_bytes().to_vec(),
    };
    [texts(""), texts("Zürich")]
}

fn boxes() -> [Boxes; 2] {
    let empty = Boxes {
        nested: vec![],
        queue: VecDeque::new(),
        table: HashMap::new(),
        map: BTreeMap::new(),
        hashed: HashSet::new(),
        ordered: BTreeSet::new(),
        array: [0; 4],
        option: None,
        result: Err(String::new()),
        units: vec![],
    };
    let full = Boxes {
        nested: vec![vec![vec![1, 300], vec![]], vec![]],
        queue: [1, 2, 3].into(),
        table: [(1, "one".into()), (300, "three hundred".into())].into(),
        map: [("one".into(), vec![1]), ("two".into(), vec![2, 2])].into(),
        hashed: [5, 70_000].into(),
        ordered: (0..30).collect(),
        array: [1, 2, 3, 65_535],
        option: Some(Box::new(9)),
        result: Ok(Arc::new(8)),
        units: vec![(), ()],
    };
    [empty, full]
}

fn sequences() -> [Sequences; 2] {
    let sequences = |count: u8| Sequences {
        linked: (0..count).map(u16::from).collect(),
        slice: (0..count).map(|n| u32::from(n) << 20).collect(),
        shared: (0..count).map(|n| (n > 2).then_some(n)).collect(),
        cow: (0..count).map(i16::from).map(|n| -n).collect(),
        range: 3..count,
        one: NonZero::<u32>::MAX,
        two: NonZero::new(i64::from(count)),
        other: (Wrapping(count), Reverse(-1), count.cmp(&2)),
    };
    [sequences(0), sequences(20)]
}

fn arrays() -> [Arrays; 2] {
    let arrays = |n: u8| Arrays {
        bytes: [n; 16],
        none: [],
        nested: [[n, 2, 3], [4, 5, 6]],
        listed: vec![[n, 8]; usize::from(n)],
        boxed: Box::new([None, Some([n; 4])]),
        wrapped: [Wrapping(n); 3],
        words: [String::new(), "two".repeat(n.into())],
        lists: [vec![1, 300], vec![u16::from(n) << 6; n.into()]],
        units: [(); 5],
        shapes: [Shape::Empty, Shape::Named("a shape".into(), Some(n.into()))],
    };
    [arrays(0), arrays(7)]
}

fn others() -> [Others; 2] {
    let others = |n: u8| Others {
        heap: (0..i16::from(n)).map(|n| n * 77 % 19).collect(),
        keyed: (0..n).map(|n| ([n, 1], ())).collect(),
        places: (
            SocketAddrV4::new(Ipv4Addr::LOCALHOST, 7000),
            SocketAddrV6::new(u128::from(n).into(), 7000, n.into(), 300),
        ),
        nothing: PhantomData,
        small: (NonZero::<u8>::MAX, NonZero::<i8>::MIN, NonZero::<u128>::MAX),
        tuple: (n, (300, (70_000, (u64::MAX,)))),
    };
    [others(0), others(9)]
}

fn shapes() -> Vec<Shape> {
    let named = Shape::Named("a shape".into(), Some(300));
    let many = Shape::Many { shapes: vec![named.clone(), Shape::Empty], boxed: Box::new((1, -2)) };
    vec![named, many, Shape::Empty]
}

fn node() -> NodeId {
    NodeId { name: "bob@10.0.0.7:7000".parse().expect("it is a name"), incarnation: Incarnation(3) }
}

fn places() -> [Places; 2] {
    let places = |ip: &str, why| Places {
        ip: ip.parse().expect("it is an address"),
        v4: Ipv4Addr::LOCALHOST,
        sockets: vec![([127, 0, 0, 1], 7000).into()],
        span: Duration::new(3, 999_999_999),
        time: SystemTime::UNIX_EPOCH - Duration::from_millis(1500),
        node: Some(node()),
        actors: vec![ActorId(1), ActorId(u64::MAX)],
        why,
    };
    [places("10.0.0.7", ExitReason::NodeDown(NodeDownCause::Silent)), places("::1", ExitReason::Failed("why".into()))]
}

fn events() -> [Event; 3] {
    let bought = Event::Bought { name: "ice".into(), pieces: 2 };
    [Event::Closed, Event::Noted(Some(Box::new(bought.clone())), (1, -2)), bought]
}
