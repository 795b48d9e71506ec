//! Deletes for good what has been in the trash long enough.

use std::time::Duration;

use chrono::Utc;
use sqlx::PgPool;

pub async fn tasks(db: &PgPool, keep: Duration) -> sqlx::Result<u64> {
    let before = Utc::now() - keep;
    let result = sqlx::query!("DELETE FROM tasks WHERE deleted_at < $1", before).execute(db).await?;
    Ok(result.rows_affected())
}

/// A project goes with its tasks, tags, members and its topic. Like every write it takes the topic first.
pub async fn projects(db: &PgPool, keep: Duration) -> sqlx::Result<u64> {
    let before = Utc::now() - keep;
    let result = sqlx::query!(
        r#"
        WITH old AS MATERIALIZED (
            SELECT id FROM topics WHERE id IN (SELECT id FROM projects WHERE deleted_at < $1) ORDER BY id FOR UPDATE
        ),
        gone AS (DELETE FROM projects p USING old WHERE p.id = old.id AND p.deleted_at < $1 RETURNING p.id)
        DELETE FROM topics WHERE id IN (SELECT id FROM gone)
        "#,
        before
    )
    .execute(db)
    .await?;
    Ok(result.rows_affected())
}
