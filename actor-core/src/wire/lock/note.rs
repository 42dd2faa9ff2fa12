//! A text that is put together while compiling, for the error that shows it. Driven by `release`.

/// A text of bounded length; what is beyond is left out.
pub(super) struct Note {
    bytes: [u8; BOUND],
    length: usize,
}

impl Note {
    pub(super) const fn new() -> Self {
        Note { bytes: [0; BOUND], length: 0 }
    }

    /// Appends the text, or as much of it as there is room for.
    pub(super) const fn text(self, text: &str) -> Self {
        self.first(text, BOUND)
    }

    /// Appends the text, or its beginning and a mark that there is more, so that there is room for what follows.
    pub(super) const fn excerpt(self, text: &str) -> Self {
        match text.len() <= EXCERPT {
            true => self.text(text),
            false => self.first(text, EXCERPT).text(" …"),
        }
    }

    /// Appends so many bytes of the text at most, up to a whole character.
    const fn first(mut self, text: &str, most: usize) -> Self {
        let (bytes, room) = (text.as_bytes(), BOUND - self.length);
        let mut count = if bytes.len() < most { bytes.len() } else { most };
        count = if count < room { count } else { room };
        while !text.is_char_boundary(count) {
            count -= 1;
        }
        let mut i = 0;
        while i < count {
            self.bytes[self.length + i] = bytes[i];
            i += 1;
        }
        self.length += count;
        self
    }

    pub(super) const fn number(self, number: u32) -> Self {
        let note = if number < 10 { self } else { self.number(number / 10) };
        let digits = "0123456789".split_at((number % 10) as usize).1;
        note.text(digits.split_at(1).0)
    }

    /// Ends the compilation with the text.
    #[track_caller]
    pub(super) const fn fail(&self) -> ! {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => panic!("{}", text),
            Err(_) => panic!("invariant: texts are put together of whole characters"),
        }
    }
}

/// In bytes.
const BOUND: usize = 4096;
/// How much is shown of a text that may be long, in bytes.
const EXCERPT: usize = 1400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_long_ends_with_a_whole_character() {
        let note = Note::new().number(0).number(10).number(65535).text(&"é".repeat(BOUND)).text("ab");
        assert_eq!(&note.bytes[..8], b"01065535");
        assert_eq!(std::str::from_utf8(&note.bytes[..note.length]).unwrap().len(), BOUND);
        let note = Note::new().text("x").text(&"é".repeat(BOUND));
        assert!(std::str::from_utf8(&note.bytes[..note.length]).is_ok());
        assert_eq!(note.length, BOUND - 1);
        let note = Note::new().excerpt("short").excerpt(&"é".repeat(BOUND)).text("end");
        let text = std::str::from_utf8(&note.bytes[..note.length]).unwrap();
        assert!(text.starts_with("shorté") && text.ends_with("é …end") && text.len() < EXCERPT + 20, "{text}");
    }
}
