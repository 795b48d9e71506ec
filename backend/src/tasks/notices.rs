//! Who is told of a change of a task: the assignee and the creator, as far as they are members.

use uuid::Uuid;

use super::{
    model::{Status, Task},
    store,
};
use crate::{
    auth::Caller,
    error::ApiResult,
    notifications::{Notice, notify},
    realtime::Change,
};

pub struct Before {
    pub status: Option<Status>,
    pub assignee_id: Option<Uuid>,
}

/// `before` is what the task was; a new task had no status.
pub async fn tell(change: &mut Change, caller: &Caller, before: &Before, task: &Task) -> ApiResult<()> {
    let newly_assigned = task.assignee_id.filter(|_| task.assignee_id != before.assignee_id);
    let status_changed = before.status.filter(|status| *status != task.status);
    let concerned = [task.assignee_id, task.created_by.filter(|_| status_changed.is_some())];
    let concerned: Vec<Uuid> = concerned.into_iter().flatten().filter(|id| *id != caller.user_id).collect();
    if concerned.is_empty() || (newly_assigned.is_none() && status_changed.is_none()) {
        return Ok(());
    }
    for user_id in store::only_members(change.connection(), task.project_id, &concerned).await? {
        if Some(user_id) == newly_assigned {
            notify(change, user_id, Notice::task_assigned(caller, task.project_id, task.id)).await?;
        } else if let Some(from) = status_changed {
            let notice = Notice::status_changed(caller, task.project_id, task.id, from, task.status);
            notify(change, user_id, notice).await?;
        }
    }
    Ok(())
}
