//! Create, read and change one task.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    notify::{self, Before},
    position, rules, tag_changes,
};
use crate::{
    auth::Caller,
    db,
    error::{ApiError, ApiResult, FieldProblem, Resource},
    events::{Change, EventKind, Topic},
    http::{
        etag::{self, IfMatch, IfNoneMatch},
        extract::Json as Input,
    },
    id::{Id, ProjectId, TaskId, UserId},
    projects::{
        self,
        access::{self, Editor, Viewer},
        model::Role,
    },
    reminders,
    tags::{self, store::TaskTag},
    tasks::{
        Parts,
        access::TaskAccess,
        model::{MAX_BODY, NewTask, Task, TaskPatch},
        store,
    },
};

/// Create a task
///
/// Only the title is required; without a project it goes to the Inbox. It comes last in the manual order, unless `after` is given.
#[utoipa::path(post, path = "/tasks", tag = "tasks", request_body = NewTask,
    responses((status = 201, body = Task), (status = 200, body = Task, description = "It was there already, with this id")))]
pub async fn create(
    State(state): State<Parts>,
    caller: Caller,
    Input(input): Input<NewTask, MAX_BODY>,
) -> ApiResult<Response> {
    let id = input.id.unwrap_or_else(Id::new);
    let mut change = Change::begin(&state.db, caller.user_id).await?;
    let project_id = project_of_new(&mut change, &caller, &input).await?;
    let membership = access::lock_as_member(&mut change, caller.user_id, project_id)
        .await?
        .ok_or_else(|| ApiError::field("project_id", FieldProblem::NotYourProject))?;
    access::require(membership.role, Role::Editor)?;
    if input.id.is_some()
        && let Some(existing) = find_existing(&mut change, caller.user_id, id).await?
    {
        return Ok(answer(StatusCode::OK, existing));
    }
    let values = rules::values_of_new(&mut change, caller.user_id, project_id, &input).await?;
    store::insert(change.connection(), id, caller.user_id, &values).await.map_err(id_taken)?;
    if let Some(names) = &input.tags {
        put_tags(&mut change, project_id, id, names).await?;
    }
    let task = find_own(&mut change, caller.user_id, id).await?;
    notify::tell_of_new(&mut change, &caller, &task);
    change.record(Topic::Project(project_id), EventKind::TaskCreated, &task).await?;
    tell_parent(&mut change, caller.user_id, task.parent_id).await?;
    change.commit(&state.bus).await?;
    Ok(answer(StatusCode::CREATED, task))
}

/// One task
#[utoipa::path(get, path = "/tasks/{id}", tag = "tasks", params(("id" = Uuid, Path)),
    responses((status = 200, body = Task), (status = 304, description = "Not changed")))]
pub async fn get(
    State(state): State<Parts>,
    access: TaskAccess<Viewer>,
    if_none_match: IfNoneMatch,
) -> ApiResult<Response> {
    let task = access.find(&state.reads).await?;
    let etag = content_version(&task);
    if if_none_match.matches(&etag) {
        return Ok(etag::not_modified(&etag));
    }
    Ok(answer(StatusCode::OK, task))
}

/// Change a task
///
/// Only the fields sent are changed. With `If-Match`, an outdated version is refused with 412.
#[utoipa::path(patch, path = "/tasks/{id}", tag = "tasks", params(("id" = Uuid, Path)), request_body = TaskPatch,
    responses((status = 200, body = Task)))]
pub async fn update(
    State(state): State<Parts>,
    access: TaskAccess<Editor>,
    if_match: IfMatch,
    Input(patch): Input<TaskPatch, MAX_BODY>,
) -> ApiResult<Response> {
    let caller = &access.caller;
    let mut change = Change::begin(&state.db, caller.user_id).await?;
    let before = access.lock(&mut change, patch.project_id).await?;
    let id = before.id;
    if_match.check(before.version, &before)?;
    let values = rules::values_after(&mut change, caller.user_id, &before, &patch).await?;
    let new_tags = tag_changes::tags_after(&before, &patch)?;
    if new_tags.is_none() && values == rules::values_of(&before) {
        return Ok(answer(StatusCode::OK, before)); // nothing to do, nothing to tell
    }
    let moves = values.project_id != before.project_id;
    let mut moved_ids = vec![id];
    let mut kept_tags = Vec::new();
    if moves {
        moved_ids.extend(store::list_subtask_ids(change.connection(), id).await?);
        store::defer_constraints(change.connection()).await?;
        kept_tags = tags::store::detach(change.connection(), &moved_ids).await?;
    }
    let mut task = store::update(change.connection(), &before, &values).await?;
    if moves {
        let subtasks = &moved_ids[1..];
        let (connection, project_id) = (change.connection(), values.project_id);
        let places = position::many_after(connection, project_id, &values.position, subtasks.len()).await?;
        store::move_subtasks(connection, project_id, subtasks, &places).await?;
        make_tags(&mut change, values.project_id, &kept_tags).await?;
    }
    let tags_change = new_tags.is_some();
    if let Some(names) = new_tags {
        tags::store::detach(change.connection(), &[id]).await?;
        put_tags(&mut change, values.project_id, id, &names).await?;
    }
    if moves || tags_change {
        task = find_own(&mut change, caller.user_id, id).await?;
    }
    notify::tell(&mut change, caller, &Before::of(&before), &task);
    if moves {
        record_move(&mut change, caller.user_id, &before, &task, &moved_ids).await?;
    } else {
        change.record(Topic::Project(task.project_id), EventKind::TaskUpdated, &task).await?;
    }
    if before.parent_id != task.parent_id || before.status != task.status {
        tell_parent(&mut change, caller.user_id, before.parent_id).await?;
        if before.parent_id != task.parent_id {
            tell_parent(&mut change, caller.user_id, task.parent_id).await?;
        }
    }
    reminders::reschedule_for_task(&mut change, task.project_id, id, (&before).into(), (&task).into()).await?;
    change.commit(&state.bus).await?;
    Ok(answer(StatusCode::OK, task))
}

/// The given project, the parent's, or the Inbox.
async fn project_of_new(change: &mut Change, caller: &Caller, input: &NewTask) -> ApiResult<ProjectId> {
    match (input.project_id, input.parent_id) {
        (Some(project_id), _) => Ok(project_id),
        (None, Some(parent_id)) => {
            let parent = store::find(change.connection(), caller.user_id, parent_id).await?;
            Ok(parent.ok_or_else(|| ApiError::field("parent_id", FieldProblem::NotYourTask))?.project_id)
        }
        (None, None) => Ok(projects::store::find_inbox_id(change.connection(), caller.user_id).await?),
    }
}

/// The result of an earlier request with the same id.
async fn find_existing(change: &mut Change, user_id: UserId, id: TaskId) -> ApiResult<Option<Task>> {
    if let Some(task) = store::find(change.connection(), user_id, id).await? {
        return Ok(Some(task));
    }
    if store::exists(change.connection(), id).await? {
        return Err(ApiError::Conflict { field: "id", problem: FieldProblem::Taken });
    }
    Ok(None)
}

fn id_taken(error: sqlx::Error) -> ApiError {
    db::conflict(error, &[("tasks_pkey", "id", FieldProblem::Taken)])
}

pub(in crate::tasks) async fn find_own(change: &mut Change, user_id: UserId, id: TaskId) -> ApiResult<Task> {
    store::find(change.connection(), user_id, id).await?.ok_or(ApiError::NotFound(Resource::Task))
}

/// A parent shows how many of its subtasks are done.
pub(in crate::tasks) async fn tell_parent(
    change: &mut Change,
    user_id: UserId,
    parent_id: Option<TaskId>,
) -> ApiResult<()> {
    let Some(parent_id) = parent_id else { return Ok(()) };
    let Some(parent) = store::find(change.connection(), user_id, parent_id).await? else { return Ok(()) };
    if parent.deleted_at.is_none() {
        change.record(Topic::Project(parent.project_id), EventKind::TaskUpdated, &parent).await?;
    }
    Ok(())
}

async fn put_tags(change: &mut Change, project_id: ProjectId, task_id: TaskId, names: &[String]) -> ApiResult<()> {
    let tags: Vec<_> = names
        .iter()
        .map(|name| TaskTag { task_id, name: name.clone(), color: tags::model::color_of(name).to_owned() })
        .collect();
    make_tags(change, project_id, &tags).await
}

async fn make_tags(change: &mut Change, project_id: ProjectId, tags: &[TaskTag]) -> ApiResult<()> {
    let made = tags::store::attach(change.connection(), project_id, tags).await?;
    Ok(change.record_each(project_id, EventKind::TagCreated, &made).await?)
}

/// The old project loses the task and its subtasks, the new one gets them. A member of only one sees only that half.
async fn record_move(
    change: &mut Change,
    user_id: UserId,
    before: &Task,
    task: &Task,
    moved_ids: &[TaskId],
) -> ApiResult<()> {
    let moved = store::find_many(change.connection(), user_id, moved_ids).await?;
    let moved: Vec<_> = moved.into_iter().filter(|moved| moved.deleted_at.is_none()).collect();
    let subtask_ids: Vec<TaskId> = moved.iter().map(|moved| moved.id).filter(|id| *id != task.id).collect();
    let gone = json!({ "id": task.id, "subtask_ids": subtask_ids, "moved_to": task.project_id });
    change.record(Topic::Project(before.project_id), EventKind::TaskDeleted, &gone).await?;
    Ok(change.record_each(task.project_id, EventKind::TaskCreated, &moved).await?)
}

/// Subtask counts and renewed order keys change without the task's version, and a permanently deleted task may be recreated with its id.
/// `If-Match` uses the version at the beginning.
fn content_version(task: &Task) -> String {
    let changed = task.updated_at.timestamp_micros();
    let Task { version, position, subtasks, .. } = task;
    format!("\"{version}-{}-{}-{changed}-{position}\"", subtasks.total, subtasks.done)
}

pub(in crate::tasks) fn answer(status: StatusCode, task: Task) -> Response {
    let etag = content_version(&task);
    etag::with((status, Json(task)).into_response(), &etag)
}
