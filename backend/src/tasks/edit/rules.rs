//! Applies a request to a task: the rules between its fields, and access to everything its body references.

use chrono::{DateTime, NaiveDate, Utc};

use super::position;
use crate::{
    error::{ApiError, ApiResult, FieldError, FieldProblem},
    events::Change,
    id::{ProjectId, TaskId, UserId},
    local_time::{MAX_YEAR, MIN_YEAR},
    projects::{
        access::{self, find_membership},
        model::Role,
    },
    tasks::{
        model::{NewTask, Priority, Status, Task, TaskPatch},
        store::{self, TaskValues},
    },
};

/// The values of a new task. Its project is locked and the caller has access.
pub async fn values_of_new(
    change: &mut Change,
    user_id: UserId,
    project_id: ProjectId,
    input: &NewTask,
) -> ApiResult<TaskValues> {
    let (start_date, start_at) = one_of("start_date", (input.start_date, input.start_at))?;
    let (due_date, due_at) = one_of("due_date", (input.due_date, input.due_at))?;
    if let Some(parent_id) = input.parent_id {
        check_parent(change, user_id, project_id, parent_id, None).await?;
    }
    if let Some(assignee_id) = input.assignee_id {
        check_assignee(change, project_id, assignee_id).await?;
    }
    let position = match (input.after, input.parent_id) {
        (Some(after), _) => position::after(change.connection(), project_id, None, after).await?,
        (None, Some(parent_id)) => position::last_subtask(change.connection(), project_id, parent_id).await?,
        (None, None) => position::last(change.connection(), project_id).await?,
    };
    Ok(TaskValues {
        project_id,
        parent_id: input.parent_id,
        title: input.title.trim().to_owned(),
        description: input.description.clone().unwrap_or_default(),
        status: input.status.unwrap_or(Status::Todo),
        priority: input.priority.unwrap_or(Priority::None),
        assignee_id: input.assignee_id,
        start_date,
        start_at,
        due_date,
        due_at,
        position,
    })
}

/// The values of a task after a patch. Its project, and the one it moves to, are locked.
pub async fn values_after(
    change: &mut Change,
    user_id: UserId,
    task: &Task,
    patch: &TaskPatch,
) -> ApiResult<TaskValues> {
    let project_id = patch.project_id.unwrap_or(task.project_id);
    let moves = project_id != task.project_id;
    if moves {
        check_target_project(change, user_id, project_id).await?;
    }
    let parent_id = match patch.parent_id {
        Some(parent_id) => parent_id,
        None if moves => None, // a subtask that moves alone becomes a task of its own
        None => task.parent_id,
    };
    if let Some(parent_id) = parent_id
        && (moves || task.parent_id != Some(parent_id))
    {
        check_parent(change, user_id, project_id, parent_id, Some(task)).await?;
    }
    let assignee_id = match patch.assignee_id {
        Some(Some(assignee_id)) => {
            if moves || task.assignee_id != Some(assignee_id) {
                check_assignee(change, project_id, assignee_id).await?;
            }
            Some(assignee_id)
        }
        Some(None) => None,
        None => keep_assignee(change, project_id, moves, task.assignee_id).await?,
    };
    let position = match patch.after {
        Some(after) => position::after(change.connection(), project_id, Some(task.id), after).await?,
        None if moves => position::last(change.connection(), project_id).await?,
        None => task.position.clone(),
    };
    let (start_date, start_at) =
        replace_one_of("start_date", (task.start_date, task.start_at), (patch.start_date, patch.start_at))?;
    let (due_date, due_at) = replace_one_of("due_date", (task.due_date, task.due_at), (patch.due_date, patch.due_at))?;
    Ok(TaskValues {
        project_id,
        parent_id,
        title: patch.title.as_deref().unwrap_or(&task.title).trim().to_owned(),
        description: patch.description.clone().unwrap_or_else(|| task.description.clone()),
        status: patch.status.unwrap_or(task.status),
        priority: patch.priority.unwrap_or(task.priority),
        assignee_id,
        start_date,
        start_at,
        due_date,
        due_at,
        position,
    })
}

/// The task's current values, to detect whether a patch changes anything.
pub fn values_of(task: &Task) -> TaskValues {
    TaskValues {
        project_id: task.project_id,
        parent_id: task.parent_id,
        title: task.title.clone(),
        description: task.description.clone(),
        status: task.status,
        priority: task.priority,
        assignee_id: task.assignee_id,
        start_date: task.start_date,
        start_at: task.start_at,
        due_date: task.due_date,
        due_at: task.due_at,
        position: task.position.clone(),
    }
}

type DayOrInstant = (Option<NaiveDate>, Option<DateTime<Utc>>);

fn check_years(field: &'static str, (day, instant): DayOrInstant) -> ApiResult<DayOrInstant> {
    use chrono::Datelike;
    let year = day.map(|day| day.year()).or(instant.map(|instant| instant.year()));
    if year.is_some_and(|year| !(MIN_YEAR..=MAX_YEAR).contains(&year)) {
        let field = if day.is_some() { field.to_owned() } else { field.replace("_date", "_at") };
        return Err(ApiError::field(&field, FieldProblem::YearOutOfRange { min: MIN_YEAR, max: MAX_YEAR }));
    }
    Ok((day, instant))
}

fn one_of(field: &'static str, values: DayOrInstant) -> ApiResult<DayOrInstant> {
    if values.0.is_some() && values.1.is_some() {
        let other = field.replace("_date", "_at");
        let problem = FieldProblem::ChooseOne { choices: format!("{field} (a day) or {other} (an instant)") };
        let errors = [field.to_owned(), other].map(|field| FieldError::new(field, problem.clone()));
        return Err(ApiError::Validation(errors.to_vec()));
    }
    check_years(field, values)
}

/// A day or an instant: setting one clears the other.
fn replace_one_of(
    field: &'static str,
    current: DayOrInstant,
    patch: (Option<Option<NaiveDate>>, Option<Option<DateTime<Utc>>>),
) -> ApiResult<DayOrInstant> {
    let (day, instant) = one_of(field, (patch.0.flatten(), patch.1.flatten()))?;
    if day.is_some() || instant.is_some() {
        return Ok((day, instant));
    }
    let day = if patch.0.is_some() { None } else { current.0 };
    let instant = if patch.1.is_some() { None } else { current.1 };
    Ok((day, instant))
}

async fn check_target_project(change: &mut Change, user_id: UserId, project_id: ProjectId) -> ApiResult<()> {
    let membership = find_membership(change.connection(), user_id, project_id)
        .await?
        .ok_or_else(|| ApiError::field("project_id", FieldProblem::NotYourProject))?;
    access::require(membership.role, Role::Editor)
}

/// A parent is a task of the same project that is not a subtask; a task that becomes a subtask has none itself.
async fn check_parent(
    change: &mut Change,
    user_id: UserId,
    project_id: ProjectId,
    parent_id: TaskId,
    child: Option<&Task>,
) -> ApiResult<()> {
    let wrong = |problem| Err(ApiError::field("parent_id", problem));
    let parent = store::find(change.connection(), user_id, parent_id).await?;
    let Some(parent) = parent.filter(|parent| parent.project_id == project_id && parent.deleted_at.is_none()) else {
        return wrong(FieldProblem::NotInProject);
    };
    if parent.parent_id.is_some() {
        return wrong(FieldProblem::ParentIsSubtask);
    }
    if let Some(child) = child {
        if child.id == parent_id {
            return wrong(FieldProblem::SameTask);
        }
        if !store::list_subtask_ids(change.connection(), child.id).await?.is_empty() {
            return wrong(FieldProblem::HasSubtasks);
        }
    }
    Ok(())
}

async fn check_assignee(change: &mut Change, project_id: ProjectId, assignee_id: UserId) -> ApiResult<()> {
    if store::is_member(change.connection(), project_id, assignee_id).await? {
        return Ok(());
    }
    Err(ApiError::field("assignee_id", FieldProblem::NotMember))
}

/// An assignee who is not a member of the target project is removed.
async fn keep_assignee(
    change: &mut Change,
    project_id: ProjectId,
    moves: bool,
    assignee_id: Option<UserId>,
) -> ApiResult<Option<UserId>> {
    match assignee_id {
        Some(assignee_id) if moves => {
            Ok(store::is_member(change.connection(), project_id, assignee_id).await?.then_some(assignee_id))
        }
        other => Ok(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn setting_a_day_clears_the_instant_and_the_other_way_round() {
        let instant: DateTime<Utc> = "2026-12-01T08:00:00Z".parse().expect("an instant");
        let replaced = replace_one_of("due_date", (None, Some(instant)), (Some(Some(day("2026-12-02"))), None));
        assert_eq!(replaced.ok(), Some((Some(day("2026-12-02")), None)));
        let replaced = replace_one_of("due_date", (Some(day("2026-12-02")), None), (None, Some(Some(instant))));
        assert_eq!(replaced.ok(), Some((None, Some(instant))));
        let kept = replace_one_of("due_date", (Some(day("2026-12-02")), None), (None, Some(None)));
        assert_eq!(kept.ok(), Some((Some(day("2026-12-02")), None)));
        let cleared = replace_one_of("due_date", (Some(day("2026-12-02")), None), (Some(None), None));
        assert_eq!(cleared.ok(), Some((None, None)));
        let both = replace_one_of("due_date", (None, None), (Some(Some(day("2026-12-02"))), Some(Some(instant))));
        assert!(both.is_err());
    }
}
