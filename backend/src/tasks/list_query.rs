//! The SQL of task lists. Values are bound; what varies in the text comes from enums.

use serde::{Deserialize, Serialize};
use sqlx::{PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{
    filter::{IdFilter, Sort, SortKey, TaskFilter},
    model::Status,
    store::TaskRow,
};
use crate::{error::ApiError, http::page};

/// A task with the value that it was sorted by.
#[derive(sqlx::FromRow)]
pub struct ListedRow {
    #[sqlx(flatten)]
    pub task: TaskRow,
    pub sort_value: String,
}

#[derive(Serialize, Deserialize)]
pub struct TaskCursor {
    pub sort: Sort,
    pub value: String,
    pub id: Uuid,
}

/// How PostgreSQL sorts by a key: an expression, and the type that a cursor's value is read as. Tasks without the
/// value come last in either direction.
fn expression(sort: Sort) -> (&'static str, &'static str) {
    match (sort.key, sort.descending) {
        (SortKey::Position, _) => ("t.position", "text COLLATE \"C\""),
        (SortKey::CreatedAt, _) => ("t.created_at", "timestamptz"),
        (SortKey::UpdatedAt, _) => ("t.updated_at", "timestamptz"),
        (SortKey::CompletedAt, false) => ("coalesce(t.completed_at, 'infinity')", "timestamptz"),
        (SortKey::CompletedAt, true) => ("coalesce(t.completed_at, '-infinity')", "timestamptz"),
        (SortKey::Due, false) => ("t.due_order", "timestamptz"),
        (SortKey::Due, true) => ("coalesce(nullif(t.due_order, 'infinity'), '-infinity')", "timestamptz"),
        (SortKey::Priority, _) => ("t.priority", "smallint"),
        (SortKey::Title, _) => ("lower(t.title)", "text"),
        (SortKey::Status, _) => {
            ("array_position(ARRAY['todo', 'in_progress', 'done', 'cancelled'], t.status)", "integer")
        }
        (SortKey::Relevance, _) => ("ts_rank(s.vector, a.query)", "real"),
    }
}

/// Relevance begins with the best.
fn is_descending(sort: Sort) -> bool {
    sort.descending != (sort.key == SortKey::Relevance)
}

pub async fn list(db: &PgPool, user_id: Uuid, filter: &TaskFilter) -> Result<Vec<ListedRow>, ApiError> {
    let (sort_by, sort_type) = expression(filter.sort);
    let mut query = QueryBuilder::new("SELECT t.*, ");
    query.push("(").push(sort_by).push(")::text AS sort_value");
    push_from_where(&mut query, user_id, filter);
    let cursor: Option<TaskCursor> = filter.cursor.as_deref().map(page::decode_cursor).transpose()?;
    if let Some(cursor) = &cursor {
        if cursor.sort != filter.sort {
            return Err(ApiError::field("cursor", "belongs to another order; start again without it"));
        }
        query.push(" AND (").push(sort_by).push(", t.id) ").push(if is_descending(filter.sort) { "<" } else { ">" });
        query
            .push(" (")
            .push_bind(cursor.value.clone())
            .push("::")
            .push(sort_type)
            .push(", ")
            .push_bind(cursor.id)
            .push(")");
    }
    let direction = if is_descending(filter.sort) { " DESC" } else { "" };
    query.push(" ORDER BY ").push(sort_by).push(direction).push(", t.id").push(direction);
    query.push(" LIMIT ").push_bind(i64::from(filter.limit) + 1);
    query.build_query_as().fetch_all(db).await.map_err(|error| match &error {
        // Class 22 (data exception): a cursor that was made up has a value of the wrong kind.
        sqlx::Error::Database(database)
            if cursor.is_some() && database.code().is_some_and(|code| code.starts_with("22")) =>
        {
            ApiError::field("cursor", "is not a cursor of this list; start again without it")
        }
        _ => error.into(),
    })
}

pub async fn count_by_status(db: &PgPool, user_id: Uuid, filter: &TaskFilter) -> sqlx::Result<Vec<(Status, i64)>> {
    let mut query = QueryBuilder::new("SELECT t.status, count(*)");
    push_from_where(&mut query, user_id, filter);
    query.push(" GROUP BY t.status");
    query.build_query_as().fetch_all(db).await
}

/// Begins from the caller: only projects of theirs are read.
fn push_from_where(query: &mut QueryBuilder<Postgres>, user_id: Uuid, filter: &TaskFilter) {
    if let Some(text) = &filter.text {
        // OFFSET 0 keeps the search query from being made anew for each row.
        query.push(" FROM (SELECT project_id, user_id, archived_at, search_query(project_id, ");
        query.push_bind(text.clone()).push(") AS query FROM project_access WHERE user_id = ").push_bind(user_id);
        query.push(" OFFSET 0) a JOIN task_search s ON s.vector @@ a.query AND s.project_id = a.project_id");
        query.push(" JOIN task_details t ON t.id = s.task_id WHERE t.deleted_at IS NULL");
    } else if filter.project_id.is_some() {
        // No join, so that the order of the index is the order of the list.
        query.push(
            " FROM task_details t WHERE t.deleted_at IS NULL AND EXISTS (SELECT FROM project_access WHERE user_id = ",
        );
        query.push_bind(user_id).push(" AND project_id = ").push_bind(filter.project_id).push(")");
    } else {
        query.push(" FROM project_access a JOIN task_details t ON t.project_id = a.project_id");
        query.push(" WHERE t.deleted_at IS NULL AND a.user_id = ").push_bind(user_id);
    }
    if let Some(project_id) = filter.project_id {
        query.push(" AND t.project_id = ").push_bind(project_id);
    }
    if !filter.archived {
        query.push(" AND a.archived_at IS NULL");
    }
    if !filter.statuses.is_empty() {
        query
            .push(" AND t.status = ANY(")
            .push_bind(filter.statuses.iter().map(Status::as_str).collect::<Vec<_>>())
            .push(")");
    }
    if filter.open_only {
        query.push(" AND t.status IN ('todo', 'in_progress')");
    }
    if !filter.priorities.is_empty() {
        query.push(" AND t.priority = ANY(").push_bind(filter.priorities.clone()).push(")");
    }
    for tag in &filter.tags {
        query.push(" AND EXISTS (SELECT FROM task_tags tt JOIN tags g ON g.id = tt.tag_id WHERE tt.task_id = t.id AND lower(g.name) = ");
        query.push_bind(tag.clone()).push(")");
    }
    push_id(query, "t.assignee_id", filter.assignee);
    push_id(query, "t.parent_id", filter.parent);
    push_due(query, filter);
}

fn push_id(query: &mut QueryBuilder<Postgres>, column: &'static str, filter: Option<IdFilter>) {
    match filter {
        Some(IdFilter::Is(id)) => {
            query.push(" AND ").push(column).push(" = ").push_bind(id);
        }
        Some(IdFilter::IsNone) => {
            query.push(" AND ").push(column).push(" IS NULL");
        }
        None => {}
    }
}

/// A day is compared with days, an instant with instants: which day it is depends on where the caller is.
fn push_due(query: &mut QueryBuilder<Postgres>, filter: &TaskFilter) {
    if filter.without_due {
        query.push(" AND t.due_order = 'infinity'");
    }
    let Some(due) = filter.due else { return };
    query.push(" AND t.due_order < 'infinity' AND (t.due_at IS NULL OR (true");
    if let Some(from) = due.from {
        query.push(" AND t.due_at >= ").push_bind(from.instant);
    }
    if let Some(until) = due.until {
        query.push(" AND t.due_at < ").push_bind(until.instant);
    }
    query.push(")) AND (t.due_date IS NULL OR (true");
    if let Some(from) = due.from {
        query.push(" AND t.due_date >= ").push_bind(from.day);
    }
    if let Some(until) = due.until {
        query.push(" AND t.due_date < ").push_bind(until.day);
    }
    query.push("))");
}
