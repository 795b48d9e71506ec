//! Keeps the moments of reminders right when what they depend on changes, in the transaction that changes it.

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
    projects::member_store,
};

/// The task's dates have just changed from what they were `before`; its project is locked. Before anybody is told of it: the members'
/// feeds are locked here all at once, in the order of their ids.
pub async fn reschedule_for_task(
    change: &mut Change,
    project_id: ProjectId,
    task_id: TaskId,
    before: TaskDates,
    now: TaskDates,
) -> anyhow::Result<()> {
    if before == now || !store::any_relative(change.connection(), task_id).await? {
        return Ok(());
    }
    let members = member_store::list_ids(change.connection(), project_id).await?;
    change.lock_users(&members).await?;
    reschedule(change, Whose::Task(task_id), &members).await
}

/// The user, whose feed is locked, has just changed the time zone.
pub async fn reschedule_for_time_zone(change: &mut Change, user_id: UserId) -> anyhow::Result<()> {
    reschedule(change, Whose::User(user_id), &[user_id]).await
}

/// Who is no member any more is not told; theirs are kept right for when they come back.
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
