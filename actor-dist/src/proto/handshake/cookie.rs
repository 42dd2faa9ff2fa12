//! The secret that the nodes of a cluster share, and the two that are good while it is being changed. Never crosses the
//! wire, is never printed, and is wiped from memory when dropped. Made by the node's builder, used by `proof`.

use std::fmt;

use zeroize::Zeroizing;

/// A cluster's shared secret. Anybody who holds it is a member, and a guessable one can be found from one recorded
/// handshake: make it of 32 random bytes.
#[derive(Clone)]
pub(crate) struct Cookie(Zeroizing<Vec<u8>>);

impl Cookie {
    /// The longest cookie, in bytes.
    pub(crate) const MAX: usize = 1024;

    /// The cookie in these bytes, without the white space around it (files end in a newline).
    pub(crate) fn new(bytes: impl AsRef<[u8]>) -> Result<Cookie, CookieError> {
        let secret = bytes.as_ref().trim_ascii();
        if secret.is_empty() {
            return Err(CookieError::Empty);
        }
        if secret.len() > Self::MAX {
            return Err(CookieError::TooLong { length: secret.len() });
        }
        Ok(Cookie(Zeroizing::new(secret.to_vec())))
    }

    pub(super) fn secret(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cookie(..)")
    }
}

/// Bytes that are no cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CookieError {
    /// There is nothing but white space.
    #[error("the cookie is empty; write at least one character that is not white space, better 32 random bytes")]
    Empty,
    /// It is longer than [`Cookie::MAX`].
    #[error("the cookie has {length} bytes, and {max} is the most", max = Cookie::MAX)]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
}

/// The cookies a node holds: one, or two while the cluster changes from one to the other.
///
/// Nodes that have one in common can connect, whichever of them connects and whichever of them changed first.
#[derive(Debug, Clone)]
pub(crate) struct Cookies {
    /// The cookie.
    pub(crate) current: Cookie,
    /// The one before, good until the change is over.
    pub(crate) previous: Option<Cookie>,
}

impl Cookies {
    /// One cookie, and no change in progress.
    pub(crate) fn one(current: Cookie) -> Cookies {
        Cookies { current, previous: None }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Cookie> {
        std::iter::once(&self.current).chain(&self.previous)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// DESIGN §9.
    #[test]
    fn a_cookie_is_never_printed() {
        let cookies = Cookies { current: Cookie::new("hush").unwrap(), previous: Cookie::new("older").ok() };
        assert_eq!(format!("{cookies:?}"), "Cookies { current: Cookie(..), previous: Some(Cookie(..)) }");
    }

    /// DESIGN §9.
    #[test]
    fn white_space_around_a_cookie_does_not_count() {
        assert_eq!(Cookie::new(" se cret\r\n").unwrap().secret(), b"se cret");
        assert_eq!(Cookie::new("\n \t").unwrap_err(), CookieError::Empty);
        assert!(Cookie::new([7; Cookie::MAX]).is_ok());
        assert_eq!(Cookie::new([7; Cookie::MAX + 1]).unwrap_err(), CookieError::TooLong { length: 1025 });
    }
}
