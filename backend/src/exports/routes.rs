//! Request, follow and download an export of my data.

use axum::{
    Json,
    body::{Body, Bytes},
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use chrono::{DateTime, Utc};
use futures_util::stream;
use serde::Serialize;
use utoipa::ToSchema;

use super::store;
use crate::{
    auth::Caller,
    error::{ApiError, ApiResult, Resource},
    events::Change,
    exports::Parts,
};

/// The state of the export of my data.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportStatus {
    /// `none`: there is none; `waiting`, `running`, `ready`, or `failed`.
    #[schema(example = "running")]
    pub state: String,
    /// In percent.
    #[schema(example = 40)]
    pub progress: i16,
    /// In bytes; set when ready.
    pub size: Option<i64>,
    pub requested_at: Option<DateTime<Utc>>,
    /// Until when it can be downloaded.
    pub expires_at: Option<DateTime<Utc>>,
}

impl From<Option<store::Row>> for ExportStatus {
    fn from(row: Option<store::Row>) -> Self {
        match row {
            None => Self { state: "none".to_owned(), progress: 0, size: None, requested_at: None, expires_at: None },
            Some(row) => Self {
                size: (row.state == "ready").then_some(row.size),
                state: row.state,
                progress: row.progress,
                requested_at: Some(row.created_at),
                expires_at: row.expires_at,
            },
        }
    }
}

/// The state of the export of my data
#[utoipa::path(get, path = "/users/me/export", tag = "users", responses((status = 200, body = ExportStatus)))]
pub async fn get(State(state): State<Parts>, caller: Caller) -> ApiResult<Json<ExportStatus>> {
    Ok(Json(store::find(&state.db, caller.user_id).await?.into()))
}

/// Request an export of all my data
///
/// A zip of JSON files, created in the background. It replaces the previous one; while one is being created, nothing changes.
#[utoipa::path(post, path = "/users/me/export", tag = "users",
    responses((status = 202, body = ExportStatus, description = "It is being made")))]
pub async fn request(State(state): State<Parts>, caller: Caller) -> ApiResult<Response> {
    let mut change = Change::begin(&state.db, caller.user_id).await?;
    change.lock_users(&[caller.user_id]).await?;
    let under_way = store::find(change.connection(), caller.user_id).await?;
    if !under_way.is_some_and(|row| row.state == "waiting" || row.state == "running") {
        let limit = state.config.limits.exports_per_user;
        state.limiter.check("export", &caller.user_id.to_string(), limit).await?;
        store::request(change.connection(), caller.user_id).await?;
    }
    let status = ExportStatus::from(store::find(change.connection(), caller.user_id).await?);
    change.commit(&state.bus).await?;
    Ok((StatusCode::ACCEPTED, Json(status)).into_response())
}

/// Download the export of my data
#[utoipa::path(get, path = "/users/me/export/file", tag = "users",
    responses((status = 200, description = "The archive", content_type = "application/zip", body = [u8]),
        (status = 404, description = "There is none (yet, or any more)")))]
pub async fn download(State(state): State<Parts>, caller: Caller) -> ApiResult<Response> {
    let found = store::find(&state.db, caller.user_id).await?.filter(|row| row.state == "ready");
    let export = found.ok_or(ApiError::NotFound(Resource::Export))?;
    let db = state.db.clone();
    // One chunk at a time, once the client has read the previous one.
    let pieces = stream::try_unfold(0, move |number| {
        let db = db.clone();
        async move {
            let piece = store::piece(&db, export.id, number).await?;
            Ok::<_, sqlx::Error>(piece.map(|bytes| (Bytes::from(bytes), number + 1)))
        }
    });
    let name = format!("attachment; filename=\"todo-data-{}.zip\"", export.created_at.format("%Y-%m-%d"));
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION, name),
        (header::CONTENT_LENGTH, export.size.to_string()),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}
