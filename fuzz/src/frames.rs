//! Feeds the readers of all frames with a stream of any bytes, cut anywhere.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| actor_dist::fuzzing::frames(input));
