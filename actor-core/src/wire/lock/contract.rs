//! A contract: the versions of types that builds rely on, one line each, sorted by type and version. What a `wire.lock`
//! holds, and what is linked into a binary in the same form. Never reads a file. Driven by `keeper`, and by tools.

use std::{collections::BTreeMap, fmt};

use super::{Line, LineError, Standing};
use crate::wire::Schema;

/// Versions of types, one line each.
///
/// ```
/// use actor_core::wire::lock::Contract;
///
/// let text = "bank.Account 1 = protocol { 0 Deposit { cents: u64 } } #a53d316e7bac7181\n";
/// let contract: Contract = text.parse()?;
/// assert_eq!(contract.lines()[0].name, "bank.Account");
/// assert!(contract.page("Bank").contains("0 Deposit { cents: u64 }"));
/// # Ok::<(), actor_core::wire::lock::ContractError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contract {
    /// Comments and empty lines before the first line.
    head: Vec<String>,
    lines: Vec<Line>,
}

/// Why a text is no contract.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContractError {
    /// A line cannot be read.
    #[error("line {number}: {why}")]
    Line {
        /// Its number.
        number: usize,
        /// What is wrong.
        why: LineError,
    },
    /// Two lines say what one version is.
    #[error(
        "line {number}: `{name}` version {version} stands in line {first} already; keep the line that was released"
    )]
    Twice {
        /// The number of the second.
        number: usize,
        /// The number of the first.
        first: usize,
        /// The type.
        name: String,
        /// The version.
        version: u16,
    },
}

impl Contract {
    /// Every version that the types linked into this binary have, drafts too.
    pub fn linked() -> Self {
        Self::of(Schema::linked())
    }

    /// Every version that these types have, drafts too.
    pub fn of<'a>(schemas: impl IntoIterator<Item = &'a Schema>) -> Self {
        let versions = |schema: &'a Schema| (schema.oldest..=schema.version).map(|version| Line::of(schema, version));
        let mut contract = Contract { head: Vec::new(), lines: schemas.into_iter().flat_map(versions).collect() };
        contract.sort();
        // A type and a stub of it.
        contract.lines.dedup();
        contract
    }

    /// Without drafts: what may be handed on to those who generate their side of it. Of [`linked`](Self::linked), that is the
    /// released types of all crates in one file.
    pub fn released(mut self) -> Self {
        self.lines.retain(|line| line.standing != Standing::Draft);
        self
    }

    /// Its lines, in the order in which they stand.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The line of a version.
    pub fn line(&self, name: &str, version: u16) -> Option<&Line> {
        self.lines.iter().find(|line| line.key() == (name, version))
    }

    pub(super) fn lines_mut(&mut self) -> &mut Vec<Line> {
        &mut self.lines
    }

    /// Begins with this comment, if it has none.
    pub(super) fn headed(&mut self, comment: String) {
        if self.head.is_empty() {
            self.head.push(comment);
        }
    }

    pub(super) fn sort(&mut self) {
        self.lines.sort_by(|a, b| a.key().cmp(&b.key()));
    }

    /// The first line that does not stand behind all before it.
    pub(super) fn unsorted(&self) -> Option<&Line> {
        self.lines.windows(2).find(|pair| pair[0].key() > pair[1].key()).map(|pair| &pair[1])
    }
}

impl std::str::FromStr for Contract {
    type Err = ContractError;

    /// Reads lines that end in either way; comments stand before the first of them.
    fn from_str(text: &str) -> Result<Self, ContractError> {
        let mut contract = Contract::default();
        let mut places: BTreeMap<(String, u16), usize> = BTreeMap::new();
        for (number, line) in (1..).zip(text.trim_end().lines()) {
            if contract.lines.is_empty() && (line.starts_with('#') || line.trim().is_empty()) {
                contract.head.push(line.trim_end().to_owned());
                continue;
            }
            let line = Line::parse(number, line).map_err(|why| ContractError::Line { number, why })?;
            let (name, version) = (line.name.clone(), line.version);
            if let Some(first) = places.insert((name.clone(), version), number) {
                return Err(ContractError::Twice { number, first, name, version });
            }
            contract.lines.push(line);
        }
        Ok(contract)
    }
}

impl fmt::Display for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.head.iter().try_for_each(|line| writeln!(f, "{line}"))?;
        self.lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "# What is released.\n\na.B 2 = struct {} #0000000000000001\na.B 10 = struct {} #0000000000000002\n";

    #[test]
    fn a_contract_is_what_it_was_written_as_however_its_lines_end() {
        let contract: Contract = TEXT.parse().unwrap();
        assert_eq!(contract.to_string(), TEXT);
        assert_eq!(contract.lines()[0].number, 3);
        assert_eq!(contract.unsorted(), None);
        assert_eq!(TEXT.replace('\n', "\r\n").parse(), Ok(contract.clone()));
        assert_eq!(format!("{TEXT}\n\n").parse(), Ok(contract));
        assert_eq!("".parse(), Ok(Contract::default()));
    }

    #[test]
    fn what_is_no_line_is_named_by_its_number() {
        let error = |text: String| text.parse::<Contract>().unwrap_err();
        let form = |number| ContractError::Line { number, why: LineError::Form };
        assert_eq!(error(format!("{TEXT}# a comment")), form(5));
        assert_eq!(error(TEXT.replace("a.B 10", "\na.B 10")), form(4));
        let twice = error(TEXT.replace("a.B 10", "a.B 2"));
        assert_eq!(
            twice.to_string(),
            "line 4: `a.B` version 2 stands in line 3 already; keep the line that was released"
        );
    }

    #[test]
    fn the_order_is_that_of_numbers() {
        let mut contract: Contract = TEXT.replace("a.B 2", "a.B 11").parse().unwrap();
        assert_eq!(contract.unsorted().map(|line| line.version), Some(10));
        contract.sort();
        assert_eq!(contract.lines().iter().map(|line| line.version).collect::<Vec<_>>(), [10, 11]);
    }
}
