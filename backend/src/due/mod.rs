//! Tasks that are due soon or overdue: rows that say who is to be told, once for each due date. [`crate::scheduled`] writes and tells them.

pub mod store;

use chrono::{Days, TimeDelta, Utc};
use sqlx::PgConnection;

use crate::{
    events::Change,
    id::UserId,
    local_time::{zone_days, zone_of},
    notifications::NotificationKind::{TaskDueSoon, TaskOverdue},
    reminders::MORNING,
};

/// How long before its due date a task is due soon.
pub const SOON: TimeDelta = TimeDelta::days(1);
/// What happened longer ago than this while no worker ran is old news.
pub const LONGEST: TimeDelta = TimeDelta::days(7);

/// The user has gone to a time zone where mornings have begun already that were still to come where they were: nobody would
/// look for those any more. The new time zone is written.
pub async fn catch_up_time_zone(change: &mut Change, user_id: UserId, old: &str, new: &str) -> sqlx::Result<()> {
    let now = Utc::now();
    let days = |zone: &str, from, until| {
        let zone = zone_of(zone);
        zone_days(zone, from, until, MORNING).collect::<Vec<_>>()
    };
    let passed = days(new, now - LONGEST, now);
    for day in days(old, now, now + SOON + SOON).into_iter().filter(|day| passed.contains(day)) {
        add_of_user(change.connection(), user_id, day, new).await?;
    }
    Ok(())
}

async fn add_of_user(db: &mut PgConnection, user_id: UserId, day: chrono::NaiveDate, zone: &str) -> sqlx::Result<()> {
    let zones = [zone.to_owned()];
    store::add_due_on(db, TaskDueSoon, day, &zones, Some(user_id)).await?;
    store::add_due_on(db, TaskOverdue, day - Days::new(1), &zones, Some(user_id)).await
}
