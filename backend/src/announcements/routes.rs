use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{
    model::{Announcement, NewAnnouncement},
    store,
};
use crate::{
    announcements::Parts,
    auth::Administrator,
    db,
    error::{ApiError, ApiResult, Resource},
    http::{
        extract::{Json as Input, Query},
        page::{self, DEFAULT_LIMIT, NewestFirst, Page, PageQuery},
    },
    id::{Id, kind},
};

/// Send an announcement to everyone (administrators)
///
/// Stored immediately; a worker notifies people in small batches, in the app and by mail according to their preferences.
#[utoipa::path(post, path = "/admin/announcements", tag = "administration", request_body = NewAnnouncement,
    responses((status = 201, body = Announcement), (status = 200, body = Announcement, description = "It was there already, with this id")))]
pub async fn create(
    State(state): State<Parts>,
    Administrator(caller): Administrator,
    Input(input): Input<NewAnnouncement>,
) -> ApiResult<Response> {
    let id = input.id.unwrap_or_else(Id::new);
    let is_new = store::insert(&state.db, id, &input.texts, Some(caller.user_id)).await.map_err(db::unless_refused)?;
    let announcement = store::find(&state.db, id).await?.ok_or(ApiError::NotFound(Resource::Announcement))?;
    let status = if is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(announcement)).into_response())
}

/// Past announcements, newest first (administrators)
#[utoipa::path(get, path = "/admin/announcements", tag = "administration", params(PageQuery),
    responses((status = 200, body = Page<Announcement>)))]
pub async fn list(
    State(state): State<Parts>,
    _: Administrator,
    Query(filter): Query<PageQuery>,
) -> ApiResult<Json<Page<Announcement>>> {
    let after: Option<NewestFirst<kind::Announcement>> =
        filter.cursor.as_deref().map(page::decode_cursor).transpose()?;
    let limit = filter.limit.unwrap_or(DEFAULT_LIMIT);
    let items = store::list(&state.db, after.as_ref(), i64::from(limit) + 1).await.map_err(page::cursor_error)?;
    Ok(Json(Page::cut(items, limit, |last| NewestFirst { created_at: last.created_at, id: last.id })))
}
