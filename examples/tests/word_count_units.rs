//! Runs the unit tests of the word count's modules: `cargo test` builds an example, but does not run the tests in it.
#![expect(dead_code, reason = "only the parts with unit tests are here, without the program that uses all of them")]

#[path = "../examples/word-count/check.rs"]
mod check;
#[path = "../examples/word-count/count.rs"]
mod count;
#[path = "../examples/word-count/input.rs"]
mod input;
#[path = "../examples/word-count/protocol.rs"]
mod protocol;
#[path = "../examples/word-count/schedule.rs"]
mod schedule;
#[path = "../examples/word-count/tally.rs"]
mod tally;
