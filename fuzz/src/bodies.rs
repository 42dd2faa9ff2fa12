//! Feeds what puts bodies together with chunks of them.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| actor_dist::fuzzing::bodies(input));
