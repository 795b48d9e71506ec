//! The weekly digest: overdue, due this week, and done last week, by mail on Monday at 08:00 in the reader's time zone.

mod store;

use chrono::{DateTime, Datelike, Days, IsoWeek, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use chrono_tz::Tz;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::clock::watermarks;
use crate::{
    events::Change,
    local_time::{instant, zone_days_between, zone_of},
    notifications::{NotificationKind, preferences},
    outbox::{NewDelivery, Priority, Recipient, queue_mail},
    state::AppState,
};

const MARK: &str = "weekly";
const KIND: NotificationKind = NotificationKind::DigestWeekly;
const EIGHT: NaiveTime = match NaiveTime::from_hms_opt(8, 0, 0) {
    Some(time) => time,
    None => NaiveTime::MIN,
};
/// Later in the week than this, the next one is close enough.
const LONGEST: TimeDelta = TimeDelta::days(3);
/// Users whose digests are queued in one transaction.
const BATCH: i64 = 100;

/// Queues the digests of everyone whose week has started by `now`. Without mail nothing is queued.
pub async fn queue_weekly(state: &AppState, now: DateTime<Utc>, stop: &CancellationToken) -> anyhow::Result<()> {
    let Some(mut span) = watermarks::next_span(&state.db, MARK, now, LONGEST).await? else { return Ok(()) };
    let mondays = zone_days_between(span.from, span.until, EIGHT);
    for (day, zones) in mondays.into_iter().filter(|(day, _)| day.weekday() == Weekday::Mon) {
        if state.mail.is_some() {
            store::add(span.connection(), &week_text(day.iso_week()), &zones, KIND).await?;
        }
    }
    span.commit().await?;
    while state.mail.is_some() && !stop.is_cancelled() && queue_some(state, now).await? {}
    Ok(())
}

/// Such as 2031-W14 (ISO 8601).
fn week_text(week: IsoWeek) -> String {
    format!("{}-W{:02}", week.year(), week.week())
}

fn monday_of(week: &str) -> Option<NaiveDate> {
    let (year, number) = week.split_once("-W")?;
    NaiveDate::from_isoywd_opt(year.parse().ok()?, number.parse().ok()?, Weekday::Mon)
}

/// False when there was nothing left.
async fn queue_some(state: &AppState, now: DateTime<Utc>) -> anyhow::Result<bool> {
    let mut change = Change::begin(&state.db, None).await?;
    let claimed = store::claim(change.connection(), BATCH).await?;
    for one in &claimed {
        let Some(settings) = preferences::settings(change.connection(), one.user_id, KIND).await? else { continue };
        let Some(monday) = monday_of(&one.week).filter(|_| settings.channels(KIND).mail) else { continue };
        let zone = zone_of(&settings.time_zone);
        if now - instant(zone, monday.and_time(EIGHT)) > LONGEST {
            continue; // mail was off meanwhile
        }
        let tasks = store::tasks(change.connection(), one.user_id, &Week::new(monday, zone, now)).await?;
        if tasks.is_empty() {
            continue;
        }
        let delivery = NewDelivery {
            event_key: format!("weekly:{}", one.week),
            to: Recipient::User(one.user_id),
            kind: KIND.as_str(),
            payload: payload(&tasks),
            due_at: settings.end_of_quiet(now),
            priority: Priority::Notification,
        };
        queue_mail(&mut change, &delivery).await?;
    }
    change.commit(&state.bus).await?;
    Ok(!claimed.is_empty())
}

/// The starting week, as days and instants in the reader's time zone.
pub struct Week {
    now: DateTime<Utc>,
    today: NaiveDate,
    next_monday: NaiveDate,
    last_began_at: DateTime<Utc>,
    begins_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
}

impl Week {
    fn new(monday: NaiveDate, zone: Tz, now: DateTime<Utc>) -> Self {
        let midnight = |day: NaiveDate| instant(zone, day.and_time(NaiveTime::MIN));
        let next_monday = monday + Days::new(7);
        Self {
            now,
            today: now.with_timezone(&zone).date_naive(),
            next_monday,
            last_began_at: midnight(monday - Days::new(7)),
            begins_at: midnight(monday),
            ends_at: midnight(next_monday),
        }
    }
}

fn payload(tasks: &[store::WeekTask]) -> Value {
    let count = |section: &str| tasks.iter().find(|task| task.section == section).map_or(0, |task| task.in_section);
    let things = tasks.iter().map(|task| {
        let is_done = task.section == "done"; // then nobody asks any more when it was due
        json!({
            "section": task.section,
            "task": task.title,
            "task_id": task.id,
            "project": task.project,
            "project_id": task.project_id,
            "due_date": task.due_date.filter(|_| !is_done),
            "due_at": task.due_at.filter(|_| !is_done),
        })
    });
    let things: Vec<Value> = things.collect();
    json!({ "overdue": count("overdue"), "due": count("due"), "done": count("done"), "things": things })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_is_named_as_iso_8601_has_it() {
        for (monday, week) in [("2031-03-31", "2031-W14"), ("2030-12-30", "2031-W01"), ("2032-12-27", "2032-W53")] {
            let monday: NaiveDate = monday.parse().expect("a day");
            assert_eq!(week_text(monday.iso_week()), week);
            assert_eq!(monday_of(week), Some(monday));
        }
    }

    #[test]
    fn a_week_in_which_the_clocks_change_is_an_hour_shorter() {
        let monday = "2031-03-31".parse().expect("a day");
        let week = Week::new(monday, Tz::Europe__Berlin, "2031-03-31T06:00:00Z".parse().expect("an instant"));
        assert_eq!(week.begins_at - week.last_began_at, TimeDelta::hours(7 * 24 - 1));
        assert_eq!(week.ends_at - week.begins_at, TimeDelta::days(7));
        assert_eq!(week.today, monday);
    }
}
