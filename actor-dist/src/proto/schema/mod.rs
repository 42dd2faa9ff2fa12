//! Which types two builds have in common, and in which version each is written between them. Pure: knows neither the bytes
//! that tables cross in nor the connection. Every session begins with [`agree`]; both ends come to the same result (H4).

mod agreement;
mod table;

pub(crate) use agreement::{Agreement, agree};
pub(crate) use table::{Entry, MAX_TEXT, Table, Version};

pub use agreement::Conflict;
