//! What a crate has released: its `wire.lock`, one line per type and version, which the compiler and a test hold against the
//! code. Never consulted when values cross. Driven by the derives, by [`wire_lock!`](crate::wire_lock), and by tools that read
//! contracts.
//!
//! - The derives check every version up to `locked` while compiling: [changing a released one does not
//!   compile](derive@crate::Wire).
//! - The test that [`wire_lock!`](crate::wire_lock) makes finds what the compiler cannot see: types that are no more, lines
//!   that say more than the code, words that do not fit their structure. It also writes the file.
//! - A [`Contract`] is what the file holds, or what is linked into a binary, for programs; [`Contract::page`] is a page of it
//!   for people.
//!
//! ```text
//! # What `bank` has released: it does not change. Written by `WIRE_LOCK=update cargo test -p bank wire_lock`.
//! bank.Account 1 = protocol { 0 Deposit { cents: u64 }, 1 Balance { reply: reply<u64> } } #838e895dfb2bcdf0
//! bank.Account 2 = protocol { 0 Deposit { cents: u64 }, 1 Balance { reply: reply<u64> }, 2 Close } #36a9fb1a60ae3efb
//! bank.Ledger 1 = struct { entries: vec<bank.Entry> } #8f63ed288544a875 removed
//! ```
//!
//! `protocol` is an enum whose variants are messages; `3 Stop as close_account` is one whose method is not named after it.
//! Neither is part of the hash, as neither changes a byte on the wire: the update of the test brings them up to date. Other
//! teams generate their side from a copy of the file: [`stubs!`](crate::stubs).
//!
//! A type stands there under the uri that it had first, which an `alias` keeps when it is renamed. The versions before
//! `min_version` stay as they are, and so do the lines of types that are no more, marked `removed`.

mod contract;
mod history;
pub(crate) mod keeper;
mod line;
mod lookup;
mod note;
mod page;
pub(crate) mod release;
mod review;
pub(crate) mod stub;

pub use contract::{Contract, ContractError};
pub use history::HistoryError;
pub use keeper::{KeepError, Keeper};
pub use line::{Line, LineError, Standing};
pub use review::Finding;

/// Makes the test that keeps this crate's `wire.lock`; stands in the crate root.
///
/// ```
/// actor_core::wire_lock!();
/// # fn main() {}
/// ```
///
/// The test is `wire_lock::is_in_order`. It finds released versions that have no line or another one, lines of types that are
/// no more and are not marked so, and lines of versions that the code no longer calls released.
///
/// - `WIRE_LOCK=update cargo test wire_lock` writes the lines that are missing. It never changes what was released: a version
///   that nobody has yet is released anew when its line is deleted by hand first.
/// - `WIRE_LOCK_AGAINST=main cargo test wire_lock` also compares the file with what it was at that git revision, so that
///   an edit of the past is found where changes are reviewed.
///
/// Only the types of this crate stand in its file; those of other crates stand in theirs. A package has one file, so types that
/// are released live in the one crate of it that has this line.
#[macro_export]
macro_rules! wire_lock {
    () => {
        #[cfg(test)]
        mod wire_lock {
            #[test]
            fn is_in_order() {
                $crate::private::keep(
                    ::core::env!("CARGO_MANIFEST_DIR"),
                    ::core::env!("CARGO_PKG_NAME"),
                    ::core::module_path!(),
                );
            }
        }
    };
}
