//! How long it takes to a peer and back, smoothed as RFC 6298 smooths it for TCP. Sends nothing and reads no clock: it is told
//! what was measured, each time by a ping that only its own echo answers.

use std::time::Duration;

/// A smoothed round trip.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RoundTrip {
    pub(crate) latest: Duration,
    pub(crate) smoothed: Duration,
    pub(crate) variation: Duration,
}

impl RoundTrip {
    /// After another measurement: the variation moves by a quarter of what is new, the time by an eighth.
    pub(crate) fn after(before: Option<RoundTrip>, latest: Duration) -> RoundTrip {
        let Some(RoundTrip { smoothed, variation, .. }) = before else {
            return RoundTrip { latest, smoothed: latest, variation: latest / 2 };
        };
        RoundTrip {
            latest,
            variation: (variation * 3 + smoothed.abs_diff(latest)) / 4,
            smoothed: (smoothed * 7 + latest) / 8,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    /// RFC 6298, 2.2 and 2.3.
    #[test]
    fn it_is_smoothed_as_the_rfc_says() {
        let first = RoundTrip::after(None, ms(80));
        assert_eq!(first, RoundTrip { latest: ms(80), smoothed: ms(80), variation: ms(40) });
        let second = RoundTrip::after(Some(first), ms(160));
        assert_eq!(second, RoundTrip { latest: ms(160), smoothed: ms(90), variation: ms(50) });
        let calm = (0..200).fold(second, |before, _| RoundTrip::after(Some(before), ms(20)));
        assert!(calm.smoothed.abs_diff(ms(20)) < ms(1) && calm.variation < ms(1));
    }
}
