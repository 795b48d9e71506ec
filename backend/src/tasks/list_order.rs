//! In which order tasks are listed, and where a page begins.

use serde::{Deserialize, Serialize};
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::filter::{Sort, SortKey, TaskFilter};
use crate::{error::ApiError, http::page};

/// The task that a page begins after, and what it is sorted by.
#[derive(Serialize, Deserialize)]
pub struct TaskCursor {
    pub sort: Sort,
    pub value: String,
    pub id: Uuid,
}

pub struct Order {
    /// An expression of a task `t`.
    pub by: &'static str,
    /// What a cursor's value is read as.
    value_type: &'static str,
    is_descending: bool,
    after: Option<TaskCursor>,
}

impl Order {
    /// Says so when the cursor is not one of this order.
    pub fn of(filter: &TaskFilter) -> Result<Self, ApiError> {
        let (by, value_type) = expression(filter.sort);
        let after: Option<TaskCursor> = filter.cursor.as_deref().map(page::decode_cursor).transpose()?;
        if after.as_ref().is_some_and(|cursor| cursor.sort != filter.sort) {
            return Err(ApiError::field("cursor", "belongs to another order; start again without it"));
        }
        // Relevance begins with the best.
        let is_descending = filter.sort.descending != (filter.sort.key == SortKey::Relevance);
        Ok(Self { by, value_type, is_descending, after })
    }

    /// The condition on tasks `t` that they come after the cursor.
    pub fn push_after(&self, query: &mut QueryBuilder<Postgres>) {
        let Some(after) = &self.after else { return };
        query.push(" AND (").push(self.by).push(", t.id) ").push(if self.is_descending { "<" } else { ">" });
        query.push(" (").push_bind(after.value.clone()).push("::").push(self.value_type).push(", ");
        query.push_bind(after.id).push(")");
    }

    /// `ORDER BY` these two.
    pub fn push_to(&self, query: &mut QueryBuilder<Postgres>, by: &'static str, id: &'static str) {
        let direction = if self.is_descending { " DESC" } else { "" };
        query.push(" ORDER BY ").push(by).push(direction).push(", ").push(id).push(direction);
    }
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
