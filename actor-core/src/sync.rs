//! What the hand-written synchronization in `mailbox` is built on. In one place, so that the same source files can be compiled
//! on a model checker's types: `tests/mailbox_model.rs` does.

pub(crate) use std::sync::{
    Mutex,
    atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering},
};
