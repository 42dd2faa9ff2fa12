//! Keeps the `wire.lock` of a crate: reads it, holds it against the crate's types and its past, writes it when told to.
//! Never guesses: what takes a decision is left as it is. Driven by the test that `wire_lock!` makes.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use super::{Contract, ContractError, Finding, HistoryError, history, release::UPDATE};
use crate::wire::Schema;

/// A crate with a `wire.lock`.
#[derive(Debug, Clone, Copy)]
pub struct Keeper<'a> {
    /// Where the file stands: the folder of the package.
    pub folder: &'a Path,
    /// The name of the package, for the command that is shown.
    pub package: &'a str,
    /// The types of the crate.
    pub schemas: &'a [Schema],
}

/// Why a `wire.lock` is not in order.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeepError {
    /// The file cannot be read.
    #[error("{} cannot be read: {why}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        why: io::Error,
    },
    /// The file cannot be written.
    #[error("{} cannot be written: {why}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        why: io::Error,
    },
    /// The file is no contract.
    #[error("{}, {why}", path.display())]
    Contract {
        /// The file.
        path: PathBuf,
        /// Where and why.
        #[source]
        why: ContractError,
    },
    /// The file does not say what is released.
    #[error("{} does not say what this crate has released:{}\n`{command}` writes what takes no decision", path.display(), list(findings))]
    Findings {
        /// The file.
        path: PathBuf,
        /// What does not agree.
        findings: Vec<Finding>,
        /// What has the file written.
        command: String,
    },
    /// The update takes decisions, and nothing was written.
    #[error("{} was left as it is, because this takes a decision first:{}\nthen run `{command}` again", path.display(), list(findings))]
    Undecided {
        /// The file.
        path: PathBuf,
        /// What is to be decided.
        findings: Vec<Finding>,
        /// What has the file written.
        command: String,
    },
    /// The file's past was edited.
    #[error("{} is not what it was at `{revision}`, and what was released stays:{}", path.display(), list(findings))]
    Edited {
        /// The file.
        path: PathBuf,
        /// The revision that it was compared with.
        revision: String,
        /// What is no longer as it was.
        findings: Vec<Finding>,
    },
    /// The file's past is not known.
    #[error("{} cannot be compared with its past: {why}", path.display())]
    History {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        why: HistoryError,
    },
    /// The environment asks for something unknown.
    #[error(
        "`WIRE_LOCK={0}` says nothing; `WIRE_LOCK=update` has the file written, and without it the file is checked"
    )]
    Order(String),
}

impl Keeper<'_> {
    /// Checks the file; or writes it, with `order` `update`. Then compares it with what it was at the revision `against`.
    ///
    /// # Errors
    /// Everything that is not in order.
    pub fn keep(&self, order: Option<&str>, against: Option<&str>) -> Result<(), KeepError> {
        let path = self.folder.join(FILE);
        let command = format!("WIRE_LOCK={UPDATE} cargo test -p {} wire_lock", self.package);
        let text = match fs::read_to_string(&path) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => String::new(),
            read => read.map_err(|why| KeepError::Read { path: path.clone(), why })?,
        };
        let wrong = |why| KeepError::Contract { path: path.clone(), why };
        let mut contract: Contract = text.parse().map_err(wrong)?;
        match order {
            Some(UPDATE) => {
                contract.update(self.schemas).map_err(|findings| KeepError::Undecided {
                    path: path.clone(),
                    findings,
                    command: command.clone(),
                })?;
                self.write(&path, &text, &mut contract, &command)?;
            }
            None | Some("") => {
                let findings = contract.review(self.schemas);
                if !findings.is_empty() {
                    return Err(KeepError::Findings { path, findings, command });
                }
            }
            Some(other) => return Err(KeepError::Order(other.to_owned())),
        }
        let Some(revision) = against.filter(|revision| !revision.is_empty()) else { return Ok(()) };
        let before = history::at(self.folder, FILE, revision);
        let before = before.map_err(|why| KeepError::History { path: path.clone(), why })?;
        let before: Contract = before.unwrap_or_default().parse().map_err(wrong)?;
        match contract.edits(&before, self.schemas) {
            findings if findings.is_empty() => Ok(()),
            findings => Err(KeepError::Edited { path, revision: revision.to_owned(), findings }),
        }
    }

    /// Writes what has changed, with the line ends that the file had. A crate that has released nothing has no file.
    fn write(&self, path: &Path, text: &str, contract: &mut Contract, command: &str) -> Result<(), KeepError> {
        if text.is_empty() && contract.lines().is_empty() {
            return Ok(());
        }
        contract.headed(format!("# What `{}` has released: it does not change. Written by `{command}`.", self.package));
        let new = match text.contains("\r\n") {
            true => contract.to_string().replace('\n', "\r\n"),
            false => contract.to_string(),
        };
        if new == text {
            return Ok(());
        }
        fs::write(path, new).map_err(|why| KeepError::Write { path: path.to_owned(), why })
    }
}

/// What the test of `wire_lock!` does, in the crate of this module.
///
/// # Panics
/// When the crate's `wire.lock` is not in order.
pub fn keep(folder: &str, package: &str, module: &str) {
    let krate = module.split("::").next().unwrap_or(module);
    // The contract of a stub is kept by those who wrote it.
    let own = |schema: &&Schema| schema.contract.is_none() && schema.path.split("::").next() == Some(krate);
    let schemas: Vec<Schema> = Schema::linked().filter(own).cloned().collect();
    let keeper = Keeper { folder: Path::new(folder), package, schemas: &schemas };
    let (order, against) = (env::var("WIRE_LOCK").ok(), env::var("WIRE_LOCK_AGAINST").ok());
    if let Err(error) = keeper.keep(order.as_deref(), against.as_deref()) {
        panic!("{error}");
    }
}

fn list(findings: &[Finding]) -> String {
    findings.iter().map(|finding| format!("\n- {finding}")).collect()
}

const FILE: &str = "wire.lock";
