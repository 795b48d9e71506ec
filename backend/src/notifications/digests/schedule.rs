//! When a digest is due.

use chrono::{DateTime, Datelike, Days, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::local_time::instant;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Frequency {
    Daily,
    /// On Mondays.
    Weekly,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    pub frequency: Frequency,
    /// In the person's time zone.
    pub at: NaiveTime,
}

impl Schedule {
    /// The first digest time after `now`.
    pub fn next(&self, now: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
        let today = now.with_timezone(&zone).date_naive();
        let days = (0..=7).filter_map(|ahead| today.checked_add_days(Days::new(ahead)));
        let mut digests = days
            .filter(|day| self.frequency == Frequency::Daily || day.weekday() == chrono::Weekday::Mon)
            .map(|day| instant(zone, day.and_time(self.at)));
        // A week has a Monday, and eight days include one whose time is still in the future.
        digests.find(|at| *at > now).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(frequency: Frequency, at: &str, now: &str, zone: Tz) -> String {
        let at = NaiveTime::parse_from_str(at, "%H:%M").expect("a time");
        let next = Schedule { frequency, at }.next(now.parse().expect("an instant"), zone);
        next.format("%m-%dT%H:%MZ").to_string()
    }

    #[test]
    fn daily_ones_come_at_the_next_such_time_where_the_reader_is() {
        let daily = |now, zone| next(Frequency::Daily, "08:00", now, zone);
        assert_eq!(daily("2026-11-23T23:59:59Z", Tz::Asia__Shanghai), "11-24T00:00Z");
        assert_eq!(daily("2026-11-24T00:00:00Z", Tz::Asia__Shanghai), "11-25T00:00Z");
        assert_eq!(daily("2026-11-24T03:00:00Z", Tz::Asia__Kolkata), "11-25T02:30Z");
        // The clocks change in the night.
        assert_eq!(daily("2026-10-24T12:00:00Z", Tz::Europe__Berlin), "10-25T07:00Z");
        assert_eq!(daily("2026-03-28T12:00:00Z", Tz::Europe__Berlin), "03-29T06:00Z");
        assert_eq!(daily("2026-11-01T04:30:00Z", Tz::America__New_York), "11-01T13:00Z");
        assert_eq!(next(Frequency::Daily, "02:30", "2026-03-29T00:00:00Z", Tz::Europe__Berlin), "03-29T01:30Z");
    }

    #[test]
    fn weekly_ones_come_on_mondays() {
        let weekly = |now, zone| next(Frequency::Weekly, "08:00", now, zone);
        assert_eq!(weekly("2026-11-23T07:00:00Z", Tz::UTC), "11-23T08:00Z");
        assert_eq!(weekly("2026-11-23T08:00:00Z", Tz::UTC), "11-30T08:00Z");
        assert_eq!(weekly("2026-11-25T08:00:00Z", Tz::America__New_York), "11-30T13:00Z");
        // It is Monday already there.
        assert_eq!(weekly("2026-11-22T23:30:00Z", Tz::Asia__Shanghai), "11-23T00:00Z");
    }
}
