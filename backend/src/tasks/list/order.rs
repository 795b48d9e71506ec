//! Sort orders of task lists, and the start of a page.

use std::borrow::Cow;

use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use sqlx::{Postgres, QueryBuilder};

use super::filter::{Sort, SortKey, TaskFilter};
use crate::{
    error::{ApiError, FieldProblem},
    http::page,
    id::TaskId,
    users::model::Language,
};

/// The task that a page starts after, with its sort key.
#[derive(Serialize, Deserialize)]
pub struct TaskCursor {
    pub sort: Sort,
    pub value: String,
    pub id: TaskId,
    /// The reader whose order it is, if that matters; absent in cursors of an earlier version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reader: Option<Reader>,
}

/// What an order depends on about the reader. With different values a cursor would skip or repeat tasks.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reader {
    TimeZone(String),
    Language(Language),
}

impl Reader {
    pub fn of(filter: &TaskFilter) -> Option<Self> {
        match filter.sort.key {
            SortKey::Due => Some(Self::TimeZone(filter.time_zone.name().to_owned())),
            SortKey::Title => Some(Self::Language(filter.language)),
            _ => None,
        }
    }
}

pub struct Order {
    /// An expression of a task `t`.
    pub by: Cow<'static, str>,
    /// The type of a cursor's value.
    value_type: &'static str,
    pub(super) is_descending: bool,
    pub(super) after: Option<TaskCursor>,
}

impl Order {
    /// Refuses a cursor of another order.
    pub fn of(filter: &TaskFilter) -> Result<Self, ApiError> {
        let (by, value_type) = expression(filter);
        let after: Option<TaskCursor> = filter.cursor.as_deref().map(page::decode_cursor).transpose()?;
        let is_of_another = |cursor: &TaskCursor| {
            cursor.sort != filter.sort || cursor.reader.is_some() && cursor.reader != Reader::of(filter)
        };
        if after.as_ref().is_some_and(is_of_another) {
            return Err(ApiError::field("cursor", FieldProblem::CursorOfOtherOrder));
        }
        // Relevance begins with the best.
        let is_descending = filter.sort.descending != (filter.sort.key == SortKey::Relevance);
        Ok(Self { by, value_type, is_descending, after })
    }

    /// The condition that tasks `t` come after the cursor.
    pub fn push_after(&self, query: &mut QueryBuilder<Postgres>) {
        let Some(after) = &self.after else { return };
        query.push(" AND (").push(&*self.by).push(", t.id) ").push(if self.is_descending { "<" } else { ">" });
        query.push(" (").push_bind(after.value.clone()).push("::").push(self.value_type).push(", ");
        query.push_bind(after.id).push(")");
    }

    /// `ORDER BY` these two.
    pub fn push_to(&self, query: &mut QueryBuilder<Postgres>, by: &str, id: &'static str) {
        let direction = if self.is_descending { " DESC" } else { "" };
        query.push(" ORDER BY ").push(by).push(direction).push(", ").push(id).push(direction);
    }
}

/// How PostgreSQL sorts by a key: an expression, and the type of a cursor's value. Tasks without the value come last in either direction.
fn expression(filter: &TaskFilter) -> (Cow<'static, str>, &'static str) {
    let fixed = match (filter.sort.key, filter.sort.descending) {
        (SortKey::Position, _) => ("t.position", "text COLLATE \"C\""),
        (SortKey::CreatedAt, _) => ("t.created_at", "timestamptz"),
        (SortKey::UpdatedAt, _) => ("t.updated_at", "timestamptz"),
        (SortKey::CompletedAt, false) => ("coalesce(t.completed_at, 'infinity')", "timestamptz"),
        (SortKey::CompletedAt, true) => ("coalesce(t.completed_at, '-infinity')", "timestamptz"),
        (SortKey::Due, descending) => return (due(filter.time_zone, descending).into(), "timestamptz"),
        (SortKey::Priority, _) => ("t.priority", "smallint"),
        (SortKey::Title, _) => match filter.language {
            Language::English => ("t.title COLLATE reader_en", "text"),
            Language::SimplifiedChinese => ("t.title COLLATE reader_zh", "text"),
        },
        (SortKey::Status, _) => {
            ("array_position(ARRAY['todo', 'in_progress', 'done', 'cancelled'], t.status)", "integer")
        }
        (SortKey::Relevance, _) => ("ts_rank(s.vector, a.query)", "real"),
    };
    (fixed.0.into(), fixed.1)
}

/// By the reader's days: a day ends in their time zone, after everything due at a time of that day.
fn due(time_zone: Tz, descending: bool) -> String {
    let without = if descending { "-infinity" } else { "infinity" };
    format!("coalesce(t.due_at, {}, '{without}')", end_of_day(time_zone, "t.due_date"))
}

/// The last microsecond of a day. Time zone names contain nothing that SQL would interpret.
pub(super) fn end_of_day(time_zone: Tz, day: &str) -> String {
    format!("({day} + 1)::timestamp AT TIME ZONE '{}' - interval '1 microsecond'", time_zone.name())
}
