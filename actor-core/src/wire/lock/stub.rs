//! A stub held against the contract that it was generated from, while compiling. Never reads the file: what its lines say, the
//! macro has written down. Driven by `stubs!`.

use super::note::Note;
use crate::wire::Shape;

/// A type that was generated from a contract.
#[derive(Debug)]
pub struct Stub<'a> {
    /// The file, as the user has written it.
    pub file: &'a str,
    /// The type's first uri.
    pub name: &'a str,
    /// The oldest version that the stub knows.
    pub oldest: u16,
    /// The structure of all versions.
    pub shape: &'a Shape,
    /// The number and the hash of each version's line, from the oldest on.
    pub lines: &'a [(u32, u64)],
}

impl Stub<'_> {
    /// The words of every line are those of its hash.
    #[track_caller]
    pub const fn check(&self) {
        let mut i = 0;
        while i < self.lines.len() {
            let version = self.oldest + i as u16;
            let (number, hash) = self.lines[i];
            if self.shape.body(version) != hash {
                self.edited(number, version);
            }
            i += 1;
        }
    }

    #[track_caller]
    const fn edited(&self, number: u32, version: u16) -> ! {
        let note = Note::new().text(self.file).text(", line ").number(number).text(": `").text(self.name);
        let note = note.text("` version ").number(version as u32).text(" does not match its hash\n");
        let note = note.text("if the line was edited, copy the file again from its owner; ");
        note.text("if `stubs!` maps a name, as in `\"x\" = Type`, check that `Type` has the uri `x`").fail()
    }
}
