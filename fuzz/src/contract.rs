//! Reads contracts as people may have edited them, and writes them again.
#![no_main]

#[path = "../../actor-core/tests/wire/contract.rs"]
mod contract;

libfuzzer_sys::fuzz_target!(|input: &str| contract::feed(input));
