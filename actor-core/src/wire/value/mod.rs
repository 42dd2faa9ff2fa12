//! The standard types as wire values, and with features those of other crates, in forms that do not change with those crates. Never allocates on a sender's word: every length is charged first.

#[cfg(feature = "chrono")]
mod chrono;
mod container;
#[cfg(feature = "jiff")]
mod jiff;
#[cfg(feature = "serde_json")]
mod json;
mod map;
mod net;
mod number;
mod pointer;
mod text;
mod time;
mod tuple;
#[cfg(feature = "url")]
mod url;
#[cfg(feature = "uuid")]
mod uuid;
