//! Plays handshakes over a wire that changes, repeats, invents and forges messages as the input says.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| actor_dist::fuzzing::handshake(input));
