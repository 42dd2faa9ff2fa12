//! What is released does not change: checked while compiling, against the bytes of `wire.lock`. Never a bare hash in an error:
//! what is shown is the line, and the code in its own words. Driven by the derives.

use super::{line::REMOVED, lookup::find, note::Note};
use crate::wire::Shape;

/// A type whose first versions are released, and the file that says what they are.
#[derive(Debug)]
pub struct Release<'a> {
    /// The value of `WIRE_LOCK` while compiling.
    pub order: Option<&'a str>,
    /// The package, for the command that is shown.
    pub package: &'a str,
    /// What `wire.lock` holds.
    pub file: &'a [u8],
    /// The type's first uri.
    pub name: &'a str,
    /// The oldest version that the code knows.
    pub oldest: u16,
    /// The structure of all versions.
    pub shape: &'a Shape,
    /// The released versions from the oldest on, in the words of the code.
    pub code: &'a [&'a str],
}

impl Release<'_> {
    /// Every released version is what its line says. Holds while the file is being updated, so that the update can run.
    #[track_caller]
    pub const fn check(&self) {
        if let Some(order) = self.order
            && is(order.as_bytes(), UPDATE.as_bytes())
        {
            return;
        }
        let mut i = 0;
        while i < self.code.len() {
            let version = self.oldest + i as u16;
            let Some(line) = find(self.file, self.name.as_bytes(), version) else { self.missing(version) };
            if !is_hash(last(line, HASH), self.shape.body(version)) {
                match is(last(line, REMOVED.len()), REMOVED.as_bytes()) {
                    true => self.removed(version),
                    false => self.changed(version, self.code[i], line),
                }
            }
            i += 1;
        }
    }

    #[track_caller]
    const fn missing(&self, version: u16) -> ! {
        let note = self.subject(version).text("is released, but wire.lock has no line for it\n");
        let note = note.text("to write the line, put `actor_core::wire_lock!();` into the crate root, run ");
        self.command(note).text(" and commit the file").fail()
    }

    #[track_caller]
    const fn removed(&self, version: u16) -> ! {
        let note = self.subject(version).text("is released, but its line in wire.lock says that the type is removed\n");
        note.text("if this is that type again, take the mark off the line; if not, give this one a different uri")
            .fail()
    }

    #[track_caller]
    const fn changed(&self, version: u16, code: &str, line: &[u8]) -> ! {
        let text = match std::str::from_utf8(structure(line)) {
            Ok(text) => text,
            Err(_) => "bytes that are no text",
        };
        let note = self.subject(version).text(
            "is released, but the code differs (`vec` and `Vec`, `text` and `String` and the like are the same)\n",
        );
        let note = note.text("wire.lock: ").excerpt(text).text("\nthe code:  ").excerpt(code);
        let note =
            note.text("\nundo the change, or make it in a later version, with `since`, `until` or `from`, such as ");
        let note = note.text("`#[wire(since = ").number(self.oldest as u32 + self.code.len() as u32);
        let note = note.text(", from = OldType, convert = function)]` on the field\n");
        let note = note.text("if nobody has this version yet, delete its line and write it anew: ");
        self.command(note).fail()
    }

    const fn subject(&self, version: u16) -> Note {
        Note::new().text("`").text(self.name).text("` version ").number(version as u32).text(" ")
    }

    const fn command(&self, note: Note) -> Note {
        note.text("`WIRE_LOCK=update cargo test -p ").text(self.package).text(" wire_lock`")
    }
}

/// Whoever is released up to this version holds nothing that is a draft.
#[track_caller]
pub const fn holds(name: &str, released: u16, field: &str, ty: &str, locked: u16) {
    if locked == 0 {
        let note = Note::new()
            .text("`")
            .text(name)
            .text("` version ")
            .number(released as u32)
            .text(" is released, but its field `");
        let note = note.text(field).text("` holds a type that is not released and may still change: `").text(ty);
        let note = note.text("`\nadd `locked = 1` to that type, or add the field in a later version: `since = ");
        note.number(released as u32 + 1).text("`").fail()
    }
}

/// What a field names as foreign is no wire type, which has one form, and a contract, of its own.
#[track_caller]
pub const fn is_foreign(ty: &str, is_wire: bool) {
    if is_wire {
        let note = Note::new().text("`").text(ty).text("` is a wire type already, so it needs no `foreign`; ");
        note.text("remove it").fail()
    }
}

/// The least of all: what is made of several is released as far as each of them.
pub const fn least(locked: &[u16]) -> u16 {
    let (mut least, mut i) = (u16::MAX, 0);
    while i < locked.len() {
        if locked[i] < least {
            least = locked[i];
        }
        i += 1;
    }
    least
}

/// The line without its key and its hash, as far as it has them.
const fn structure(line: &[u8]) -> &[u8] {
    let mut start = 0;
    while start + 3 < line.len() && !is(line.split_at(start).1.split_at(3).0, b" = ") {
        start += 1;
    }
    let rest = if start + 3 < line.len() { line.split_at(start + 3).1 } else { line };
    match rest.len() > HASH && rest[rest.len() - HASH] == b'#' {
        true => rest.split_at(rest.len() - HASH).0.trim_ascii_end(),
        false => rest,
    }
}

const fn last(line: &[u8], count: usize) -> &[u8] {
    line.split_at(line.len().saturating_sub(count)).1
}

const fn is(one: &[u8], other: &[u8]) -> bool {
    let mut i = 0;
    while i < one.len() && i < other.len() && one[i] == other[i] {
        i += 1;
    }
    i == one.len() && i == other.len()
}

const fn is_hash(bytes: &[u8], hash: u64) -> bool {
    let mut i = 0;
    while i + 1 < HASH && bytes.len() == HASH {
        let digit = (hash >> (60 - 4 * i) & 15) as u8;
        let digit = if digit < 10 { b'0' + digit } else { b'a' + digit - 10 };
        if bytes[i + 1] != digit {
            return false;
        }
        i += 1;
    }
    bytes.len() == HASH && bytes[0] == b'#'
}

/// What `WIRE_LOCK` says to have the file written.
pub(super) const UPDATE: &str = "update";
/// The length of a hash with its mark.
const HASH: usize = 17;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_told_from_what_looks_like_one() {
        assert!(is_hash(b"#0123456789abcdef", 0x0123_4567_89ab_cdef));
        for wrong in ["#0123456789abcde0", "0123456789abcdef", "", "#", "#0123456789ABCDEF", " 0123456789abcdef"] {
            assert!(!is_hash(wrong.as_bytes(), 0x0123_4567_89ab_cdef), "{wrong}");
        }
    }

    #[test]
    fn the_structure_of_a_line_is_shown_without_its_hash() {
        for (line, text) in [
            ("a.B 1 = struct { x: u8 } #0123456789abcdef", "struct { x: u8 }"),
            ("a.B 1 = struct { x: text = \" = \" } #0123456789abcdef", "struct { x: text = \" = \" }"),
            ("a.B 1 = struct", "struct"),
            ("a.B 1", "a.B 1"),
            ("", ""),
        ] {
            assert_eq!(structure(line.as_bytes()), text.as_bytes());
        }
    }
}
