//! The life of a released type in a package of its own, with the real compiler: locked, changed by mistake, and given a second
//! version. Skipped, in so many words, where cargo cannot work offline.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A package with one protocol, compiled in the target directory that the runs of this test share.
struct Package(PathBuf);

impl Package {
    fn new() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wire_lock");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace is above");
        let manifest = format!(
            "[workspace]\n\n[package]\nname = \"bank\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[dependencies]\n\
             actor-core = {{ path = {:?} }}\n\n[profile.dev]\ndebug = false\n",
            root.join("actor-core")
        );
        fs::create_dir_all(folder.join("src")).expect("the package can be written");
        fs::write(folder.join("Cargo.toml"), manifest).expect("the package can be written");
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).expect("the workspace has a Cargo.lock");
        let _absent = fs::remove_file(folder.join("wire.lock"));
        Package(folder)
    }

    /// The protocol from now on.
    fn is(&self, attributes: &str, deposit: &str) {
        let source = format!(
            "use actor_core::prelude::*;\n\nactor_core::wire_lock!();\n\n#[derive(Protocol)]\n\
             #[wire(uri = \"bank.Account\", {attributes})]\npub enum Account {{\n    Deposit {{ {deposit} }},\n    \
             Balance {{ reply: Reply<u64> }},\n}}\n"
        );
        fs::write(self.0.join("src/lib.rs"), source).expect("the package can be written");
    }

    /// Runs cargo; all that it says, and whether it was content.
    fn cargo(&self, words: &[&str], order: Option<&str>) -> (bool, String) {
        let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(words).arg("--offline").current_dir(&self.0);
        for name in ["CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS", "CARGO_TARGET_DIR", "WIRE_LOCK", "WIRE_LOCK_AGAINST"] {
            command.env_remove(name);
        }
        let output = command.envs(order.map(|order| ("WIRE_LOCK", order))).output().expect("cargo can be started");
        let said = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&said).into_owned())
    }

    fn passes(&self, order: Option<&str>) {
        let (is_content, said) = self.cargo(&TEST, order);
        assert!(is_content && said.contains("test wire_lock::is_in_order ... ok"), "{said}");
    }

    fn does_not_compile(&self, phrases: &[&str]) {
        let (is_content, said) = self.cargo(&TEST, None);
        assert!(!is_content && said.contains("could not compile `bank`"), "{said}");
        for phrase in phrases {
            assert!(said.contains(phrase), "it does not say {phrase:?}:\n{said}");
        }
    }

    fn lines(&self) -> Vec<String> {
        let file = fs::read_to_string(self.0.join("wire.lock")).expect("there is a wire.lock");
        file.lines().map(str::to_owned).collect()
    }
}

const TEST: [&str; 6] = ["test", "--lib", "--target-dir", "target", "--message-format=short", "wire_lock"];
const COMMAND: &str = "WIRE_LOCK=update cargo test -p bank wire_lock";
const FIRST: &str = "bank.Account 1 = protocol { 0 Deposit { cents: u64 }, 1 Balance { reply: reply<u64> } } #";

/// DESIGN §4: changing a released schema is a compile error; a new version is not.
#[test]
fn a_released_type_changes_by_a_new_version_only() {
    let bank = Package::new();
    bank.is("version = 1, locked = 1", "cents: u64");
    let (works, said) = bank.cargo(&["metadata", "--format-version=1"], None);
    if !works {
        eprintln!("SKIPPED: cargo does not work offline here, so that nothing of `wire.lock` was compiled:\n{said}");
        return;
    }
    bank.does_not_compile(&["`bank.Account` version 1", "no line", COMMAND]);
    bank.passes(Some("update"));
    let first = bank.lines();
    assert!(first.len() == 2 && first[0].contains(COMMAND) && first[1].starts_with(FIRST), "{first:?}");
    bank.passes(None);

    bank.is("version = 1, locked = 1", "cents: u32");
    let of_code = "protocol { 0 Deposit { cents: u32 }, 1 Balance { reply: Reply<u64> } }";
    bank.does_not_compile(&["`bank.Account` version 1", &FIRST[17..FIRST.len() - 2], of_code, COMMAND]);

    let memo = "cents: u64, #[wire(since = 2, default)] memo: String";
    bank.is("version = 2, locked = 1", memo);
    bank.passes(None);
    assert_eq!(bank.lines(), first);

    bank.is("version = 2, locked = 2", memo);
    bank.does_not_compile(&["`bank.Account` version 2", "no line", COMMAND]);
    bank.passes(Some("update"));
    let second = bank.lines();
    assert_eq!(second[..2], first);
    assert!(
        second[2].starts_with("bank.Account 2 = protocol { 0 Deposit { cents: u64, memo: text = default }"),
        "{second:?}"
    );

    let file = bank.0.join("wire.lock");
    fs::write(&file, second.join("\r\n")).expect("the file can be written");
    bank.passes(None);
    fs::remove_file(&file).expect("the file can be removed");
    bank.does_not_compile(&["`bank.Account` version 1", "no line"]);
}
