//! Watching a task: being notified of changes to other people's tasks.

use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    db,
    error::ApiResult,
    projects::access::Viewer,
    tasks::{Parts, access::TaskAccess, store},
};

#[derive(Serialize, ToSchema)]
pub struct Watching {
    watching: bool,
}

/// Whether I watch a task
#[utoipa::path(get, path = "/tasks/{id}/watch", tag = "tasks", params(("id" = Uuid, Path)), responses((status = 200, body = Watching)))]
pub async fn get(State(state): State<Parts>, access: TaskAccess<Viewer>) -> ApiResult<Json<Watching>> {
    let task = access.find(&state.db).await?;
    Ok(Json(Watching { watching: store::is_watched(&state.db, access.caller.user_id, task.id).await? }))
}

/// Watch a task
///
/// Anybody who sees a task may watch it, and is notified when its status or due date changes.
#[utoipa::path(post, path = "/tasks/{id}/watch", tag = "tasks", params(("id" = Uuid, Path)), responses((status = 204, description = "Watched")))]
pub async fn watch(State(state): State<Parts>, access: TaskAccess<Viewer>) -> ApiResult<StatusCode> {
    let task = access.find(&state.db).await?;
    store::watch(&state.db, access.caller.user_id, task.id).await.map_err(db::unless_refused)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Stop watching a task
#[utoipa::path(delete, path = "/tasks/{id}/watch", tag = "tasks", params(("id" = Uuid, Path)), responses((status = 204, description = "Not watched")))]
pub async fn unwatch(State(state): State<Parts>, access: TaskAccess<Viewer>) -> ApiResult<StatusCode> {
    let task = access.find(&state.db).await?;
    store::unwatch(&state.db, access.caller.user_id, task.id).await.map_err(db::unless_refused)?;
    Ok(StatusCode::NO_CONTENT)
}
