use axum::{Json, extract::State, http::StatusCode};
use serde_json::json;

use super::{
    model::{Notification, NotificationFilter, UnreadCount},
    store,
};
use crate::{
    auth::Caller,
    error::{ApiError, ApiResult, Resource},
    events::{Change, EventKind, Topic},
    http::{
        extract::{Path, Query},
        page::{self, DEFAULT_LIMIT, NewestFirst, Page},
    },
    id::{NotificationId, kind},
    notifications::Parts,
};

/// My notifications, newest first
#[utoipa::path(get, path = "/notifications", tag = "notifications", params(NotificationFilter), responses((status = 200, body = Page<Notification>)))]
pub async fn list(
    State(state): State<Parts>,
    caller: Caller,
    Query(filter): Query<NotificationFilter>,
) -> ApiResult<Json<Page<Notification>>> {
    let after: Option<NewestFirst<kind::Notification>> =
        filter.cursor.as_deref().map(page::decode_cursor).transpose()?;
    let limit = filter.limit.unwrap_or(DEFAULT_LIMIT);
    let items = store::list(&state.db, caller.user_id, filter.unread, after.as_ref(), i64::from(limit) + 1)
        .await
        .map_err(page::cursor_error)?;
    Ok(Json(Page::cut(items, limit, |last| NewestFirst { created_at: last.created_at, id: last.id })))
}

/// Number of unread notifications
#[utoipa::path(get, path = "/notifications/unread-count", tag = "notifications", responses((status = 200, body = UnreadCount)))]
pub async fn unread_count(State(state): State<Parts>, caller: Caller) -> ApiResult<Json<UnreadCount>> {
    Ok(Json(store::count_unread(&state.db, caller.user_id).await?))
}

/// Mark one as read
#[utoipa::path(post, path = "/notifications/{id}/read", tag = "notifications", params(("id" = Uuid, Path)), responses((status = 204, description = "Read")))]
pub async fn mark_read(
    State(state): State<Parts>,
    caller: Caller,
    Path(id): Path<NotificationId>,
) -> ApiResult<StatusCode> {
    let mut change = Change::begin(&state.db, caller.user_id).await?;
    change.lock_users(&[caller.user_id]).await?;
    let was_unread = store::mark_read(change.connection(), caller.user_id, id).await?;
    if was_unread.ok_or(ApiError::NotFound(Resource::Notification))? {
        change.record(Topic::User(caller.user_id), EventKind::NotificationRead, &json!({ "id": id })).await?;
        change.commit(&state.bus).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// Mark all as read
#[utoipa::path(post, path = "/notifications/read-all", tag = "notifications", responses((status = 204, description = "Read")))]
pub async fn mark_all_read(State(state): State<Parts>, caller: Caller) -> ApiResult<StatusCode> {
    let mut change = Change::begin(&state.db, caller.user_id).await?;
    change.lock_users(&[caller.user_id]).await?;
    if store::mark_all_read(change.connection(), caller.user_id).await? > 0 {
        change.record(Topic::User(caller.user_id), EventKind::NotificationRead, &json!({ "all": true })).await?;
        change.commit(&state.bus).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}
