use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::json;

use super::{
    model::{NewTag, Tag, TagCursor, TagFilter, TagPatch},
    store,
};
use crate::{
    auth::Caller,
    db,
    error::{ApiError, ApiResult, FieldProblem},
    events::{Change, EventKind, Topic},
    http::{
        etag::{self, IfMatch, IfNoneMatch},
        extract::{Json as Input, Query, ShortJson},
        page::{self, Page},
    },
    id::Id,
    projects::access::{Editor, ProjectAccess},
    tags::{Parts, access::TagAccess},
};

/// Of one page.
const MOST_TAGS: u16 = 1000;

fn taken(error: sqlx::Error) -> ApiError {
    db::conflict(
        error,
        &[
            ("tags_pkey", "id", FieldProblem::Taken),
            ("tags_name_key", "name", FieldProblem::TagNameTaken),
            ("tags_name_key_key", "name", FieldProblem::TagNameTaken),
        ],
    )
}

/// Tags of my projects
///
/// By project, and by name within it.
#[utoipa::path(get, path = "/tags", tag = "tags", params(TagFilter),
    responses((status = 200, body = Page<Tag>), (status = 304, description = "Not changed")))]
pub async fn list(
    State(state): State<Parts>,
    caller: Caller,
    if_none_match: IfNoneMatch,
    Query(filter): Query<TagFilter>,
) -> ApiResult<Response> {
    let after: Option<TagCursor> = filter.cursor.as_deref().map(page::decode_cursor).transpose()?;
    let limit = filter.limit.unwrap_or(MOST_TAGS);
    let seen = state.revisions.of_user(&state.reads, caller.user_id).await?;
    let project = filter.project_id.map_or_else(String::new, |id| id.to_string());
    let part = format!("{limit} {}", filter.cursor.as_deref().unwrap_or_default());
    let etag = etag::of_content(&[b"tags", project.as_bytes(), part.as_bytes(), &seen]);
    if if_none_match.matches(&etag) {
        return Ok(etag::not_modified(&etag));
    }
    let more = i64::from(limit) + 1;
    let tags = store::list(&state.db, caller.user_id, filter.project_id, after.as_ref(), more)
        .await
        .map_err(page::cursor_error)?;
    let cursor = |last: &Tag| TagCursor { project_id: last.project_id, name: last.name.clone(), id: last.id };
    Ok(etag::with(Json(Page::cut(tags, limit, cursor)).into_response(), &etag))
}

/// Create a tag
#[utoipa::path(post, path = "/projects/{id}/tags", tag = "tags", params(("id" = Uuid, Path)), request_body = NewTag,
    responses((status = 201, body = Tag), (status = 200, body = Tag, description = "It was there already, with this id")))]
pub async fn create(
    State(state): State<Parts>,
    access: ProjectAccess<Editor>,
    Input(input): ShortJson<NewTag>,
) -> ApiResult<Response> {
    let id = input.id.unwrap_or_else(Id::new);
    let mut change = Change::begin(&state.db, access.caller.user_id).await?;
    access.lock(&mut change).await?;
    if input.id.is_some() {
        if let Some((existing, _)) = store::find(change.connection(), access.caller.user_id, id).await? {
            return Ok(Json(existing).into_response());
        }
        if store::exists(change.connection(), id).await? {
            return Err(ApiError::Conflict { field: "id", problem: FieldProblem::Taken });
        }
    }
    let tag = store::insert(change.connection(), id, access.project_id, &input.name, input.color.as_deref())
        .await
        .map_err(taken)?;
    change.record(Topic::Project(access.project_id), EventKind::TagCreated, &tag).await?;
    change.commit(&state.bus).await?;
    Ok(answer(StatusCode::CREATED, tag))
}

/// Change a tag's name or colour
#[utoipa::path(patch, path = "/tags/{id}", tag = "tags", params(("id" = Uuid, Path)), request_body = TagPatch, responses((status = 200, body = Tag)))]
pub async fn update(
    State(state): State<Parts>,
    access: TagAccess<Editor>,
    if_match: IfMatch,
    Input(patch): ShortJson<TagPatch>,
) -> ApiResult<Response> {
    let mut change = Change::begin(&state.db, access.caller.user_id).await?;
    let current = access.lock(&mut change).await?;
    if_match.check(current.version, &current)?;
    let (tag, touched) = store::update(change.connection(), current.id, &patch).await.map_err(taken)?;
    change.count_touched(touched);
    change.record(Topic::Project(tag.project_id), EventKind::TagUpdated, &tag).await?;
    change.commit(&state.bus).await?;
    Ok(answer(StatusCode::OK, tag))
}

/// Delete a tag and remove it from its tasks
#[utoipa::path(delete, path = "/tags/{id}", tag = "tags", params(("id" = Uuid, Path)), responses((status = 204, description = "Deleted")))]
pub async fn delete(State(state): State<Parts>, access: TagAccess<Editor>, if_match: IfMatch) -> ApiResult<StatusCode> {
    let mut change = Change::begin(&state.db, access.caller.user_id).await?;
    let tag = access.lock(&mut change).await?;
    if_match.check(tag.version, &tag)?;
    let touched = store::delete(change.connection(), tag.id).await?;
    change.count_touched(touched);
    let gone = json!({ "id": tag.id, "name": tag.name });
    change.record(Topic::Project(tag.project_id), EventKind::TagDeleted, &gone).await?;
    change.commit(&state.bus).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn answer(status: StatusCode, tag: Tag) -> Response {
    let version = etag::of_version(tag.version);
    etag::with((status, Json(tag)).into_response(), &version)
}
