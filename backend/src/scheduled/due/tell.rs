//! Notifies users of what was found, one after another.

use chrono::{DateTime, Utc};
use tokio_util::sync::CancellationToken;

use crate::{
    due::store::{self, DueNotice},
    events::Change,
    id::{Id, UserId},
    local_time::zone_of,
    notifications::{
        Notice,
        NotificationKind::{TaskDueSoon, TaskOverdue},
        notify_batch,
    },
    scheduled::clock::for_each_user,
    state::AppState,
};

const USERS: i64 = 100;
/// More of one user's wait for the next pass.
const TASKS: i64 = 200;

pub async fn tell_all(state: &AppState, now: DateTime<Utc>, stop: &CancellationToken) -> sqlx::Result<()> {
    let mut after = Id::nil();
    while !stop.is_cancelled() {
        let users = store::users_to_tell(&state.db, after, USERS).await?;
        let Some(last) = users.last() else { return Ok(()) };
        after = *last;
        for_each_user(users, |user_id| tell(state, user_id, now)).await;
    }
    Ok(())
}

async fn tell(state: &AppState, user_id: UserId, now: DateTime<Utc>) -> anyhow::Result<()> {
    let mut change = Change::begin(&state.db, None).await?;
    if !change.try_lock_user(user_id).await? {
        return Ok(()); // another worker is at it, or the user's own change; the next pass finds what is left
    }
    let mut due = store::claim(change.connection(), user_id, TASKS).await?;
    due.retain(|notice| notice.stands && !(notice.kind == TaskDueSoon && has_passed(notice, now)));
    for kind in [TaskDueSoon, TaskOverdue] {
        let notices = due.iter().filter(|notice| notice.kind == kind);
        let notices = notices
            .map(|notice| Notice::due(kind, notice.project_id, notice.task_id, (notice.due_date, notice.due_at)))
            .collect();
        notify_batch(&mut change, user_id, kind, notices, now).await?;
    }
    change.commit(&state.bus).await?;
    Ok(())
}

/// Overdue tasks are not also due soon: after an outage only the former is notified.
fn has_passed(notice: &DueNotice, now: DateTime<Utc>) -> bool {
    let today = now.with_timezone(&zone_of(&notice.time_zone)).date_naive();
    notice.due_at.is_some_and(|at| at <= now) || notice.due_date.is_some_and(|day| day < today)
}
