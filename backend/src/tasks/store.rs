//! SQL of single tasks. Reads start from the caller; writes expect the project's topic to be locked.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{FromRow, PgConnection, PgExecutor, Postgres, QueryBuilder};

use super::model::{Priority, Status, TASK_COLUMNS, Task};
use crate::{
    events::Change,
    id::{ProjectId, TaskId, UserId},
    projects::{access, model::Role},
    search::{self, lexemes},
};

/// Tasks with these ids in projects of the user, in the trash or not.
pub async fn find_many(db: impl PgExecutor<'_>, user_id: UserId, ids: &[TaskId]) -> sqlx::Result<Vec<Task>> {
    find_many_statement(user_id, ids).build_query_as().fetch_all(db).await
}

/// A task in a project of the user, in the trash or not.
pub async fn find(db: impl PgExecutor<'_>, user_id: UserId, id: TaskId) -> sqlx::Result<Option<Task>> {
    find_statement(user_id, id).build_query_as().fetch_optional(db).await
}

pub(super) fn find_many_statement(user_id: UserId, ids: &[TaskId]) -> QueryBuilder<Postgres> {
    let mut query = select_own(user_id);
    query.push(" AND t.id = ANY(").push_bind(ids).push(") ORDER BY t.position, t.id");
    query
}

pub(super) fn find_statement(user_id: UserId, id: TaskId) -> QueryBuilder<Postgres> {
    let mut query = select_own(user_id);
    query.push(" AND t.id = ").push_bind(id);
    query
}

/// Columns of tasks `t` in projects of the user, with the role there; the continuation selects which.
fn select_own(user_id: UserId) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new("/* tasks::store::select_own */ SELECT ");
    query.push(TASK_COLUMNS);
    query.push(", a.role FROM tasks t JOIN project_access a ON a.project_id = t.project_id");
    query.push(" WHERE a.user_id = ").push_bind(user_id);
    query
}

pub async fn exists(db: impl PgExecutor<'_>, id: TaskId) -> sqlx::Result<bool> {
    Ok(sqlx::query_scalar!("SELECT 1 AS one FROM tasks WHERE id = $1", id).fetch_optional(db).await?.is_some())
}

/// A task, in the trash or not, and its reader's role in the project.
#[derive(FromRow)]
pub struct Locked {
    #[sqlx(flatten)]
    pub task: Task,
    pub role: Role,
}

/// Locks the task's project (and another given one), and returns the task. `None` if the user may not see it. Projects without the user are
/// never locked. Must be the first step of a change.
pub async fn lock(
    change: &mut Change,
    user_id: UserId,
    task_id: TaskId,
    also: Option<ProjectId>,
) -> sqlx::Result<Option<Locked>> {
    loop {
        let own = sqlx::query_scalar!(
            r#"
            SELECT project_id AS "id!" FROM project_access
            WHERE user_id = $3 AND (project_id = $2 OR project_id = (SELECT project_id FROM tasks WHERE id = $1))
            "#,
            task_id,
            also,
            user_id
        )
        .fetch_all(change.connection())
        .await?;
        let locked = BTreeSet::from_iter(own);
        change.lock_projects(&Vec::from_iter(locked.iter().copied())).await?;
        let mut statement = find_statement(user_id, task_id);
        let found: Option<Locked> = statement.build_query_as().fetch_optional(change.connection()).await?;
        // Joined just now: a decision about it needs its lock.
        let has_joined = match also.filter(|id| !locked.contains(id)) {
            Some(id) => access::find_membership(change.connection(), user_id, id).await?.is_some(),
            None => false,
        };
        match found {
            Some(_) if has_joined => change.let_go().await?,
            // While waiting for the lock, the task moved to another project. Locking that one too would violate the order.
            Some(found) if !locked.contains(&found.task.project_id) => change.let_go().await?,
            found => return Ok(found),
        }
    }
}

/// All columns of a task that a write decides on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskValues {
    pub project_id: ProjectId,
    pub parent_id: Option<TaskId>,
    pub title: String,
    pub description: String,
    pub status: Status,
    pub priority: Priority,
    pub assignee_id: Option<UserId>,
    pub start_date: Option<NaiveDate>,
    pub start_at: Option<DateTime<Utc>>,
    pub due_date: Option<NaiveDate>,
    pub due_at: Option<DateTime<Utc>>,
    pub position: String,
}

/// With its lexemes, in one statement, so that the database need not generate any.
pub async fn insert(db: &mut PgConnection, id: TaskId, created_by: UserId, task: &TaskValues) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        WITH indexed AS (
            INSERT INTO task_search (task_id, project_id, vector, source)
            VALUES ($1, $3, replace($15, '~', search_project_key($3))::tsvector, search_source($3, $5, $6))
        )
        INSERT INTO tasks (id, created_by, project_id, parent_id, title, description, status, priority, assignee_id,
                           start_date, start_at, due_date, due_at, position, completed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, CASE WHEN $7 = 'done' THEN now() END)
        "#,
        id,
        created_by,
        task.project_id,
        task.parent_id,
        task.title,
        task.description,
        task.status as Status,
        task.priority as Priority,
        task.assignee_id,
        task.start_date,
        task.start_at,
        task.due_date,
        task.due_at,
        task.position,
        lexemes::vector(&task.title, &task.description),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Updates the task and returns it, except for tags and subtasks that come with another project.
pub async fn update(db: &mut PgConnection, before: &Task, task: &TaskValues) -> sqlx::Result<Task> {
    if (before.project_id, &before.title, &before.description) != (task.project_id, &task.title, &task.description) {
        search::store::put(db, before.id, task.project_id, &task.title, &task.description).await?;
    }
    let after = sqlx::query!(
        r#"
        UPDATE tasks
        SET project_id = $2, parent_id = $3, title = $4, description = $5, status = $6, priority = $7, assignee_id = $8,
            start_date = $9, start_at = $10, due_date = $11, due_at = $12, position = $13,
            completed_at = CASE WHEN $6 = 'done' THEN coalesce(completed_at, now()) END,
            version = version + 1, updated_at = now()
        WHERE id = $1
        RETURNING start_at, due_at, completed_at, updated_at, version
        "#,
        before.id,
        task.project_id,
        task.parent_id,
        task.title,
        task.description,
        task.status as Status,
        task.priority as Priority,
        task.assignee_id,
        task.start_date,
        task.start_at,
        task.due_date,
        task.due_at,
        task.position,
    )
    .fetch_one(db)
    .await?;
    Ok(Task {
        project_id: task.project_id,
        parent_id: task.parent_id,
        title: task.title.clone(),
        description: task.description.clone(),
        status: task.status,
        priority: task.priority,
        assignee_id: task.assignee_id,
        start_date: task.start_date,
        start_at: after.start_at,
        due_date: task.due_date,
        due_at: after.due_at,
        position: task.position.clone(),
        completed_at: after.completed_at,
        updated_at: after.updated_at,
        version: after.version,
        ..before.clone()
    })
}

/// Until the commit a task may be in a different project than its subtasks and tags.
pub async fn defer_constraints(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query!("SET CONSTRAINTS ALL DEFERRED").execute(db).await?;
    Ok(())
}

/// Moves subtasks to another project, to the given positions; assignees who are not members there are removed.
pub async fn move_subtasks(
    db: &mut PgConnection,
    project_id: ProjectId,
    ids: &[TaskId],
    positions: &[String],
) -> sqlx::Result<()> {
    sqlx::query!(
        r#"
        UPDATE tasks t
        SET project_id = $1, position = moved.position, version = version + 1, updated_at = now(),
            assignee_id = (SELECT user_id FROM project_members WHERE project_id = $1 AND user_id = t.assignee_id)
        FROM unnest($2::uuid[], $3::text[]) AS moved (id, position)
        WHERE t.id = moved.id
        "#,
        project_id,
        ids,
        positions
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Updates tasks' positions.
pub async fn set_positions(db: &mut PgConnection, ids: &[TaskId], positions: &[String]) -> sqlx::Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        r#"
        UPDATE tasks t SET position = moved.position
        FROM unnest($1::uuid[], $2::text[]) AS moved (id, position) WHERE t.id = moved.id
        "#,
        ids,
        positions
    )
    .execute(db)
    .await?;
    Ok(())
}

/// All subtasks, in the trash or not, in their order.
pub async fn list_subtask_ids(db: impl PgExecutor<'_>, parent_id: TaskId) -> sqlx::Result<Vec<TaskId>> {
    sqlx::query_scalar!("SELECT id FROM tasks WHERE parent_id = $1 ORDER BY position, id", parent_id)
        .fetch_all(db)
        .await
}

pub async fn is_member(db: impl PgExecutor<'_>, project_id: ProjectId, user_id: UserId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM project_members WHERE project_id = $1 AND user_id = $2) AS "member!""#,
        project_id,
        user_id
    )
    .fetch_one(db)
    .await
}

pub async fn watch(db: impl PgExecutor<'_>, user_id: UserId, id: TaskId) -> sqlx::Result<()> {
    sqlx::query!(
        "INSERT INTO task_watchers (task_id, user_id) SELECT id, $2 FROM tasks WHERE id = $1 ON CONFLICT DO NOTHING",
        id,
        user_id
    )
    .execute(db)
    .await?;
    Ok(())
}

pub async fn unwatch(db: impl PgExecutor<'_>, user_id: UserId, id: TaskId) -> sqlx::Result<()> {
    sqlx::query!("DELETE FROM task_watchers WHERE task_id = $1 AND user_id = $2", id, user_id).execute(db).await?;
    Ok(())
}

pub async fn is_watched(db: impl PgExecutor<'_>, user_id: UserId, id: TaskId) -> sqlx::Result<bool> {
    sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM task_watchers WHERE task_id = $1 AND user_id = $2) AS "watched!""#,
        id,
        user_id
    )
    .fetch_one(db)
    .await
}
