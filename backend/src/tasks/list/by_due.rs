//! The SQL of lists sorted by due date. The order follows the reader's days: tasks due on a day come after all tasks due at a time on it,
//! and where a day ends depends on the reader, so no index has that order. But each half is in index order for every reader: tasks due at a
//! time, and tasks due on a day. So the first of each are read and merged.

use sqlx::{Postgres, QueryBuilder};

use super::{
    conditions,
    filter::TaskFilter,
    order::{Order, TaskCursor, end_of_day},
    query::{push_limit, push_projects},
};
use crate::{id::UserId, tasks::model::TASK_COLUMNS};

/// Each half, and tasks without a due date, which come last in either direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    AtATime,
    OnADay,
    WithoutDue,
}

/// Before and after all others.
const LEAST_ID: &str = "'00000000-0000-0000-0000-000000000000'";
const GREATEST_ID: &str = "'ffffffff-ffff-ffff-ffff-ffffffffffff'";

/// For a query without text.
pub fn statement(user_id: UserId, filter: &TaskFilter, order: &Order) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new("/* tasks::list::by_due::statement */ SELECT ");
    query.push(TASK_COLUMNS).push(", page.sort_value::text AS sort_value FROM (SELECT k.* FROM");
    push_projects(&mut query, user_id, filter);
    query.push(" CROSS JOIN LATERAL (");
    let mut separator = "";
    for part in parts(filter) {
        query.push(separator).push("(");
        push_part(&mut query, *part, filter, order);
        query.push(")");
        separator = " UNION ALL ";
    }
    query.push(") k");
    order.push_to(&mut query, "k.sort_value", "k.id");
    push_limit(&mut query, filter);
    query.push(") page JOIN tasks t ON t.id = page.id");
    order.push_to(&mut query, "page.sort_value", "page.id");
    query
}

fn parts(filter: &TaskFilter) -> &'static [Part] {
    match (filter.without_due, filter.due) {
        (true, _) => &[Part::WithoutDue],
        (false, Some(_)) => &[Part::AtATime, Part::OnADay],
        (false, None) => &[Part::AtATime, Part::OnADay, Part::WithoutDue],
    }
}

/// The first tasks of a part in a project `a`, in index order.
fn push_part(query: &mut QueryBuilder<Postgres>, part: Part, filter: &TaskFilter, order: &Order) {
    let value = match part {
        Part::AtATime => "t.due_at".to_owned(),
        Part::OnADay => end_of_day(filter.time_zone, "t.due_date"),
        Part::WithoutDue => format!("'{}infinity'::timestamptz", if order.is_descending { "-" } else { "" }),
    };
    query.push("SELECT t.id, ").push(value).push(" AS sort_value FROM tasks t");
    conditions::push_tags(query, &filter.tags);
    query.push(" WHERE t.project_id = a.project_id AND t.deleted_at IS NULL");
    conditions::push_but_due(query, filter);
    match part {
        Part::AtATime => {
            query.push(" AND t.due_at IS NOT NULL");
            if let Some(from) = filter.due.and_then(|due| due.from) {
                query.push(" AND t.due_at >= ").push_bind(from.instant);
            }
            if let Some(until) = filter.due.and_then(|due| due.until) {
                query.push(" AND t.due_at < ").push_bind(until.instant);
            }
        }
        Part::OnADay => {
            query.push(" AND t.due_date IS NOT NULL");
            if let Some(from) = filter.due.and_then(|due| due.from) {
                query.push(" AND t.due_date >= ").push_bind(from.day);
            }
            if let Some(until) = filter.due.and_then(|due| due.until) {
                query.push(" AND t.due_date < ").push_bind(until.day);
            }
        }
        Part::WithoutDue => {
            query.push(" AND t.due_order = 'infinity'");
            if filter.due.is_some() {
                query.push(" AND false");
            }
        }
    }
    if let Some(after) = &order.after {
        push_after(query, part, filter, order, after);
    }
    let (by, id) = match part {
        Part::AtATime => ("t.due_at", "t.id"),
        Part::OnADay => ("t.due_date", "t.id"),
        Part::WithoutDue => ("t.due_order", "t.id"),
    };
    order.push_to(query, by, id);
    push_limit(query, filter);
}

/// The condition that a part's tasks come after the cursor, in its index order.
fn push_after(query: &mut QueryBuilder<Postgres>, part: Part, filter: &TaskFilter, order: &Order, after: &TaskCursor) {
    let beyond = if order.is_descending { "<" } else { ">" };
    match part {
        Part::AtATime => {
            query.push(" AND (t.due_at, t.id) ").push(beyond).push(" (").push_bind(after.value.clone());
            query.push("::timestamptz, ").push_bind(after.id).push(")");
        }
        Part::OnADay => {
            query.push(" AND (t.due_date, t.id) ").push(beyond).push(" (");
            push_day_of(query, filter, order, after);
            query.push(")");
        }
        // The last part: as long as the cursor is before it, all of it follows.
        Part::WithoutDue if after.value.ends_with("infinity") => {
            query.push(" AND t.id ").push(beyond).push(" ").push_bind(after.id);
        }
        Part::WithoutDue => {}
    }
}

/// The cursor's position among days and ids. The day that ends at it, or the first that ends after it, is searched around its local date: a
/// clock change at midnight may be in between.
fn push_day_of(query: &mut QueryBuilder<Postgres>, filter: &TaskFilter, order: &Order, after: &TaskCursor) {
    let zone = filter.time_zone.name();
    let (beyond, direction, before, edge) =
        if order.is_descending { ("<=", " DESC", "+ 1", LEAST_ID) } else { (">=", "", "- 1", GREATEST_ID) };
    query.push("SELECT CASE WHEN e.at = e.sought THEN e.day ELSE e.day ").push(before).push(" END, ");
    query.push("CASE WHEN e.at = e.sought THEN ").push_bind(after.id).push(" ELSE ").push(edge).push("::uuid END");
    query
        .push(" FROM (SELECT c.sought, d.day, ")
        .push(end_of_day(filter.time_zone, "d.day"))
        .push(" AS at FROM (SELECT ");
    query.push_bind(after.value.clone()).push("::timestamptz AS sought) c, LATERAL (SELECT (c.sought AT TIME ZONE '");
    query.push(zone).push("')::date + n AS day FROM generate_series(-2, 2) AS n) d) e WHERE e.at ").push(beyond);
    query.push(" e.sought ORDER BY e.day").push(direction).push(" LIMIT 1");
}
