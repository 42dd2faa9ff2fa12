//! The derives of actor-core: [`Wire`], [`Protocol`], [`Actor`]; and [`stubs!`], which generates the types of a contract. No I/O
//! but the file that `stubs!` names, and a look whether a package that has released types has a `wire.lock`; nothing that could
//! not be written by hand: the expansions are short and call generic code in actor-core by absolute paths. Use them through
//! `actor_core::prelude`.
//!
//! The way of an item: `ast` reads it, with `attr` for its attributes; `valid` holds it against the rules; `expand`
//! writes the code, or `fallback` the errors with stand-in implementations, so that one mistake gives one error. What `stub` reads
//! in a contract goes the same way.
//!
//! # Rules
//!
//! Each has a file of its name in `tests/ui/fail` that does not compile. Where the compiler itself holds the rule, the
//! words are those of actor-core's traits.
//!
//! - `actor_on_union`: An actor is a struct or an enum.
//! - `alias_of_now`: An alias is a name of before.
//! - `bad_uri`: A uri is words and dots.
//! - `borrowing_actor`: An actor owns what it holds.
//! - `broadcast_of_calls`: A protocol with replies cannot be told to a group: many would answer one reply.
//! - `broadcast_of_included_calls`: A protocol that includes one with replies cannot be told to a group either.
//! - `broadcast_without_clone`: A message to a group is copied for each member, so its protocol is `Clone`.
//! - `call_to_group`: A group cannot be called: a call has exactly one receiver.
//! - `const_parameter`: A wire type has type parameters only.
//! - `convert_without_from`: What is converted has a type of its own.
//! - `default_beside_from`: A field that had another type has a value to convert in every version.
//! - `default_without_since`: A default is for versions that do not have the field.
//! - `down_without_since`: Only what is new has an older form.
//! - `duplicate_method`: Two messages of a protocol have two methods.
//! - `duplicate_tag`: Two variants have two tags.
//! - `empty_enum`: A wire type has values.
//! - `empty_name`: A name written in the code is not empty, and not longer than a name may be.
//! - `field_attribute`: A field has only the attributes that are known.
//! - `foreign_ambiguous`: A name alone means the only type that may be foreign.
//! - `foreign_in_own_container`: A foreign type stands in the standard containers.
//! - `foreign_malformed`: A foreign type is given as a name, or as types with names.
//! - `foreign_name`: The form of a foreign type has a name of words and dots, and a version.
//! - `foreign_of_another_type`: A foreign type is named as it stands in the field.
//! - `foreign_of_parameter`: The name of a form stands for one type.
//! - `foreign_twice`: A foreign type has one form in a field.
//! - `foreign_wire_type`: A wire type is not foreign.
//! - `foreign_without_serde`: A foreign type has serde's traits.
//! - `foreign_without_type`: What a field calls foreign is there.
//! - `forgotten_message`: A handler deals with every message of the protocol.
//! - `from_without_convert`: A field that had another type says how a value of that one becomes one of this.
//! - `from_without_since`: A field that had another type says until when.
//! - `generic_protocol`: A protocol has no type parameters.
//! - `group_of_another_protocol`: A group takes subjects of its own protocol only.
//! - `handles_duplicate`: A message stands once in the list.
//! - `handles_empty`: An actor handles something.
//! - `handles_malformed`: The list of messages is in parentheses.
//! - `handles_missing`: An actor lists what it handles.
//! - `hooks_without_lifecycle`: An actor with hooks says so.
//! - `ignore_serde_of_nothing`: What is ignored is there.
//! - `include_of_value`: Only a protocol is included.
//! - `include_on_value`: Only a protocol includes another.
//! - `include_twice`: A protocol is included once.
//! - `include_with_down`: What is sent to a narrowed subject is never turned into another message.
//! - `include_with_field_versions`: An included protocol has versions of its own.
//! - `include_with_named_field`: What a variant includes is its one field, without a name.
//! - `include_with_other_fields`: What a variant includes is all that it holds.
//! - `include_with_value`: That a variant includes a protocol is one word.
//! - `keyword_method`: A generated method has a name that can be written.
//! - `large_tag`: A tag is a `u32`.
//! - `lifecycle_value`: That an actor has hooks is one word.
//! - `lifecycle_without_hooks`: An actor that says it has hooks has them.
//! - `lifetime_parameter`: A wire type owns what it holds.
//! - `locked_above_version`: Only a version that the type has is released.
//! - `locked_with_bounds`: A generic type is released for all that its parameters may be.
//! - `locked_without_line`: What is released is written down.
//! - `mailbox_of_none`: A mailbox has room for a message.
//! - `mailbox_value`: A mailbox's bound is a number.
//! - `malformed_attribute`: An attribute has a value of its kind.
//! - `method_of_another_protocol`: An address has the methods of its own protocol only.
//! - `method_on_value`: Only a protocol has methods.
//! - `min_version_above_version`: The oldest version of a build is not newer than its newest.
//! - `misplaced_attribute`: An attribute stands where it belongs.
//! - `missing_handler`: An actor has a handler for every message in its list.
//! - `missing_uri`: A wire type has a stable name.
//! - `monitor_without_down`: Only an actor that handles `Down` can monitor.
//! - `name_of_another_protocol`: A name takes subjects of its own protocol only.
//! - `narrow_to_another_protocol`: An address is narrowed only to what its protocol includes.
//! - `non_wire_field`: Everything in a protocol can cross between nodes.
//! - `non_wire_inside`: A container crosses if what it holds does.
//! - `protocol_on_struct`: A protocol is an enum.
//! - `rc_field`: What moves between threads is not counted by one.
//! - `released_contains_draft`: What is released is made of what is released.
//! - `released_form_changed`: A foreign type of another version is another type.
//! - `released_schema_changed`: What is released does not change.
//! - `repeated_attribute`: An attribute is given once.
//! - `reply_used_twice`: A reply answers once.
//! - `serde_attribute`: An attribute of serde that would change what arrives is not believed.
//! - `since_above_version`: A field is there since a version that the type has.
//! - `since_one`: What every version has says nothing of versions.
//! - `since_without_default`: A field that some versions do not have says what it is then.
//! - `stubs_by_hand`: A type whose codec was written by hand has no stub.
//! - `stubs_edited`: A contract is not edited by who reads it.
//! - `stubs_named_otherwise`: What stands for a name of a contract is said in one of two ways.
//! - `stubs_named_twice`: A name of a contract is one Rust type.
//! - `stubs_of_no_key`: A key can be told from others.
//! - `stubs_of_one_name`: Two stubs in one module have two names.
//! - `stubs_of_stranger`: What is said of a contract's types is said of types that it has.
//! - `stubs_outside_of_package`: A contract is found from the package that reads it, on every machine.
//! - `stubs_unknown_type`: Every type that a contract speaks of stands in it, or is said.
//! - `stubs_unreadable`: A contract is understood to its last word.
//! - `stubs_without_file`: A contract is a file of the package.
//! - `stubs_without_path`: Stubs are made of a contract, and of nothing else.
//! - `subject_of_local_message`: Only a subject of a protocol can be shipped, not one of a message that stays on its node.
//! - `subject_of_unhandled_protocol`: An actor gives subjects only for the protocols in its list.
//! - `taken_method`: A generated method has no name that an address has already.
//! - `trap_without_exit`: Only an actor that handles `Exit` can trap exits.
//! - `two_replies`: A message has one reply at most.
//! - `union`: A union does not cross.
//! - `unknown_actor_attribute`: An actor has only the attributes that are known.
//! - `unknown_attribute`: A type has only the attributes that are known.
//! - `until_before_since`: A field comes before it goes.
//! - `usize_field`: A number has one size on all machines, also inside of other types.
//! - `version_zero`: Versions count from 1.
//! - `wrong_argument`: A generated method takes what the variant declares.
//! - `wrong_message`: An address takes the messages of its own protocol only.

mod ast;
mod attr;
mod expand;
mod fallback;
mod stub;
mod valid;
mod words;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct or enum a value that can cross between nodes.
///
/// ```
/// use actor_core::{prelude::*, wire};
///
/// #[derive(Wire, Debug, PartialEq)]
/// #[wire(uri = "shop.Item", version = 1)]
/// struct Item {
///     name: String,
///     wrap: Option<Wrap>,
/// }
///
/// #[derive(Wire, Debug, PartialEq)]
/// #[wire(uri = "shop.Wrap", version = 1)]
/// enum Wrap {
///     Box,
///     #[wire(tag = 7)]
///     Ribbon { color: String },
/// }
///
/// let item = Item { name: "cup".to_owned(), wrap: Some(Wrap::Box) };
/// let bytes = wire::to_bytes(&item)?;
/// assert_eq!(wire::from_bytes::<Item>(&bytes)?, item);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// - `uri` names the type for good, whatever module it moves to: words of ASCII letters, digits, `_` and `-`, joined by
///   dots, 128 bytes at most.
/// - `tag` on a variant is its number on the wire; without it, its place in the enum.
///
/// # Versions
///
/// `version = 3` is the newest version that this build writes, and `min_version = 2` the oldest that it reads; both are 1
/// unless said otherwise. A value is written in the newest version that its reader knows.
///
/// - A field with `since = 2` is not in version 1. Its `default` (or `default = value`) is what it is in a value of version 1.
/// - A field with `until = 3` is not in version 3 and later, and is its `default` there. It can be removed from the code when
///   `min_version` is 3.
/// - A field with `since = 2, from = u32, convert = u64::from` was a `u32` in version 1. `down = function` says what it is
///   for a reader of version 1, `fn(&u64) -> Option<u32>`; without it, or with `None`, such a reader gets nothing, and the
///   sender `PeerTooOld`.
/// - A variant with `since = 2` is unknown to readers of version 1: sending it to one is `PeerTooOld`, unless `down = function`,
///   `fn(&Self) -> Option<Self>`, gives an older variant for it.
/// - A variant with `until = 3` is read from older writers, and refused towards readers of version 3.
/// - What an older build passes on, a message or an answer, is what that build understood: what it did not know was not sent to
///   it, and is the default again for a newer reader behind it. Nothing is carried along unseen.
/// - `alias = "shop.OldItem"` is the uri that the type had first: it stays the same type for builds that know it by that name.
///
/// ```
/// use actor_core::prelude::*;
///
/// #[derive(Wire)]
/// #[wire(uri = "shop.Price", version = 3)]
/// struct Price {
///     #[wire(since = 2, from = u32, convert = u64::from, down = narrow)]
///     cents: u64,
///     #[wire(since = 3, default = "EUR".to_owned())]
///     currency: String,
/// }
///
/// fn narrow(cents: &u64) -> Option<u32> {
///     u32::try_from(*cents).ok()
/// }
/// ```
///
/// # Types of other crates
///
/// A type of another crate that has serde's `Serialize` and `Deserialize` crosses where a field names its form:
///
/// ```
/// use actor_core::prelude::*;
/// # mod geo {
/// #     #[derive(serde::Serialize, serde::Deserialize)] pub struct Point { pub x: f64, pub y: f64 }
/// #     #[derive(serde::Serialize, serde::Deserialize)] pub struct Line(pub Point, pub Point);
/// # }
/// use geo::{Line, Point};
///
/// #[derive(Protocol)]
/// #[wire(uri = "map.Tracker", version = 1)]
/// enum Tracker {
///     Track {
///         #[wire(foreign = "geo.Point/1")]
///         path: Vec<Option<Point>>,
///     },
///     Draw {
///         #[wire(foreign(Point = "geo.Point/1", Line = "geo.Line/1"))]
///         shape: Result<Line, Point>,
///     },
/// }
///
/// fn track(tracker: &Subject<Tracker>, point: Point) -> Result<(), Error> {
///     tracker.track(vec![Some(point)])?;
///     Ok(())
/// }
/// ```
///
/// - The name is what others know of the type: it stands in contracts, and is part of the structure of whatever holds it. It is words
///   joined by dots, a slash and a version. Whoever writes it promises that serde's form of the type stays what it is; when a release
///   of that crate changes it, the version is another, which makes it another type to all: bring it with `since` and
///   `from`, as any change of type.
/// - A name alone means the one type in the field (and in `from`) that is neither a standard container nor known to cross. Where several
///   may be meant, each is named: `foreign(Point = "geo.Point/1")`, as it is written in the field. It may be a container itself:
///   `foreign(Vec<Point> = "geo.Path/1")` gives all of it to serde.
/// - It may stand in `Option`, `Result`, `Vec` and other sequences, arrays, slices, tuples, maps (as key too), sets, `Range`, `Box`,
///   `Arc`, `Cow` and `Reply`. For your own generic types, wrap it: `#[derive(Wire)] #[wire(uri = "map.Point", version = 1)] struct
///   MapPoint(#[wire(foreign = "geo.Point/1")] Point);`.
/// - The bytes hold no names and do not say what comes next, so that `#[serde(flatten)]`, `#[serde(untagged)]`, internally tagged enums,
///   `skip_serializing_if` and values of any kind cannot cross so. They are refused where they are sent; the first value of each
///   name is read back for that.
/// - What is read is under the limits of the node as everything else, in memory and in depth; code of the type that fails or
///   panics costs the message.
/// - A contract only names a foreign type, so that whoever makes stubs of it says which type that is:
///   `stubs!("contracts/map.lock", "geo.Point/1" = geo::Point)`.
///
/// With the feature of `actor-core` of that name, types of some crates cross as they are, in forms that do not change with those crates:
///
/// | feature | types | in contracts | bytes |
/// |---|---|---|---|
/// | `uuid` | `Uuid` | `uuid` | 16 bytes |
/// | `url` | `Url` | `url` | its text |
/// | `serde_json` | `Value` | `json` | its text |
/// | `chrono` | `DateTime<Utc>`, `DateTime<FixedOffset>`, `NaiveDateTime`, `NaiveDate`, `NaiveTime`, `TimeDelta` | `chrono_utc`, `chrono_fixed_offset`, `chrono_datetime`, `chrono_date`, `chrono_time`, `chrono_delta` | seconds and nanoseconds, days |
/// | `jiff` | `Timestamp`, `SignedDuration`, `civil::DateTime`, `civil::Date`, `civil::Time` | `jiff_timestamp`, `jiff_duration`, `jiff_datetime`, `jiff_date`, `jiff_time` | seconds and nanoseconds, or the parts |
///
/// serde's attributes on a wire type mean nothing here. Those that would make another value arrive (`skip`, `default`, `with`, `from` and
/// the like) are refused, so that nobody relies on them; `ignore_serde` on the type says that they are for another format, which
/// the type has too. Those that only name and arrange (`rename`, `tag`, `transparent` and the like) stay.
///
/// # Releases
///
/// While other builds do not rely on a type, its versions are drafts, free to edit. `locked = 2` says that versions 1 and 2 are
/// released: that they run somewhere. From then on, a change of them does not compile.
///
/// ```text
/// #[derive(Protocol)]
/// #[wire(uri = "bank.Account", version = 2, locked = 1)]      // version 1 is released, 2 is a draft
/// pub enum Account {
///     Deposit { cents: u64 },
///     #[wire(since = 2)]
///     Memo { text: String },
/// }
/// ```
///
/// What is released stands in the file `wire.lock` of the package, a line for each type and version, which is committed and
/// reviewed as the code is:
///
/// ```text
/// bank.Account 1 = protocol { 0 Deposit { cents: u64 } } #a53d316e7bac7181
/// ```
///
/// Other teams generate their side from that file: [`stubs!`].
///
/// 1. Put `actor_core::wire_lock!();` into the crate root, once. It makes a test that keeps the file.
/// 2. Write `locked = 1` on the type, and on the types in its fields.
/// 3. Run `WIRE_LOCK=update cargo test -p bank wire_lock`, which writes the lines that are missing, and commit the file.
///
/// A type that goes leaves its lines in the file, marked `removed`; the test says so. A draft cannot be part of what is released.
/// A generic type has one line, with `$0` for its first parameter, and can be released if it has no bounds on them. To change
/// a version that was locked and that nobody has yet, delete its line by hand and run the command again.
///
/// Type parameters are bound by `Wire`. Lifetimes and const parameters are refused.
#[proc_macro_derive(Wire, attributes(wire))]
pub fn wire(input: TokenStream) -> TokenStream {
    expand::wire(parse_macro_input!(input as DeriveInput)).into()
}

/// Makes an enum a protocol: all the messages that an address of it takes. Implies [`Wire`].
///
/// ```
/// use actor_core::prelude::*;
///
/// #[derive(Protocol)]
/// #[wire(uri = "bank.Account", version = 1)]
/// pub enum Account {
///     Deposit { cents: u64 },
///     Balance { reply: Reply<u64> },
///     #[wire(method = "close_account")]
///     Stop,
/// }
///
/// async fn settle(account: &Subject<Account>) -> Result<u64, Error> {
///     account.deposit(500)?;
///     account.close_account()?;
///     Ok(account.balance().await?)
/// }
/// ```
///
/// Writes the trait `AccountClient` next to the enum, with a method per variant on every address of the protocol:
/// `account.deposit(500)` tells; a variant with a field of type `Reply<T>` is a call, `account.balance().await`. Import the
/// trait where the methods are used. The methods are named after the variants in snake case; `#[wire(method = "..")]`
/// names one otherwise. The fields are the parameters, by their names; those of a tuple variant are `value`, or `value0`,
/// `value1` and so on.
///
/// # Includes
///
/// A protocol may include another: `include` on a variant with the other as its one field, without a name. A subject of it can then be
/// narrowed to the other, `account.narrow::<Health>()`, and what is sent to that arrives in the variant.
///
/// ```
/// use actor_core::prelude::*;
///
/// #[derive(Protocol)]
/// #[wire(uri = "ops.Health", version = 1)]
/// pub enum Health {
///     Ping { reply: Reply<u64> },
/// }
///
/// #[derive(Protocol)]
/// #[wire(uri = "bank.Account", version = 2)]
/// pub enum Account {
///     Deposit { cents: u64 },
///     #[wire(include, since = 2)]
///     Health(Health),
/// }
///
/// async fn check(account: &Subject<Account>) -> Result<u64, Error> {
///     Ok(account.narrow::<Health>().ping().await?)
/// }
/// ```
///
/// The includer has a method for the variant as for any other, `account.health(message)`. It is as its messages are: with one included
/// call it cannot be broadcast. An include is part of the structure of its version, though no byte depends on it: which handles there
/// are does.
#[proc_macro_derive(Protocol, attributes(wire))]
pub fn protocol(input: TokenStream) -> TokenStream {
    expand::protocol(parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a struct or enum an actor that handles these messages and no others.
///
/// ```
/// use actor_core::prelude::*;
///
/// # #[derive(Protocol)]
/// # #[wire(uri = "bank.Account", version = 1)]
/// # pub enum Account { Deposit { cents: u64 }, Watch { to: Subject<Account> } }
/// #[derive(Actor)]
/// #[actor(handles(Account, Down))]
/// struct Bank {
///     cents: u64,
/// }
///
/// impl Handler<Account> for Bank {
///     async fn handle(&mut self, msg: Account, cx: &mut Context<Self>) -> Result<(), Error> {
///         match msg {
///             Account::Deposit { cents } => self.cents += cents,
///             Account::Watch { to } => drop(cx.monitor(&to)),
///         }
///         Ok(())
///     }
/// }
///
/// impl Handler<Down> for Bank {
///     async fn handle(&mut self, _: Down, _: &mut Context<Self>) -> Result<(), Error> {
///         Ok(())
///     }
/// }
/// ```
///
/// - `handles(..)` lists the messages: protocols, and types of messages that stay on the node, as `Down` and `Exit` do. There is
///   a `Handler` for each.
/// - `mailbox = 64` says how many messages may wait before an actor of this type, unless it is told otherwise where it is spawned;
///   a constant will do too. `mailbox = unbounded` is for actors whose senders are few and known. Without it there is room for 8192.
/// - `lifecycle` says that the actor has hooks: an `impl Lifecycle` with `started` at its beginning, `stopping` at its end, or
///   both. An actor without the word has none, and does not pay for any.
///
/// ```
/// # use actor_core::prelude::*;
/// # #[derive(Protocol)]
/// # #[wire(uri = "bank.Account", version = 1)]
/// # pub enum Account { Deposit { cents: u64 } }
/// #[derive(Actor)]
/// #[actor(handles(Account), lifecycle)]
/// struct Till {
///     cents: u64,
///     safe: Subject<Account>,
/// }
///
/// impl Lifecycle for Till {
///     async fn stopping(&mut self, _: &ExitReason, _: &mut Context<Self>) -> Result<(), Error> {
///         self.safe.deposit(self.cents)?;
///         Ok(())
///     }
/// }
/// #
/// # impl Handler<Account> for Till {
/// #     async fn handle(&mut self, msg: Account, _: &mut Context<Self>) -> Result<(), Error> {
/// #         let Account::Deposit { cents } = msg;
/// #         self.cents += cents;
/// #         Ok(())
/// #     }
/// # }
/// ```
///
/// Bounds that the handlers of a generic actor need go on the type's own parameters.
#[proc_macro_derive(Actor, attributes(actor))]
pub fn actor(input: TokenStream) -> TokenStream {
    expand::actor(parse_macro_input!(input as DeriveInput)).into()
}

/// The types of a contract, generated from it: to speak with a service of another team without its crate.
///
/// The contract is the `wire.lock` of the package that has the types (see [`Wire`](derive@Wire)), copied into this package and
/// committed. The types are generated where the macro stands; a module of its own is a good place.
///
/// ```
/// mod bank {
///     actor_core::stubs!("contracts/bank.lock");
/// }
///
/// use actor_core::prelude::*;
/// use bank::{Account, AccountClient as _, Changed};
///
/// async fn settle(account: &Subject<Account>, listener: &Subject<Changed>) -> Result<u64, Error> {
///     account.watch(listener.clone())?;
///     account.deposit(500)?;
///     Ok(account.balance().await?)
/// }
/// ```
///
/// That is of this file, `contracts/bank.lock` beside this package's `Cargo.toml`:
///
/// ```text
#[doc = include_str!("../contracts/bank.lock")]
/// ```
///
/// # What is generated
///
/// - Every type that the file does not call `removed`, with the fields, tags, methods and versions of the original. Its name is
///   the last word of its uri: `bank.Account` is `Account`. In it `-` is `_`, `_` stands before a digit, and behind a keyword.
///   `text` is `String`, `vec` is `Vec`, `map` and `set` are `BTreeMap` and `BTreeSet`; what contains itself is in a `Box`. A
///   method whose name is taken, or is a keyword, has the protocol's name behind it: `clone_account`.
/// - They are `Debug`, and `Clone`, `PartialEq`, `Eq` and `Hash` as far as what they hold is; the keys of maps are `Ord`.
/// - They are released (`locked`), but stand in the contract of their authors and not in the `wire.lock` of this package.
///   While compiling, each version is held against its hash in the file.
///
/// # Versions
///
/// A stub has all versions that words can tell of: variants that come and go, and fields that come, with a default that means the
/// same in every crate (`default`, numbers, texts, `None`, `Some(3)`, empty lists). What a field that went or whose type changed
/// becomes in an older version, and what `ten()` is, only its authors know: a stub begins after that version.
///
/// So an old contract is good for every newer service that still knows its versions. A new contract is good for older services as
/// far back as its stubs go; towards one before that, nothing of the type crosses, and both nodes say so by name.
///
/// # Names
///
/// What stands behind the file says which Rust type a name is. `as` names a stub, where two would have one name; `=` is a type
/// of another module, for names that stand in another contract, and for types whose codec was written by hand. Such a type is
/// `Debug`, `Clone` and `PartialEq`.
///
/// ```text
/// mod shop { actor_core::stubs!("contracts/shop.lock"); }
/// mod bank { actor_core::stubs!("contracts/bank.lock", "shop.Item" = crate::shop::Item, "bank.Result" as Outcome); }
/// ```
///
/// # Errors
///
/// What is wrong is told at the name of the file, with the line: a file that is not there, a line that cannot be read, a name
/// without a line, words that are not those of the hash. Nothing is read but that one file, which cargo tracks.
#[proc_macro]
pub fn stubs(input: TokenStream) -> TokenStream {
    stub::expand(input.into()).into()
}
