//! Stubs held against the types that their contract was written from: what actor-core writes, `stubs!` reads, and makes the same
//! of it. `BLESS=1 cargo test -p actor-core --test stubs` writes the contract anew.

use std::{collections::BTreeMap, fs, path::Path};

use actor_core::{
    prelude::*,
    wire::{
        Schema, SchemaTable, Wire, from_bytes,
        lock::{Contract, Standing},
        to_bytes,
    },
};

// Stubs stand in the contract of their authors, and not in that of this crate, which has none.
actor_core::wire_lock!();

/// The types as their authors have them: every word, every attribute, every kind of field.
mod code {
    use std::{
        borrow::Cow,
        cmp::{Ordering, Reverse},
        collections::{BTreeMap, BTreeSet, HashMap, LinkedList, VecDeque},
        marker::PhantomData,
        net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
        num::{NonZero, Wrapping},
        ops::Range,
        sync::Arc,
        time::{Duration, SystemTime},
    };

    use actor_core::{ActorId, NodeDownCause, NodeId, NodeName, prelude::*, wire::Bytes};

    /// A type of another crate, whose contract is another.
    #[derive(Wire, Debug, Clone, PartialEq)]
    #[wire(uri = "other.Coin", version = 1)]
    pub(super) struct Coin(pub(super) u8);

    #[derive(Wire, Debug, Clone, PartialEq)]
    #[wire(uri = "all.Words", version = 1)]
    pub(super) struct Words {
        pub(super) unsigned: (u8, u16, u32, u64, u128),
        pub(super) signed: (i8, i16, i32, i64, i128),
        pub(super) others: (f32, f64, bool, char, (), String, Bytes),
        pub(super) times: (Duration, SystemTime),
        pub(super) net: (IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr),
        pub(super) ids: (ActorId, NodeId, NodeName, NodeDownCause, ExitReason),
        pub(super) lists: (Vec<u8>, VecDeque<Option<u16>>, Box<Arc<str>>),
        pub(super) array: [Result<u8, String>; 3],
        pub(super) maps: (BTreeMap<Key, u8>, HashMap<String, f64>),
        pub(super) set: BTreeSet<Vec<Side>>,
        pub(super) r#type: super::code::Coin,
    }

    #[derive(Wire, Debug, Clone, PartialEq)]
    #[wire(uri = "all.Rest", version = 2)]
    pub(super) struct Rest {
        pub(super) one: (u8,),
        pub(super) twelve: (u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8),
        pub(super) numbers: (NonZero<u64>, Wrapping<i8>, Reverse<u16>, Ordering, Range<i64>),
        pub(super) net: (SocketAddrV4, SocketAddrV6),
        pub(super) lists: (LinkedList<u8>, Box<[u8]>, Arc<[u8]>),
        pub(super) others: (Cow<'static, [u8]>, PhantomData<String>),
        #[wire(foreign = "geo.Point/1")]
        pub(super) points: BTreeMap<Point, Vec<Option<Point>>>,
        #[wire(since = 2, default = None, foreign(Point = "geo.Point/1", Line = "geo.Line/3"))]
        pub(super) line: Option<(Line, Point)>,
    }

    /// What a contract only names, both sides have of another crate.
    #[derive(serde::Serialize, serde::Deserialize, Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
    pub(super) struct Point(pub(super) i32, pub(super) i32);

    #[derive(serde::Serialize, serde::Deserialize, Debug, Clone, PartialEq)]
    pub(super) struct Line(pub(super) Point);

    #[derive(Wire, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    #[wire(uri = "all.Key", version = 1)]
    pub(super) struct Key(pub(super) u8, pub(super) Side);

    #[derive(Wire, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
    #[wire(uri = "all.Side", version = 1)]
    pub(super) enum Side {
        Left,
        #[wire(tag = 7)]
        Right,
    }

    #[derive(Wire, Debug, Clone, PartialEq)]
    #[wire(uri = "all.unit-type", version = 1)]
    pub(super) struct Unit;

    #[derive(Wire, Debug, Clone, PartialEq)]
    #[wire(uri = "all.Page", version = 1)]
    pub(super) struct Page<T, U> {
        pub(super) items: Vec<T>,
        pub(super) next: Option<Box<Page<T, U>>>,
        pub(super) by: BTreeMap<String, U>,
        pub(super) unit: Unit,
    }

    #[derive(Wire, Debug, Clone, PartialEq)]
    #[wire(uri = "all.Tree", version = 1)]
    pub(super) enum Tree {
        Leaf(u8),
        Two(Box<Tree>, Option<(u8, Box<Branch>)>),
        Many { trees: Vec<Tree>, pages: Page<Tree, Coin> },
    }

    #[derive(Wire, Debug, Clone, PartialEq)]
    #[wire(uri = "all.Branch", version = 1)]
    pub(super) struct Branch {
        pub(super) trees: [Tree; 2],
    }

    /// All of its history can be told.
    #[derive(Wire, Debug, Clone, PartialEq)]
    #[wire(uri = "all.Grown", alias = "all.Seed", version = 4)]
    pub(super) struct Grown {
        #[wire(since = 4, default = "a, \"b\" }".to_owned())]
        pub(super) first: String,
        pub(super) name: String,
        #[wire(since = 2, default = 1_000)]
        pub(super) cents: u32,
        #[wire(since = 3, default)]
        pub(super) tags: BTreeMap<String, Option<Tree>>,
        #[wire(since = 3, default = Some(-2))]
        pub(super) balance: Option<i8>,
    }

    /// What it was before version 3 only its author knows.
    #[derive(Wire, Debug, Clone, PartialEq)]
    #[wire(uri = "all.Moved", version = 4)]
    pub(super) struct Moved(
        #[wire(until = 3, default)] pub(super) String,
        #[wire(since = 2, from = u32, convert = u64::from)] pub(super) u64,
        #[wire(since = 3, default = ten())] pub(super) u8,
        #[wire(since = 4, default = 1.5)] pub(super) f64,
    );

    fn ten() -> u8 {
        10
    }

    #[derive(Protocol, Debug)]
    #[wire(uri = "all.Account", version = 3)]
    pub(super) enum Account {
        Deposit {
            cents: u64,
            #[wire(since = 3, default = 7)]
            r#for: u8,
        },
        Balance {
            of: Key,
            reply: Reply<Result<Grown, String>>,
        },
        #[wire(tag = 20, since = 2)]
        Watch(Subject<News>, Option<Subject<Account>>),
        #[wire(method = "close_account")]
        Drop,
        #[wire(until = 3)]
        Fax(String),
        #[wire(since = 2, until = 3)]
        Telex(String, u8),
        #[wire(since = 3)]
        Ask(Question),
        HTTPGet {
            url: String,
        },
        #[wire(include, since = 3, method = "pass_on")]
        News(News),
    }

    #[derive(Wire, Debug)]
    #[wire(uri = "all.Question", version = 1)]
    pub(super) struct Question {
        pub(super) to: Reply<u8>,
    }

    #[derive(Protocol, Debug, Clone)]
    #[wire(uri = "all.News", version = 1)]
    pub(super) enum News {
        Told { words: Box<Words> },
    }
}

/// The same, by somebody who has the contract alone.
mod stub {
    actor_core::stubs!(
        "tests/contracts/all.lock",
        "other.Coin" = super::code::Coin,
        "all.Words" as AllWords,
        "geo.Point/1" = super::code::Point,
        "geo.Line/3" = super::code::Line,
    );
}

const FILE: &str = "tests/contracts/all.lock";

/// The types of one side, as released as those of the other.
fn schemas(is_stub: bool) -> Vec<Schema> {
    let own = |schema: &&Schema| schema.contract.is_some() == is_stub && schema.identity.starts_with("all.");
    Schema::linked().filter(own).map(|schema| Schema { locked: schema.version, ..schema.clone() }).collect()
}

/// DESIGN §4: what is written of the authors' types is what stands in the file, and in the stubs.
#[test]
fn stubs_have_the_structure_of_what_they_were_written_from() {
    let released = Contract::of(&schemas(false)).to_string();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    if std::env::var_os("BLESS").is_some_and(|bless| bless == "1") {
        fs::write(&path, &released).unwrap();
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), released, "`BLESS=1` writes the file");
    let lines: BTreeMap<_, _> = Contract::of(&schemas(false))
        .lines()
        .iter()
        .map(|line| ((line.name.clone(), line.version), line.clone()))
        .collect();
    let stubs = Contract::of(&schemas(true));
    for line in stubs.lines() {
        assert_eq!(line, &lines[&(line.name.clone(), line.version)]);
        assert_eq!(line.standing, Standing::Released);
    }
    let told: Vec<_> = schemas(true).iter().map(|schema| (schema.identity, schema.oldest, schema.version)).collect();
    assert_eq!(stubs.lines().len(), lines.len() - 2, "{told:?}");
    let moved = schemas(true).into_iter().find(|schema| schema.identity == "all.Moved").unwrap();
    assert_eq!((moved.oldest, moved.version, moved.contract), (3, 4, Some(FILE)));
}

/// The bytes of one side are a value of the other's.
#[test]
fn values_cross_from_one_to_the_other() {
    fn same<A: Wire, B: Wire>(value: &A) -> B {
        assert_eq!(A::EDGE, B::EDGE);
        let bytes = to_bytes(value).unwrap();
        let other: B = from_bytes(&bytes).unwrap();
        assert_eq!(to_bytes(&other).unwrap(), bytes);
        other
    }
    let tree = code::Tree::Two(Box::new(code::Tree::Leaf(1)), None);
    let copy: stub::Tree = same(&tree);
    assert_eq!(copy, stub::Tree::Two(Box::new(stub::Tree::Leaf(1)), None));
    let page = code::Page {
        items: vec![tree.clone()],
        next: None,
        by: [("a".into(), code::Coin(2))].into(),
        unit: code::Unit,
    };
    let many: stub::Tree = same(&code::Tree::Many { trees: vec![tree.clone()], pages: page });
    assert!(matches!(many, stub::Tree::Many { pages, .. } if pages.by["a"] == code::Coin(2)));
    let two = code::Branch { trees: [tree.clone(), tree] };
    let branch: stub::Branch = same(&two);
    assert_eq!(*branch.trees[0], copy);
    let key: stub::Key = same(&code::Key(3, code::Side::Right));
    assert_eq!(BTreeMap::from([(key, 1)])[&stub::Key(3, stub::Side::Right)], 1);
    assert_eq!(same::<_, stub::unit_type>(&code::Unit), stub::unit_type);
    let moved: stub::Moved = same(&code::Moved(String::new(), 5, 6, 0.5));
    assert_eq!(moved, stub::Moved(5, 6, 0.5));
    let rest: stub::Rest = same(&rest());
    assert_eq!(rest.points, [(code::Point(1, 2), vec![None, Some(code::Point(3, 4))])].into());
    assert_eq!((rest.line, rest.one), (Some((code::Line(code::Point(5, 6)), code::Point(7, 8))), (1,)));
}

fn rest() -> code::Rest {
    let local = |port| std::net::SocketAddrV4::new(std::net::Ipv4Addr::LOCALHOST, port);
    code::Rest {
        one: (1,),
        twelve: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
        numbers: (
            std::num::NonZero::<u64>::MAX,
            std::num::Wrapping(-1),
            std::cmp::Reverse(2),
            std::cmp::Ordering::Less,
            -3..4,
        ),
        net: (local(5), std::net::SocketAddrV6::new(std::net::Ipv6Addr::LOCALHOST, 6, 0, 0)),
        lists: ([1].into(), [2].into(), [3].into()),
        others: (vec![4].into(), std::marker::PhantomData),
        points: [(code::Point(1, 2), vec![None, Some(code::Point(3, 4))])].into(),
        line: Some((code::Line(code::Point(5, 6)), code::Point(7, 8))),
    }
}

/// DESIGN §4: an older value is what its authors have made of it, as far as the contract says that.
#[test]
fn older_values_have_the_defaults_of_the_contract() {
    let first = [1, 3, b'a', b'n', b'n'];
    let grown: code::Grown = from_bytes(&first).unwrap();
    let stub: stub::Seed = from_bytes(&first).unwrap();
    let stub::Seed { first, name, cents, tags, balance } = stub;
    assert!(tags.is_empty());
    assert_eq!((first, name, cents, balance), (grown.first, grown.name, grown.cents, grown.balance));
    assert_eq!((cents, balance), (1000, Some(-2)));
    assert!(from_bytes::<stub::Moved>(&[2, 0, 5]).is_err(), "only its author knows what that is now");
}

/// DESIGN §1: the same methods.
#[test]
fn stubs_have_the_methods_of_the_protocol() {
    use stub::{AccountClient as _, NewsClient as _};
    fn uses(account: &Subject<stub::Account>, news: &Subject<stub::News>, words: stub::AllWords) {
        let _told = account.deposit(5, 7);
        let _call: actor_core::Call<Result<stub::Seed, String>> = account.balance(stub::Key(1, stub::Side::Left));
        let _told = account.watch(news.clone(), Some(account.clone()));
        let _told = account.close_account();
        let _told = account.fax("old".into());
        let _told = account.telex("old".into(), 1);
        let _told = account.http_get("a".into());
        let _told = news.told(words.clone());
        let _told = account.pass_on(stub::News::Told { words: words.clone() });
        let _told = account.narrow::<stub::News>().told(words);
    }
    let _compiles = uses;
    fn is_copied<T: Clone + PartialEq + std::fmt::Debug>() {}
    is_copied::<stub::AllWords>();
    let _can_be_told_to_groups: fn(&stub::News) -> stub::News = Clone::clone;
}

/// A type and its stub are one entry of the table, and two that differ are a conflict.
#[test]
fn a_build_may_have_a_type_and_its_stub() {
    let both = || schemas(false).into_iter().chain(schemas(true));
    let wide = both().filter(|schema| schema.identity != "all.Moved");
    let table = SchemaTable::of(wide).unwrap();
    assert_eq!(table.iter().count(), schemas(false).len() - 1);
    assert!(table.iter().all(|schema| schema.contract.is_none()));
    let table = SchemaTable::of(both()).unwrap();
    assert!(
        table.iter().any(|schema| schema.identity == "all.Moved" && schema.oldest == 3 && schema.contract.is_none())
    );
    let older = both().map(|schema| match schema.contract {
        Some(_) => Schema { version: schema.version - 1, ..schema },
        None => schema,
    });
    let error = SchemaTable::of(older.filter(|schema| schema.identity == "all.Moved")).unwrap_err();
    assert!(error.to_string().contains("stub"), "{error}");
}
