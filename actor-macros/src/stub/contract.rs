//! A contract's text as lines: one version of a type each, read to the last word. The same form that actor-core writes, by a
//! reader of its own, since macros cannot depend on it. Never guesses: what is not of that form is said with its line.
//! Driven by `stub`.

use std::collections::BTreeMap;

use super::words::{self, Structure};

/// A version of a type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    /// Where it stands in its file, from 1.
    pub(crate) number: u32,
    /// The type's first uri.
    pub(crate) name: String,
    pub(crate) version: u16,
    pub(crate) structure: Structure,
    pub(crate) hash: u64,
    /// Whether its type is no more.
    pub(crate) removed: bool,
}

/// What is wrong, and in which line; 0 for the file as a whole.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wrong {
    pub(crate) number: u32,
    pub(crate) what: String,
}

impl Wrong {
    pub(crate) fn new(number: u32, what: impl Into<String>) -> Self {
        Wrong { number, what: what.into() }
    }
}

/// The lines of a contract, in their order.
pub(crate) fn read(text: &str) -> Result<Vec<Line>, Vec<Wrong>> {
    let (mut lines, mut wrong): (Vec<Line>, Vec<Wrong>) = Default::default();
    let mut places: BTreeMap<(String, u16), u32> = BTreeMap::new();
    for (number, text) in (1..).zip(text.trim_end().lines()) {
        if places.is_empty() && wrong.is_empty() && (text.starts_with('#') || text.trim().is_empty()) {
            continue;
        }
        match line(number, text) {
            Ok(line) => {
                if let Some(first) = places.insert((line.name.clone(), line.version), number) {
                    let (name, version) = (&line.name, line.version);
                    let what = format!(
                        "`{name}` version {version} stands in line {first} already; keep the one that was released"
                    );
                    wrong.push(Wrong::new(number, what));
                }
                lines.push(line);
            }
            Err(what) => wrong.push(Wrong::new(number, what)),
        }
        if wrong.len() == MOST {
            break;
        }
    }
    if lines.is_empty() && wrong.is_empty() {
        wrong.push(Wrong::new(0, "nothing is released in it; a contract has a line for each version of a type"));
    }
    if wrong.is_empty() { Ok(lines) } else { Err(wrong) }
}

/// How many mistakes of one file are told at once: one that is no contract has one in each line.
const MOST: usize = 4;

fn line(number: u32, text: &str) -> Result<Line, String> {
    if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| text.starts_with(mark)) {
        return Err("this is the mark of a merge that is not finished; keep the lines of both sides".to_owned());
    }
    let text = text.trim_end();
    let (text, removed) = match text.strip_suffix(" removed") {
        Some(text) => (text, true),
        None => (text, false),
    };
    if text.ends_with(" draft") {
        return Err(
            "a draft may still change, and nobody can rely on it; a contract that is handed on holds what is released"
                .to_owned(),
        );
    }
    let parts = || {
        let (key, rest) = text.split_once(" = ")?;
        let (name, version) = key.split_once(' ')?;
        let (structure, hash) = rest.rsplit_once(" #")?;
        Some((name, version, structure, hash))
    };
    let Some((name, version, structure, hash)) = parts() else { return Err(FORM.to_owned()) };
    let is_hash = hash.len() == 16 && hash.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    let hash = u64::from_str_radix(hash, 16).ok().filter(|_| is_hash).ok_or(FORM)?;
    if !words::is_uri(name) {
        return Err(format!("`{name}` is no name of a type; {FORM}"));
    }
    let number_of = |text: &str| text.parse().ok().filter(|version: &u16| *version > 0 && version.to_string() == text);
    let version = number_of(version).ok_or_else(|| format!("`{version}` is no version"))?;
    let structure = words::structure(structure).map_err(|what| format!("{what}; {EDITED}"))?;
    if version == 1 && structure.fields().any(|field| field.default.is_some()) {
        return Err(format!("a default is for what came after version 1; {EDITED}"));
    }
    Ok(Line { number, name: name.to_owned(), version, structure, hash, removed })
}

const FORM: &str = "a line is of the form `team.Name 1 = struct { … } #0123456789abcdef`";
const EDITED: &str =
    "copy the file again from its owner; or, if a newer release of this library wrote it, update yours";

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    const TEXT: &str = "# What is released.\n\
        bank.Account 1 = protocol { 0 Deposit { cents: u64 }, 1 Balance { reply: reply<u64> }, 2 Drop as close } #0123456789abcdef\n\
        bank.Account 2 = protocol { 0 Deposit { cents: u64, memo: text = \", } =\".to_owned() }, 7 Pages { 0: bank.Page<bank.Money> } } #0123456789abcdef\n\
        bank.Money 1 = struct { cents: array<u64; 3>, at: map<text, tuple<u8, option<char>>> } #fedcba9876543210\n\
        bank.Old 1 = enum { 0 A } #fedcba9876543210 removed\n\
        bank.Page 1 = struct { items: vec<$0>, to: subject<bank.Account> } #fedcba9876543210\n\
        bank.Unit 65535 = struct { } #fedcba9876543210\n";

    #[test]
    fn a_contract_is_read_to_the_last_word() {
        let lines = read(TEXT).unwrap();
        let names: Vec<_> = lines.iter().map(|line| (line.number, line.name.as_str(), line.version)).collect();
        let bank = ["bank.Account", "bank.Account", "bank.Money", "bank.Old", "bank.Page", "bank.Unit"];
        assert_eq!(
            names,
            (2..).zip(bank).zip([1, 2, 1, 1, 1, 65535]).map(|((n, name), v)| (n, name, v)).collect::<Vec<_>>()
        );
        assert!(lines[3].removed && !lines[4].removed);
        for (line, text) in lines.iter().zip(TEXT.lines().skip(1)) {
            assert!(
                text.contains(&format!(" = {} #{:016x}", line.structure, line.hash)),
                "{} of {text}",
                line.structure
            );
        }
        assert_eq!(read(&TEXT.replace('\n', "\r\n")).unwrap(), lines);
    }

    #[test]
    fn what_is_no_contract_is_said_with_its_line() {
        let wrong = |text: &str| read(text).unwrap_err().into_iter().map(|w| (w.number, w.what)).collect::<Vec<_>>();
        for (from, to, number, says) in [
            ("bank.Money 1", "bank.Money 01", 4, "`01` is no version"),
            ("bank.Money 1", "bank.Account 2", 4, "stands in line 3 already"),
            ("bank.Money 1", "bank 1", 4, "`bank` is no name"),
            ("#fedcba9876543210 removed", "#fedcba987654321", 5, "a line is of the form"),
            (" removed", " draft", 5, "draft"),
            ("bank.Old 1", "<<<<<<< HEAD", 5, "merge"),
            ("cents: array<u64; 3>", "cents: array<u64; x>", 4, "`x`"),
            ("cents: array<u64; 3>", "cents: wide", 4, "`wide`"),
            ("{ cents: u64 }", "{ cents: u64 = 3 }", 2, "after version 1"),
            ("bank.Old 1", "\nbank.Old 1", 5, "a line is of the form"),
        ] {
            assert!(TEXT.contains(from));
            let found = wrong(&TEXT.replacen(from, to, 1));
            assert!(found.len() == 1 && found[0].0 == number && found[0].1.contains(says), "{from} -> {to}: {found:?}");
        }
        for empty in ["", "\n\n", "# a head\n"] {
            assert_eq!(wrong(empty)[0].0, 0);
        }
        assert_eq!(wrong(&"x\n".repeat(100)).len(), MOST);
    }

    /// The text as it may come from anybody: cut, doubled, and with what does not belong there.
    pub(in crate::stub) fn mutations(text: &str, rounds: usize) -> impl Iterator<Item = String> {
        const PIECES: &str =
            "{ } < > , ; : = # $ \" ' \\ r# é \0 9 . ( ) array<u8; vec< $1 self r#self _ -1 protocol a.A";
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut below = move |bound: usize| {
            // xorshift, Marsaglia.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % bound as u64) as usize
        };
        let pieces: Vec<&str> = PIECES.split(' ').chain([" "]).collect();
        let text: Vec<char> = text.chars().collect();
        (0..rounds).map(move |_| {
            let mut text = text.clone();
            for _ in 0..=below(4) {
                let at = below(text.len());
                let piece = at..(at + below(40)).min(text.len());
                match below(6) {
                    0 => drop(text.drain(piece)),
                    1 => text.truncate(at.max(1)),
                    2 => {
                        let again: Vec<char> = text[piece].to_vec();
                        let to = below(text.len());
                        drop(text.splice(to..to, again));
                    }
                    _ => {
                        let end = at + below(2).min(text.len() - at);
                        drop(text.splice(at..end, pieces[below(pieces.len())].chars()));
                    }
                }
                if text.is_empty() {
                    text.push('x');
                }
            }
            text.into_iter().collect()
        })
    }

    #[test]
    fn no_text_makes_the_reader_panic() {
        for text in mutations(TEXT, 20_000) {
            let _whatever = read(&text);
        }
        let deep =
            format!("a.B 1 = struct {{ x: {}u8{} }} #0123456789abcdef", "vec<".repeat(50_000), ">".repeat(50_000));
        assert!(read(&deep).unwrap_err()[0].what.contains("deep"));
    }
}
