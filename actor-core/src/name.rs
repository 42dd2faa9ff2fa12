//! A name as people give it: known at compile time, or made at run time and shared. Says nothing about what it names: the
//! typed keys built on it do.

use std::{fmt, sync::Arc};

/// A checked text of 1 to 255 bytes. Cheap to clone.
#[derive(Clone)]
pub struct Name(Text);

#[derive(Clone)]
enum Text {
    Static(&'static str),
    Shared(Arc<str>),
}

impl Name {
    /// The longest name, in bytes.
    pub const MAX: usize = 255;

    /// A name known at compile time.
    ///
    /// # Panics
    /// If it is empty or longer than 255 bytes: in a `const`, a compile error.
    pub const fn new(name: &'static str) -> Self {
        assert!(!name.is_empty(), "a name cannot be empty");
        assert!(name.len() <= Self::MAX, "a name has at most 255 bytes");
        Name(Text::Static(name))
    }

    /// A name made at run time.
    ///
    /// # Errors
    /// [`NameError`] for an empty name and for one longer than 255 bytes.
    pub fn shared(name: impl Into<Arc<str>>) -> Result<Self, NameError> {
        let name = name.into();
        match name.len() {
            0 => Err(NameError::Empty),
            1..=Self::MAX => Ok(Name(Text::Shared(name))),
            length => Err(NameError::TooLong(length)),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Text::Static(name) => name,
            Text::Shared(name) => name,
        }
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

/// A text that is no name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// The name is empty.
    #[error("a name cannot be empty")]
    Empty,
    /// The name is too long.
    #[error("a name has at most 255 bytes, this one has {0}")]
    TooLong(usize),
}
