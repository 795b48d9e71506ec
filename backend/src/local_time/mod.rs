//! Converts local times to instants.

mod zone_days;

use chrono::{DateTime, LocalResult, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

pub use zone_days::{zone_days, zone_days_between};

/// Years outside this range cannot be stored, or are typing errors.
pub const MIN_YEAR: i32 = 1900;
pub const MAX_YEAR: i32 = 9999;

/// A time zone by its stored name; unknown ones count as UTC.
pub fn zone_of(name: &str) -> Tz {
    name.parse().unwrap_or(Tz::UTC)
}

/// The instant of a local time. For an ambiguous time it is the first one; a skipped time uses the offset before the gap (RFC 5545, 3.3.5),
/// so 02:30 is as long after 01:00 as on any other day.
pub fn instant(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&local) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => at.to_utc(),
        LocalResult::None => {
            // No zone has skipped more than a day.
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
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Case {
        zone: String,
        local: String,
        instant: String,
    }

    /// The front end's test reads the same table, so both sides agree on a typed time.
    #[test]
    fn local_times_are_found_around_changes_of_the_clocks() {
        let table = include_str!("../../../frontend/src/testing/clock-changes.json");
        let cases: Vec<Case> = serde_json::from_str(table).expect("the table of cases");
        for Case { zone, local, instant: expected } in cases {
            let found = instant(zone_of(&zone), format!("{local}:00").parse().expect("a local time"));
            assert_eq!(found, expected.parse::<DateTime<Utc>>().expect("an instant"), "{zone} {local}");
        }
    }
}
