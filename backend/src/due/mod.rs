//! Tasks that are due soon or overdue: rows that say who is to be notified, once for each due date. [`crate::scheduled`] writes and
//! processes them.

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
/// Older due dates missed during an outage are not notified any more.
pub const LONGEST: TimeDelta = TimeDelta::days(7);

/// For a user who moved to a time zone where mornings have already begun that were still to come before; nobody else would check those. The
/// new time zone has been written.
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
