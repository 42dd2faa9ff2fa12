//! Words and how often each was met: the words in one text, the counts in one column, and a table to find a word. A word
//! costs no allocation, and the columns are what crosses the network.
//! Never reads a file and never sees a node.

use std::{
    cmp::Reverse,
    hash::{BuildHasher, Hasher},
};

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::protocol::Partial;

/// The most bytes of words in one [`Partial`], unless a single word is longer.
const PART_BYTES: usize = 4 << 20;

#[derive(Default)]
pub(crate) struct Tally {
    /// Every different word in the order of its first appearance, each followed by a newline.
    words: Vec<u8>,
    /// How often, in the same order.
    counts: Vec<u64>,
    /// Where each word begins in `words`, in the same order.
    starts: Vec<usize>,
    /// The position of each word in that order.
    table: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

/// A partial result that is not one: as many words as counts, each word ended by a newline.
#[derive(Debug, thiserror::Error)]
#[error("a partial result has {words} words and {counts} counts")]
pub(crate) struct Malformed {
    words: usize,
    counts: usize,
}

impl Tally {
    /// Adds a word, in lower case and without a newline, that was met once.
    #[inline]
    pub(crate) fn add(&mut self, word: &[u8]) {
        let position = self.position(word);
        self.counts[position] += 1;
    }

    /// Adds what a message brought.
    pub(crate) fn absorb(&mut self, partial: &Partial) -> Result<(), Malformed> {
        let words = partial.words.as_bytes();
        let lines = count_lines(words);
        if lines != partial.counts.len() || !(words.is_empty() || words.ends_with(b"\n")) {
            return Err(Malformed { words: lines, counts: partial.counts.len() });
        }
        self.add_columns(words, &partial.counts);
        Ok(())
    }

    /// Adds another tally.
    pub(crate) fn merge(&mut self, other: &Tally) {
        self.add_columns(&other.words, &other.counts);
    }

    /// Adds words in an order of first appearance. Of similar texts these orders are similar, so the word after one that
    /// was found is looked for where it likely is, before the table is asked.
    fn add_columns(&mut self, words: &[u8], counts: &[u64]) {
        let mut next = 0;
        for (word, count) in words.split(|byte| *byte == b'\n').zip(counts) {
            let position = if next < self.starts.len() && is_at(&self.words, self.starts[next], word) {
                next
            } else {
                self.position(word)
            };
            self.counts[position] += count;
            next = position + 1;
        }
    }

    /// The position of the word; a new one is put at the end, met zero times so far.
    // As a function of its own it makes the whole count a tenth slower, and left to itself the compiler makes it one.
    #[inline(always)]
    fn position(&mut self, word: &[u8]) -> usize {
        let Tally { words, counts, starts, table, hasher } = self;
        let hash = hash(hasher, word);
        if let Some(position) = table.find(hash, |position| is_at(words, starts[*position as usize], word)) {
            return *position as usize;
        }
        let position = counts.len();
        starts.push(words.len());
        words.extend_from_slice(word);
        words.push(b'\n');
        counts.push(0);
        table.insert_unique(hash, narrow(position), |position| {
            self::hash(hasher, word_at(words, starts, *position as usize))
        });
        position
    }

    /// Empties the tally into messages of bounded size; keeps its memory for the next batch.
    pub(crate) fn take_parts(&mut self) -> Vec<Partial> {
        let (mut parts, mut words, mut counts) = (Vec::new(), self.words.as_slice(), self.counts.as_slice());
        while !words.is_empty() {
            let (part, rest) = words.split_at(part_end(words));
            let (part_counts, rest_counts) = counts.split_at(count_lines(part));
            parts.push(Partial { words: text(part.to_vec()), counts: part_counts.to_vec() });
            (words, counts) = (rest, rest_counts);
        }
        self.words.clear();
        self.counts.clear();
        self.starts.clear();
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

    /// Every word with its count, in the order of their first appearance.
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
        let frequent = self.counts.iter().enumerate().filter(|(_, count)| **count >= least);
        let mut top: Vec<_> =
            frequent.map(|(position, count)| (Reverse(*count), word_at(&self.words, &self.starts, position))).collect();
        top.sort_unstable();
        top.truncate(most);
        top.into_iter().map(|(count, word)| (String::from_utf8_lossy(word).into_owned(), count.0)).collect()
    }
}

/// Whether exactly this word begins there.
#[inline]
fn is_at(words: &[u8], start: usize, word: &[u8]) -> bool {
    words[start..].starts_with(word) && words[start + word.len()] == b'\n'
}

fn word_at<'a>(words: &'a [u8], starts: &[usize], position: usize) -> &'a [u8] {
    let end = starts.get(position + 1).copied().unwrap_or(words.len());
    &words[starts[position]..end - 1]
}

#[inline]
fn hash(hasher: &DefaultHashBuilder, word: &[u8]) -> u64 {
    let mut state = hasher.build_hasher();
    state.write(word);
    state.finish()
}

fn narrow(number: usize) -> u32 {
    u32::try_from(number).expect("invariant: memory ends before 2^32 different words")
}

fn count_lines(words: &[u8]) -> usize {
    words.iter().filter(|byte| **byte == b'\n').count()
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

    fn tally<'a>(words: impl IntoIterator<Item = &'a str>) -> Tally {
        let mut tally = Tally::default();
        words.into_iter().for_each(|word| tally.add(word.as_bytes()));
        tally
    }

    fn sorted(tally: &Tally) -> Vec<(String, u64)> {
        let mut words: Vec<_> = tally.iter().map(|(word, n)| (String::from_utf8_lossy(word).into_owned(), n)).collect();
        words.sort();
        words
    }

    #[test]
    fn what_was_taken_apart_joins_to_the_same_totals() {
        let words: Vec<String> = (0..400_000).map(|n| format!("a_rather_long_word_{}", n % 300_000)).collect();
        let mut one = tally(words.iter().map(String::as_str));
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
    fn merged_tallies_have_the_words_of_both_in_whatever_order() {
        let texts = ["a b c d", "a b x c d", "d c b a", "ab c d ab", "a bc d", "x", "", "a b c d e"];
        let mut merged = Tally::default();
        for text in texts {
            merged.merge(&tally(text.split_whitespace()));
        }
        assert_eq!(sorted(&merged), sorted(&tally(texts.join(" ").split_whitespace())));
    }

    #[test]
    fn the_top_words_are_by_count_and_then_by_name() {
        let tally = tally(["b", "a", "c", "c", "d", "d", "d"]);
        let top = |most| tally.top(most).into_iter().map(|(word, count)| format!("{word}{count}")).collect::<String>();
        assert_eq!(top(0), "");
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
