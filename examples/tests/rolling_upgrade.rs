//! Runs the rolling upgrade as a user does: real processes, and what they print and exit with.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{
    env,
    path::Path,
    process::{Command, Stdio},
};

#[test]
fn a_cluster_is_upgraded_and_nothing_is_lost() {
    let run = rolling_upgrade(&[]);
    assert_eq!(run.status, 0, "{run}");
    for line in [
        "running: shop-1/v1, shop-2/v1, shop-3/v1",
        "running: shop-2/v1, shop-3/v1, shop-1/v2",
        "running: shop-3/v1, shop-1/v2, shop-2/v2",
        "running: shop-1/v2, shop-2/v2, shop-3/v2, shop-4/v2-odd",
        "check: nothing was lost, nothing came twice, out of order or garbled",
    ] {
        assert!(run.has(line), "no line with `{line}`: {run}");
    }
    assert_eq!(run.stderr, "", "{run}");
}

#[test]
fn each_build_gets_what_it_can_know() {
    let run = rolling_upgrade(&[]);
    let (item, seen_by_v2) = (
        "Item { name: \"item 9\", cents: 27, size: Size { mm: 9 }, shelf: 2 }",
        "Article { name: \"item 9\", cents: 27, size: Size { mm: 9, grams: 0 }, shelf: 2, color: \"none\" }",
    );
    for line in [
        &format!("tell: Order of {item} arrived as Order of {seen_by_v2}"),
        &format!("call: the answer arrived as {item}"),
        &format!("call: the answer arrived as {seen_by_v2}"),
        &format!("a third shop's: the forwarded reply arrived as {item}"),
        &format!("a third shop's: the forwarded reply arrived as {seen_by_v2}"),
        &format!("`down`: Reserve arrived as Order of {item}"),
        "Reserve arrived as Reserve for 3 days of Article",
        "Gift came back: the message cannot cross between nodes: the reader knows `shop.Shop` up to version 1",
        "Gift arrived as Gift to \"ann\"",
        "broadcast of an added variant: 1 of the shops got it, 2 cannot know it",
    ] {
        assert!(run.has(line), "no line with `{line}`: {run}");
    }
}

#[test]
fn a_conflict_is_told_by_name_and_all_else_flows() {
    let run = rolling_upgrade(&[]);
    for line in [
        "shop-1/v2 is told of a conflict: `shop.Coupon` is version 1, struct { percent: u8 } here, and version 1, struct { cents: u64 } on shop-4/v2-odd",
        "shop-4/v2-odd is told of a conflict: `shop.Coupon` is version 1, struct { cents: u64 } here",
        "nothing of `shop.Till` crosses between this build and the reader's, which contradict each other: `shop.Coupon` is",
        "a coupon from shop-1/v2 to shop-2/v2: taken, 5 percent",
    ] {
        assert!(run.has(line), "no line with `{line}`: {run}");
    }
}

#[test]
fn wrong_usage_is_refused() {
    let run = rolling_upgrade(&["--what"]);
    assert_eq!(run.status, 2, "{run}");
    assert!(run.stderr.contains("--help"), "{run}");
    let run = rolling_upgrade(&["--help"]);
    assert_eq!(run.status, 0, "{run}");
    assert!(run.has("usage: cargo run --release --example rolling-upgrade"), "{run}");
    let run = rolling_upgrade(&["--node"]);
    assert_eq!(run.status, 1, "{run}");
    assert!(run.stderr.contains("a node is started by the rolling upgrade itself"), "{run}");
}

/// What a run printed and how it ended.
#[derive(Debug)]
struct Run {
    status: i32,
    stdout: String,
    stderr: String,
}

impl Run {
    fn has(&self, text: &str) -> bool {
        self.stdout.contains(text)
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit status {}\n--- stdout\n{}\n--- stderr\n{}", self.status, self.stdout, self.stderr)
    }
}

fn rolling_upgrade(args: &[&str]) -> Run {
    let output = program().args(args).stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { status: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// The example, which cargo builds beside this test.
fn program() -> Command {
    let test = env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let program = profile.join("examples").join(format!("rolling-upgrade{}", env::consts::EXE_SUFFIX));
    assert!(
        program.exists(),
        "`{}` is missing: build it with `cargo build -p examples --example rolling-upgrade`, for this test's profile",
        program.display()
    );
    Command::new(program)
}
