//! Times of `jiff`, as numbers. `Zoned` and `Span` are left out: what a zone means depends on the tables of each machine, and a
//! span's length on where it begins.

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime, Time},
};

use crate::wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Wire};

fn none(what: &'static str) -> DecodeError {
    DecodeError::invalid(what, "it is out of range")
}

/// Seconds since 1970-01-01 UTC, and nanoseconds of the same sign.
impl Wire for Timestamp {
    const EDGE: Edge = Edge::of("jiff_timestamp", &[]);
    const IS_OF_FEATURE: bool = true;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "jiff_timestamp", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.as_second().encode(e)?;
        self.subsec_nanosecond().encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (seconds, nanos) = super::time::span(d, "Timestamp")?;
        Timestamp::new(seconds, nanos).map_err(|_| none("Timestamp"))
    }
}

/// Seconds, and nanoseconds of the same sign.
impl Wire for SignedDuration {
    const EDGE: Edge = Edge::of("jiff_duration", &[]);
    const IS_OF_FEATURE: bool = true;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "jiff_duration", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.as_secs().encode(e)?;
        self.subsec_nanos().encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (seconds, nanos) = super::time::span(d, "SignedDuration")?;
        Ok(SignedDuration::new(seconds, nanos))
    }
}

/// Year, month and day.
impl Wire for Date {
    const EDGE: Edge = Edge::of("jiff_date", &[]);
    const IS_OF_FEATURE: bool = true;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "jiff_date", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        (self.year(), self.month(), self.day()).encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (year, month, day) = Wire::decode(d)?;
        Date::new(year, month, day).map_err(|_| none("Date"))
    }
}

/// Hour, minute, second and nanoseconds.
impl Wire for Time {
    const EDGE: Edge = Edge::of("jiff_time", &[]);
    const IS_OF_FEATURE: bool = true;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "jiff_time", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        (self.hour(), self.minute(), self.second(), self.subsec_nanosecond()).encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (hour, minute, second, nanos) = Wire::decode(d)?;
        Time::new(hour, minute, second, nanos).map_err(|_| none("Time"))
    }
}

/// The date, then the time.
impl Wire for DateTime {
    const EDGE: Edge = Edge::of("jiff_datetime", &[]);
    const IS_OF_FEATURE: bool = true;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "jiff_datetime", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.date().encode(e)?;
        self.time().encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(DateTime::from_parts(Wire::decode(d)?, Wire::decode(d)?))
    }
}
