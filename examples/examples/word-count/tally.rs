//! Words and how often each was met: the words in one text, the counts in one column, and a table to find a word.
//! Its columns are what crosses the network: a tally becomes messages, and messages join a tally, without a copy per word.
//! Never reads a file and never sees a node.

use std::{
    cmp::Reverse,
    hash::{BuildHasher, Hasher},
};

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::protocol::Partial;

/// The most bytes of words in one [`Partial`], unless a single word is longer.
pub(crate) const PART_BYTES: usize = 4 << 20;

#[derive(Default)]
pub(crate) struct Tally {
    /// Every distinct word in the order of its first appearance, each followed by a newline.
    words: Vec<u8>,
    /// How often, in the same order.
    counts: Vec<u64>,
    table: HashTable<Slot>,
    hasher: DefaultHashBuilder,
}

/// Where a word is in the two columns.
struct Slot {
    start: usize,
    length: u32,
    position: u32,
}

impl Slot {
    fn word<'a>(&self, words: &'a [u8]) -> &'a [u8] {
        &words[self.start..self.start + self.length as usize]
    }
}

/// A partial result that is not one: as many words as counts, each word ended by a newline.
#[derive(Debug, thiserror::Error)]
#[error("a partial result has {words} words and {counts} counts")]
pub(crate) struct Malformed {
    words: usize,
    counts: usize,
}

impl Tally {
    /// Adds a word, in lower case and shorter than [`PART_BYTES`], that was met `count` times.
    #[inline]
    pub(crate) fn add(&mut self, word: &[u8], count: u64) {
        let Tally { words, counts, table, hasher } = self;
        let hash = hash(hasher, word);
        if let Some(slot) = table.find(hash, |slot| slot.word(words) == word) {
            counts[slot.position as usize] += count;
            return;
        }
        let slot = Slot { start: words.len(), length: narrow(word.len()), position: narrow(counts.len()) };
        words.extend_from_slice(word);
        words.push(b'\n');
        counts.push(count);
        table.insert_unique(hash, slot, |slot| self::hash(hasher, slot.word(words)));
    }

    /// Adds what a message brought.
    pub(crate) fn absorb(&mut self, partial: &Partial) -> Result<(), Malformed> {
        let lines = partial.words.bytes().filter(|byte| *byte == b'\n').count();
        if lines != partial.counts.len() || !(partial.words.is_empty() || partial.words.ends_with('\n')) {
            return Err(Malformed { words: lines, counts: partial.counts.len() });
        }
        self.add_columns(partial.words.as_bytes(), &partial.counts);
        Ok(())
    }

    /// Adds another tally.
    pub(crate) fn merge(&mut self, other: &Tally) {
        self.add_columns(&other.words, &other.counts);
    }

    fn add_columns(&mut self, words: &[u8], counts: &[u64]) {
        for (word, count) in words.split(|byte| *byte == b'\n').zip(counts) {
            self.add(word, *count);
        }
    }

    /// Empties the tally into messages of bounded size; keeps its memory for the next batch.
    pub(crate) fn take_parts(&mut self) -> Vec<Partial> {
        let (mut parts, mut words, mut counts) = (Vec::new(), self.words.as_slice(), self.counts.as_slice());
        while !words.is_empty() {
            let cut = part_end(words);
            let lines = words[..cut].iter().filter(|byte| **byte == b'\n').count();
            let (part, rest) = words.split_at(cut);
            let (part_counts, rest_counts) = counts.split_at(lines);
            parts.push(Partial { words: text(part.to_vec()), counts: part_counts.to_vec() });
            (words, counts) = (rest, rest_counts);
        }
        self.words.clear();
        self.counts.clear();
        self.table.clear();
        parts
    }

    /// How many words were met.
    pub(crate) fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// How many different words were met.
    pub(crate) fn distinct(&self) -> u64 {
        self.counts.len() as u64
    }

    /// Every word with its count, in no order that means anything.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], u64)> {
        self.words.split(|byte| *byte == b'\n').zip(self.counts.iter().copied())
    }

    /// The `most` most frequent words, equals in alphabetical order.
    pub(crate) fn top(&self, most: usize) -> Vec<(String, u64)> {
        let mut counts = self.counts.clone();
        let least = match most.checked_sub(1).filter(|last| *last < counts.len()) {
            Some(last) => *counts.select_nth_unstable_by_key(last, |count| Reverse(*count)).1,
            None => 0,
        };
        let counted = self.table.iter().map(|slot| (Reverse(self.counts[slot.position as usize]), slot));
        let frequent = counted.filter(|(count, _)| count.0 >= least);
        let mut top: Vec<_> = frequent.map(|(count, slot)| (count, slot.word(&self.words))).collect();
        top.sort_unstable();
        top.truncate(most);
        top.into_iter().map(|(count, word)| (String::from_utf8_lossy(word).into_owned(), count.0)).collect()
    }
}

#[inline]
fn hash(hasher: &DefaultHashBuilder, word: &[u8]) -> u64 {
    let mut state = hasher.build_hasher();
    state.write(word);
    state.finish()
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).expect("invariant: words are shorter than 4 MiB, and memory ends before 2^32 different words")
}

/// Where a part ends that holds at most [`PART_BYTES`], or one word.
fn part_end(words: &[u8]) -> usize {
    let newline = |byte: &u8| *byte == b'\n';
    let most = words.len().min(PART_BYTES);
    match words[..most].iter().rposition(newline) {
        Some(last) => last + 1,
        None => words.iter().position(newline).map_or(words.len(), |first| first + 1),
    }
}

fn text(words: Vec<u8>) -> String {
    String::from_utf8(words).expect("invariant: words are cut out of checked UTF-8 at ASCII characters")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(words: &[&str]) -> Tally {
        let mut tally = Tally::default();
        words.iter().for_each(|word| tally.add(word.as_bytes(), 1));
        tally
    }

    #[test]
    fn what_was_taken_apart_joins_to_the_same_totals() {
        let words: Vec<String> = (0..400_000).map(|n| format!("a_rather_long_word_{}", n % 300_000)).collect();
        let mut one = tally(&words.iter().map(String::as_str).collect::<Vec<_>>());
        let parts = one.take_parts();
        assert!(parts.len() > 1, "this many words need more than one part");
        assert!(parts.iter().all(|part| part.words.len() <= PART_BYTES));
        assert_eq!((one.total(), one.distinct()), (0, 0));

        let mut other = Tally::default();
        parts.iter().for_each(|part| other.absorb(part).unwrap());
        assert_eq!((other.total(), other.distinct()), (400_000, 300_000));
        assert!(other.iter().all(|(_, count)| count == 1 || count == 2));
    }

    #[test]
    fn the_top_words_are_by_count_and_then_by_name() {
        let tally = tally(&["b", "a", "c", "c", "d", "d", "d"]);
        let top = |most| tally.top(most).into_iter().map(|(word, count)| format!("{word}{count}")).collect::<String>();
        assert_eq!(top(3), "d3c2a1");
        assert_eq!(top(10), "d3c2a1b1");
    }

    #[test]
    fn columns_of_different_length_are_refused() {
        let partial = |words: &str, counts: &[u64]| Partial { words: words.to_owned(), counts: counts.to_vec() };
        for bad in [partial("a\nb\n", &[1]), partial("a\nb", &[1, 2]), partial("", &[1])] {
            assert!(Tally::default().absorb(&bad).is_err());
        }
        assert!(Tally::default().absorb(&partial("", &[])).is_ok());
    }
}
