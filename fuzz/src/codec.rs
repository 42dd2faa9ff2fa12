//! Reads values of all kinds from any bytes; what was read is written, and read again as the same. The first byte says which
//! kind.
#![no_main]

use std::sync::LazyLock;

#[path = "../../actor-core/tests/wire/kind.rs"]
#[expect(dead_code, reason = "the samples are for tests")]
mod kind;

static KINDS: LazyLock<Vec<kind::Kind>> = LazyLock::new(kind::all);

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some((first, bytes)) = input.split_first() else { return };
    let kind = &KINDS[usize::from(*first) % KINDS.len()];
    if let Ok(written) = (kind.again)(bytes) {
        assert!((kind.read)(&written).is_ok(), "{}", kind.name);
    }
});
