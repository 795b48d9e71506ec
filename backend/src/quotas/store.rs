//! Counts that stop at a limit.

use crate::id::{ProjectId, UserId};
use sqlx::PgConnection;

/// Projects owned by a user, without the Inbox and the trash.
pub async fn count_projects(db: &mut PgConnection, user_id: UserId, limit: i64) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "count!" FROM (
            SELECT FROM project_members m JOIN projects p ON p.id = m.project_id
            WHERE m.user_id = $1 AND m.role = 'owner' AND NOT p.is_inbox AND p.deleted_at IS NULL LIMIT $2
        ) AS counted
        "#,
        user_id,
        limit
    )
    .fetch_one(db)
    .await
}

pub async fn count_members(db: &mut PgConnection, project_id: ProjectId, limit: i64) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "count!" FROM (SELECT FROM project_members WHERE project_id = $1 LIMIT $2) AS counted
        "#,
        project_id,
        limit
    )
    .fetch_one(db)
    .await
}

pub async fn count_tags(db: &mut PgConnection, project_id: ProjectId, limit: i64) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM (SELECT FROM tags WHERE project_id = $1 LIMIT $2) AS counted"#,
        project_id,
        limit
    )
    .fetch_one(db)
    .await
}

/// Without those in the trash.
pub async fn count_tasks(db: &mut PgConnection, project_id: ProjectId, limit: i64) -> sqlx::Result<i64> {
    sqlx::query_scalar!(
        r#"
        SELECT count(*) AS "count!" FROM (
            SELECT FROM tasks WHERE project_id = $1 AND deleted_at IS NULL LIMIT $2
        ) AS counted
        "#,
        project_id,
        limit
    )
    .fetch_one(db)
    .await
}
