//! Finds the time zones in which a new day has started.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

use super::instant;

/// Days whose local time falls after `from` and up to `until`, each with the names of the zones.
pub fn zone_days_between(
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    time: NaiveTime,
) -> BTreeMap<NaiveDate, Vec<String>> {
    let mut found: BTreeMap<NaiveDate, Vec<String>> = BTreeMap::new();
    for zone in TZ_VARIANTS {
        for day in zone_days(zone, from, until, time) {
            found.entry(day).or_default().push(zone.name().to_owned());
        }
    }
    found
}

/// The same for one zone.
pub fn zone_days(
    zone: Tz,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    time: NaiveTime,
) -> impl Iterator<Item = NaiveDate> {
    let day = |at: DateTime<Utc>| at.with_timezone(&zone).date_naive();
    let last = day(until);
    let days = day(from).iter_days().take_while(move |day| *day <= last);
    days.filter(move |day| {
        let at = instant(zone, day.and_time(time));
        from < at && at <= until
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    fn zones(from: &str, until: &str) -> Vec<(String, String)> {
        let nine = NaiveTime::from_hms_opt(9, 0, 0).expect("a time");
        let mut found = Vec::new();
        for (day, names) in zone_days_between(at(from), at(until), nine) {
            let known = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"];
            let names = names.into_iter().filter(|name| known.contains(&name.as_str()));
            found.extend(names.map(|name| (day.to_string(), name)));
        }
        found
    }

    #[test]
    fn a_morning_is_found_once_in_each_zone_whatever_the_clocks_do() {
        let one = |day: &str, zone: &str| vec![(day.to_owned(), zone.to_owned())];
        assert_eq!(zones("2031-03-30T06:59:59Z", "2031-03-30T07:00:00Z"), one("2031-03-30", "Europe/Berlin"));
        assert_eq!(zones("2031-03-29T07:59:59Z", "2031-03-29T08:00:00Z"), one("2031-03-29", "Europe/Berlin"));
        assert_eq!(zones("2031-03-30T07:00:00Z", "2031-03-30T08:00:00Z"), []);
        assert_eq!(zones("2031-03-09T12:30:00Z", "2031-03-09T13:30:00Z"), one("2031-03-09", "America/New_York"));
        assert_eq!(zones("2031-03-09T03:00:00Z", "2031-03-09T03:30:00Z"), one("2031-03-09", "Asia/Kolkata"));
        assert_eq!(zones("2031-10-04T21:50:00Z", "2031-10-04T22:10:00Z"), one("2031-10-05", "Australia/Lord_Howe"));
        assert_eq!(zones("2031-03-30T00:30:00Z", "2031-03-30T01:30:00Z"), one("2031-03-30", "Asia/Shanghai"));
    }

    #[test]
    fn every_zone_has_one_morning_a_day() {
        let nine = NaiveTime::from_hms_opt(9, 0, 0).expect("a time");
        for zone in TZ_VARIANTS {
            let days = zone_days(zone, at("2031-01-01T00:00:00Z"), at("2032-01-01T00:00:00Z"), nine).count();
            assert!((364..=366).contains(&days), "{zone}: {days}");
        }
    }
}
