//! Golden vectors: every type that crosses as it is, derived types in their versions, handles, and the types behind features.
//! What stands in the files is what other builds read; a line that changes is a broken promise.

mod derived;
#[cfg(all(feature = "chrono", feature = "jiff", feature = "serde_json", feature = "url", feature = "uuid"))]
mod feature;
mod handle;
#[path = "../wire/nowhere.rs"]
mod nowhere;
mod page;
mod standard;
