//! Find tasks: filtered, sorted, searched, counted.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
};
use chrono::Utc;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    filter::{TaskFilter, TaskQuery},
    highlight::{Highlighter, Highlights},
    list_query::{self, TaskCursor},
    model::{Status, Task},
};
use crate::{
    auth::Caller,
    error::{ApiError, ApiResult},
    http::{etag, extract::Query, page::Page},
    state::AppState,
};

/// So many are seldom enough for nothing but the fields; what is longer grows the buffer.
const BYTES_PER_TASK: usize = 768;

/// A task in a list.
#[derive(Serialize, ToSchema)]
pub struct ListedTask {
    #[serde(flatten)]
    task: Task,
    /// With `q`: what was found, in pieces.
    #[serde(skip_serializing_if = "Option::is_none")]
    highlights: Option<Highlights>,
}

/// Counts of tasks by their status.
#[derive(Default, Serialize, ToSchema)]
pub struct StatusCounts {
    todo: i64,
    in_progress: i64,
    done: i64,
    cancelled: i64,
}

#[derive(Default, Serialize, ToSchema)]
pub struct TaskCounts {
    total: i64,
    by_status: StatusCounts,
}

/// Find tasks
#[utoipa::path(get, path = "/tasks", tag = "tasks", params(TaskQuery),
    responses((status = 200, body = Page<ListedTask>), (status = 304, description = "Not changed")))]
pub async fn list(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    Query(query): Query<TaskQuery>,
) -> ApiResult<Response> {
    let filter = query.parse(caller.user_id, caller.time_zone, Utc::now())?;
    let tag = tag_of(&state, &caller, "tasks", &filter).await?;
    if etag::none_match(&headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    if let Some(body) = state.answers.get(&tag) {
        return Ok(etag::with_tag(json_bytes(body), &tag));
    }
    let rows = list_query::list(&state.reads, caller.user_id, &filter).await?;
    let page = Page::cut(rows, filter.limit, |last| TaskCursor {
        sort: filter.sort,
        value: last.sort_value.clone(),
        id: last.task.id,
    });
    let highlighter = filter.text.as_deref().map(Highlighter::new);
    let items = page.items.into_iter().map(|row| {
        let task = Task::from(row.task);
        let highlights = highlighter.as_ref().map(|found| found.highlight(&task.title, &task.description));
        ListedTask { task, highlights }
    });
    let page = Page { items: items.collect(), next_cursor: page.next_cursor };
    let mut body = Vec::with_capacity(page.items.len() * BYTES_PER_TASK);
    serde_json::to_writer(&mut body, &page).map_err(anyhow::Error::new)?;
    let body = Bytes::from(body);
    // A write between reading the revisions and the rows can put newer rows under the older tag; who then holds that tag
    // sees newer data early, and the next revision is another tag.
    state.answers.put(tag.clone(), body.clone());
    Ok(etag::with_tag(json_bytes(body), &tag))
}

/// Count tasks by status
///
/// With the filters of the list.
#[utoipa::path(get, path = "/tasks/counts", tag = "tasks", params(TaskQuery),
    responses((status = 200, body = TaskCounts), (status = 304, description = "Not changed")))]
pub async fn counts(
    State(state): State<AppState>,
    caller: Caller,
    headers: HeaderMap,
    Query(query): Query<TaskQuery>,
) -> ApiResult<Response> {
    let filter = query.parse(caller.user_id, caller.time_zone, Utc::now())?;
    let tag = tag_of(&state, &caller, "counts", &filter).await?;
    if etag::none_match(&headers, &tag) {
        return Ok(etag::not_modified(&tag));
    }
    let mut counts = TaskCounts::default();
    for (status, count) in list_query::count_by_status(&state.reads, caller.user_id, &filter).await? {
        counts.total += count;
        match status {
            Status::Todo => counts.by_status.todo = count,
            Status::InProgress => counts.by_status.in_progress = count,
            Status::Done => counts.by_status.done = count,
            Status::Cancelled => counts.by_status.cancelled = count,
        }
    }
    Ok(etag::with_tag(Json(counts).into_response(), &tag))
}

/// Changes with every revision that the caller can see, and with what the query means today.
async fn tag_of(state: &AppState, caller: &Caller, what: &str, filter: &TaskFilter) -> Result<String, ApiError> {
    let seen = state.revisions.of_user(&state.reads, caller.user_id).await?;
    let query = serde_json::to_vec(filter).map_err(anyhow::Error::new)?;
    Ok(etag::content_tag(&[what.as_bytes(), caller.user_id.as_bytes(), &query, &seen]))
}

fn json_bytes(body: Bytes) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}
