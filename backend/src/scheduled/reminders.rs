//! Fires due reminders: the notification and `fired_at` are written in one transaction.

use chrono::{DateTime, TimeDelta, Utc};
use tokio_util::sync::CancellationToken;

use super::clock::for_each_user;
use crate::{
    events::{Change, EventKind, Topic},
    id::UserId,
    notifications::{Notice, NotificationKind, notify_batch},
    reminders::store,
    state::AppState,
};

/// Reminders per batch of users.
const BATCH: i64 = 500;
/// More of one user's wait for the next pass.
const REMINDERS: i64 = 200;
/// From this delay on, it is reported as late.
const LATE: TimeDelta = TimeDelta::minutes(5);

/// Fires everything due at `now`.
pub async fn fire_due(state: &AppState, now: DateTime<Utc>, stop: &CancellationToken) -> sqlx::Result<()> {
    // Each user is tried once, so that a failing one delays nobody else.
    let mut tried = Vec::new();
    while !stop.is_cancelled() {
        let mut users = store::users_with_due(&state.db, now, &tried, BATCH).await?;
        if users.is_empty() {
            break;
        }
        users.sort_unstable();
        users.dedup();
        tried.extend(&users);
        for_each_user(users, |user_id| fire(state, user_id, now)).await;
    }
    Ok(())
}

async fn fire(state: &AppState, user_id: UserId, now: DateTime<Utc>) -> anyhow::Result<()> {
    let mut change = Change::begin(&state.db, None).await?;
    if !change.try_lock_user(user_id).await? {
        return Ok(()); // another worker is at it, or the user's own change; the next pass finds what is left
    }
    let due = store::claim_due(change.connection(), user_id, now, REMINDERS).await?;
    let (wanted, passed_over): (Vec<_>, Vec<_>) = due.into_iter().partition(|one| one.is_wanted);
    let ids = |of: &[store::Due]| of.iter().map(|one| one.id).collect::<Vec<_>>();
    store::pass_over(change.connection(), &ids(&passed_over)).await?;
    for reminder in store::set_fired(change.connection(), &ids(&wanted), now).await? {
        change.record(Topic::User(user_id), EventKind::ReminderChanged, &reminder).await?;
    }
    let notices = wanted.iter().map(|one| {
        let late = now - one.fires_at > LATE;
        Notice::reminder(one.project_id, one.task_id, one.fires_at, late, (one.due_date, one.due_at))
    });
    let (kind, notices) = (NotificationKind::TaskReminder, notices.collect());
    notify_batch(&mut change, user_id, kind, notices, now).await?;
    change.commit(&state.bus).await?;
    Ok(())
}
