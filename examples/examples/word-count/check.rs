//! The same count once more, by other means: one process, one thread, words by `str::split`, lists sorted and
//! run-length encoded, sorted lists merged. Shares neither code nor data structures with what it checks.

use std::{
    cmp::Ordering,
    collections::BTreeSet,
    fs,
    io::{self, BufRead, BufReader},
    iter::Peekable,
};

use crate::{protocol::Skipped, schedule::File};

/// How much text is sorted at once; whole lines, so a little more.
const CHUNK: usize = 1 << 20;

/// Words of this many bytes and their file are not text, by the rules of the count.
const LONG_WORD: usize = 4 << 20;

/// Different words in alphabetical order.
type Run = Vec<(String, u64)>;

/// What the check has counted.
pub(crate) struct Check {
    run: Run,
    files: u64,
    bytes: u64,
    skipped: BTreeSet<String>,
}

/// What is compared.
pub(crate) struct Claim<'a> {
    pub(crate) files: u64,
    pub(crate) bytes: u64,
    /// In alphabetical order.
    pub(crate) words: Vec<(&'a [u8], u64)>,
    pub(crate) skipped: &'a [Skipped],
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum Mismatch {
    #[error("the check found other {what}: {claimed} counted, {checked} by the check")]
    Number { what: &'static str, claimed: u64, checked: u64 },
    #[error("the check found another total: `{word}` was counted {claimed} times, {checked} by the check")]
    Word { word: String, claimed: u64, checked: u64 },
    #[error("the check found other files: `{0}` was counted by one and left out by the other")]
    Skipped(String),
}

impl Check {
    /// Counts every file once.
    pub(crate) fn count(files: &[File]) -> Check {
        let (mut runs, mut check) =
            (Runs::default(), Check { run: Run::new(), files: 0, bytes: 0, skipped: BTreeSet::new() });
        for file in files {
            match count_file(&file.path) {
                Ok((run, bytes)) => {
                    runs.push(run);
                    check.files += 1;
                    check.bytes += bytes;
                }
                Err(NotText) => {
                    check.skipped.insert(file.path.clone());
                }
            }
        }
        check.run = runs.finish();
        check
    }

    /// Compares a count of the same input, `repeat` times, with this one.
    pub(crate) fn compare(&self, claim: &Claim<'_>, repeat: u64) -> Result<(), Mismatch> {
        number("files", claim.files, self.files * repeat)?;
        number("bytes", claim.bytes, self.bytes * repeat)?;
        number("different words", claim.words.len() as u64, self.run.len() as u64)?;
        for ((word, claimed), (checked_word, once)) in claim.words.iter().zip(&self.run) {
            let (claimed, checked) = (*claimed, once * repeat);
            match word.cmp(&checked_word.as_bytes()) {
                Ordering::Equal if claimed == checked => {}
                Ordering::Equal => {
                    return Err(Mismatch::Word { word: checked_word.clone(), claimed, checked });
                }
                Ordering::Less => {
                    let word = String::from_utf8_lossy(word).into_owned();
                    return Err(Mismatch::Word { word, claimed, checked: 0 });
                }
                Ordering::Greater => {
                    return Err(Mismatch::Word { word: checked_word.clone(), claimed: 0, checked });
                }
            }
        }
        let skipped = claim.skipped.iter().map(|skipped| skipped.path.clone()).collect();
        match self.skipped.symmetric_difference(&skipped).next() {
            Some(path) => Err(Mismatch::Skipped(path.clone())),
            None => Ok(()),
        }
    }
}

fn number(what: &'static str, claimed: u64, checked: u64) -> Result<(), Mismatch> {
    if claimed == checked { Ok(()) } else { Err(Mismatch::Number { what, claimed, checked }) }
}

/// A file that cannot be read, or is not text.
struct NotText;

impl From<io::Error> for NotText {
    fn from(_: io::Error) -> Self {
        NotText
    }
}

fn count_file(path: &str) -> Result<(Run, u64), NotText> {
    let mut lines = BufReader::with_capacity(CHUNK, fs::File::open(path)?);
    let (mut runs, mut bytes, mut chunk) = (Runs::default(), 0, Vec::new());
    loop {
        let at_end = lines.read_until(b'\n', &mut chunk)? == 0;
        if !at_end && chunk.len() < CHUNK {
            continue;
        }
        if bytes == 0 && chunk.iter().take(8192).any(|byte| *byte == 0) {
            return Err(NotText);
        }
        let text = String::from_utf8(std::mem::take(&mut chunk)).map_err(|_| NotText)?;
        bytes += text.len() as u64;
        runs.push(sorted_run(&text.to_ascii_lowercase())?);
        if at_end {
            return Ok((runs.finish(), bytes));
        }
    }
}

fn sorted_run(text: &str) -> Result<Run, NotText> {
    let between = |c: char| c.is_ascii() && !c.is_ascii_alphanumeric() && c != '_';
    let mut words: Vec<&str> = text.split(between).filter(|word| !word.is_empty()).collect();
    if words.iter().any(|word| word.len() >= LONG_WORD) {
        return Err(NotText);
    }
    words.sort_unstable();
    Ok(words.chunk_by(|a, b| a == b).map(|equal| (equal[0].to_owned(), equal.len() as u64)).collect())
}

/// Sorted runs, each less than half as long as the one before, so that every word is moved few times.
#[derive(Default)]
struct Runs(Vec<Run>);

impl Runs {
    fn push(&mut self, mut run: Run) {
        while let Some(last) = self.0.pop_if(|last| last.len() < run.len() * 2) {
            run = merged(last, run);
        }
        self.0.push(run);
    }

    fn finish(self) -> Run {
        self.0.into_iter().rev().reduce(merged).unwrap_or_default()
    }
}

fn merged(left: Run, right: Run) -> Run {
    let mut merged = Run::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    while let Some(next) = smallest(&mut left, &mut right) {
        merged.push(next);
    }
    merged
}

fn smallest(
    left: &mut Peekable<impl Iterator<Item = (String, u64)>>,
    right: &mut Peekable<impl Iterator<Item = (String, u64)>>,
) -> Option<(String, u64)> {
    let order = match (left.peek(), right.peek()) {
        (Some((a, _)), Some((b, _))) => a.cmp(b),
        (Some(_), None) => Ordering::Less,
        (None, _) => Ordering::Greater,
    };
    match order {
        Ordering::Less => left.next(),
        Ordering::Greater => right.next(),
        Ordering::Equal => {
            let more = right.next().map_or(0, |(_, count)| count);
            left.next().map(|(word, count)| (word, count + more))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(text: &str) -> Run {
        sorted_run(text).unwrap_or_default()
    }

    #[test]
    fn runs_merge_to_the_run_of_all_words() {
        let texts = ["b a c a", "", "a d", "c c c c", "é a_b é"];
        let mut runs = Runs::default();
        texts.iter().for_each(|text| runs.push(run(text)));
        assert_eq!(runs.finish(), run(&texts.join(" ")));
    }

    #[test]
    fn any_difference_is_found() {
        let check = Check { run: run("a b b"), files: 1, bytes: 5, skipped: BTreeSet::new() };
        let compare = |files, words: &[(&'static str, u64)], repeat| {
            let words = words.iter().map(|(word, count)| (word.as_bytes(), *count)).collect();
            check.compare(&Claim { files, bytes: 5 * repeat, words, skipped: &[] }, repeat)
        };
        assert!(compare(1, &[("a", 1), ("b", 2)], 1).is_ok());
        assert!(compare(3, &[("a", 3), ("b", 6)], 3).is_ok());
        assert!(compare(2, &[("a", 1), ("b", 2)], 1).is_err());
        assert!(compare(1, &[("a", 1), ("b", 3)], 1).is_err());
        assert!(compare(1, &[("a", 1), ("c", 2)], 1).is_err());
        assert!(compare(1, &[("a", 1)], 1).is_err());
    }
}
