//! The SQL of task lists. Values are bound; the variable parts of the text come from enums.

use sqlx::{FromRow, PgExecutor, Postgres, QueryBuilder};

use super::{
    by_due, conditions,
    filter::{SortKey, TaskFilter},
    order::Order,
};
use crate::{
    error::{ApiError, FieldProblem},
    id::UserId,
    search::lexemes,
    tasks::model::{Status, TASK_COLUMNS, Task},
};

/// A task with its sort key.
#[derive(FromRow)]
pub struct ListedRow {
    #[sqlx(flatten)]
    pub task: Task,
    pub sort_value: String,
}

pub async fn list(db: impl PgExecutor<'_>, user_id: UserId, filter: &TaskFilter) -> Result<Vec<ListedRow>, ApiError> {
    let mut statement = list_statement(user_id, filter)?;
    statement.build_query_as().fetch_all(db).await.map_err(|error| match &error {
        // Class 22 (data exception): a forged cursor has a value of the wrong type.
        sqlx::Error::Database(database)
            if filter.cursor.is_some() && database.code().is_some_and(|code| code.starts_with("22")) =>
        {
            ApiError::field("cursor", FieldProblem::InvalidCursor)
        }
        _ => error.into(),
    })
}

pub async fn count_by_status(
    db: impl PgExecutor<'_>,
    user_id: UserId,
    filter: &TaskFilter,
) -> sqlx::Result<Vec<(Status, i64)>> {
    count_statement(user_id, filter).build_query_as().fetch_all(db).await
}

fn list_statement(user_id: UserId, filter: &TaskFilter) -> Result<QueryBuilder<Postgres>, ApiError> {
    let order = Order::of(filter)?;
    if filter.text.is_none() && filter.sort.key == SortKey::Due {
        return Ok(by_due::statement(user_id, filter, &order));
    }
    if filter.text.is_none() && filter.project_id.is_none() {
        return Ok(across_projects(user_id, filter, &order));
    }
    let mut query = QueryBuilder::new("/* tasks::list::query::list_statement */ SELECT ");
    query.push(TASK_COLUMNS).push(", (").push(&*order.by).push(")::text AS sort_value");
    push_from_where(&mut query, user_id, filter);
    order.push_after(&mut query);
    order.push_to(&mut query, &order.by, "t.id");
    push_limit(&mut query, filter);
    Ok(query)
}

/// The first tasks of each project, and of those the first overall, so no more of a project is read than is shown, if an index has the
/// order. The displayed columns are looked up last.
fn across_projects(user_id: UserId, filter: &TaskFilter, order: &Order) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new("/* tasks::list::query::across_projects */ SELECT ");
    query.push(TASK_COLUMNS).push(", page.sort_value::text AS sort_value FROM (SELECT k.* FROM");
    push_projects(&mut query, user_id, filter);
    query.push(" CROSS JOIN LATERAL (SELECT t.id, ").push(&*order.by).push(" AS sort_value FROM tasks t");
    conditions::push_tags(&mut query, &filter.tags);
    query.push(" WHERE t.project_id = a.project_id AND t.deleted_at IS NULL");
    conditions::push_values(&mut query, filter);
    order.push_after(&mut query);
    order.push_to(&mut query, &order.by, "t.id");
    push_limit(&mut query, filter);
    query.push(") k");
    order.push_to(&mut query, "k.sort_value", "k.id");
    push_limit(&mut query, filter);
    query.push(") page JOIN tasks t ON t.id = page.id");
    order.push_to(&mut query, "page.sort_value", "page.id");
    query
}

/// The caller's requested projects, as `a`.
pub(super) fn push_projects(query: &mut QueryBuilder<Postgres>, user_id: UserId, filter: &TaskFilter) {
    query.push(" (SELECT project_id FROM project_access WHERE user_id = ").push_bind(user_id);
    if let Some(project_id) = filter.project_id {
        query.push(" AND project_id = ").push_bind(project_id);
    }
    if !filter.archived {
        query.push(" AND archived_at IS NULL");
    }
    query.push(" OFFSET 0) a");
}

/// One extra row, which shows whether there is another page.
pub(super) fn push_limit(query: &mut QueryBuilder<Postgres>, filter: &TaskFilter) {
    query.push(" LIMIT ").push_bind(i64::from(filter.limit) + 1);
}

fn count_statement(user_id: UserId, filter: &TaskFilter) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new("/* tasks::list::query::count_statement */ SELECT t.status, count(*)");
    push_from_where(&mut query, user_id, filter);
    query.push(" GROUP BY t.status");
    query
}

/// Starts from the caller: only their projects are read.
fn push_from_where(query: &mut QueryBuilder<Postgres>, user_id: UserId, filter: &TaskFilter) {
    if let Some(text) = &filter.text {
        // The query text is parsed once, and turned into a query once per project: OFFSET 0 ensures this, and keeps the planner from
        // starting with the tasks.
        query.push(" FROM (SELECT project_id, archived_at, search_query(project_id, ");
        query
            .push_bind(lexemes::terms(text))
            .push(") AS query FROM project_access WHERE user_id = ")
            .push_bind(user_id);
        if let Some(project_id) = filter.project_id {
            query.push(" AND project_id = ").push_bind(project_id);
        }
        query.push(" OFFSET 0) a JOIN task_search s ON s.vector @@ a.query AND s.project_id = a.project_id");
        query.push(" JOIN tasks t ON t.id = s.task_id");
    } else if filter.project_id.is_some() {
        // No join with projects, so that the index order is the list order.
        query.push(" FROM tasks t");
    } else {
        // OFFSET 0: first the projects, then their tasks.
        query.push(" FROM (SELECT project_id, archived_at FROM project_access WHERE user_id = ").push_bind(user_id);
        query.push(" OFFSET 0) a JOIN tasks t ON t.project_id = a.project_id");
    }
    conditions::push_tags(query, &filter.tags);
    query.push(" WHERE t.deleted_at IS NULL");
    if filter.text.is_none() && filter.project_id.is_some() {
        query.push(" AND t.project_id = ").push_bind(filter.project_id);
        query.push(" AND EXISTS (SELECT FROM project_access WHERE user_id = ").push_bind(user_id);
        query.push(" AND project_id = ").push_bind(filter.project_id).push(")");
    }
    if !filter.archived {
        query.push(" AND a.archived_at IS NULL");
    }
    conditions::push_values(query, filter);
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use chrono::Utc;
    use chrono_tz::Tz;

    use super::*;
    use crate::{
        http::page,
        id::{Id, TaskId},
        tasks::{
            list::{filter::TaskQuery, order::TaskCursor},
            store,
        },
    };

    const PROJECT: &str = "project_id=00000000-0000-0000-0000-000000000001";

    fn filter(query: &str, next_page: bool) -> TaskFilter {
        let query: TaskQuery = serde_html_form::from_str(query).expect("a query");
        let mut filter = query.parse(Id::nil(), Tz::UTC, Utc::now()).expect("a valid query");
        filter.cursor = next_page.then(|| {
            page::encode_cursor(&TaskCursor { sort: filter.sort, value: String::new(), id: Id::nil(), reader: None })
        });
        filter
    }

    /// `make explain` runs these statements with a million tasks, so they are stored in a file.
    #[test]
    fn explained_statements_are_those_of_the_server() {
        let lists = [
            ("project in its order", format!("{PROJECT}&parent_id=none"), false),
            ("project in its order, next page", format!("{PROJECT}&parent_id=none"), true),
            ("project, open", format!("{PROJECT}&status=todo,in_progress"), false),
            ("project, done last", format!("{PROJECT}&status=done&sort=-completed_at"), false),
            ("project by due", format!("{PROJECT}&sort=due"), false),
            ("project by title", format!("{PROJECT}&sort=title"), false),
            ("project by due, next page", format!("{PROJECT}&sort=due"), true),
            ("project, a tag", format!("{PROJECT}&tag=work"), false),
            ("project, assigned to me", format!("{PROJECT}&assignee_id=me"), false),
            ("subtasks", format!("{PROJECT}&parent_id={}", TaskId::nil()), false),
            ("all, newest first", String::new(), false),
            ("all, newest first, next page", String::new(), true),
            ("all by change", "sort=-updated_at".to_owned(), false),
            ("all by priority", "sort=-priority".to_owned(), false),
            ("all by due", "sort=due".to_owned(), false),
            ("all by due, next page", "sort=due".to_owned(), true),
            ("due today", "due=today&status=todo,in_progress&sort=due".to_owned(), false),
            ("overdue", "due=overdue&sort=due".to_owned(), false),
            ("due today, mine", "due=today&status=todo,in_progress&mine=true&sort=due".to_owned(), false),
            ("all, a tag", "tag=work".to_owned(), false),
            ("all, assigned to me", "assignee_id=me".to_owned(), false),
            ("search", "q=report".to_owned(), false),
            ("search, next page", "q=report".to_owned(), true),
            ("search in a project", format!("{PROJECT}&q=report"), false),
            ("search, open, newest first", "q=report&status=todo&sort=-created_at".to_owned(), false),
        ];
        let counts = [
            ("count project", format!("{PROJECT}&parent_id=none")),
            ("count all", String::new()),
            ("count search", "q=report".to_owned()),
        ];
        let mut text = String::new();
        for (name, query, next_page) in lists {
            let statement = list_statement(Id::nil(), &filter(&query, next_page)).expect("a statement");
            writeln!(text, "-- {name}\n{}\n", statement.sql().as_str()).expect("written");
        }
        for (name, statement) in [
            ("task", store::find_statement(Id::nil(), Id::nil())),
            ("tasks", store::find_many_statement(Id::nil(), &[])),
        ] {
            writeln!(text, "-- {name}\n{}\n", statement.sql().as_str()).expect("written");
        }
        for (name, query) in counts {
            let statement = count_statement(Id::nil(), &filter(&query, false));
            writeln!(text, "-- {name}\n{}\n", statement.sql().as_str()).expect("written");
        }
        insta::with_settings!({
            snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../database/explain"),
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, { insta::assert_snapshot!("lists", text) });
    }
}
