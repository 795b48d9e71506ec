//! The conditions of task lists on a task `t`.

use sqlx::{Postgres, QueryBuilder};

use super::filter::{IdFilter, TaskFilter};
use crate::{id::UserId, tasks::model::Status};

/// Tasks with all of these tags. A join, not EXISTS, so that the plan can start from the tag as well as from the tasks. It returns no
/// duplicates, since a name is unique in a project and a tag on a task.
pub fn push_tags(query: &mut QueryBuilder<Postgres>, names: &[String]) {
    for (index, name) in names.iter().enumerate() {
        query.push(format_args!(
            " JOIN tags g{index} ON g{index}.project_id = t.project_id AND name_key(g{index}.name) = name_key("
        ));
        query.push_bind(name.clone());
        query.push(format_args!(
            ") JOIN task_tags tt{index} ON tt{index}.tag_id = g{index}.id AND tt{index}.task_id = t.id"
        ));
    }
}

/// Everything except tags and text.
pub fn push_values(query: &mut QueryBuilder<Postgres>, filter: &TaskFilter) {
    push_but_due(query, filter);
    push_due(query, filter);
}

/// Everything except tags, text and the due range.
pub fn push_but_due(query: &mut QueryBuilder<Postgres>, filter: &TaskFilter) {
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
    push_id(query, "t.assignee_id", filter.assignee);
    if let Some(user_id) = filter.mine {
        query.push(" AND ");
        push_mine(query, user_id);
    }
    push_id(query, "t.parent_id", filter.parent);
}

/// The person's own tasks. The dashboard's statement has the same condition.
fn push_mine(query: &mut QueryBuilder<Postgres>, user_id: UserId) {
    query.push("(t.assignee_id = ").push_bind(user_id);
    query.push(" OR (t.assignee_id IS NULL AND (t.created_by = ").push_bind(user_id);
    query.push(" OR NOT EXISTS (SELECT FROM project_members o WHERE o.project_id = t.project_id AND o.user_id <> ");
    query.push_bind(user_id).push("))))");
}

fn push_id<K: 'static>(query: &mut QueryBuilder<Postgres>, column: &'static str, filter: Option<IdFilter<K>>) {
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

/// Days are compared with days and instants with instants: which day it is depends on the caller's time zone.
fn push_due(query: &mut QueryBuilder<Postgres>, filter: &TaskFilter) {
    if filter.without_due {
        query.push(" AND t.due_order = 'infinity'");
    }
    let Some(due) = filter.due else { return };
    // First as one slightly too wide range, which can use the index.
    query.push(" AND t.due_order < 'infinity'");
    if let Some(from) = due.from {
        query.push(" AND t.due_order >= ").push_bind(from.least_order());
    }
    if let Some(until) = due.until {
        query.push(" AND t.due_order <= ").push_bind(until.greatest_order());
    }
    query.push(" AND (t.due_at IS NULL OR (true");
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
