//! A contract held against the types of its crate: what does not agree, and who decides it. Never reads a file.
//! Driven by `keeper`.

use super::{Contract, Line, Standing};
use crate::wire::Schema;

/// Something in a contract that does not agree with the code, or with what was released before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Finding {
    /// A released version has no line.
    #[error("`{name}` version {version} is released in the code and has no line")]
    Missing {
        /// The type.
        name: String,
        /// The version.
        version: u16,
    },
    /// The structure is the same, and its words are not.
    #[error(
        "line {number}: `{name}` version {version} has the words of another structure:\n    {line}\n  this one's are\n    {code}"
    )]
    Reworded {
        /// The number of the line.
        number: usize,
        /// The type.
        name: String,
        /// The version.
        version: u16,
        /// The structure that the line tells of.
        line: String,
        /// The structure that the code has.
        code: String,
    },
    /// The lines are not sorted.
    #[error("line {number}: `{name}` version {version} does not stand in its place")]
    Unsorted {
        /// The number of the line.
        number: usize,
        /// The type.
        name: String,
        /// The version.
        version: u16,
    },
    /// The code has another structure than the line.
    #[error(
        "line {number}: `{name}` version {version} is released as\n    {line}\n  and the code has\n    {code}\n  undo the change, or \
         make it in a later version; if nobody has this version yet, delete its line first"
    )]
    Changed {
        /// The number of the line.
        number: usize,
        /// The type.
        name: String,
        /// The version.
        version: u16,
        /// The structure that was released.
        line: String,
        /// The structure that the code has.
        code: String,
    },
    /// The code no longer says that the version is released.
    #[error(
        "line {number}: `{name}` version {version} is released, and the code says so only up to version {locked}; \
         write `locked = {version}`, or delete the line if nobody has this version yet"
    )]
    Unlocked {
        /// The number of the line.
        number: usize,
        /// The type.
        name: String,
        /// The version.
        version: u16,
        /// The newest version that the code calls released; 0 for none.
        locked: u16,
    },
    /// The crate has no type of this name.
    #[error(
        "line {number}: `{name}` version {version} is released, and this crate has no type of that name; if the type has \
         another uri now, give it `alias = \"{name}\"`; if it is no more, write ` removed` at the end of the line, \
         which stays, so that the name is not used for something else"
    )]
    Gone {
        /// The number of the line.
        number: usize,
        /// The type.
        name: String,
        /// The version.
        version: u16,
    },
    /// The type is marked as removed, and it is there.
    #[error(
        "line {number}: `{name}` version {version} is marked as removed, and this crate has a type of that name; if it is \
         that type again, take the mark off; else give this one another uri"
    )]
    Returned {
        /// The number of the line.
        number: usize,
        /// The type.
        name: String,
        /// The version.
        version: u16,
    },
    /// A line is not what it was.
    #[error("line {number}: `{name}` version {version} was released as\n    {was}\n  put that line back")]
    Edited {
        /// The number of the line now.
        number: usize,
        /// The type.
        name: String,
        /// The version.
        version: u16,
        /// The line as it was.
        was: String,
    },
    /// A line is there no more.
    #[error("`{name}` version {version} was released, and its line is there no more; put it back:\n    {was}")]
    Lost {
        /// The type.
        name: String,
        /// The version.
        version: u16,
        /// The line as it was.
        was: String,
    },
}

impl Finding {
    /// Whether an update puts it right without a decision.
    pub fn is_mendable(&self) -> bool {
        matches!(self, Finding::Missing { .. } | Finding::Reworded { .. } | Finding::Unsorted { .. })
    }
}

impl Contract {
    /// What does not agree with these types, which are all of a crate.
    pub fn review(&self, schemas: &[Schema]) -> Vec<Finding> {
        let missing = self.missing(schemas).into_iter();
        let missing = missing.map(|Line { name, version, .. }| Finding::Missing { name, version });
        let unsorted = self.unsorted().map(|line| Finding::Unsorted {
            number: line.number,
            name: line.name.clone(),
            version: line.version,
        });
        self.lines().iter().filter_map(|line| of_line(line, schemas)).chain(unsorted).chain(missing).collect()
    }

    /// Puts right what takes no decision.
    ///
    /// # Errors
    /// What a person must decide; then nothing is changed.
    pub fn update(&mut self, schemas: &[Schema]) -> Result<(), Vec<Finding>> {
        let decisions: Vec<_> = self.review(schemas).into_iter().filter(|finding| !finding.is_mendable()).collect();
        if !decisions.is_empty() {
            return Err(decisions);
        }
        let missing = self.missing(schemas);
        for line in self.lines_mut() {
            if let Some(code) = released(schemas).find(|code| code.key() == line.key()) {
                line.text = code.text;
            }
        }
        self.lines_mut().extend(missing);
        self.sort();
        Ok(())
    }

    /// What is no longer as it was in `before`. Words that are those of these types may have become others for one hash: a
    /// method may have another name.
    pub fn edits(&self, before: &Contract, schemas: &[Schema]) -> Vec<Finding> {
        let of_code: Vec<Line> = released(schemas).collect();
        let stands = |line: &Line, was: &Line| {
            let is_reworded = || of_code.iter().any(|code| code.key() == line.key() && code.text == line.text);
            line.body == was.body && (line.text == was.text || is_reworded())
        };
        let edit = |was: &Line| {
            let (name, version) = (was.name.clone(), was.version);
            match self.line(&name, version) {
                None => Some(Finding::Lost { name, version, was: was.to_string() }),
                Some(line) if !stands(line, was) => {
                    Some(Finding::Edited { number: line.number, name, version, was: was.to_string() })
                }
                Some(_) => None,
            }
        };
        before.lines().iter().filter_map(edit).collect()
    }

    fn missing(&self, schemas: &[Schema]) -> Vec<Line> {
        let mut missing: Vec<_> =
            released(schemas).filter(|code| self.line(&code.name, code.version).is_none()).collect();
        missing.sort_by(|a, b| a.key().cmp(&b.key()));
        missing.dedup_by(|a, b| a.key() == b.key());
        missing
    }
}

/// The lines of what the code says is released.
fn released(schemas: &[Schema]) -> impl Iterator<Item = Line> {
    let versions = |schema: &Schema| schema.oldest..=schema.locked.min(schema.version);
    schemas.iter().flat_map(move |schema| versions(schema).map(|version| Line::of(schema, version)))
}

fn of_line(line: &Line, schemas: &[Schema]) -> Option<Finding> {
    let (number, name, version) = (line.number, line.name.clone(), line.version);
    // Tests have types of one name, as other builds would.
    let newest = schemas.iter().filter(|schema| line.is_of(schema)).map(|schema| schema.locked).max();
    let Some(locked) = newest else {
        return (line.standing != Standing::Removed).then_some(Finding::Gone { number, name, version });
    };
    if line.standing == Standing::Removed {
        return Some(Finding::Returned { number, name, version });
    }
    if version > locked {
        return Some(Finding::Unlocked { number, name, version, locked });
    }
    let wrong = |code: &Line| code.key() == line.key() && (code.body, &code.text) != (line.body, &line.text);
    let code = released(schemas).find(wrong)?;
    let (body, line, code) = (code.body == line.body, line.text.clone(), code.text);
    Some(match body {
        true => Finding::Reworded { number, name, version, line, code },
        false => Finding::Changed { number, name, version, line, code },
    })
}
