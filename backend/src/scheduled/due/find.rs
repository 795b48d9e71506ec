//! Finds tasks that have become due soon or overdue since the last check, and records who is to be notified.
//!
//! It looks at what the time in between has changed, not at every task, so a check costs as much as there is to notify.

use chrono::{DateTime, Days, Utc};
use sqlx::PgPool;

use crate::{
    due::{LONGEST, SOON, store},
    local_time::zone_days_between,
    notifications::NotificationKind::{TaskDueSoon, TaskOverdue},
    reminders::MORNING,
    scheduled::clock::watermarks,
};

const MARK: &str = "due";

pub async fn find(db: &PgPool, now: DateTime<Utc>) -> sqlx::Result<()> {
    let Some(mut span) = watermarks::next_span(db, MARK, now, LONGEST).await? else { return Ok(()) };
    let (from, until) = (span.from, span.until);
    let connection = span.connection();
    store::add_due_at(connection, TaskDueSoon, from + SOON, until + SOON).await?;
    store::add_due_at(connection, TaskOverdue, from, until).await?;
    for (day, zones) in zone_days_between(from, until, MORNING) {
        store::add_due_on(connection, TaskDueSoon, day, &zones, None).await?;
        store::add_due_on(connection, TaskOverdue, day - Days::new(1), &zones, None).await?;
    }
    span.commit().await
}
