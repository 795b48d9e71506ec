//! Who is told of a change of a task: the assignee, the creator and who watches it, as far as they are members.

use crate::{
    auth::Caller,
    error::ApiResult,
    events::Change,
    id::UserId,
    notifications::{Notice, NotificationKind, notify, notify_each, preferences},
    tasks::{
        model::{Status, Task},
        store,
    },
};

/// Tells the assignee, and those members who want to know of every new task.
pub async fn tell_of_new(change: &mut Change, caller: &Caller, task: &Task) -> ApiResult<()> {
    tell(change, caller, &Before { status: None, assignee_id: None, due: None }, task).await?;
    let kind = NotificationKind::ProjectTaskAdded;
    let mut opted_in = preferences::members_who_chose(change.connection(), task.project_id, kind).await?;
    opted_in.retain(|user_id| Some(*user_id) != task.assignee_id);
    Ok(notify_each(change, &opted_in, &Notice::task_added(caller, task.project_id, task.id)).await?)
}

pub struct Before {
    pub status: Option<Status>,
    pub assignee_id: Option<UserId>,
    /// As [`due_text`] has it.
    pub due: Option<String>,
}

impl Before {
    pub fn of(task: &Task) -> Self {
        Self { status: Some(task.status), assignee_id: task.assignee_id, due: due_text(task) }
    }
}

/// A day or an instant.
fn due_text(task: &Task) -> Option<String> {
    task.due_date.map(|day| day.to_string()).or_else(|| task.due_at.map(|at| at.to_rfc3339()))
}

/// `before` is what the task was; a new task had no status.
pub async fn tell(change: &mut Change, caller: &Caller, before: &Before, task: &Task) -> ApiResult<()> {
    let newly_assigned = task.assignee_id.filter(|_| task.assignee_id != before.assignee_id);
    let status_changed = before.status.filter(|status| *status != task.status);
    let due = due_text(task);
    let due_changed = before.status.is_some() && due != before.due;
    let changed = status_changed.is_some() || due_changed;
    if newly_assigned.is_none() && !changed {
        return Ok(());
    }
    let users = [task.assignee_id, task.created_by.filter(|_| changed)];
    let watched = changed.then_some(task.id);
    let (connection, except) = (change.connection(), caller.user_id);
    let mut readers = store::list_recipients(connection, task.project_id, users, watched, except).await?;
    if let Some(place) = readers.iter().position(|user_id| Some(*user_id) == newly_assigned) {
        let assignee = readers.remove(place);
        notify(change, assignee, Notice::task_assigned(caller, task.project_id, task.id)).await?;
    }
    if let Some(from) = status_changed {
        let notice = Notice::status_changed(caller, task.project_id, task.id, from, task.status);
        notify_each(change, &readers, &notice).await?;
    }
    if due_changed {
        let notice = Notice::due_changed(caller, task.project_id, task.id, before.due.as_deref(), due.as_deref());
        notify_each(change, &readers, &notice).await?;
    }
    Ok(())
}
