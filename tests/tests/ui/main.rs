//! The rules that the compiler holds, one file each: `ui/fail/<rule>.rs` does not compile, with exactly one error,
//! and that error says what the file's `// says:` lines say. `ui/pass` does compile, so that it is not the project
//! that fails. What they say is released, in `// lock:` lines, stands in the `wire.lock` of their project; their `// contract:`
//! lines stand in a contract of their own name.
//!
//! Not trybuild: it compares whole texts, and those drift from one toolchain to the next. Here every toolchain checks
//! the key phrases, and only the one in `ui/fail/TOOLCHAIN` compares the whole text with the `.stderr` beside the file.
//! Line numbers in other files than the rule's are left out of it, so that editing actor-core does not change it.
//!
//! The examples of `docs/` that do not compile are held to the same, with the compiler's words that the page quotes below
//! each (see `page`).
//!
//! `BLESS=1 cargo test -p tests --test ui` writes the texts anew. Read them as a stranger would.
//!
//! Compiles with `cargo check --offline` (see `compiler`); never runs what it compiles.

mod compiler;
mod page;
mod text;

use std::{
    collections::BTreeSet,
    env, fs,
    path::{Path, PathBuf},
};

use compiler::{check, root, toolchain};
use text::normal;

#[test]
fn every_rule_is_held_by_the_compiler_in_its_own_words() {
    let (fail, pass, page) = (rules("fail"), rules("pass"), page::examples());
    let mut errors = check(&[("fail", &fail), ("pass", &pass), ("page", &page)]);
    let judge = Judge::new();
    let mut wrong = Vec::new();
    for (name, source) in &fail {
        let verdict = judge.rule(name, source, &errors.remove(name).unwrap_or_default());
        wrong.extend(verdict.err().map(|why| format!("fail/{name}.rs {why}")));
    }
    for (name, source) in &page {
        let texts = errors.remove(name).unwrap_or_default();
        let verdict = held(source, &texts);
        wrong.extend(verdict.err().map(|why| format!("{}, example {name} {why}", page::PAGE)));
    }
    for (target, texts) in errors {
        let texts = texts.join("\n");
        // Without what they stand on, the rules themselves were not even tried.
        match pass.iter().any(|(name, _)| *name == target) {
            true => wrong.push(format!("pass/{target}.rs must compile, and does not:\n{texts}")),
            false => panic!("`{target}`, which the rules stand on, does not compile:\n{texts}"),
        }
    }
    let count = wrong.len();
    assert!(wrong.is_empty(), "\n\n{}\n\n{count} files are not in order", wrong.join("\n\n"));
    judge.done();
}

#[test]
fn the_rules_that_the_macros_list_are_the_files_in_the_folder() {
    let docs = fs::read_to_string(root().join("actor-macros/src/lib.rs")).expect("the macros have a lib.rs");
    let listed: BTreeSet<String> =
        docs.lines().filter_map(|line| line.strip_prefix("//! - ")).map(str::to_owned).collect();
    let found: BTreeSet<String> = rules("fail")
        .iter()
        .map(|(name, source)| {
            let rule = source.lines().next().and_then(|line| line.strip_prefix("//! "));
            let rule = rule.unwrap_or_else(|| panic!("fail/{name}.rs does not begin with `//! ` and its rule"));
            assert!(phrases(source).count() > 0, "fail/{name}.rs has no `// says: ` line");
            format!("`{name}`: {rule}")
        })
        .collect();
    let only = |here: &BTreeSet<String>, there| here.difference(there).cloned().collect::<Vec<_>>().join("\n  ");
    assert_eq!(
        listed,
        found,
        "\nonly in the list of actor-macros/src/lib.rs:\n  {}\nonly in ui/fail:\n  {}\n",
        only(&listed, &found),
        only(&found, &listed),
    );
}

#[test]
fn every_recorded_text_belongs_to_a_rule() {
    for entry in fs::read_dir(ui().join("fail")).expect("ui/fail can be read") {
        let path = entry.expect("ui/fail can be read").path();
        let stray = path.extension().is_some_and(|ext| ext == "stderr") && !path.with_extension("rs").exists();
        assert!(!stray, "{} has no rule beside it; remove it", path.display());
    }
}

/// The files of a folder: name and source.
fn rules(folder: &str) -> Vec<(String, String)> {
    let mut rules = Vec::new();
    for entry in fs::read_dir(ui().join(folder)).expect("the folder of rules can be read") {
        let path = entry.expect("the folder of rules can be read").path();
        if path.extension().is_some_and(|ext| ext == "rs") {
            let name = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
            rules.push((name, fs::read_to_string(&path).expect("a rule can be read")));
        }
    }
    rules.sort();
    assert!(!rules.is_empty(), "ui/{folder} is empty");
    rules
}

/// What an error must say: the phrases of its rule, and on the recorded toolchain the recorded text.
struct Judge {
    toolchain: String,
    bless: bool,
    compare: bool,
}

impl Judge {
    fn new() -> Self {
        let toolchain = toolchain();
        let recorded = fs::read_to_string(ui().join("fail/TOOLCHAIN")).unwrap_or_default();
        Judge {
            bless: env::var_os("BLESS").is_some_and(|bless| bless == "1"),
            compare: recorded.trim() == toolchain,
            toolchain,
        }
    }

    fn rule(&self, name: &str, source: &str, texts: &[String]) -> Result<(), String> {
        let text = held(source, texts)?;
        if text.contains("/rustc/") || text.contains("/rustlib/") {
            // What it quotes of the standard library depends on whether that source is installed.
            return Ok(());
        }
        let golden = ui().join("fail").join(name).with_extension("stderr");
        let text = normal(text, &root());
        if self.bless {
            return fs::write(golden, text).map_err(|error| error.to_string());
        }
        if self.compare { same(&golden, &text) } else { Ok(()) }
    }

    fn done(self) {
        if self.bless {
            let path = ui().join("fail/TOOLCHAIN");
            fs::write(path, self.toolchain + "\n").expect("TOOLCHAIN can be written");
        }
    }
}

/// The one error, which says what the source says that it says.
fn held<'a>(source: &str, texts: &'a [String]) -> Result<&'a str, String> {
    let [text] = texts else {
        return Err(match texts.len() {
            0 => "compiles, and must not: the rule is not held".to_owned(),
            many => format!("gives {many} errors, and one mistake gives one:\n{}", texts.join("\n")),
        });
    };
    match phrases(source).find(|phrase| !text.contains(phrase)) {
        Some(missing) => Err(format!("does not say {missing:?}; mend the message, or the words:\n{text}")),
        None => Ok(text),
    }
}

fn phrases(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter_map(|line| line.strip_prefix("// says: "))
}

fn same(golden: &Path, text: &str) -> Result<(), String> {
    let expected = fs::read_to_string(golden).unwrap_or_default();
    if expected == text {
        return Ok(());
    }
    Err(format!(
        "says something else than {}. If it is as good, record it with `BLESS=1 cargo test -p tests --test ui`.\n\
         --- recorded\n{expected}\n--- now\n{text}",
        golden.display()
    ))
}

fn ui() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("ui")
}
