//! Watching a task: being notified of changes to other people's tasks.

use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    auth::Caller,
    db,
    error::{ApiError, ApiResult, Resource},
    http::extract::Path,
    id::TaskId,
    tasks::{Parts, store},
};

#[derive(Serialize, ToSchema)]
pub struct Watching {
    watching: bool,
}

async fn check(state: &Parts, caller: &Caller, id: TaskId) -> ApiResult<()> {
    store::find(&state.db, caller.user_id, id).await?.map(|_| ()).ok_or(ApiError::NotFound(Resource::Task))
}

/// Whether I watch a task
#[utoipa::path(get, path = "/tasks/{id}/watch", tag = "tasks", params(("id" = Uuid, Path)), responses((status = 200, body = Watching)))]
pub async fn get(State(state): State<Parts>, caller: Caller, Path(id): Path<TaskId>) -> ApiResult<Json<Watching>> {
    check(&state, &caller, id).await?;
    Ok(Json(Watching { watching: store::is_watched(&state.db, caller.user_id, id).await? }))
}

/// Watch a task
///
/// Anybody who sees a task may watch it, and is notified when its status or due date changes.
#[utoipa::path(post, path = "/tasks/{id}/watch", tag = "tasks", params(("id" = Uuid, Path)), responses((status = 204, description = "Watched")))]
pub async fn watch(State(state): State<Parts>, caller: Caller, Path(id): Path<TaskId>) -> ApiResult<StatusCode> {
    check(&state, &caller, id).await?;
    store::watch(&state.db, caller.user_id, id).await.map_err(db::unless_refused)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stop watching a task
#[utoipa::path(delete, path = "/tasks/{id}/watch", tag = "tasks", params(("id" = Uuid, Path)), responses((status = 204, description = "Not watched")))]
pub async fn unwatch(State(state): State<Parts>, caller: Caller, Path(id): Path<TaskId>) -> ApiResult<StatusCode> {
    check(&state, &caller, id).await?;
    store::unwatch(&state.db, caller.user_id, id).await.map_err(db::unless_refused)?;
    Ok(StatusCode::NO_CONTENT)
}
