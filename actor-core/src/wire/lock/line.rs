//! One line of a contract: a version of a type, with its structure in words and as a hash. Reads what people may have edited:
//! whatever a line says, it is a line or an error. Driven by `contract`.

use std::fmt;

use crate::wire::{Edge, Schema};

/// A version of a type, as a contract has it: `shop.Item 1 = struct { name: text } #0123456789abcdef`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Line {
    /// Where it stands in its file, from 1; 0 if it is of no file.
    pub number: usize,
    /// The type's first uri, by which contracts know it.
    pub name: String,
    /// The version.
    pub version: u16,
    /// The structure in words.
    pub text: String,
    /// The structure's hash: [`Shape::body`](crate::wire::Shape::body).
    pub body: u64,
    /// What the version may be relied on for.
    pub standing: Standing,
}

/// What a version may be relied on for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// It does not change any more.
    Released,
    /// It may still change. No file has such lines.
    Draft,
    /// It was released, and its type is no more; nobody may use its name for another.
    Removed,
}

impl Standing {
    fn mark(self) -> &'static str {
        match self {
            Standing::Released => "",
            Standing::Draft => " draft",
            Standing::Removed => REMOVED,
        }
    }
}

/// Why a line cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineError {
    /// It is not of the form `uri version = structure #hash`.
    #[error("it is not of the form `team.Name 1 = struct {{ … }} #0123456789abcdef`, with ` removed` behind it or not")]
    Form,
    /// Its version is no number from 1 to 65535.
    #[error("`{0}` is no version")]
    Version(String),
    /// What two people changed was not brought together.
    #[error("it is the mark of a merge that is not finished; keep the lines of both sides")]
    Conflict,
}

impl Line {
    pub(super) fn of(schema: &Schema, version: u16) -> Self {
        let standing = if version <= schema.locked { Standing::Released } else { Standing::Draft };
        let text = schema.shape.text(version).chars().flat_map(visible).collect();
        let (name, body) = (schema.identity.to_owned(), schema.shape.body(version));
        Line { number: 0, name, version, text, body, standing }
    }

    pub(super) fn parse(number: usize, line: &str) -> Result<Self, LineError> {
        if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"].iter().any(|mark| line.starts_with(mark)) {
            return Err(LineError::Conflict);
        }
        let line = line.trim_end();
        let (line, standing) = match line.strip_suffix(REMOVED) {
            Some(line) => (line, Standing::Removed),
            None => (line, Standing::Released),
        };
        let (key, structure) = line.split_once(" = ").ok_or(LineError::Form)?;
        let (name, version) = key.split_once(' ').ok_or(LineError::Form)?;
        let (text, hash) = structure.rsplit_once(" #").ok_or(LineError::Form)?;
        let is_hash = hash.len() == 16 && hash.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        if name.is_empty() || text.is_empty() || !is_hash || text.contains(char::is_control) {
            return Err(LineError::Form);
        }
        let body = u64::from_str_radix(hash, 16).map_err(|_| LineError::Form)?;
        let wrong = || LineError::Version(version.to_owned());
        // Only as it is written, so that one version has one form, which the compiler finds.
        let version = version.parse().ok().filter(|v: &u16| *v > 0 && v.to_string() == version).ok_or_else(wrong)?;
        Ok(Line { number, name: name.to_owned(), version, text: text.to_owned(), body, standing })
    }

    /// What contracts are sorted by.
    pub(super) fn key(&self) -> (&str, u16) {
        (&self.name, self.version)
    }

    /// Whether the type that this is a version of has this name.
    pub(super) fn is_of(&self, schema: &Schema) -> bool {
        schema.edge == Edge::of(&self.name, &[])
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Line { name, version, text, body, standing, .. } = self;
        write!(f, "{name} {version} = {text} #{body:016x}{}", standing.mark())
    }
}

/// A literal in a default may go over several lines; here it is one.
fn visible(c: char) -> impl Iterator<Item = char> {
    let (plain, escaped) = match c.is_control() {
        true => (None, Some(c.escape_default())),
        false => (Some(c), None),
    };
    plain.into_iter().chain(escaped.into_iter().flatten())
}

pub(super) const REMOVED: &str = " removed";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_it_was_written_as() {
        for text in [
            "a.B 1 = struct { x: u64 } #0123456789abcdef",
            "a.B 65535 = struct { x: text = \" = #\" } #ffffffffffffffff removed",
            "a.Page 10 = enum { 0 A, 7 B { 0: $0 } } #0000000000000000",
        ] {
            assert_eq!(Line::parse(1, text).unwrap().to_string(), text);
        }
        let line = Line::parse(4, "a.B 1 = struct { x: text = \" = #\" } #0123456789abcdef removed  \r").unwrap();
        assert_eq!(line.text, "struct { x: text = \" = #\" }");
        assert_eq!((line.number, line.body, line.standing), (4, 0x0123_4567_89ab_cdef, Standing::Removed));
    }

    #[test]
    fn whatever_else_stands_there_is_an_error() {
        let form = [
            "",
            " ",
            "a.B",
            "a.B 1",
            "a.B 1 =",
            "a.B 1 = struct {}",
            "a.B 1 = struct {} #",
            "a.B 1 = struct {} #0123456789ABCDEF",
            "a.B 1 = struct {} #+123456789abcdef",
            "a.B 1 = struct {} #0123456789abcdef0",
            "a.B 1 = struct {} #ééééééé0",
            "a.B 1 = struct {} #0123456789abcdef  removed",
            "a.B 1 = struct {} #0123456789abcdef draft",
            "a.B 1 =  #0123456789abcdef",
            " 1 = struct {} #0123456789abcdef",
            "a.B 1 = a\u{1b}[2J #0123456789abcdef",
            "# a.B 1 = struct {}",
            "removed",
            " removed",
        ];
        for line in form {
            assert_eq!(Line::parse(1, line), Err(LineError::Form), "{line:?}");
        }
        for version in ["0", "-1", "01", "+1", "65536", "x", "", " 1", "1 1"] {
            let line = format!("a.B {version} = struct {{}} #0123456789abcdef");
            assert_eq!(Line::parse(1, &line), Err(LineError::Version(version.to_owned())), "{line:?}");
        }
        assert_eq!(Line::parse(1, "<<<<<<< HEAD"), Err(LineError::Conflict));
    }
}
