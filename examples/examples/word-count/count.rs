//! Counting one file: what is text, what is a word. Reads a file through a window of bounded size.
//! Never knows of batches, actors or nodes: the same function counts in a worker and in a single process.

use std::{
    fs::File,
    io::{self, ErrorKind, Read},
};

use crate::{protocol::Reason, tally::Tally};

/// The most that is held of one file at a time. A word ends within it, so that each fits in a message.
const WINDOW: usize = 4 << 20;

/// How far a NUL byte is looked for.
const PROBE: usize = 8 << 10;

/// For every byte its lower case, or 0 if it stands between words. Every byte of a non-ASCII character is part of a word.
const LOWER: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte: u8 = 255;
    while byte > 0 {
        if byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii() {
            table[byte as usize] = byte.to_ascii_lowercase();
        }
        byte -= 1;
    }
    table
};

/// Counts files one after the other in the same memory.
#[derive(Default)]
pub(crate) struct Reader {
    window: Vec<u8>,
}

impl Reader {
    /// Adds the words of a file to `tally`, all or none; returns its size in bytes.
    pub(crate) fn count(&mut self, path: &str, tally: &mut Tally) -> Result<u64, Reason> {
        if self.window.is_empty() {
            self.window = vec![0; WINDOW];
        }
        let mut file = File::open(path)?;
        let held = fill(&mut file, &mut self.window)?;
        if self.window[..held.min(PROBE)].contains(&0) {
            return Err(Reason::Binary);
        }
        if held == WINDOW {
            return self.count_long(&mut file, tally);
        }
        count_text(&mut self.window[..held], tally)?;
        Ok(held as u64)
    }

    /// Counts a file that is longer than the window, cut between words, in a tally of its own: whether it is text is known
    /// only at its end. The window is full when this begins.
    fn count_long(&mut self, file: &mut File, tally: &mut Tally) -> Result<u64, Reason> {
        let (mut own, mut bytes, mut held) = (Tally::default(), 0, WINDOW);
        loop {
            let at_end = held < WINDOW;
            let between = |byte: &u8| LOWER[usize::from(*byte)] == 0;
            let cut = match self.window.iter().rposition(between) {
                _ if at_end => held,
                Some(last) => last + 1,
                None => return Err(Reason::LongWord),
            };
            count_text(&mut self.window[..cut], &mut own)?;
            bytes += cut as u64;
            if at_end {
                break;
            }
            self.window.copy_within(cut..held, 0);
            held -= cut;
            held += fill(file, &mut self.window[held..])?;
        }
        tally.merge(&own);
        Ok(bytes)
    }
}

/// Reads until the buffer is full or the file ends.
fn fill(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    let mut held = 0;
    while held < buffer.len() {
        match file.read(&mut buffer[held..]) {
            Ok(0) => break,
            Ok(more) => held += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(held)
}

fn count_text(bytes: &mut [u8], tally: &mut Tally) -> Result<(), Reason> {
    std::str::from_utf8(bytes).map_err(|_| Reason::Binary)?;
    each_word(bytes, |word| tally.add(word));
    Ok(())
}

/// Gives every word, in lower case; the bytes are lowered where they stand.
fn each_word(bytes: &mut [u8], mut found: impl FnMut(&[u8])) {
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        while at < bytes.len() {
            let lower = LOWER[usize::from(bytes[at])];
            if lower == 0 {
                break;
            }
            bytes[at] = lower;
            at += 1;
        }
        if at > start {
            found(&bytes[start..at]);
        }
        at += 1;
    }
}

impl From<io::Error> for Reason {
    fn from(error: io::Error) -> Self {
        Reason::Unreadable { error: error.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        each_word(&mut text.to_owned().into_bytes(), |word| words.push(String::from_utf8_lossy(word).into_owned()));
        words
    }

    fn count(content: &[u8]) -> Result<(u64, Tally), Reason> {
        let path = std::env::temp_dir().join(format!("word-count-{}-{}", std::process::id(), content.len()));
        std::fs::write(&path, content).unwrap();
        let mut tally = Tally::default();
        let counted = Reader::default().count(path.to_str().unwrap(), &mut tally);
        std::fs::remove_file(&path).unwrap();
        counted.map(|bytes| (bytes, tally))
    }

    #[test]
    fn a_word_is_letters_digits_underscores_and_anything_beyond_ascii() {
        assert_eq!(words("Ünder_score x2,fn(naïve)"), ["Ünder_score", "x2", "fn", "naïve"]);
        assert_eq!(words("  THE end"), ["the", "end"]);
        assert!(words("").is_empty() && words(" -+- ").is_empty());
    }

    #[test]
    fn a_file_longer_than_the_window_is_cut_between_words() {
        let text = "seven__ ".repeat(WINDOW / 8 * 2 + 100);
        for shift in 0..8 {
            let (bytes, tally) = count(&text.as_bytes()[shift..]).unwrap();
            assert_eq!(bytes, (text.len() - shift) as u64);
            assert_eq!(
                (tally.total(), tally.distinct()),
                (WINDOW as u64 / 4 + 100 - u64::from(shift == 7), 1 + u64::from((1..7).contains(&shift)))
            );
        }
    }

    #[test]
    fn what_is_not_text_leaves_the_tally_as_it_was() {
        let long = |tail: &[u8]| [&b"word ".repeat(WINDOW / 4)[..], tail].concat();
        assert_eq!(count(b"a\0b").err(), Some(Reason::Binary));
        assert_eq!(count(b"a \xff").err(), Some(Reason::Binary));
        assert_eq!(count(&long(b"\xff")).err(), Some(Reason::Binary));
        assert_eq!(count(&vec![b'x'; WINDOW]).err(), Some(Reason::LongWord));
        assert_eq!(count(&long(&vec![b'x'; WINDOW])).err(), Some(Reason::LongWord));
        assert!(count(&vec![b'x'; WINDOW - 1]).is_ok());
        assert!(count(&long(&[&[b'x'; WINDOW - 1][..], b" "].concat())).is_ok());
    }
}
