//! Runs the compiler over the files, in a throwaway project under the target directory, and gives its errors.
//! Never judges them. Driven by the tests.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// The compiler's errors by target, as a person sees them.
pub(crate) fn check(folders: &[(&str, &[(String, String)])]) -> BTreeMap<String, Vec<String>> {
    let project = project(folders);
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["check", "--offline", "--keep-going", "--bins", "--message-format=json", "--target-dir", "target"])
        .current_dir(&project)
        // Two bodies of one item that fail for one reason are one error, which an incremental build loses sight of.
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("RUSTFLAGS")
        .env_remove("WIRE_LOCK")
        .output()
        .expect("cargo can be started");
    let lines = String::from_utf8_lossy(&output.stdout);
    let messages: Vec<Value> = lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let finished = messages.iter().any(|message| message["reason"] == "build-finished");
    assert!(
        finished,
        "cargo did not get as far as compiling. It works offline here, with the versions of the workspace's Cargo.lock; \
         `cargo fetch` gets what is missing. It said:\n\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut errors: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for message in messages.iter().filter(|message| message["reason"] == "compiler-message") {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (inner, target) = (&message["message"], text(&message["target"]["name"]));
        // What has no place in the code is a summary.
        if inner["level"] == "error" && inner["spans"].as_array().is_some_and(|spans| !spans.is_empty()) {
            errors.entry(target).or_default().push(text(&inner["rendered"]));
        }
    }
    errors
}

/// A package with one binary per file. What did not change is not written, so that cargo does not compile it again.
fn project(folders: &[(&str, &[(String, String)])]) -> PathBuf {
    let project = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ui");
    let root = root();
    let mut manifest = format!(
        "[workspace]\n\n[package]\nname = \"ui\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         actor-core = {{ path = {:?} }}\nactor-dist = {{ path = {:?} }}\n\
         serde = {{ version = \"1\", default-features = false, features = [\"derive\", \"std\"] }}\n",
        root.join("actor-core"),
        root.join("actor-dist"),
    );
    for (folder, rules) in folders {
        for folder in [folder, "contracts"] {
            fs::create_dir_all(project.join(folder)).expect("the project can be written");
        }
        for (name, source) in *rules {
            manifest += &format!("\n[[bin]]\nname = \"{name}\"\npath = \"{folder}/{name}.rs\"\n");
            write(&project.join(folder).join(name).with_extension("rs"), source);
            let contract = said(source, "// contract: ");
            if !contract.is_empty() {
                write(&project.join("contracts").join(name).with_extension("lock"), &(contract.join("\n") + "\n"));
            }
        }
    }
    write(&project.join("Cargo.toml"), &manifest);
    write(&project.join("wire.lock"), &released(folders));
    let lock = fs::read_to_string(root.join("Cargo.lock")).expect("the workspace has a Cargo.lock");
    write(&project.join("Cargo.lock"), &lock);
    project
}

/// What the files say that the project has released: their `// lock: ` lines.
fn released(folders: &[(&str, &[(String, String)])]) -> String {
    let sources = folders.iter().flat_map(|(_, rules)| rules.iter().map(|(_, source)| source));
    let mut lines: Vec<_> = sources.flat_map(|source| said(source, "// lock: ")).collect();
    lines.sort_unstable();
    lines.join("\n") + "\n"
}

/// What stands behind the mark, line by line.
fn said<'a>(source: &'a str, mark: &'a str) -> Vec<&'a str> {
    source.lines().filter_map(|line| line.strip_prefix(mark)).collect()
}

fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).ok().as_deref() != Some(text) {
        fs::write(path, text).expect("the project can be written");
    }
}

/// The compiler that runs, as it names itself.
pub(crate) fn toolchain() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-V").output().expect("rustc can be started");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// The workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests stand in the workspace").to_owned()
}
