//! Times of `chrono`, as numbers. A time in a zone that is not fixed is left out: what it means depends on the tables of each
//! machine.

use chrono::{
    DateTime, Datelike as _, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Timelike as _, Utc,
};

use crate::wire::{DecodeError, Decoder, Edge, EncodeError, Encoder, Wire};

fn none(what: &'static str) -> DecodeError {
    DecodeError::invalid(what, "it is out of range")
}

/// Seconds since 1970-01-01 UTC, and nanoseconds; in a leap second there are more than a billion.
impl Wire for DateTime<Utc> {
    const EDGE: Edge = Edge::of("chrono_utc", &[]);
    const IS_OF_FEATURE: bool = true;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "chrono_utc", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.timestamp().encode(e)?;
        self.timestamp_subsec_nanos().encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        DateTime::from_timestamp(i64::decode(d)?, u32::decode(d)?).ok_or_else(|| none("DateTime"))
    }
}

/// The time in UTC, and how many seconds the place is east of it.
impl Wire for DateTime<FixedOffset> {
    const EDGE: Edge = Edge::of("chrono_fixed_offset", &[]);
    const IS_OF_FEATURE: bool = true;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "chrono_fixed_offset", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.to_utc().encode(e)?;
        self.offset().local_minus_utc().encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let utc = DateTime::<Utc>::decode(d)?;
        let offset = FixedOffset::east_opt(i32::decode(d)?).ok_or_else(|| none("FixedOffset"))?;
        // At the ends of the range the local time may be outside, and asking for it would panic.
        utc.naive_utc().checked_add_offset(offset).ok_or_else(|| none("DateTime"))?;
        Ok(utc.with_timezone(&offset))
    }
}

/// As if it were one in UTC.
impl Wire for NaiveDateTime {
    const EDGE: Edge = Edge::of("chrono_datetime", &[]);
    const IS_OF_FEATURE: bool = true;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "chrono_datetime", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.and_utc().encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        Ok(DateTime::<Utc>::decode(d)?.naive_utc())
    }
}

/// Days since the last one before year 1.
impl Wire for NaiveDate {
    const EDGE: Edge = Edge::of("chrono_date", &[]);
    const IS_OF_FEATURE: bool = true;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "chrono_date", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.num_days_from_ce().encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        NaiveDate::from_num_days_from_ce_opt(i32::decode(d)?).ok_or_else(|| none("NaiveDate"))
    }
}

/// Seconds since midnight, and nanoseconds; in a leap second there are more than a billion.
impl Wire for NaiveTime {
    const EDGE: Edge = Edge::of("chrono_time", &[]);
    const IS_OF_FEATURE: bool = true;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "chrono_time", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.num_seconds_from_midnight().encode(e)?;
        self.nanosecond().encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let time = NaiveTime::from_num_seconds_from_midnight_opt(u32::decode(d)?, u32::decode(d)?);
        time.ok_or_else(|| none("NaiveTime"))
    }
}

/// Seconds, and nanoseconds of the same sign.
impl Wire for TimeDelta {
    const EDGE: Edge = Edge::of("chrono_delta", &[]);
    const IS_OF_FEATURE: bool = true;

    fn type_name(out: &mut String) {
        crate::wire::named(out, "chrono_delta", &[]);
    }

    fn encode(&self, e: &mut Encoder<'_>) -> Result<(), EncodeError> {
        self.num_seconds().encode(e)?;
        self.subsec_nanos().encode(e)
    }

    fn decode(d: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let (seconds, nanos) = super::time::span(d, "TimeDelta")?;
        let whole = TimeDelta::try_seconds(seconds).ok_or_else(|| none("TimeDelta"))?;
        whole.checked_add(&TimeDelta::nanoseconds(nanos.into())).ok_or_else(|| none("TimeDelta"))
    }
}
