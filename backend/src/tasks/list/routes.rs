//! Search tasks: filters, sorting, full text, counts.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};
use chrono::Utc;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    etag::etag_of,
    filter::{SortKey, TaskQuery},
    order::{Reader, TaskCursor},
    query::{self, ListedRow},
};
use crate::{
    auth::Caller,
    error::ApiResult,
    http::{
        etag::{self, IfNoneMatch},
        extract::read_query,
        page::Page,
    },
    off_runtime::Purpose,
    search::highlight::{Highlighter, Highlights},
    tasks::{
        Parts,
        model::{Status, Task},
    },
    users,
};

/// Large enough for short lists; longer ones grow the buffer.
const BYTES_PER_TASK: usize = 768;

/// A page with more text than this, in bytes, takes so long to serialise that it must not run on the request threads.
const MAX_INLINE: usize = 256 * 1024;

/// A task in a list.
#[derive(Serialize, ToSchema)]
pub struct ListedTask {
    #[serde(flatten)]
    task: Task,
    /// With `q`: the matches, in pieces.
    #[serde(skip_serializing_if = "Option::is_none")]
    highlights: Option<Highlights>,
}

/// Without `q`, plain tasks: flattening one object into another takes a tenth of a list's time.
#[derive(Serialize)]
#[serde(untagged)]
enum Item {
    Listed(Task),
    Found(ListedTask),
}

/// Number of tasks by status.
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
    State(state): State<Parts>,
    caller: Caller,
    if_none_match: IfNoneMatch,
    uri: Uri,
) -> ApiResult<Response> {
    let query = uri.query().unwrap_or_default();
    let etag = etag_of(&state, &caller, "tasks", query).await?;
    // Whoever has the ETag has sent a valid query.
    if if_none_match.names(&etag) {
        return Ok(etag::not_modified(&etag));
    }
    if let Some(body) = state.answers.get(&etag) {
        return Ok(etag::with(json_bytes(body), &etag));
    }
    // Boxed: otherwise requests without a query would carry its space through every layer.
    Box::pin(find(&state, &caller, &if_none_match, query, etag)).await
}

async fn find(
    state: &Parts,
    caller: &Caller,
    if_none_match: &IfNoneMatch,
    query: &str,
    etag: String,
) -> ApiResult<Response> {
    let mut filter = read_query::<TaskQuery>(query)?.parse(caller.user_id, caller.time_zone, Utc::now())?;
    if if_none_match.matches(&etag) {
        return Ok(etag::not_modified(&etag));
    }
    if filter.sort.key == SortKey::Title {
        filter.language = users::store::language(&state.reads, caller.user_id).await?;
    }
    let rows = query::list(&state.reads, caller.user_id, &filter).await?;
    let page = Page::cut(rows, filter.limit, |last| TaskCursor {
        sort: filter.sort,
        value: last.sort_value.clone(),
        id: last.task.id,
        reader: Reader::of(&filter),
    });
    let long = page.items.iter().map(|row| row.task.description.len()).sum::<usize>() > MAX_INLINE;
    let write = move || write_page(page, filter.text.as_deref());
    let body = if long { state.off_runtime.run(Purpose::Answer(caller.user_id), write).await?? } else { write()? };
    // A write between reading the revisions and the rows can put newer rows under the older ETag; its holder then sees newer data early,
    // and the next revision has another ETag.
    state.answers.put(etag.clone(), body.clone());
    Ok(etag::with(json_bytes(body), &etag))
}

/// The body of a page, with highlights for a search.
fn write_page(page: Page<ListedRow>, search: Option<&str>) -> anyhow::Result<Bytes> {
    let highlighter = search.map(Highlighter::new).transpose()?;
    let items = page.items.into_iter().map(|row| match &highlighter {
        None => Item::Listed(row.task),
        Some(found) => {
            let highlights = Some(found.highlight(&row.task.title, &row.task.description));
            Item::Found(ListedTask { task: row.task, highlights })
        }
    });
    let page = Page { items: items.collect(), next_cursor: page.next_cursor };
    let mut body = Vec::with_capacity(page.items.len() * BYTES_PER_TASK);
    serde_json::to_writer(&mut body, &page)?;
    Ok(Bytes::from(body))
}

/// Count tasks by status
///
/// With the same filters as the list.
#[utoipa::path(get, path = "/tasks/counts", tag = "tasks", params(TaskQuery),
    responses((status = 200, body = TaskCounts), (status = 304, description = "Not changed")))]
pub async fn counts(
    State(state): State<Parts>,
    caller: Caller,
    if_none_match: IfNoneMatch,
    uri: Uri,
) -> ApiResult<Response> {
    let query = uri.query().unwrap_or_default();
    let etag = etag_of(&state, &caller, "counts", query).await?;
    if if_none_match.names(&etag) {
        return Ok(etag::not_modified(&etag));
    }
    let filter = read_query::<TaskQuery>(query)?.parse(caller.user_id, caller.time_zone, Utc::now())?;
    if if_none_match.matches(&etag) {
        return Ok(etag::not_modified(&etag));
    }
    let mut counts = TaskCounts::default();
    for (status, count) in query::count_by_status(&state.reads, caller.user_id, &filter).await? {
        counts.total += count;
        match status {
            Status::Todo => counts.by_status.todo = count,
            Status::InProgress => counts.by_status.in_progress = count,
            Status::Done => counts.by_status.done = count,
            Status::Cancelled => counts.by_status.cancelled = count,
        }
    }
    Ok(etag::with(Json(counts).into_response(), &etag))
}

fn json_bytes(body: Bytes) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}
