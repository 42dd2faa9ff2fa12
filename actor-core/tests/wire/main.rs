//! The bytes of values: held against a second implementation of the codec, and what is made of bytes that are none.

mod chance;
mod contract;
mod hostile;
mod kind;
mod nowhere;
mod oracle;
