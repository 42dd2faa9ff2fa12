//! Finding the files to count: every file under the given paths once, or the sources of the workspace's dependencies.
//! Reads directories and never a file; what it leaves out it lists with the reason.

use std::{
    env,
    fs::{self, Metadata},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
};

use crate::{
    protocol::{Reason, Skipped},
    schedule::File,
};

/// The dependencies of this very build.
const LOCK: &str = include_str!("../../../Cargo.lock");

/// What is to be counted.
#[derive(Debug)]
pub(crate) struct Input {
    /// In one line, what it is.
    pub(crate) about: String,
    /// Every file once, in the order of the paths.
    pub(crate) files: Vec<File>,
    /// What is left out.
    pub(crate) skipped: Vec<Skipped>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum NoInput {
    #[error("there is nothing to count in {0}")]
    Nothing(String),
    #[error(
        "none of the {locked} dependencies in Cargo.lock has its sources in `{registry}`: run `cargo fetch`, or name files or directories to count"
    )]
    NoSources { locked: usize, registry: String },
    #[error(
        "neither CARGO_HOME nor HOME is set, so cargo's sources cannot be found: name files or directories to count"
    )]
    NoHome,
}

impl Input {
    /// The files under `paths`, or without any the sources of the dependencies.
    pub(crate) fn find(paths: &[PathBuf]) -> Result<Input, NoInput> {
        let mut input = Input { about: String::new(), files: Vec::new(), skipped: Vec::new() };
        match paths {
            [] => input.add_dependencies()?,
            _ => input.add_paths(paths),
        }
        // A file that was named twice, or lies under two of the paths, counts once.
        input.files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        input.files.dedup_by(|a, b| a.path == b.path);
        input.skipped.sort_unstable();
        input.skipped.dedup();
        if input.files.is_empty() && input.skipped.is_empty() {
            return Err(NoInput::Nothing(input.about));
        }
        Ok(input)
    }

    fn add_paths(&mut self, paths: &[PathBuf]) {
        self.about = match paths {
            [path] => format!("`{}`", path.display()),
            _ => format!("{} paths", paths.len()),
        };
        for path in paths {
            // The link itself is not followed, but the way to a path may lead over links; without them equal files have
            // equal paths.
            match fs::symlink_metadata(path) {
                Ok(found) if found.is_symlink() => self.skip(path, Reason::SymbolicLink),
                Ok(found) => match fs::canonicalize(path) {
                    Ok(path) => self.add(path, &found),
                    Err(error) => self.skip(path, error.into()),
                },
                Err(error) => self.skip(path, reason(error)),
            }
        }
    }

    fn add_dependencies(&mut self) -> Result<(), NoInput> {
        let registry = cargo_home().ok_or(NoInput::NoHome)?.join("registry").join("src");
        let indexes = sorted_children(&registry).unwrap_or_default();
        let locked = dependencies(LOCK);
        let mut found = 0;
        for name in &locked {
            let sources = indexes.iter().map(|index| index.join(name)).find(|sources| sources.is_dir());
            if let Some(sources) = sources {
                found += 1;
                self.add_directory(sources);
            }
        }
        if found == 0 {
            return Err(NoInput::NoSources { locked: locked.len(), registry: registry.display().to_string() });
        }
        self.about = format!("the sources of {found} of the {} dependencies in Cargo.lock", locked.len());
        if found < locked.len() {
            self.about.push_str("; this machine has not downloaded the others");
        }
        Ok(())
    }

    fn add(&mut self, path: PathBuf, found: &Metadata) {
        if found.is_dir() {
            self.add_directory(path);
        } else if found.is_symlink() {
            self.skip(&path, Reason::SymbolicLink);
        } else if !found.is_file() {
            self.skip(&path, Reason::NotAFile);
        } else {
            match path.into_os_string().into_string() {
                Ok(path) => self.files.push(File { path, bytes: found.len() }),
                Err(path) => self.skip(path.as_ref(), Reason::PathNotUtf8),
            }
        }
    }

    fn add_directory(&mut self, directory: PathBuf) {
        let mut waiting = vec![directory];
        while let Some(directory) = waiting.pop() {
            let entries = match fs::read_dir(&directory) {
                Ok(entries) => entries,
                Err(error) => {
                    self.skip(&directory, error.into());
                    continue;
                }
            };
            for entry in entries {
                match entry.and_then(|entry| entry.metadata().map(|found| (entry.path(), found))) {
                    Ok((path, found)) if found.is_dir() => waiting.push(path),
                    Ok((path, found)) => self.add(path, &found),
                    Err(error) => self.skip(&directory, error.into()),
                }
            }
        }
    }

    fn skip(&mut self, path: &Path, reason: Reason) {
        self.skipped.push(Skipped { reason, path: path.to_string_lossy().into_owned() });
    }
}

fn reason(error: io::Error) -> Reason {
    match error.kind() {
        ErrorKind::NotFound => Reason::Missing,
        _ => error.into(),
    }
}

fn cargo_home() -> Option<PathBuf> {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    set("CARGO_HOME").or_else(|| set("HOME").or_else(|| set("USERPROFILE")).map(|home| home.join(".cargo")))
}

fn sorted_children(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut children = fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    children.sort_unstable();
    Ok(children)
}

/// `NAME-VERSION` of every package in a lock file that comes from a registry.
fn dependencies(lock: &str) -> Vec<String> {
    let packages = lock.split("[[package]]").skip(1);
    packages
        .filter_map(|package| {
            let field = |name: &str| {
                let line = package.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "));
                line.map(|value| value.trim_matches('"'))
            };
            field("source").filter(|source| source.starts_with("registry+"))?;
            Some(format!("{}-{}", field("name")?, field("version")?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependencies_are_the_packages_with_a_registry() {
        let lock = "version = 4\n\n[[package]]\nname = \"mine\"\nversion = \"0.1.0\"\ndependencies = [\n \"theirs\",\n]\n\n\
            [[package]]\nname = \"theirs\"\nversion = \"1.2.3+meta\"\nsource = \"registry+https://example.org\"\n";
        assert_eq!(dependencies(lock), ["theirs-1.2.3+meta"]);
    }

    #[test]
    fn the_lock_of_this_build_names_tokio() {
        assert!(dependencies(LOCK).iter().any(|name| name.starts_with("tokio-1.")));
    }
}
