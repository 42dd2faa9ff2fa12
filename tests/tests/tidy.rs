//! The fences that clippy cannot hold: what ARCHITECTURE.md promises about files and imports.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The longest a source file may be, in lines of code, and the longest without a reason to split it.
const MAX_CODE: usize = 400;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is above").to_owned()
}

fn sources(under: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![under.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder can be read").flatten() {
            let path = entry.path();
            let skipped = path.ends_with("target") || path.ends_with("ui") || path.ends_with(".git");
            if path.is_dir() && !skipped {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a source can be read");
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "there are sources under {}", under.display());
    found
}

/// Files that are compiled for tests alone.
fn is_test(path: &Path) -> bool {
    path.iter().any(|part| ["tests", "tests.rs", "simulation", "pair.rs"].iter().any(|name| part == *name))
}

/// The lines of code, without the tests at the end.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let end = text.find("#[cfg(test)]\nmod ").unwrap_or(text.len());
    text[..end].lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"))
}

#[test]
fn every_source_says_what_it_is() {
    for (path, text) in sources(&root()) {
        assert!(text.starts_with("//!"), "{} does not open with `//!`", path.display());
    }
}

#[test]
fn no_source_outgrows_its_bound() {
    for (path, text) in sources(&root()) {
        let lines = code(&text).count();
        assert!(is_test(&path) || lines <= MAX_CODE, "{} has {lines} lines of code; split it by noun", path.display());
    }
}

#[test]
fn the_pure_part_knows_no_runtime_no_clock_and_no_chance() {
    let banned = [
        "tokio",
        "crate::net",
        "crate::driver",
        "Instant::now",
        "SystemTime",
        "std::thread",
        "getrandom",
        "HashMap",
        "HashSet",
    ];
    for (path, text) in sources(&root().join("actor-dist/src/proto")) {
        if is_test(&path) {
            continue;
        }
        for line in code(&text) {
            for word in banned {
                assert!(!line.contains(word), "{} has `{word}`: {line}", path.display());
            }
        }
    }
}

#[test]
fn parts_of_the_pure_part_do_not_import_each_other() {
    let parts = [
        "detector",
        "dialing",
        "flow",
        "groups",
        "handshake",
        "idle",
        "links",
        "membership",
        "monitors",
        "names",
        "session",
    ];
    let proto = root().join("actor-dist/src/proto");
    for (path, text) in sources(&proto) {
        let inside = path.strip_prefix(&proto).expect("it is below");
        let first = inside.iter().next().expect("it has a name").to_string_lossy().replace(".rs", "");
        if !parts.contains(&first.as_str()) {
            continue;
        }
        for line in code(&text) {
            for part in parts.iter().filter(|part| **part != first) {
                let imports = [format!("super::{part}::"), format!("proto::{part}::"), format!("super::super::{part}")];
                let found = imports.iter().any(|import| line.contains(import));
                assert!(!found, "{} imports `{part}`: {line}", path.display());
            }
        }
    }
}

#[test]
fn core_opens_no_socket_and_names_no_network() {
    for (path, text) in sources(&root().join("actor-core/src")) {
        for line in code(&text) {
            let banned = ["tokio::net", "TcpStream", "TcpListener", "UdpSocket", "actor_dist"];
            assert!(!banned.iter().any(|word| line.contains(word)), "{}: {line}", path.display());
        }
    }
}

/// Everything else takes what the transport gives.
#[test]
fn only_tcp_opens_sockets() {
    let tcp = root().join("actor-dist/src/net/transport/tcp.rs");
    for (path, text) in sources(&root().join("actor-dist/src")) {
        for line in code(&text) {
            let banned = ["tokio::net", "std::net::Tcp", "TcpStream", "TcpListener", "UdpSocket", "socket2"];
            assert!(path == tcp || !banned.iter().any(|word| line.contains(word)), "{}: {line}", path.display());
        }
    }
}

/// `stubs!` has a reader of its own, since macros cannot depend on the crate that writes.
#[test]
fn every_word_of_a_contract_can_be_read_back() {
    let words = fs::read_to_string(root().join("actor-macros/src/stub/words.rs")).expect("there are words");
    let built_in = words.split("built_in! {").nth(1).expect("the words stand in a list");
    let mut count = 0;
    for (path, text) in sources(&root().join("actor-core/src")) {
        let code: Vec<&str> = code(&text).collect();
        let calls = ["named(out, \"", "const EDGE: Edge = Edge::of(\"", "= \""];
        // Numbers stand in a list of their own.
        let marks = if path.ends_with("value/number.rs") { &calls[..] } else { &calls[..2] };
        let behind = |mark: &&'static str| code.iter().flat_map(|line| line.split(*mark).skip(1)).collect::<Vec<_>>();
        let edges = marks.iter().flat_map(behind).filter_map(|rest| rest.split('"').next());
        // Neither names of types, nor the words of errors.
        let is_word = |word: &&str| !word.contains('.') && word.starts_with(char::is_lowercase);
        for word in edges.filter(is_word).filter(|word| !["parameter", "array"].contains(word)) {
            count += 1;
            assert!(built_in.contains(&format!("\n    \"{word}\" ")), "{} has the word `{word}`", path.display());
        }
    }
    assert!(count > 30, "the words are found where they are written");
}

#[test]
fn only_the_runtime_rooms_may_spawn_sleep_and_read_the_clock() {
    let allowed = ["actor-core/src/runtime/mod.rs", "actor-dist/src/net/mod.rs"].map(|path| root().join(path));
    for member in ["actor-core/src", "actor-dist/src"] {
        for (path, text) in sources(&root().join(member)) {
            let lifted = !is_test(&path) && code(&text).any(|line| line.contains("disallowed_methods"));
            assert!(!lifted || allowed.contains(&path), "{} lifts the ban", path.display());
        }
    }
}

#[test]
fn every_example_is_in_its_readme() {
    let folder = root().join("examples");
    let readme = fs::read_to_string(folder.join("README.md")).expect("there is a README");
    for entry in fs::read_dir(folder.join("examples")).expect("there are examples").flatten() {
        let name = entry.file_name().to_string_lossy().replace(".rs", "");
        assert!(readme.contains(&format!("--example {name}")), "example `{name}` is not in examples/README.md");
    }
}

/// What a stranger reads first is what runs.
#[test]
fn the_readme_shows_what_the_examples_run() {
    let readme = fs::read_to_string(root().join("README.md")).expect("there is a README");
    let blocks: Vec<_> = readme.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let examples = ["hello", "cluster"].map(|name| {
        fs::read_to_string(root().join(format!("examples/examples/{name}.rs"))).expect("there is the example")
    });
    assert_eq!(blocks.len(), examples.len(), "each block of Rust in the README stands for an example");
    for (block, example) in blocks.iter().zip(&examples) {
        let bare = |line: &str| line.split("//").next().unwrap_or_default().trim().to_owned();
        let lines: Vec<_> = example.lines().map(bare).collect();
        for line in block.lines().map(bare).filter(|line| !line.is_empty()) {
            assert!(lines.contains(&line), "no example has this line of the README: {line}");
        }
    }
}
