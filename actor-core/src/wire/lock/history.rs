//! A file as it was at a revision, by git. Never changes anything. Driven by `keeper`.

use std::{
    io,
    path::Path,
    process::{Command, Output},
};

/// Why the past of a file is not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// Git cannot be started.
    #[error("git cannot be started: {0}")]
    NoGit(#[source] io::Error),
    /// Git knows no such revision.
    #[error("git knows no revision `{revision}` here: {said}")]
    NoRevision {
        /// The revision asked for.
        revision: String,
        /// What git said.
        said: String,
    },
    /// The file was no text.
    #[error("at `{revision}` it was no text")]
    NoText {
        /// The revision asked for.
        revision: String,
    },
}

/// What the file of that name in the folder held; `None` if it was not there.
pub(super) fn at(folder: &Path, name: &str, revision: &str) -> Result<Option<String>, HistoryError> {
    let revision = revision.to_owned();
    let commit = git(folder, &["rev-parse", "--verify", "--end-of-options", &format!("{revision}^{{commit}}")])?;
    if !commit.status.success() {
        let said = String::from_utf8_lossy(&commit.stderr).trim().to_owned();
        return Err(HistoryError::NoRevision { revision, said });
    }
    let commit = String::from_utf8_lossy(&commit.stdout).trim().to_owned();
    let shown = git(folder, &["show", &format!("{commit}:./{name}")])?;
    if !shown.status.success() {
        return Ok(None);
    }
    String::from_utf8(shown.stdout).map(Some).map_err(|_| HistoryError::NoText { revision })
}

fn git(folder: &Path, words: &[&str]) -> Result<Output, HistoryError> {
    Command::new("git").arg("-C").arg(folder).args(words).output().map_err(HistoryError::NoGit)
}
