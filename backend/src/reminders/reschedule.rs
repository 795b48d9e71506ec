//! Updates reminders when their dates change, in the same transaction.

use std::collections::{HashMap, HashSet};

use chrono::Utc;

use super::{
    moment::{Target, TaskDates, fires_at},
    store::{self, Whose},
};
use crate::{
    events::{Change, EventKind, Topic},
    id::{ProjectId, TaskId, UserId},
    local_time::zone_of,
};

/// The task's dates have just changed from what they were `before`; its project is locked. Call before anybody is notified: the feeds of the
/// people whose reminders follow are all locked here, ordered by id.
pub async fn reschedule_for_task(
    change: &mut Change,
    project_id: ProjectId,
    task_id: TaskId,
    before: TaskDates,
    now: TaskDates,
) -> anyhow::Result<()> {
    if before == now {
        return Ok(());
    }
    let owners = store::users_with_relative(change.connection(), project_id, task_id).await?;
    if owners.is_empty() {
        return Ok(());
    }
    let members: Vec<UserId> = owners.into_iter().filter(|(_, is_member)| *is_member).map(|(id, _)| id).collect();
    change.lock_users(&members).await?;
    reschedule(change, Whose::Task(task_id), &members).await
}

/// The user, whose feed is locked, has just changed their time zone.
pub async fn reschedule_for_time_zone(change: &mut Change, user_id: UserId) -> anyhow::Result<()> {
    reschedule(change, Whose::User(user_id), &[user_id]).await
}

/// Former members are not notified; their reminders are still updated in case they return.
async fn reschedule(change: &mut Change, whose: Whose, told: &[UserId]) -> anyhow::Result<()> {
    let now = Utc::now();
    let (mut ids, mut moments, mut owners) = (Vec::new(), Vec::new(), HashMap::new());
    for one in store::list_relative(change.connection(), whose).await? {
        let zone = zone_of(&one.time_zone);
        let moment = fires_at(Target::Before(one.relative_to, one.before), &one.dates, zone);
        if moment != one.fires_at {
            ids.push(one.id);
            moments.push(moment);
            owners.insert(one.id, one.user_id);
        }
    }
    if ids.is_empty() {
        return Ok(());
    }
    let told: HashSet<UserId> = told.iter().copied().collect();
    for reminder in store::set_moments(change.connection(), &ids, &moments, now).await? {
        if let Some(user_id) = owners.get(&reminder.id).filter(|user_id| told.contains(*user_id)) {
            change.record(Topic::User(*user_id), EventKind::ReminderChanged, &reminder).await?;
        }
    }
    Ok(())
}
