//! Spans of time and points in it: seconds and nanoseconds, points relative to 1970-01-01 UTC.

use std::time::{Duration, SystemTime};

use crate::wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Wire};

impl Wire for Duration {
    const EDGE: Edge = Edge::of("duration", &[]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "duration", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.as_secs().encode(e)?;
        self.subsec_nanos().encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        match (u64::decode(d)?, u32::decode(d)?) {
            (seconds, nanos @ 0..1_000_000_000) => Ok(Duration::new(seconds, nanos)),
            _ => Err(DecodeError::invalid("Duration", "there are more nanoseconds than a second has")),
        }
    }
}

impl Wire for SystemTime {
    const EDGE: Edge = Edge::of("system_time", &[]);

    fn type_name(out: &mut String) {
        crate::wire::named(out, "system_time", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        let since = self.duration_since(SystemTime::UNIX_EPOCH);
        since.is_err().encode(e)?;
        since.unwrap_or_else(|before| before.duration()).encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let time = match (bool::decode(d)?, Duration::decode(d)?) {
            (false, after) => SystemTime::UNIX_EPOCH.checked_add(after),
            (true, before) => SystemTime::UNIX_EPOCH.checked_sub(before),
        };
        time.ok_or_else(|| DecodeError::invalid("SystemTime", "it is outside of what this machine can tell"))
    }
}

/// Seconds and nanoseconds of the same sign, less than a billion.
#[cfg(any(feature = "chrono", feature = "jiff"))]
pub(super) fn span(d: &mut Decoder<'_>, what: &'static str) -> Result<(i64, i32), DecodeError> {
    match (i64::decode(d)?, i32::decode(d)?) {
        (seconds, nanos) if seconds.signum() * i64::from(nanos.signum()) < 0 => {
            Err(DecodeError::invalid(what, "its seconds and nanoseconds have not the same sign"))
        }
        (seconds, nanos @ -999_999_999..=999_999_999) => Ok((seconds, nanos)),
        _ => Err(DecodeError::invalid(what, "there are more nanoseconds than a second has")),
    }
}
