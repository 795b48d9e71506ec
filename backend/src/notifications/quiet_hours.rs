//! Quiet hours: when a mail may be sent.

use chrono::{DateTime, NaiveTime, Utc};
use chrono_tz::Tz;

use crate::local_time::instant;

/// The end of the quiet hours containing `now`, or `None` outside of them.
pub fn end_of_quiet(now: DateTime<Utc>, zone: Tz, from: NaiveTime, until: NaiveTime) -> Option<DateTime<Utc>> {
    let local = now.with_timezone(&zone).naive_local();
    let time = local.time();
    let over_midnight = from > until;
    let quiet = if over_midnight { time >= from || time < until } else { time >= from && time < until };
    if !quiet {
        return None;
    }
    let day = if over_midnight && time >= from { local.date().succ_opt()? } else { local.date() };
    let end = instant(zone, day.and_time(until));
    (end > now).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(now: &str, zone: Tz, from: &str, until: &str) -> Option<String> {
        let time = |text: &str| NaiveTime::parse_from_str(text, "%H:%M").expect("a time");
        let now = now.parse().expect("an instant");
        end_of_quiet(now, zone, time(from), time(until)).map(|at| at.format("%m-%dT%H:%MZ").to_string())
    }

    #[test]
    fn mails_wait_for_the_morning_where_the_reader_is() {
        let (night, morning) = ("22:00", "07:00");
        assert_eq!(end("2026-11-23T15:30:00Z", Tz::Asia__Shanghai, night, morning).as_deref(), Some("11-23T23:00Z"));
        assert_eq!(end("2026-11-23T15:30:00Z", Tz::Europe__Berlin, night, morning), None);
        assert_eq!(end("2026-11-23T20:00:00Z", Tz::Asia__Kolkata, night, morning).as_deref(), Some("11-24T01:30Z"));
        assert_eq!(end("2026-11-24T11:00:00Z", Tz::America__New_York, night, morning).as_deref(), Some("11-24T12:00Z"));
        assert_eq!(end("2026-11-23T12:00:00Z", Tz::UTC, "12:00", "13:30").as_deref(), Some("11-23T13:30Z"));
        assert_eq!(end("2026-11-23T13:30:00Z", Tz::UTC, "12:00", "13:30"), None);
    }

    #[test]
    fn nights_in_which_the_clocks_change_end_when_the_clock_says_so() {
        // Berlin: 29 March 2026 has no 02:30, 25 October has it twice.
        assert_eq!(end("2026-03-28T23:00:00Z", Tz::Europe__Berlin, "22:00", "07:00").as_deref(), Some("03-29T05:00Z"));
        assert_eq!(end("2026-03-28T23:00:00Z", Tz::Europe__Berlin, "22:00", "02:30").as_deref(), Some("03-29T01:30Z"));
        assert_eq!(end("2026-10-24T21:00:00Z", Tz::Europe__Berlin, "22:00", "02:30").as_deref(), Some("10-25T00:30Z"));
        assert_eq!(
            end("2026-11-01T03:00:00Z", Tz::America__New_York, "22:00", "07:00").as_deref(),
            Some("11-01T12:00Z")
        );
    }
}
