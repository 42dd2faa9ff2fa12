//! Runs the word count as a user does, on small inputs: real processes, and what they print and exit with.
#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

#[test]
fn totals_are_right_and_equal_the_check() {
    let input = Input::new("totals");
    input.repeated_words(60);
    let run = word_count([input.path()]);
    assert_eq!(run.status, 0, "{run}");
    assert_eq!(run.total(), Total { files: 60, words: WORDS_OF_60 }, "{run}");
    assert!(run.has("       1,830  alpha") && run.has("          60  ünder_score"), "{run}");
    assert!(run.has("was heard by 3 workers"), "{run}");
    assert!(run.has("check: the totals equal a single-process count"), "{run}");
}

#[test]
fn a_killed_workers_files_go_to_the_others_and_the_totals_agree() {
    let input = Input::new("kill");
    input.repeated_words(60);
    let run = word_count(["--kill".as_ref(), input.path()]);
    assert_eq!(run.status, 0, "{run}");
    assert_eq!(run.total(), Total { files: 60, words: WORDS_OF_60 }, "{run}");
    let down = run.line(" is down (its node is down: ");
    let handed_over = down.split_once("): ").and_then(|(_, rest)| rest.split(' ').next()?.parse::<u64>().ok());
    assert!(handed_over.is_some_and(|files| files > 0), "{run}");
    assert_eq!(run.stdout.matches(" is down (").count(), 1, "{run}");
    assert!(run.has("SIGKILL") && run.has("lost on the way"), "{run}");
    assert!(run.has("was heard by 2 workers"), "{run}");
    assert!(run.has("check: the totals equal a single-process count"), "{run}");
}

#[test]
fn a_repeated_input_counts_so_many_times() {
    let input = Input::new("repeat");
    input.repeated_words(60);
    let run = word_count(["--repeat".as_ref(), "3".as_ref(), "--nodes".as_ref(), "1".as_ref(), input.path()]);
    assert_eq!(run.status, 0, "{run}");
    assert_eq!(run.total(), Total { files: 180, words: 3 * WORDS_OF_60 }, "{run}");
    assert!(run.has("check: the totals equal"), "{run}");
}

#[test]
fn a_file_named_twice_counts_once() {
    let input = Input::new("twice");
    let file = input.file("file", b"two words");
    let run = word_count([&file, input.path(), &input.path().join(".").join("file")]);
    assert_eq!((run.status, run.total()), (0, Total { files: 1, words: 2 }), "{run}");
}

#[test]
fn what_is_not_counted_is_said_and_counted() {
    let input = Input::new("skipped");
    input.file("good", b"some words");
    input.file("nul", b"some\0words");
    input.file("latin1", b"caf\xe9");
    let missing = input.path().join("missing");
    let run = word_count([input.path(), &missing]);
    assert_eq!((run.status, run.total()), (3, Total { files: 1, words: 2 }), "{run}");
    assert!(run.has("not counted: 3 paths") && run.has("  binary: 2") && run.has("  missing: 1"), "{run}");
    assert!(run.has(missing.to_str().unwrap()), "{run}");
    assert!(run.has("check: the totals equal"), "{run}");
}

#[test]
fn what_the_rules_leave_out_is_no_failure() {
    let input = Input::new("rules");
    input.file("good", b"some words");
    input.file("nul", b"\0");
    let run = word_count([input.path()]);
    assert_eq!((run.status, run.total()), (0, Total { files: 1, words: 2 }), "{run}");
    assert!(run.has("not counted: 1 path"), "{run}");
}

#[cfg(unix)]
#[test]
fn links_and_names_that_are_not_utf8_are_said() {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

    let input = Input::new("links");
    let good = input.file("good", b"some words");
    std::os::unix::fs::symlink(&good, input.path().join("link")).unwrap();
    std::os::unix::fs::symlink(input.path(), input.path().join("loop")).unwrap();
    let odd_name = fs::write(input.path().join(OsStr::from_bytes(b"odd\xff")), "words").is_ok();
    let run = word_count([input.path()]);
    assert_eq!((run.status, run.total()), (if odd_name { 3 } else { 0 }, Total { files: 1, words: 2 }), "{run}");
    assert!(run.has("  a symbolic link, not followed: 2"), "{run}");
    assert_eq!(run.has("  unreadable (its path is not UTF-8): 1"), odd_name, "{run}");
}

/// A file that even root cannot read.
#[cfg(target_os = "linux")]
#[test]
fn an_unreadable_file_is_said_and_counted() {
    let input = Input::new("unreadable");
    input.file("good", b"some words");
    let run = word_count([input.path(), Path::new("/proc/self/mem")]);
    assert_eq!((run.status, run.total()), (3, Total { files: 1, words: 2 }), "{run}");
    assert!(run.has("not counted: 1 path") && run.has("  unreadable ("), "{run}");
    assert!(run.has("check: the totals equal"), "{run}");
}

#[test]
fn a_worker_that_cannot_start_is_said_and_the_others_count() {
    let input = Input::new("cookie");
    input.repeated_words(60);
    let run = word_count(["--wrong-cookie".as_ref(), input.path()]);
    assert_eq!((run.status, run.total()), (0, Total { files: 60, words: WORDS_OF_60 }), "{run}");
    assert!(run.has("worker-3 could not start (exit status: 1: "), "{run}");
    assert!(run.has("2 of 3 workers") && run.has("did not start"), "{run}");

    let run = word_count(["--wrong-cookie".as_ref(), "--nodes".as_ref(), "1".as_ref(), input.path()]);
    assert_eq!(run.status, 1, "{run}");
    assert!(run.stderr.contains("no worker could start"), "{run}");
}

#[test]
fn without_anything_to_count_it_says_so_and_fails() {
    let input = Input::new("nothing");
    let missing = input.path().join("missing");
    let run = word_count([&missing]);
    assert_eq!(run.status, 1, "{run}");
    assert!(run.has("  missing: 1") && run.stderr.contains("no file is left to count"), "{run}");

    let run = word_count([input.path()]);
    assert_eq!(run.status, 1, "{run}");
    assert!(run.stderr.contains("there is nothing to count"), "{run}");

    let run = with_cargo_home(input.path());
    assert_eq!(run.status, 1, "{run}");
    assert!(run.stderr.contains("run `cargo fetch`"), "{run}");
}

#[test]
fn without_paths_it_counts_the_sources_of_the_locked_dependencies() {
    let lexopt =
        include_str!("../../Cargo.lock").split("[[package]]").find(|package| package.contains("name = \"lexopt\""));
    let version = lexopt.and_then(|package| package.split("version = \"").nth(1)?.split('"').next()).unwrap();
    let home = Input::new("home");
    home.file(&format!("registry/src/index/lexopt-{version}/src/lib.rs"), b"pub fn four_words");
    home.file("registry/src/index/lexopt-0.0.0/src/lib.rs", b"another version");
    let run = with_cargo_home(home.path());
    assert_eq!((run.status, run.total()), (0, Total { files: 1, words: 3 }), "{run}");
    assert!(run.has("the sources of 1 of the "), "{run}");
}

#[test]
fn wrong_usage_is_refused() {
    for wrong in [&["--nodes", "0"][..], &["--what"], &["--kill", "--nodes", "1"], &["--repeat", "many"]] {
        let run = word_count(wrong);
        assert_eq!(run.status, 2, "{run}");
        assert!(run.stderr.contains("--help"), "{run}");
    }
    let run = word_count(["--help"]);
    assert_eq!(run.status, 0, "{run}");
    assert!(run.has("usage: cargo run --release --example word-count"), "{run}");
}

/// Words in the 60 files of [`Input::repeated_words`].
const WORDS_OF_60: u64 = 1830 + 60;

/// A directory of its own for each test.
struct Input(PathBuf);

impl Input {
    fn new(test: &str) -> Input {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("word-count-{test}"));
        let _none_before = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Input(path)
    }

    fn path(&self) -> &Path {
        &self.0
    }

    fn file(&self, name: &str, content: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Files of different sizes: the first has the word once, the second twice, and so on.
    fn repeated_words(&self, files: usize) {
        for number in 1..=files {
            let text = format!("{}\nÜnder_score", "Alpha, ".repeat(number)).replace('Ü', "ü");
            self.file(&format!("{}/{number}.txt", number % 7), text.as_bytes());
        }
    }
}

impl Drop for Input {
    fn drop(&mut self) {
        let _left_behind = fs::remove_dir_all(&self.0);
    }
}

/// What a run printed and how it ended.
#[derive(Debug)]
struct Run {
    status: i32,
    stdout: String,
    stderr: String,
}

#[derive(Debug, PartialEq, Eq)]
struct Total {
    files: u64,
    words: u64,
}

impl Run {
    fn has(&self, text: &str) -> bool {
        self.stdout.contains(text)
    }

    fn line(&self, with: &str) -> &str {
        self.stdout.lines().find(|line| line.contains(with)).unwrap_or_else(|| panic!("no line with `{with}`: {self}"))
    }

    /// The last row of the workers' table.
    fn total(&self) -> Total {
        let row: Vec<&str> = self.line("total  ").split_whitespace().collect();
        let number =
            |text: &str| text.replace(',', "").parse().unwrap_or_else(|_| panic!("no number `{text}`: {self}"));
        Total { files: number(row[1]), words: number(row[row.len() - 1]) }
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit status {}\n--- stdout\n{}\n--- stderr\n{}", self.status, self.stdout, self.stderr)
    }
}

fn word_count<A: AsRef<std::ffi::OsStr>>(args: impl IntoIterator<Item = A>) -> Run {
    run(program().args(args))
}

fn with_cargo_home(home: &Path) -> Run {
    run(program().env("CARGO_HOME", home))
}

fn run(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { status: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// The example, which cargo builds beside this test.
fn program() -> Command {
    let test = env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let program = profile.join("examples").join(format!("word-count{}", env::consts::EXE_SUFFIX));
    assert!(
        program.exists(),
        "`{}` is missing: build it with `cargo build -p examples --example word-count`, for this test's profile",
        program.display()
    );
    Command::new(program)
}
