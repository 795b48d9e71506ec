//! Notifies the assignee, the creator and the watchers of a task's changes, if they are members.

use crate::{
    auth::Caller,
    events::{Audience, Change},
    id::UserId,
    notifications::{self, Notice},
    tasks::model::{Status, Task},
};

/// Notifies the assignee, and members who subscribed to new tasks.
pub fn tell_of_new(change: &mut Change, caller: &Caller, task: &Task) {
    tell(change, caller, &Before { status: None, assignee_id: None, due: None }, task);
    let to = Audience { opted_in: true, except: task.assignee_id, ..Audience::default() };
    notifications::tell(change, Notice::task_added(caller, task.project_id, task.id), to);
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

/// `before` is the task's previous state; a new task had no status. The notices are stored with the next event recorded for the project.
pub fn tell(change: &mut Change, caller: &Caller, before: &Before, task: &Task) {
    let newly_assigned = task.assignee_id.filter(|_| task.assignee_id != before.assignee_id);
    if let Some(assignee) = newly_assigned {
        let notice = Notice::task_assigned(caller, task.project_id, task.id);
        notifications::tell(change, notice, Audience::person(assignee));
    }
    let people = [task.assignee_id, task.created_by].into_iter().flatten().collect();
    let readers = Audience { watchers: true, people, except: newly_assigned, ..Audience::default() };
    if let Some(from) = before.status.filter(|status| *status != task.status) {
        let notice = Notice::status_changed(caller, task.project_id, task.id, from, task.status);
        notifications::tell(change, notice, readers.clone());
    }
    let due = due_text(task);
    if before.status.is_some() && due != before.due {
        let notice = Notice::due_changed(caller, task.project_id, task.id, before.due.as_deref(), due.as_deref());
        notifications::tell(change, notice, readers);
    }
}
