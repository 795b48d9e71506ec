//! Delete and restore tasks.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use garde::Validate;
use serde::Deserialize;
use serde_json::json;
use utoipa::IntoParams;

use super::list::{self, TrashCursor};
use crate::{
    auth::Caller,
    error::{ApiError, ApiResult, Resource},
    events::{Change, EventKind, Topic},
    http::{
        etag::IfMatch,
        extract::Query,
        page::{self, DEFAULT_LIMIT, Page},
    },
    projects::access::Editor,
    tasks::{
        Parts,
        access::TaskAccess,
        edit::{
            position,
            routes::{answer, find_own, tell_parent},
        },
        model::Task,
        store,
    },
};

#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TrashQuery {
    /// Page size, default 50.
    #[garde(inner(range(min = 1, max = 200)))]
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next_cursor` of the previous page.
    #[garde(inner(length(max = 1000)))]
    #[param(max_length = 1000, pattern = "^[A-Za-z0-9_-]*$")]
    cursor: Option<String>,
}

/// Move a task and its subtasks to the trash
#[utoipa::path(delete, path = "/tasks/{id}", tag = "tasks", params(("id" = Uuid, Path)), responses((status = 204, description = "In the trash")))]
pub async fn delete(
    State(state): State<Parts>,
    access: TaskAccess<Editor>,
    if_match: IfMatch,
) -> ApiResult<StatusCode> {
    let mut change = Change::begin(&state.db, access.caller.user_id).await?;
    let task = access.lock(&mut change, None).await?;
    if_match.check(task.version, &task)?;
    let subtask_ids = list::move_to_trash(change.connection(), task.id).await?;
    let gone = json!({ "id": task.id, "subtask_ids": subtask_ids });
    change.record(Topic::Project(task.project_id), EventKind::TaskDeleted, &gone).await?;
    tell_parent(&mut change, access.caller.user_id, task.parent_id).await?;
    change.commit(&state.bus).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deleted tasks, newest first
#[utoipa::path(get, path = "/tasks/trash", tag = "tasks", params(TrashQuery), responses((status = 200, body = Page<Task>)))]
pub async fn list(
    State(state): State<Parts>,
    caller: Caller,
    Query(query): Query<TrashQuery>,
) -> ApiResult<Json<Page<Task>>> {
    let after: Option<TrashCursor> = query.cursor.as_deref().map(page::decode_cursor).transpose()?;
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    let ids = list::list_ids(&state.db, caller.user_id, after.as_ref(), i64::from(limit) + 1)
        .await
        .map_err(page::cursor_error)?;
    let mut tasks = store::find_many(&state.db, caller.user_id, &ids).await?;
    tasks.retain(|task| task.deleted_at.is_some());
    tasks.sort_by_key(|task| std::cmp::Reverse((task.deleted_at, task.id)));
    Ok(Json(Page::cut(tasks, limit, |last| TrashCursor {
        deleted_at: last.deleted_at.unwrap_or_default(),
        id: last.id,
    })))
}

/// Restore a task from the trash
///
/// Subtasks deleted with it are restored too.
#[utoipa::path(post, path = "/tasks/{id}/restore", tag = "tasks", params(("id" = Uuid, Path)), responses((status = 200, body = Task)))]
pub async fn restore(State(state): State<Parts>, access: TaskAccess<Editor>) -> ApiResult<Response> {
    let mut change = Change::begin(&state.db, access.caller.user_id).await?;
    let task = access.lock_with_trash(&mut change, None).await?;
    let Some(deleted_at) = task.deleted_at else { return Ok(answer(StatusCode::OK, task)) };
    let ids = list::restore(change.connection(), task.id, deleted_at).await?;
    position::make_unique(change.connection(), task.project_id, &ids).await?;
    let restored = store::find_many(change.connection(), access.caller.user_id, &ids).await?;
    change.record_each(task.project_id, EventKind::TaskRestored, &restored).await?;
    let task = find_own(&mut change, access.caller.user_id, task.id).await?;
    tell_parent(&mut change, access.caller.user_id, task.parent_id).await?;
    change.commit(&state.bus).await?;
    Ok(answer(StatusCode::OK, task))
}

/// Permanently delete a task in the trash
#[utoipa::path(delete, path = "/tasks/trash/{id}", tag = "tasks", params(("id" = Uuid, Path)), responses((status = 204, description = "Gone")))]
pub async fn purge(State(state): State<Parts>, access: TaskAccess<Editor>) -> ApiResult<StatusCode> {
    let mut change = Change::begin(&state.db, access.caller.user_id).await?;
    let task = access.lock_with_trash(&mut change, None).await?;
    if task.deleted_at.is_none() {
        return Err(ApiError::NotFound(Resource::TrashedTask));
    }
    list::purge(change.connection(), task.id).await?;
    change.record(Topic::Project(task.project_id), EventKind::TaskPurged, &json!({ "id": task.id })).await?;
    change.commit(&state.bus).await?;
    Ok(StatusCode::NO_CONTENT)
}
