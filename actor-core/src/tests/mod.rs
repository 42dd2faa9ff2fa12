//! Tests that look inside: they plant bugs in the code that they test, which only code of this crate can.

pub(crate) mod planted;
mod signals;
