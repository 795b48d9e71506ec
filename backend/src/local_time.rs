//! What clocks on walls show, as instants.

use chrono::{DateTime, LocalResult, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// A time zone by its name, as it was checked when somebody chose it; one that is not known any more counts as UTC.
pub fn zone_of(name: &str) -> Tz {
    name.parse().unwrap_or(Tz::UTC)
}

/// The instant of a local time. Of one that the clocks show twice it is the first; one that they skip is taken by the clock
/// as it went before the gap (RFC 5545, 3.3.5), so half past two is as long after one o'clock as on any other day.
pub fn instant(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.to_utc(),
        LocalResult::None => {
            // No zone has skipped more than a whole day.
            let before_gap = (1..=48).find_map(|hours| {
                let gap = TimeDelta::hours(hours);
                zone.from_local_datetime(&(local - gap)).latest().map(|at| at.to_utc() + gap)
            });
            before_gap.unwrap_or_else(|| local.and_utc())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_times_are_found_around_changes_of_the_clocks() {
        for (zone, local, expected) in [
            (Tz::Asia__Shanghai, "2031-03-30T02:30:00", "2031-03-29T18:30:00Z"),
            (Tz::Asia__Kolkata, "2031-03-30T02:30:00", "2031-03-29T21:00:00Z"),
            // Skipped: 02:00 to 03:00.
            (Tz::Europe__Berlin, "2031-03-30T01:59:00", "2031-03-30T00:59:00Z"),
            (Tz::Europe__Berlin, "2031-03-30T02:30:00", "2031-03-30T01:30:00Z"),
            (Tz::Europe__Berlin, "2031-03-30T03:00:00", "2031-03-30T01:00:00Z"),
            // Shown twice: 02:00 to 03:00.
            (Tz::Europe__Berlin, "2031-10-26T02:30:00", "2031-10-26T00:30:00Z"),
            (Tz::America__New_York, "2031-03-09T02:30:00", "2031-03-09T07:30:00Z"),
            (Tz::America__New_York, "2031-11-02T01:30:00", "2031-11-02T05:30:00Z"),
            // Half an hour is skipped and shown twice.
            (Tz::Australia__Lord_Howe, "2031-10-05T02:10:00", "2031-10-04T15:40:00Z"),
            (Tz::Australia__Lord_Howe, "2031-04-06T01:45:00", "2031-04-05T14:45:00Z"),
            // A whole day was skipped.
            (Tz::Pacific__Apia, "2011-12-30T09:00:00", "2011-12-30T19:00:00Z"),
        ] {
            let found = instant(zone, local.parse().expect("a local time"));
            assert_eq!(found, expected.parse::<DateTime<Utc>>().expect("an instant"), "{zone} {local}");
        }
    }
}
