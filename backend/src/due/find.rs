//! Finds what has become due soon or overdue since the last look, and writes down who is to be told.
//!
//! Not what every task is, but what the time in between has changed: so a look costs as much as there is to tell, not as
//! much as there are tasks.

use chrono::{DateTime, Days, TimeDelta, Utc};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use super::store;
use crate::{
    clock::{marks, mornings, mornings_between},
    events::Change,
    local_time::zone_of,
    notifications::NotificationKind::{TaskDueSoon, TaskOverdue},
    reminders::MORNING,
};

const MARK: &str = "due";
const SOON: TimeDelta = TimeDelta::days(1);
/// What happened longer ago than this while no worker ran is old news.
const LONGEST: TimeDelta = TimeDelta::days(7);

pub async fn find(db: &PgPool, now: DateTime<Utc>) -> sqlx::Result<()> {
    let Some(mut span) = marks::next_span(db, MARK, now, LONGEST).await? else { return Ok(()) };
    let (from, until) = (span.from, span.until);
    let connection = span.connection();
    store::add_due_at(connection, TaskDueSoon, from + SOON, until + SOON).await?;
    store::add_due_at(connection, TaskOverdue, from, until).await?;
    for (day, zones) in mornings_between(from, until, MORNING) {
        store::add_due_on(connection, TaskDueSoon, day, &zones, None).await?;
        store::add_due_on(connection, TaskOverdue, day - Days::new(1), &zones, None).await?;
    }
    span.commit().await
}

/// The user has gone to a time zone where mornings have begun already that were still to come where they were: nobody would
/// look for those any more. The new time zone is written.
pub async fn follow_time_zone(change: &mut Change, user_id: Uuid, old: &str, new: &str) -> sqlx::Result<()> {
    let now = Utc::now();
    let days = |zone: &str, from, until| {
        let zone = zone_of(zone);
        mornings(zone, from, until, MORNING).collect::<Vec<_>>()
    };
    let passed = days(new, now - LONGEST, now);
    for day in days(old, now, now + SOON + SOON).into_iter().filter(|day| passed.contains(day)) {
        add_of_user(change.connection(), user_id, day, new).await?;
    }
    Ok(())
}

async fn add_of_user(db: &mut PgConnection, user_id: Uuid, day: chrono::NaiveDate, zone: &str) -> sqlx::Result<()> {
    let zones = [zone.to_owned()];
    store::add_due_on(db, TaskDueSoon, day, &zones, Some(user_id)).await?;
    store::add_due_on(db, TaskOverdue, day - Days::new(1), &zones, Some(user_id)).await
}
