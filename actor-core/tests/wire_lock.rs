//! What is released, held against the code: by the test that `wire_lock!` makes, and as a page for people.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use actor_core::{
    prelude::*,
    wire::{
        Edge, Schema,
        lock::{Contract, Finding, KeepError, Keeper, Standing},
    },
};

#[derive(Wire)]
#[wire(uri = "shop.Item", version = 1)]
struct First {
    _name: String,
}

#[derive(Wire)]
#[wire(uri = "shop.Article", alias = "shop.Item", version = 3)]
struct Second {
    _name: String,
    #[wire(since = 2, default = "a\nb".to_owned())]
    _note: String,
    #[wire(since = 3, default)]
    _items: Vec<Page<First>>,
}

#[derive(Wire)]
#[wire(uri = "shop.Page", version = 1)]
struct Page<T> {
    _items: Vec<T>,
}

/// A type as the crate's build has it, with its first versions released.
fn schema<T: Wire>(identity: &'static str, version: u16, locked: u16) -> Schema {
    let edge = Edge::of(identity, &[]);
    Schema {
        uri: identity,
        identity,
        oldest: 1,
        version,
        locked,
        edge,
        shape: T::SHAPE,
        path: "shop::Type",
        contract: None,
    }
}

fn first(locked: u16) -> Schema {
    schema::<First>("shop.Item", 1, locked)
}

fn second(locked: u16) -> Schema {
    schema::<Second>("shop.Item", 3, locked)
}

/// A folder of its own, empty.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wire_lock").join(name);
    let _absent = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder can be made");
    folder
}

fn keep(folder: &Path, schemas: &[Schema], order: Option<&str>) -> Result<(), KeepError> {
    Keeper { folder, package: "shop", schemas }.keep(order, None)
}

fn file(folder: &Path) -> String {
    fs::read_to_string(folder.join("wire.lock")).expect("there is a wire.lock")
}

fn findings(error: KeepError) -> Vec<Finding> {
    match error {
        KeepError::Findings { findings, .. }
        | KeepError::Undecided { findings, .. }
        | KeepError::Edited { findings, .. } => findings,
        other => panic!("{other}"),
    }
}

/// DESIGN §4: one line per type and version, in the words of the schema; a line that is right is never written again.
#[test]
fn an_update_writes_what_is_missing_and_nothing_else() {
    let folder = folder("update");
    keep(&folder, &[first(0)], Some("update")).unwrap();
    assert!(!folder.join("wire.lock").exists(), "who has released nothing has no file");
    let error = keep(&folder, &[first(1)], None).unwrap_err();
    assert!(error.to_string().contains("`shop.Item` version 1"), "{error}");
    assert!(error.to_string().contains("WIRE_LOCK=update cargo test -p shop wire_lock"), "{error}");
    assert_eq!(findings(error), [Finding::Missing { name: "shop.Item".to_owned(), version: 1 }]);

    keep(&folder, &[first(1)], Some("update")).unwrap();
    let one = file(&folder);
    let (head, lines) = one.split_once('\n').unwrap();
    assert!(head.starts_with("# ") && head.contains("WIRE_LOCK=update cargo test -p shop wire_lock"), "{head}");
    assert!(lines.starts_with("shop.Item 1 = struct { _name: text } #"), "{lines}");
    keep(&folder, &[first(1)], None).unwrap();

    let all = [second(3), schema::<Page<u8>>("shop.Page", 1, 1)];
    keep(&folder, &all, Some("update")).unwrap();
    let three = file(&folder);
    assert!(three.starts_with(&one), "{three}");
    assert!(three.contains("shop.Item 2 = struct { _name: text, _note: text = \"a\\nb\".to_owned() } #"), "{three}");
    assert!(
        three.contains(
            "shop.Item 3 = struct { _name: text, _note: text, _items: vec<shop.Page<shop.Item>> = default } #"
        )
    );
    keep(&folder, &all, None).unwrap();
}

/// However its lines end and in whatever order they stand.
#[test]
fn a_file_from_another_system_stays_as_it_is() {
    let folder = folder("crlf");
    keep(&folder, &[second(3)], Some("update")).unwrap();
    let lines = file(&folder);
    fs::write(folder.join("wire.lock"), lines.replace('\n', "\r\n")).unwrap();
    keep(&folder, &[second(3)], None).unwrap();
    keep(&folder, &[second(3)], Some("update")).unwrap();
    assert_eq!(file(&folder), lines.replace('\n', "\r\n"));

    let mut turned: Vec<&str> = lines.lines().collect();
    turned[1..].reverse();
    fs::write(folder.join("wire.lock"), turned.join("\n")).unwrap();
    let error = keep(&folder, &[second(3)], None).unwrap_err();
    assert!(matches!(findings(error)[..], [Finding::Unsorted { number: 3, version: 2, .. }]));
    keep(&folder, &[second(3)], Some("update")).unwrap();
    assert_eq!(file(&folder), lines);
}

/// DESIGN §4: what was released is changed by nobody but a person who deletes its line.
#[test]
fn a_released_line_is_changed_only_after_it_was_deleted_by_hand() {
    let folder = folder("changed");
    keep(&folder, &[schema::<Page<u8>>("shop.Item", 1, 1)], Some("update")).unwrap();
    let before = file(&folder);
    for order in [None, Some("update")] {
        let error = keep(&folder, &[second(2)], order).unwrap_err();
        let text = error.to_string();
        for part in
            ["line 2", "`shop.Item` version 1", "struct { _items: vec<$0> }", "struct { _name: text }", "delete"]
        {
            // The parameter is a byte here, as nothing stands for it.
            assert!(text.contains(&part.replace("$0", "u8")) || part.contains("$0"), "{part} in {text}");
        }
        assert!(matches!(findings(error)[0], Finding::Changed { number: 2, version: 1, .. }));
        assert_eq!(file(&folder), before);
    }
    fs::write(folder.join("wire.lock"), before.lines().next().unwrap()).unwrap();
    keep(&folder, &[second(2)], Some("update")).unwrap();
    assert!(file(&folder).contains("shop.Item 1 = struct { _name: text } #"));
}

/// The words are for people, so that they are those of the hash.
#[test]
fn words_that_were_edited_are_found_and_put_right() {
    let folder = folder("reworded");
    keep(&folder, &[first(1)], Some("update")).unwrap();
    let right = file(&folder);
    fs::write(folder.join("wire.lock"), right.replace("_name: text", "_name: u8")).unwrap();
    let error = keep(&folder, &[first(1)], None).unwrap_err();
    assert!(matches!(findings(error)[..], [Finding::Reworded { number: 2, .. }]));
    keep(&folder, &[first(1)], Some("update")).unwrap();
    assert_eq!(file(&folder), right);
}

/// DESIGN §4: removed types stay as tombstones, and what was released stays released.
#[test]
fn what_is_no_more_is_marked_and_what_is_unlocked_is_found() {
    let folder = folder("removed");
    keep(&folder, &[first(1), schema::<Page<u8>>("shop.Page", 1, 1)], Some("update")).unwrap();
    for order in [None, Some("update")] {
        let error = keep(&folder, &[first(1)], order).unwrap_err();
        assert!(error.to_string().contains("` removed`"), "{error}");
        assert!(matches!(&findings(error)[..], [Finding::Gone { number: 3, name, version: 1 }] if name == "shop.Page"));
    }
    let marked = file(&folder).trim_end().to_owned() + " removed\n";
    fs::write(folder.join("wire.lock"), &marked).unwrap();
    keep(&folder, &[first(1)], None).unwrap();
    keep(&folder, &[second(2)], Some("update")).unwrap();
    assert!(file(&folder).ends_with(" removed\n"));

    let error = keep(&folder, &[second(2), schema::<Page<u8>>("shop.Page", 1, 1)], None).unwrap_err();
    assert!(matches!(findings(error)[..], [Finding::Returned { number: 4, .. }]));
    let error = keep(&folder, &[second(1)], Some("update")).unwrap_err();
    assert!(error.to_string().contains("`locked = 2`"), "{error}");
    assert!(matches!(findings(error)[..], [Finding::Unlocked { number: 3, version: 2, locked: 1, .. }]));
    let late = Schema { oldest: 2, ..second(2) };
    keep(&folder, &[late], None).unwrap();
}

/// A file that people and merges have been at is an error with a line, never a panic, and stays as it is.
#[test]
fn a_file_that_cannot_be_read_is_left_alone() {
    let folder = folder("hostile");
    for (text, why) in [
        ("<<<<<<< HEAD\n", "line 1"),
        ("# x\nshop.Item one = struct {} #0123456789abcdef\n", "line 2"),
        ("shop.Item 1 = struct {} #0123456789abcdef\nshop.Item 1 = struct {} #0123456789abcdef\n", "line 2"),
        ("\u{0}", "line 1"),
    ] {
        fs::write(folder.join("wire.lock"), text).unwrap();
        for order in [None, Some("update")] {
            let error = keep(&folder, &[first(1)], order).unwrap_err();
            assert!(matches!(error, KeepError::Contract { .. }) && error.to_string().contains(why), "{error}");
        }
        assert_eq!(file(&folder), text);
    }
    fs::write(folder.join("wire.lock"), [0xff, 0xfe]).unwrap();
    assert!(matches!(keep(&folder, &[first(1)], Some("update")), Err(KeepError::Read { .. })));
    assert!(matches!(keep(&folder.join("none"), &[first(1)], Some("update")), Err(KeepError::Write { .. })));
    fs::remove_file(folder.join("wire.lock")).unwrap();
    assert!(matches!(keep(&folder, &[first(1)], Some("upgrade")), Err(KeepError::Order(_))));
}

/// DESIGN §4: edits of the past are found by comparing with a revision.
#[test]
fn an_edit_of_the_past_is_found() {
    let folder = folder("history");
    let git = |words: &[&str]| {
        let settings = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"];
        Command::new("git").arg("-C").arg(&folder).args(settings).args(words).output().unwrap().status.success()
    };
    let against =
        |schemas: &[Schema], revision| Keeper { folder: &folder, package: "shop", schemas }.keep(None, Some(revision));
    assert!(git(&["init", "--quiet"]) && git(&["commit", "--quiet", "--allow-empty", "--message=none"]));
    keep(&folder, &[first(1)], Some("update")).unwrap();
    against(&[first(1)], "HEAD").unwrap();
    assert!(git(&["add", "wire.lock"]) && git(&["commit", "--quiet", "--message=one"]));
    keep(&folder, &[second(2)], Some("update")).unwrap();
    against(&[second(2)], "HEAD").unwrap();
    assert!(matches!(against(&[second(2)], "no-such-branch"), Err(KeepError::History { .. })));

    let other = schema::<Page<u8>>("shop.Item", 1, 1);
    fs::write(folder.join("wire.lock"), "").unwrap();
    keep(&folder, std::slice::from_ref(&other), Some("update")).unwrap();
    let error = against(&[other], "HEAD").unwrap_err();
    assert!(error.to_string().contains("struct { _name: text }"), "{error}");
    assert!(matches!(findings(error)[..], [Finding::Edited { number: 2, .. }]));
    fs::write(folder.join("wire.lock"), "").unwrap();
    assert!(matches!(findings(against(&[], "HEAD").unwrap_err())[..], [Finding::Lost { .. }]));
}

/// A method may be called otherwise: that is no edit of what was released, if it is what the code says.
#[test]
fn a_line_may_have_the_new_words_of_its_types() {
    #[derive(Protocol)]
    #[wire(uri = "shop.Shop", version = 1)]
    enum Shop {
        #[wire(method = "send_gift")]
        Send,
    }
    let schemas = [schema::<Shop>("shop.Shop", 1, 1)];
    let now = Contract::of(&schemas);
    assert_eq!(now.lines()[0].text, "protocol { 0 Send as send_gift }");
    let before: Contract =
        now.to_string().replace("protocol { 0 Send as send_gift }", "enum { 0 Send }").parse().unwrap();
    assert_eq!(now.edits(&before, &schemas), []);
    assert!(matches!(before.edits(&now, &schemas)[..], [Finding::Edited { .. }]));
    assert!(matches!(now.edits(&before, &[])[..], [Finding::Edited { .. }]), "nobody says what its words are");
}

/// A readable page of any contract: of a file, and of what is linked, where drafts are.
#[test]
fn a_contract_is_a_page() {
    let linked = Contract::linked();
    let line = linked.line("shop.Item", 3).expect("the type is linked");
    assert_eq!(line.standing, Standing::Draft);
    assert_eq!(linked.line("shop.Page", 1).unwrap().text, "struct { _items: vec<$0> }");
    let page = Contract::of(&[second(1)]).page("Shop");
    assert!(page.starts_with("# Shop\n\nThe types that cross between nodes"), "{page}");
    assert!(
        page.contains("- `shop.Item`: struct, versions 1 to 3\n\n## `shop.Item`\n\nA struct: all of these.\n"),
        "{page}"
    );
    assert!(page.contains("\nVersion 3, a draft"), "{page}");
    assert!(page.contains("    _items: vec<shop.Page<shop.Item>> = default,\n"), "{page}");
    assert!(page.contains("Version 1, released:\n\n```text\nstruct {\n    _name: text,\n}\n```\n"), "{page}");
}

/// The types of this crate are all drafts, and there is no file.
mod none {
    actor_core::wire_lock!();
}
