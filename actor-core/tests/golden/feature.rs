//! The types of other crates behind features.

use actor_core::wire::{DecodeError, Wire, from_bytes, to_bytes};
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use crate::page::Page;

#[test]
fn types_of_other_crates_are_the_bytes_that_they_were() {
    let mut page = Page::new("feature.txt");
    page.holds(Uuid::nil());
    page.holds(Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef));
    for url in ["https://example.com/", "https://ann@example.com:8080/a%20b?c=d#e", "mailto:ann@example.com"] {
        page.names(Url::parse(url).unwrap(), url);
    }
    for value in
        [Value::Null, json!(0.1), json!(u64::MAX), json!([true, "a\"[,", []]), json!({ "a": { "b": [-1, 1e300] } })]
    {
        page.holds(value);
    }
    chrono_times(&mut page);
    jiff_times(&mut page);
    page.check();
}

fn chrono_times(page: &mut Page) {
    use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

    let time = DateTime::from_timestamp(1_700_000_000, 123_456_789).expect(IS);
    // A leap second.
    let leap = DateTime::from_timestamp(1_483_228_799, 1_500_000_000).expect(IS);
    for time in [DateTime::UNIX_EPOCH, time, leap, DateTime::from_timestamp(-1, 999_999_999).expect(IS)] {
        page.holds(time);
    }
    page.holds(DateTime::<Utc>::MIN_UTC);
    page.holds(DateTime::<Utc>::MAX_UTC);
    page.holds(time.with_timezone(&FixedOffset::east_opt(-19_800).expect(IS)));
    page.holds(time.naive_utc());
    page.holds(NaiveDateTime::MIN);
    page.holds(NaiveDate::from_ymd_opt(2024, 2, 29).expect(IS));
    page.holds(NaiveDate::MIN);
    page.holds(NaiveDate::MAX);
    page.holds(NaiveTime::from_hms_nano_opt(23, 59, 59, 1_999_999_999).expect(IS));
    for delta in
        [TimeDelta::zero(), TimeDelta::nanoseconds(-1), TimeDelta::milliseconds(-1_500), TimeDelta::MIN, TimeDelta::MAX]
    {
        page.holds(delta);
    }
}

fn jiff_times(page: &mut Page) {
    use jiff::{
        SignedDuration, Timestamp,
        civil::{Date, DateTime, Time},
    };

    for time in [Timestamp::UNIX_EPOCH, Timestamp::MIN, Timestamp::MAX, Timestamp::new(-1, -999_999_999).expect(IS)] {
        page.holds(time);
    }
    for time in [SignedDuration::ZERO, SignedDuration::MIN, SignedDuration::MAX, SignedDuration::from_millis(-1_500)] {
        page.holds(time);
    }
    page.holds(Date::MIN);
    page.holds(Date::new(2024, 2, 29).expect(IS));
    page.holds(Time::MAX);
    page.holds(DateTime::constant(2024, 2, 29, 12, 30, 1, 5));
    page.holds(DateTime::MIN);
}

/// Whatever is sent for them, it is a value or a typed error.
#[test]
fn what_they_cannot_be_is_refused() {
    use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
    use jiff::{SignedDuration, Timestamp, civil};

    fn refused<T: Wire + std::fmt::Debug>(bytes: &impl Wire) {
        let error = from_bytes::<T>(&to_bytes(bytes).unwrap()).unwrap_err();
        assert!(matches!(error, DecodeError::Invalid { .. }), "{error:?}");
    }
    let text = |text: &str| text.to_owned();
    for wrong in ["", "example.com", "https://", "https://a b/", "https://[::1"] {
        refused::<Url>(&text(wrong));
    }
    for wrong in ["", "{", "[1,]", "nul", "1 2", "\"\\x\"", "{\"a\":1,}", &"[".repeat(1_000)] {
        refused::<Value>(&text(wrong));
    }
    for (seconds, nanos) in [(i64::MAX, 0), (i64::MIN, 0), (0, 2_000_000_000), (0, 1_000_000_000_u32)] {
        refused::<DateTime<Utc>>(&(seconds, nanos));
        refused::<NaiveDateTime>(&(seconds, nanos));
    }
    refused::<DateTime<FixedOffset>>(&(0_i64, 0_u32, 86_400_i32));
    refused::<DateTime<FixedOffset>>(&(DateTime::<Utc>::MAX_UTC, 3_600_i32));
    refused::<DateTime<FixedOffset>>(&(DateTime::<Utc>::MIN_UTC, -3_600_i32));
    refused::<NaiveDate>(&i32::MAX);
    refused::<NaiveTime>(&(86_400_u32, 0_u32));
    refused::<NaiveTime>(&(0_u32, 2_000_000_000_u32));
    for (seconds, nanos) in [(0_i64, 1_000_000_000_i32), (1, -1), (-1, 1), (0, i32::MIN)] {
        refused::<TimeDelta>(&(seconds, nanos));
        refused::<Timestamp>(&(seconds, nanos));
        refused::<SignedDuration>(&(seconds, nanos));
    }
    refused::<TimeDelta>(&(i64::MAX, 0_i32));
    refused::<Timestamp>(&(i64::MAX, 0_i32));
    refused::<civil::Date>(&(2023_i16, 2_i8, 29_i8));
    refused::<civil::Time>(&(24_i8, 0_i8, 0_i8, 0_i32));
    refused::<civil::Time>(&(0_i8, 0_i8, 0_i8, -1_i32));
}

/// A text of a few bytes may be a value of many.
#[test]
fn json_is_charged_as_what_it_becomes() {
    let over = |json: String| {
        assert!(json.len() < 1 << 20);
        let error = from_bytes::<Value>(&to_bytes(&json).unwrap()).unwrap_err();
        assert_eq!(error, DecodeError::OverBudget { limit: 16 << 20 });
    };
    over(format!("[{}0]", "0,".repeat(200_000)));
    over(format!("[{}0]", "{\"\":0},".repeat(50_000)));
    let large = json!("[{,:".repeat(200_000));
    assert_eq!(from_bytes::<Value>(&to_bytes(&large).unwrap()).unwrap(), large);
    let small = json!(vec![json!({ "name": "ann", "cents": [1, 2, 3] }); 5_000]);
    assert_eq!(from_bytes::<Value>(&to_bytes(&small).unwrap()).unwrap(), small);
}

const IS: &str = "it is a time";
