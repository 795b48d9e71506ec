//! Computes when a reminder fires.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::model::{LeadTime, RelativeTo};
use crate::local_time::instant;

/// What a reminder is set for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    At(DateTime<Utc>),
    Before(RelativeTo, LeadTime),
}

/// The dates of a task: each a day, an instant, or absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskDates {
    pub start_date: Option<NaiveDate>,
    pub start_at: Option<DateTime<Utc>>,
    pub due_date: Option<NaiveDate>,
    pub due_at: Option<DateTime<Utc>>,
}

/// The local time that stands for a day without a time: nobody should be woken at midnight.
pub const MORNING: NaiveTime = match NaiveTime::from_hms_opt(9, 0, 0) {
    Some(time) => time,
    None => NaiveTime::MIN,
};

/// `None`: the task has no such date.
pub fn fires_at(target: Target, dates: &TaskDates, zone: Tz) -> Option<DateTime<Utc>> {
    let (relative_to, lead) = match target {
        Target::At(at) => return Some(at),
        Target::Before(relative_to, lead) => (relative_to, lead),
    };
    let (day, at) = match relative_to {
        RelativeTo::Start => (dates.start_date, dates.start_at),
        RelativeTo::Due => (dates.due_date, dates.due_at),
    };
    let days = Days::new(u64::from(lead.days.unsigned_abs()));
    let from = match (day, at) {
        (Some(day), _) => instant(zone, day.checked_sub_days(days)?.and_time(MORNING)),
        // Not via the local time: in an ambiguous hour it may be the second.
        (None, Some(at)) if lead.days == 0 => at,
        (None, Some(at)) => instant(zone, at.with_timezone(&zone).naive_local().checked_sub_days(days)?),
        (None, None) => return None,
    };
    from.checked_sub_signed(TimeDelta::minutes(i64::from(lead.minutes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(date: &str) -> TaskDates {
        let mut dates = TaskDates { start_date: None, start_at: None, due_date: date.parse().ok(), due_at: None };
        if dates.due_date.is_none() {
            dates.due_at = Some(date.parse().expect("a day or an instant"));
        }
        dates
    }

    fn moment(zone: Tz, dates: &TaskDates, days: i32, minutes: i32) -> String {
        let target = Target::Before(RelativeTo::Due, LeadTime { days, minutes });
        fires_at(target, dates, zone).expect("a moment").format("%Y-%m-%dT%H:%MZ").to_string()
    }

    #[test]
    fn a_day_without_a_time_counts_as_nine_in_the_morning() {
        for (zone, expected) in [
            (Tz::Asia__Shanghai, "2031-07-01T01:00Z"),
            (Tz::Europe__Berlin, "2031-07-01T07:00Z"),
            (Tz::America__New_York, "2031-07-01T13:00Z"),
            (Tz::Asia__Kolkata, "2031-07-01T03:30Z"),
            (Tz::Australia__Lord_Howe, "2031-06-30T22:30Z"),
        ] {
            assert_eq!(moment(zone, &due("2031-07-01"), 0, 0), expected, "{zone}");
        }
    }

    #[test]
    fn days_are_those_of_the_calendar_and_minutes_pass() {
        // Berlin's clocks go forward on the night before 30 March, so these days are 23 hours apart.
        assert_eq!(moment(Tz::Europe__Berlin, &due("2031-03-30"), 0, 0), "2031-03-30T07:00Z");
        assert_eq!(moment(Tz::Europe__Berlin, &due("2031-03-30"), 1, 0), "2031-03-29T08:00Z");
        assert_eq!(moment(Tz::Europe__Berlin, &due("2031-03-30"), 0, 1440), "2031-03-29T07:00Z");
        assert_eq!(moment(Tz::Europe__Berlin, &due("2031-03-30T16:00:00Z"), 1, 30), "2031-03-29T16:30Z");
        // Back: 25 hours.
        assert_eq!(moment(Tz::America__New_York, &due("2031-11-02"), 1, 0), "2031-11-01T13:00Z");
        assert_eq!(moment(Tz::America__New_York, &due("2031-11-02"), 0, 0), "2031-11-02T14:00Z");
        // Lord Howe's clocks move by half an hour.
        assert_eq!(moment(Tz::Australia__Lord_Howe, &due("2031-10-05"), 1, 0), "2031-10-03T22:30Z");
        assert_eq!(moment(Tz::Australia__Lord_Howe, &due("2031-10-05"), 0, 0), "2031-10-04T22:00Z");
        // Without a clock change a day has 24 hours.
        assert_eq!(moment(Tz::Asia__Kolkata, &due("2031-03-30"), 2, 15), "2031-03-28T03:15Z");
        assert_eq!(moment(Tz::Asia__Shanghai, &due("2031-03-30T02:30:00Z"), 7, 0), "2031-03-23T02:30Z");
    }

    #[test]
    fn hours_that_the_clocks_skip_or_show_twice() {
        // A day before 31 March 02:30 would be 02:30 on the 30th, which does not exist in Berlin.
        assert_eq!(moment(Tz::Europe__Berlin, &due("2031-03-31T00:30:00Z"), 1, 0), "2031-03-30T01:30Z");
        // The second 02:30 of 26 October is kept; for a day before the 27th the first is used.
        assert_eq!(moment(Tz::Europe__Berlin, &due("2031-10-26T01:30:00Z"), 0, 0), "2031-10-26T01:30Z");
        assert_eq!(moment(Tz::Europe__Berlin, &due("2031-10-27T01:30:00Z"), 1, 0), "2031-10-26T00:30Z");
    }

    #[test]
    fn without_the_date_there_is_no_moment() {
        let target = Target::Before(RelativeTo::Start, LeadTime { days: 0, minutes: 0 });
        assert_eq!(fires_at(target, &due("2031-03-30"), Tz::UTC), None);
    }
}
