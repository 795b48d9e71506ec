//! Permanently deletes what has been in the trash long enough, in steps.

use chrono::{DateTime, Utc};
use sqlx::PgPool;

use crate::{db::in_steps, erasure};

/// The condition is repeated outside: a row that is just being restored is checked again after waiting, only there. Subtasks go before the
/// tasks they were deleted with, so that a step deletes no more than it counts.
pub async fn tasks(db: &PgPool, before: DateTime<Utc>) -> sqlx::Result<u64> {
    in_steps(|limit| async move {
        let done = sqlx::query!(
            r#"
            DELETE FROM tasks WHERE deleted_at < $1 AND id IN (
                SELECT id FROM tasks WHERE deleted_at < $1 ORDER BY deleted_at, parent_id NULLS LAST LIMIT $2
            )
            "#,
            before,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await
}

/// A project goes with its tasks, tags, members and topic. Like every write it locks the topic first.
pub async fn projects(db: &PgPool, before: DateTime<Utc>) -> sqlx::Result<u64> {
    in_steps(|limit| async move {
        let done = sqlx::query!(
            r#"
            WITH old AS MATERIALIZED (
                SELECT id FROM topics WHERE id IN (
                    SELECT id FROM projects WHERE deleted_at < $1 AND NOT erasing ORDER BY deleted_at LIMIT $2
                )
                ORDER BY id FOR NO KEY UPDATE
            )
            UPDATE projects p SET erasing = true FROM old WHERE p.id = old.id AND p.deleted_at < $1
            "#,
            before,
            limit
        );
        Ok(done.execute(db).await?.rows_affected())
    })
    .await?;
    erasure::purge_projects(db).await
}
