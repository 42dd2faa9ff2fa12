//! The types of the standard library, and `Bytes`.

use std::{
    borrow::Cow,
    cmp::{Ordering, Reverse},
    collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque},
    hash::{BuildHasherDefault, DefaultHasher},
    marker::PhantomData,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6},
    num::{NonZero, Wrapping},
    rc::Rc,
    sync::Arc,
    time::{Duration, SystemTime},
};

use actor_core::{
    ActorId, Incarnation, NodeId,
    wire::{DecodeError, from_bytes, to_bytes},
};
use bytes::Bytes;

use crate::page::Page;

#[test]
fn standard_types_are_the_bytes_that_they_were() {
    let mut page = Page::new("standard.txt");
    numbers(&mut page);
    texts(&mut page);
    containers(&mut page);
    maps(&mut page);
    pointers(&mut page);
    times_and_places(&mut page);
    page.check();
}

macro_rules! each {
    ($page:ident: $($value:expr),* $(,)?) => { $($page.holds($value);)* };
}

fn numbers(page: &mut Page) {
    each!(page: (), false, true, 0_u8, 255_u8, 0_u16, 250_u16, 251_u16, u16::MAX, 65_536_u32, u32::MAX);
    each!(page: 1_u64 << 32, u64::MAX, 0_u128, 1_u128 << 64, u128::MAX);
    each!(page: -1_i8, i8::MIN, i8::MAX, -1_i16, 125_i16, -126_i16, i16::MIN, i32::MIN, i32::MAX);
    each!(page: -1_i64, i64::MIN, i64::MAX, -1_i128, i128::MIN, i128::MAX);
    each!(page: 0.0_f32, -1.5_f32, f32::MAX, f32::NEG_INFINITY, 0.1_f64, -0.0_f64, f64::MIN_POSITIVE, f64::INFINITY);
    each!(page: f32::NAN, f64::NAN, 'a', 'é', '€', '🦀', '\0');
    each!(page: NonZero::new(1_u8), NonZero::<u16>::MAX, NonZero::<u32>::MIN, NonZero::<u64>::MAX, NonZero::<u128>::MIN);
    each!(page: NonZero::<i8>::MIN, NonZero::<i16>::MAX, NonZero::<i32>::MIN, NonZero::<i64>::MAX, NonZero::<i128>::MIN);
    each!(page: Wrapping(7_u32), Reverse(-7_i32), Ordering::Less, Ordering::Equal, Ordering::Greater);
}

fn texts(page: &mut Page) {
    each!(page: String::new(), "a | b\n".to_owned(), "x".repeat(251), "häuser 🦀".to_owned());
    each!(page: Bytes::new(), Bytes::from_static(&[0, 255]), vec![0_u8, 1, 255], Vec::<u8>::new());
    each!(page: Box::<str>::from("box"), Arc::<str>::from("arc"), Cow::<'static, str>::Borrowed("cow"));
}

fn containers(page: &mut Page) {
    each!(page: None::<u8>, Some(7_u8), Some(None::<()>), Some(Some(())), Ok::<u8, String>(1), Err::<u8, String>("no".to_owned()));
    each!(page: Vec::<u16>::new(), vec![1_u16, 300], vec![vec![(); 2], vec![]], vec![Some("a".to_owned()), None]);
    each!(page: VecDeque::from([1_u64, 2]), LinkedList::from([1_i8, -2]), BinaryHeap::from([Reverse(1_u8), Reverse(2)]));
    each!(page: [0_u8; 0], [1_u8, 2, 3], [[true, false], [false, true]], 3_u8..7, -1_i64..1);
    each!(page: (1_u8,), (1_u8, 'b'), (1_u8, 2_u8, 3_u8), (1_u8, 2_u8, 3_u8, 4_u8), (1_u8, 2_u8, 3_u8, 4_u8, 5_u8));
    each!(page: (1_u8, 2_u8, 3_u8, 4_u8, 5_u8, 6_u8), (1_u8, 2_u8, 3_u8, 4_u8, 5_u8, 6_u8, 7_u8));
    each!(page: (1_u8, 2_u8, 3_u8, 4_u8, 5_u8, 6_u8, 7_u8, 8_u8), (1_u8, 2_u8, 3_u8, 4_u8, 5_u8, 6_u8, 7_u8, 8_u8, 9_u8));
    each!(page: (1_u8, 2_u8, 3_u8, 4_u8, 5_u8, 6_u8, 7_u8, 8_u8, 9_u8, 10_u8));
    each!(page: (1_u8, 2_u8, 3_u8, 4_u8, 5_u8, 6_u8, 7_u8, 8_u8, 9_u8, 10_u8, 11_u8));
    each!(page: (1_u8, 2_u8, 3_u8, 4_u8, 5_u8, 6_u8, 7_u8, 8_u8, 9_u8, 10_u8, 11_u8, 12_u8));
}

type Hasher = BuildHasherDefault<DefaultHasher>;

fn maps(page: &mut Page) {
    each!(page: BTreeMap::from([(2_u8, "b".to_owned()), (1, "a".to_owned())]), BTreeMap::<u8, u8>::new());
    each!(page: BTreeSet::from([3_i32, -1, 2]), BTreeSet::from(["b", "a"].map(str::to_owned)));
    each!(page: HashMap::from([("one".to_owned(), 1_u8)]), HashSet::from([(1_u8, 2_u8)]));
    each!(page: HashMap::<u8, bool, Hasher>::from_iter([(1, true)]), HashSet::<u64, Hasher>::from_iter([7]));
}

fn pointers(page: &mut Page) {
    each!(page: Box::new(7_u32), Arc::new("shared".to_owned()), Box::new(Box::new(Some(1_u8))));
    each!(page: Box::<[u8]>::from([1, 2]), Box::<[u16]>::from([1, 300]), Arc::<[u8]>::from([3]), Arc::<[bool]>::from([true]));
    each!(page: Cow::<'static, [u8]>::Borrowed(&[1, 2]), Cow::<'static, [i16]>::Owned(vec![-1]));
    page.names(PhantomData::<Rc<str>>, "PhantomData<Rc<str>>");
    page.names((PhantomData::<String>, 1_u8), "(PhantomData<String>, 1)");
}

fn times_and_places(page: &mut Page) {
    each!(page: Duration::ZERO, Duration::new(1, 999_999_999), Duration::MAX);
    page.names(SystemTime::UNIX_EPOCH, "UNIX_EPOCH");
    page.names(SystemTime::UNIX_EPOCH + Duration::from_millis(1_500), "UNIX_EPOCH + 1.5s");
    page.names(SystemTime::UNIX_EPOCH - Duration::from_micros(1), "UNIX_EPOCH - 1µs");
    each!(page: Ipv4Addr::LOCALHOST, Ipv6Addr::LOCALHOST, IpAddr::V4(Ipv4Addr::BROADCAST), IpAddr::V6(Ipv6Addr::UNSPECIFIED));
    each!(page: SocketAddr::from(([10, 0, 0, 7], 7000)), SocketAddr::from((Ipv6Addr::LOCALHOST, 80)));
    each!(page: SocketAddrV4::new(Ipv4Addr::LOCALHOST, 65_535), SocketAddrV6::new(Ipv6Addr::LOCALHOST, 1, 0, 0));
    let name = || "bob@10.0.0.7:7000".parse().expect("it is a name");
    each!(page: NodeId { name: name(), incarnation: Incarnation(u64::MAX) }, NodeId { name: name(), incarnation: Incarnation(0) }.name);
    each!(page: ActorId(300));
}

/// Bytes that stand for nothing are typed errors, for each type with such bytes.
#[test]
fn bytes_of_no_value_are_refused() {
    fn refused<T: actor_core::wire::Wire + std::fmt::Debug>(bytes: &[u8]) {
        let error = from_bytes::<T>(bytes).unwrap_err();
        assert!(matches!(error, DecodeError::Invalid { .. }), "{bytes:?}: {error:?}");
    }
    refused::<bool>(&[2]);
    refused::<char>(&[0xff]);
    refused::<u16>(&[253, 0, 0, 1, 0, 0, 0, 0, 0]);
    refused::<NonZero<u8>>(&[0]);
    refused::<NonZero<i64>>(&[0]);
    refused::<Ordering>(&[2]);
    refused::<String>(&[1, 0xff]);
    refused::<Arc<str>>(&[2, b'a', 0x80]);
    refused::<Option<u8>>(&[2, 1]);
    refused::<Result<u8, u8>>(&[7, 1]);
    refused::<BTreeMap<u8, u8>>(&[2, 1, 1, 1, 2]);
    refused::<HashMap<u8, u8, Hasher>>(&[2, 1, 1, 1, 2]);
    refused::<BTreeSet<u8>>(&[2, 1, 1]);
    refused::<HashSet<u8>>(&[2, 1, 1]);
    refused::<Duration>(&to_bytes(&(1_u64, 1_000_000_000_u32)).unwrap());
    refused::<SystemTime>(&to_bytes(&(true, Duration::MAX)).unwrap());
    refused::<actor_core::NodeName>(&to_bytes(&"no name".to_owned()).unwrap());
}
