//! What types are made of, for people and for tools: contracts, as files and as pages to read, and the table of a build. Only
//! names; what is behind them is `wire`'s.
//!
//! ```
//! use actor_core::{prelude::*, schema::Contract};
//!
//! #[derive(Protocol)]
//! #[wire(uri = "bank.Account", version = 1)]
//! enum Account {
//!     Deposit { cents: u64 },
//!     Balance { reply: Reply<u64> },
//! }
//!
//! let page = Contract::linked().page("What this service speaks");
//! assert!(page.contains("- `bank.Account`: protocol, version 1\n"));
//! assert!(page.contains("    0 Deposit { cents: u64 },\n"));
//! ```
//!
//! A contract that was read is a page too: `text.parse::<Contract>()?.page("The bank")`. [`Contract::released`] is what may be
//! handed on, as a file for [`stubs!`](crate::stubs).

pub use crate::wire::{
    FieldShape, Life, Schema, SchemaConflict, SchemaTable, Shape, VariantShape,
    lock::{Contract, ContractError, Line, LineError, Standing},
};
